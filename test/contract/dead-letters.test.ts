/** The contract of port `DeadLetters`, on every adapter. (Its trimming by age, and cutting: log-upkeep.test.ts.) */
import { memoryDeadLetters } from '@freshet/shared/adapters/memory/dead-letters';
import { postgresDeadLetters } from '@freshet/shared/adapters/postgres/dead-letters';
import { createPool } from '@freshet/shared/adapters/postgres/pool';
import type { DeadLetter, DeadLetters, StoredDeadLetter } from '@freshet/shared/ports/dead-letters';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDatabase } from '../support/postgres.js';

const letter = (detail: string, changes: Partial<DeadLetter> = {}): DeadLetter => ({ queue: 'ingest', source: 'http', code: 'unknown_type', pointer: '/type', detail, payload: '{}', ...changes });
const details = (letters: readonly StoredDeadLetter[]): string[] => letters.map((one) => one.detail);

function contract(open: () => Promise<{ letters: DeadLetters; close: () => Promise<void> }>): void {
  let letters: DeadLetters;
  let close: () => Promise<void>;
  const ids = new Map<string, number>();
  const idOf = (detail: string): number => ids.get(detail) ?? 0;

  beforeAll(async () => {
    ({ letters, close } = await open());
    await letters.add([letter('a'), letter('b', { code: 'too_long' }), letter('c', { queue: 'trainer', code: 'items_full' }), letter('d'), letter('e', { queue: 'trainer', code: 'too_long' })]);
    for (const { id, detail } of await letters.list({ limit: 10 })) ids.set(detail, id);
  });
  afterAll(() => close());

  it('lists the newest first, or the oldest first from a place on', async () => {
    expect(details(await letters.list({ limit: 3 }))).toEqual(['e', 'd', 'c']);
    expect(details(await letters.list({ limit: 3, before: idOf('c') }))).toEqual(['b', 'a']);
    expect(details(await letters.list({ limit: 3, after: 0 }))).toEqual(['a', 'b', 'c']);
    expect(details(await letters.list({ limit: 3, after: idOf('c') }))).toEqual(['d', 'e']);
  });

  it('lists those of a queue, of a code, or of both', async () => {
    expect(details(await letters.list({ limit: 9, queue: 'trainer' }))).toEqual(['e', 'c']);
    expect(details(await letters.list({ limit: 9, code: 'too_long' }))).toEqual(['e', 'b']);
    expect(details(await letters.list({ limit: 9, queue: 'ingest', code: 'too_long', after: 0 }))).toEqual(['b']);
    expect(await letters.list({ limit: 9, queue: 'nobody' })).toEqual([]);
  });

  it('finds by id what is there, and removes it once', async () => {
    expect(details(await letters.find([idOf('d'), 999_999_999, idOf('b')]))).toEqual(['b', 'd']);
    expect(await letters.remove([idOf('d'), idOf('b'), 999_999_999])).toBe(2);
    expect(await letters.remove([idOf('d'), idOf('b')])).toBe(0);
    expect(await letters.find([idOf('d')])).toEqual([]);
    expect(details(await letters.list({ limit: 9 }))).toEqual(['e', 'c', 'a']);
    expect(await letters.counts()).toEqual(new Map([['ingest', 1], ['trainer', 2]]));
  });
}

describe('dead letters in memory', () => {
  contract(() => Promise.resolve({ letters: memoryDeadLetters(), close: () => Promise.resolve() }));
});

describe('dead letters on Postgres', () => {
  contract(async () => {
    const database = await createDatabase();
    const pool = createPool({ url: database.url, applicationName: 'dead-letters', maxConnections: 2, onError: () => undefined });
    const close = async (): Promise<void> => {
      await pool.end();
      await database.drop();
    };
    return { letters: postgresDeadLetters(pool), close };
  });
});
