/** The contract of port `EntryLog`, on every adapter. */
import { memoryEntryLog } from '@freshet/shared/adapters/memory/entry-log';
import { postgresEntryLog } from '@freshet/shared/adapters/postgres/entry-log';
import { createPool } from '@freshet/shared/adapters/postgres/pool';
import { sharedTail } from '@freshet/shared/adapters/shared-tail';
import type { CatalogueChange, LogEntry } from '@freshet/shared/domain/entry';
import type { LogEvent, UserRef } from '@freshet/shared/domain/event';
import { bodyHash, eventKey } from '@freshet/shared/domain/keys';
import type { AppendRequest, EntryLog } from '@freshet/shared/ports/entry-log';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDatabase, type TestDatabase } from '../support/postgres.js';

function event(id: string, extra: Partial<LogEvent> = {}): LogEvent {
  return { id, type: 'view', user: '0123456789abcdef' as UserRef, item: 'i', ts: 1_700_000_000_000, ...extra };
}

function request(ids: readonly string[], extra: Partial<AppendRequest> & { readonly bodies?: readonly string[] } = {}): AppendRequest {
  const { bodies = ids, ...rest } = extra;
  return {
    body: { kind: 'events', events: ids.map((id) => event(id)) },
    keys: ids.map((id, i) => ({ id: eventKey('p', id), body: bodyHash(bodies[i] ?? id) })),
    source: 'http',
    receivedAt: 1_700_000_000_123,
    historical: false,
    ...rest,
  };
}

function eventIds(entries: readonly LogEntry[]): string[] {
  return entries.flatMap((entry) => (entry.kind === 'events' ? entry.events.map((one) => one.id) : []));
}

interface Opened {
  readonly log: EntryLog;
  readonly close: () => Promise<void>;
}

function contract(open: () => Promise<Opened>): void {
  let opened: Opened;
  let log: EntryLog;
  beforeAll(async () => {
    opened = await open();
    log = opened.log;
  });
  afterAll(() => opened.close());

  it('starts empty', async () => {
    expect(await log.head()).toBe(0);
    expect(await log.startOf(5)).toBe(0);
    expect(await log.read(0, 10)).toEqual([]);
  });

  it('gives back what was appended, whatever its characters', async () => {
    const odd = event('odd', { text: 'Zoë 😀 \\u0000 "quoted" \n', value: -0.1, session: 'fedcba9876543210' as UserRef });
    const changes: CatalogueChange[] = [{ op: 'put', id: 'm', fields: { title: 'Mug', attributes: { volume: 0.3 } }, filled: ['volume'] }, { op: 'delete', id: 'x' }];
    const first = await log.append(request(['odd'], { body: { kind: 'events', events: [odd] }, historical: true, source: 'import' }));
    const second = await log.append(request(['c1', 'c2'], { body: { kind: 'catalogue', changes } }));
    expect(first).toEqual({ seq: 1, known: new Map() });
    expect(second.seq).toBe(2);
    expect(await log.read(0, 10)).toEqual([
      { kind: 'events', events: [odd], seq: 1, source: 'import', receivedAt: 1_700_000_000_123, historical: true },
      { kind: 'catalogue', changes, seq: 2, source: 'http', receivedAt: 1_700_000_000_123, historical: false },
    ]);
  });

  it('knows a body again that the release before hashed in another way', async () => {
    const [old] = request(['upgraded']).keys;
    if (old === undefined) throw new Error('no key');
    await log.append(request(['upgraded']));
    const again = request(['upgraded']);
    const keyed = (body: string, formerBody: string) => ({ ...again, keys: [{ ...old, body, formerBody: () => formerBody }] });
    expect((await log.append(keyed(bodyHash('new'), old.body))).known).toEqual(new Map([[0, 'duplicate']]));
    expect((await log.append(keyed(bodyHash('new'), bodyHash('another')))).known).toEqual(new Map([[0, 'conflict']]));
  });

  it('leaves duplicates out of the entry and says which they were', async () => {
    await log.append(request(['d1', 'd2']));
    const before = await log.head();
    const result = await log.append(request(['d3', 'd1', 'd4', 'd2'], { bodies: ['d3', 'd1', 'd4', 'changed'] }));
    expect(result).toEqual({ seq: before + 1, known: new Map([[1, 'duplicate'], [3, 'conflict']]) });
    expect(eventIds(await log.read(before, 10))).toEqual(['d3', 'd4']);
  });

  it('takes no place for a batch of duplicates only', async () => {
    const before = await log.head();
    expect(await log.append(request(['d1', 'd2']))).toEqual({ seq: undefined, known: new Map([[0, 'duplicate'], [1, 'duplicate']]) });
    expect(await log.head()).toBe(before);
    expect((await log.append(request(['d5']))).seq).toBe(before + 1);
  });

  it('takes a place for an entry without items (a heartbeat)', async () => {
    const before = await log.head();
    expect(await log.append(request([], { source: 'heartbeat' }))).toEqual({ seq: before + 1, known: new Map() });
    expect(await log.read(before, 10)).toMatchObject([{ seq: before + 1, source: 'heartbeat', events: [] }]);
  });

  it('stops reading once enough items are reached, but always gives one entry', async () => {
    const start = await log.head();
    for (const ids of [['r1', 'r2', 'r3'], ['r4'], ['r5', 'r6']]) await log.append(request(ids));
    expect((await log.read(start, 1)).map((entry) => entry.seq)).toEqual([start + 1]);
    expect((await log.read(start, 4)).map((entry) => entry.seq)).toEqual([start + 1, start + 2]);
    expect((await log.read(start, 5)).map((entry) => entry.seq)).toEqual([start + 1, start + 2, start + 3]);
    expect(await log.read(start + 3, 5)).toEqual([]);
  });

  it('tells the place after which the newest items lie, over entries with none', async () => {
    for (const size of [3, 0, 0, 2, 0, 1, 0, 0, 0]) await log.append(request(Array.from({ length: size }, (_, n) => `tail ${size} ${n}`)));
    const behind = async (seq: number): Promise<number> => (await log.read(seq, 100_000)).reduce((sum, entry) => sum + (entry.kind === 'events' ? entry.events.length : entry.changes.length), 0);
    const total = await behind(0);
    expect(await log.startOf(0)).toBe(await log.head());
    for (const items of [1, 2, 3, 5, 6, total - 1, total]) {
      const start = await log.startOf(items);
      expect(await behind(start)).toBeGreaterThanOrEqual(items);
      expect(await behind(start + 1)).toBeLessThan(items);
    }
    expect(await behind(await log.startOf(total + 1_000))).toBe(total);
  });

  it('numbers concurrent appends without a gap, and accepts each id once', async () => {
    const start = await log.head();
    // Twelve writers, overlapping ids in different orders: every id comes four times.
    const batches = Array.from({ length: 120 }, (_, batch) => Array.from({ length: 8 }, (_, i) => `x${(batch * 7 + i * (batch % 2 === 0 ? 1 : 239)) % 240}`));
    const unique = batches.map((ids) => [...new Set(ids)]);
    const results = await inParallel(12, unique, (ids) => log.append(request(ids)));
    const seqs = results.flatMap((result) => result.seq ?? []).sort((a, b) => a - b);
    expect(seqs).toEqual(Array.from({ length: seqs.length }, (_, i) => start + 1 + i));
    expect(await log.head()).toBe(start + seqs.length);
    const stored = eventIds(await log.read(start, 100_000));
    expect(stored.toSorted()).toEqual([...new Set(unique.flat())].sort());
    const accepted = results.reduce((sum, result, i) => sum + (unique[i]?.length ?? 0) - result.known.size, 0);
    expect(accepted).toBe(stored.length);
    expect(results.flatMap((result) => [...result.known.values()])).not.toContain('conflict');
  });

  it('never shows a reader an entry before its predecessors', async () => {
    const start = await log.head();
    let seen = start;
    let writing = true;
    const reader = (async () => {
      for (let done = false; !done; ) {
        done = !writing;
        for (const entry of await log.read(seen, 50)) {
          expect(entry.seq).toBe(seen + 1);
          seen = entry.seq;
        }
      }
    })();
    await inParallel(8, Array.from({ length: 200 }, (_, i) => [`v${i}`]), (ids) => log.append(request(ids)));
    writing = false;
    await reader;
    // The last look may have come before the last write: one more.
    expect((await log.read(seen, 1_000)).length + seen).toBe(start + 200);
  });

  it('refuses an entry whose keys do not fit its items', async () => {
    await expect(Promise.resolve().then(() => log.append({ ...request(['k1', 'k2']), keys: [] }))).rejects.toMatchObject({ code: 'log_request' });
  });
}

