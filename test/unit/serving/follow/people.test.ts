import { describe, expect, it } from 'vitest';
import { createCheckpointWriter } from '@freshet/serving/follow/checkpoint-writer';
import { createLogFollower } from '@freshet/serving/follow/log-follower';
import { createPeople } from '@freshet/shared/people';
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
  let seq = options.from;
  const people = createPeople({ histories, checkpoint: options.checkpoint, activeUsers: options.activeUsers ?? 100, seq: () => seq });
  const log = createLogFollower({ entries: logOf(entries), people, shelf, from: options.from, moved: (moved) => (seq = moved) });
  const writer = createCheckpointWriter({ checkpoint: options.checkpoint, people, shelf, seq: () => log.seq });
  return { people, shelf, log, writer: { write: () => writer.write(options.checkpoint) } };
}

const entries = [
  entry(1, [view(ref(1), 'a', 10), view(ref(2), 'b', 20), view(ref(9), 'c', 30)]),
  entry(2, [view(ref(1), 'd', 40, ref(9))]),
  entry(3, [view(ref(9), 'e', 50), view(ref(2), 'f', 60)]),
  entry(4, [view(ref(1), 'g', 70), view(ref(3), 'h', 80)]),
];
const items = (people: ReturnType<typeof createPeople>, user: UserRef): string[] => (people.find(user)?.events ?? []).map((event) => event.item);

describe('histories from checkpoint and tail', () => {
  it.each([0, 1, 2, 3, 4])('are the same whatever entry (%i) the checkpoint was written at, and whatever was dropped meanwhile', async (cutAt) => {
    const whole = process(entries, { checkpoint: memoryCheckpoint(), from: 0 });
    await whole.log.step();
    const checkpoint = memoryCheckpoint();
    const first = process(entries.slice(0, cutAt), { checkpoint, from: 0 });
    await first.log.step();
    expect(await first.writer.write()).toBe(cutAt);
    for (const sweeps of [0, 1]) {
      const second = process(entries, { checkpoint, from: await checkpoint.seq(), activeUsers: 0 });
      await second.people.load();
      await second.log.step();
      const all = [1, 2, 3, 9].map(ref);
      for (let n = 0; n < sweeps; n++) {
        await second.people.complete([ref(1)]);
        await second.people.sweep();
      }
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
    await third.people.complete([1, 2, 9].map(ref));
    expect([items(third.people, ref(1)), items(third.people, ref(2)), items(third.people, ref(9))]).toEqual([
      ['g', 'e', 'd', 'c', 'a'],
      ['f', 'b'],
      ['g', 'e', 'd', 'c', 'a'],
    ]);
  });
});

describe('idle histories', () => {
  it('stay while the checkpoint does not have them, and go when they are more than the limit', async () => {
    const checkpoint = memoryCheckpoint();
    const site = process(entries, { checkpoint, from: 0, activeUsers: 1 });
    await site.people.load();
    await site.log.step();
    await site.people.sweep();
    expect(site.people.histories.size).toBe(4);
    await site.writer.write();
    await site.people.sweep();
    // The one touched last stays.
    expect([...site.people.histories.entries()].map(([user]) => user)).toEqual([ref(3)]);
    expect(site.people.isWhole(ref(1))).toBe(false);
    await site.people.complete([ref(9)]);
    expect(items(site.people, ref(9))).toEqual(['g', 'e', 'd', 'c', 'a']);
  });

  it('go after an hour of sweeps without an event or a question, also below the limit', async () => {
    const site = process(entries, { checkpoint: memoryCheckpoint(), from: 0 });
    await site.people.load();
    await site.log.step();
    await site.writer.write();
    for (let minute = 0; minute < 60; minute++) await site.people.sweep();
    expect(site.people.histories.size).toBe(4);
    await site.people.sweep();
    expect(site.people.histories.size).toBe(0);
    expect(site.people.isWhole(ref(7))).toBe(true);
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
  await second.people.complete([ref(3)]);
  expect(items(second.people, ref(3))).toEqual(['h']);
});

it('a process behind the checkpoint leaves it as it is until it has caught up: its rows are older', async () => {
  const checkpoint = memoryCheckpoint();
  const behind = process(entries.slice(0, 2), { checkpoint, from: 0 });
  await behind.log.step();
  const ahead = process(entries, { checkpoint, from: 0 });
  await ahead.log.step();
  expect(await ahead.writer.write()).toBe(4);
  // The one ahead is gone; the other has the right now, and is killed soon after.
  expect(await behind.writer.write()).toBeUndefined();
  const next = process(entries, { checkpoint, from: await checkpoint.seq() });
  await next.people.load();
  await next.log.step();
  await next.people.complete([1, 2, 3].map(ref));
  expect([1, 2, 3].map((n) => items(next.people, ref(n)))).toEqual([['g', 'e', 'd', 'c', 'a'], ['f', 'b'], ['h']]);
});

it('a log whose tail was cut off is not followed', async () => {
  const { log } = process(entries.slice(2), { checkpoint: memoryCheckpoint(), from: 1 });
  await expect(log.step()).rejects.toThrow(CorruptionError);
});
