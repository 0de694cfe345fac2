import { memoryEntryLog } from '@freshet/shared/adapters/memory/entry-log';
import { ASK_AGAIN_MS, sharedTail } from '@freshet/shared/adapters/shared-tail';
import type { LogEvent, UserRef } from '@freshet/shared/domain/event';
import { bodyHash, eventKey } from '@freshet/shared/domain/keys';
import type { AppendRequest, EntryLog } from '@freshet/shared/ports/entry-log';
import { describe, expect, it } from 'vitest';

function event(id: string): LogEvent {
  return { id, type: 'view', user: '0123456789abcdef' as UserRef, item: 'i', ts: 1 };
}

function request(ids: readonly string[]): AppendRequest {
  const keys = ids.map((id) => ({ id: eventKey('p', id), body: bodyHash(id) }));
  return { body: { kind: 'events', events: ids.map(event) }, keys, source: 'http', receivedAt: 1, historical: false };
}

function setUp({ alone }: { readonly alone: boolean }) {
  const inner = memoryEntryLog();
  const asked: number[] = [];
  const counted: EntryLog = { ...inner, read: (after, maxItems) => (asked.push(after), inner.read(after, maxItems)) };
  const time = { now: 1_000 };
  return { inner, asked, time, log: sharedTail(counted, { alone, now: () => time.now }) };
}

describe('the newest entries kept in memory', () => {
  it('come to every reader without a query, as the same objects', async () => {
    const { log, asked } = setUp({ alone: true });
    for (const id of ['a', 'b']) await log.append(request([id]));
    const [first, second] = [await log.read(0, 10), await log.read(0, 10)];
    expect(first).toMatchObject([{ seq: 1, events: [{ id: 'a' }] }, { seq: 2, events: [{ id: 'b' }] }]);
    expect(second[0]).toBe(first[0]);
    expect(asked).toEqual([]);
  });

  it('leave out what the log has left out', async () => {
    const { log, inner } = setUp({ alone: true });
    await log.append(request(['a']));
    await log.append(request(['b', 'a', 'c']));
    expect(await log.read(1, 10)).toEqual(await inner.read(1, 10));
  });

  it('are asked for where they begin later than the reader, and behind the newest again after a while', async () => {
    const { log, inner, asked, time } = setUp({ alone: true });
    await inner.append(request(['before']));
    await log.append(request(['a']));
    expect((await log.read(0, 10)).map(({ seq }) => seq)).toEqual([1, 2]);
    expect(asked).toEqual([0]);
    // Another process, which there should not be.
    await inner.append(request(['foreign']));
    expect(await log.read(2, 10)).toEqual([]);
    time.now += ASK_AGAIN_MS;
    expect((await log.read(2, 10)).map(({ seq }) => seq)).toEqual([3]);
    expect(asked).toEqual([0, 2]);
  });

  it('never stand for the whole where other processes write, too', async () => {
    const { log, inner } = setUp({ alone: false });
    await log.append(request(['a']));
    await inner.append(request(['foreign']));
    await log.append(request(['b']));
    const seqs: number[] = [];
    for (let after = 0; ; ) {
      const page = await log.read(after, 10);
      if (page.length === 0) break;
      seqs.push(...page.map(({ seq }) => seq));
      after = seqs.at(-1) ?? after;
    }
    expect(seqs).toEqual([1, 2, 3]);
  });

  it('are none of those that speak of shoppers: what is erased from the log is not read from memory, and what follows comes on', async () => {
    const { log, inner, asked } = setUp({ alone: true });
    await log.append(request(['a']));
    await log.append({ ...request(['profile']), body: { kind: 'user', changes: [{ user: '0123456789abcdef' as UserRef, segments: ['vip'] }] } });
    await log.append(request(['b']));
    expect(asked).toEqual([]);
    expect((await log.read(0, 10)).map(({ seq }) => seq)).toEqual([1]);
    expect(await log.read(1, 10)).toEqual(await inner.read(1, 10));
    expect(asked).toEqual([1]);
    expect((await log.read(1, 10)).map(({ kind }) => kind)).toEqual(['user', 'events']);
    expect(asked).toEqual([1, 1]);
    expect((await log.read(2, 10)).map(({ seq }) => seq)).toEqual([3]);
    expect(asked).toEqual([1, 1]);
  });

  it('are bounded: the oldest go to the log again', async () => {
    const { log, asked } = setUp({ alone: true });
    for (let n = 0; n < 30; n++) await log.append(request(Array.from({ length: 1_000 }, (_, i) => `${n}-${i}`)));
    expect((await log.read(29, 10))[0]?.seq).toBe(30);
    expect((await log.read(0, 10))[0]?.seq).toBe(1);
    expect(asked).toEqual([0]);
  });
});