async function inParallel<T, R>(lanes: number, inputs: readonly T[], work: (input: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let i = next++; i < inputs.length; i = next++) results[i] = await work(inputs[i] as T);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return results;
}

describe('the log in memory', () => {
  contract(() => Promise.resolve({ log: memoryEntryLog(), close: () => Promise.resolve() }));
});

describe('the newest entries kept in memory, before the log in memory', () => {
  contract(() => Promise.resolve({ log: sharedTail(memoryEntryLog(), { alone: true, now: Date.now }), close: () => Promise.resolve() }));
});

describe('the newest entries kept in memory, before the log on Postgres', () => {
  contract(async () => {
    const database = await createDatabase();
    const pool = createPool({ url: database.url, applicationName: 'entry-log-test', onError: () => undefined });
    return {
      log: sharedTail(postgresEntryLog(pool), { alone: true, now: Date.now }),
      close: async () => {
        await pool.end();
        await database.drop();
      },
    };
  });
});

describe('the log on Postgres', () => {
  it('accepts each id once where every append takes its ids for new ones, as processes do that have met none they know', async () => {
    const database = await createDatabase();
    const pool = createPool({ url: database.url, applicationName: 'entry-log-test', onError: () => undefined });
    try {
      const batches = Array.from({ length: 60 }, (_, batch) => Array.from({ length: 6 }, (_, i) => `n${(batch * 5 + i * (batch % 2 === 0 ? 1 : 89)) % 90}`));
      const unique = batches.map((ids) => [...new Set(ids)]);
      const results = await inParallel(8, unique, (ids) => postgresEntryLog(pool).append(request(ids)));
      const entries = await postgresEntryLog(pool).read(0, 100_000);
      expect(entries.map(({ seq }) => seq)).toEqual(entries.map((_, i) => i + 1));
      expect(await postgresEntryLog(pool).head()).toBe(entries.length);
      expect(eventIds(entries).toSorted()).toEqual([...new Set(unique.flat())].sort());
      const known = results.flatMap((result) => [...result.known.values()]);
      expect(known.length).toBe(unique.flat().length - eventIds(entries).length);
      expect(known).not.toContain('conflict');
    } finally {
      await pool.end();
      await database.drop();
    }
  });

  contract(async () => {
    const database: TestDatabase = await createDatabase();
    const pool = createPool({ url: database.url, applicationName: 'entry-log-test', onError: () => undefined });
    return {
      log: postgresEntryLog(pool),
      close: async () => {
        await pool.end();
        await database.drop();
      },
    };
  });
});
