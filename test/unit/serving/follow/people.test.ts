import { describe, expect, it } from 'vitest';
import { createCheckpointWriter } from '@freshet/serving/follow/checkpoint-writer';
import { createLogFollower } from '@freshet/serving/follow/log-follower';
import { createPeople } from '@freshet/serving/follow/people';
import { createShelf } from '@freshet/serving/store/shelf';
import { memoryCheckpoint } from '@freshet/shared/adapters/memory/checkpoint';
import type { LogEntry } from '@freshet/shared/domain/entry';
import type { LogEvent, UserRef } from '@freshet/shared/domain/event';
import { createHistories } from '@freshet/shared/domain/histories';
import { CorruptionError } from '@freshet/shared/errors';

const ref = (n: number): UserRef => n.toString(16).padStart(16, '0') as UserRef;
const view = (user: UserRef, item: string, ts: number, session?: UserRef): LogEvent => ({ id: `${user}-${ts}`, type: 'view', user, item, ts, ...(session === undefined ? {} : { session }) });

function entry(seq: number, events: readonly LogEvent[]): LogEntry {
  return { seq, source: 'http', receivedAt: 0, historical: false, kind: 'events', events };
}

function logOf(all: readonly LogEntry[]) {
  return { read: (after: number, maxItems: number) => Promise.resolve(all.filter(({ seq }) => seq > after).slice(0, maxItems)) };
}

function process(entries: readonly LogEntry[], options: { checkpoint: ReturnType<typeof memoryCheckpoint>; from: number; activeUsers?: number }) {
  const histories = createHistories();
  const shelf = createShelf(() => undefined);
  const people = createPeople({ histories, checkpoint: options.checkpoint, activeUsers: options.activeUsers ?? 100 });
  const log = createLogFollower({ entries: logOf(entries), people, shelf, from: options.from, moved: () => undefined });
  return { people, shelf, log, writer: createCheckpointWriter({ checkpoint: options.checkpoint, people, shelf, seq: () => log.seq }) };
}

const entries = [
  entry(1, [view(ref(1), 'a', 10), view(ref(2), 'b', 20), view(ref(9), 'c', 30)]),
  entry(2, [view(ref(1), 'd', 40, ref(9))]),
  entry(3, [view(ref(9), 'e', 50), view(ref(2), 'f', 60)]),
  entry(4, [view(ref(1), 'g', 70), view(ref(3), 'h', 80)]),
];
const items = (people: ReturnType<typeof createPeople>, user: UserRef): string[] => (people.find(user)?.events ?? []).map((event) => event.item);

describe('histories from checkpoint and tail', () => {
  it.each([0, 1, 2, 3, 4])('are the same whatever entry (%i) the checkpoint was written at, in memory or loaded by key', async (cutAt) => {
    const whole = process(entries, { checkpoint: memoryCheckpoint(), from: 0 });
    await whole.log.step();
    const checkpoint = memoryCheckpoint();
    const first = process(entries.slice(0, cutAt), { checkpoint, from: 0 });
    await first.log.step();
    expect(await first.writer.write()).toBe(cutAt);
    for (const activeUsers of [100, 1]) {
      const second = process(entries, { checkpoint, from: await checkpoint.seq(), activeUsers });
      await second.people.load();
      await second.log.step();
      const all = [1, 2, 3, 9].map(ref);
      await second.people.complete(all);
      for (const user of all) expect(items(second.people, user)).toEqual(items(whole.people, user));
    }
  });

  it('that are held in part are made whole before they are stored', async () => {
    const checkpoint = memoryCheckpoint();
    const first = process(entries.slice(0, 2), { checkpoint, from: 0 });
    await first.log.step();
    await first.writer.write();
    const second = process(entries, { checkpoint, from: 2, activeUsers: 0 });
    await second.people.load();
    await second.log.step();
    await second.writer.write();
    const third = process([], { checkpoint, from: 4 });
    await third.people.load();
    expect([items(third.people, ref(1)), items(third.people, ref(2)), items(third.people, ref(9))]).toEqual([
      ['g', 'e', 'd', 'c', 'a'],
      ['f', 'b'],
      ['g', 'e', 'd', 'c', 'a'],
    ]);
  });
});

it('a checkpoint that failed half way keeps what it could not write for the next one', async () => {
  const checkpoint = memoryCheckpoint();
  let broken = true;
  const failing = { ...checkpoint, saveUsers: (rows: Parameters<typeof checkpoint.saveUsers>[0]) => (broken ? Promise.reject(new Error('disk full')) : checkpoint.saveUsers(rows)) };
  const first = process(entries, { checkpoint: failing, from: 0 });
  await first.log.step();
  await expect(first.writer.write()).rejects.toThrow('disk full');
  expect(await checkpoint.seq()).toBe(0);
  broken = false;
  expect(await first.writer.write()).toBe(4);
  const second = process([], { checkpoint, from: 4 });
  await second.people.load();
  expect(items(second.people, ref(3))).toEqual(['h']);
});

it('a log whose tail was cut off is not followed', async () => {
  const { log } = process(entries.slice(2), { checkpoint: memoryCheckpoint(), from: 1 });
  await expect(log.step()).rejects.toThrow(CorruptionError);
});
