/** Duplicates are caught across rotations of the id tables, whoever writes and rotates at the same time. */
import { postgresEntryLog } from '@freshet/shared/adapters/postgres/entry-log';
import { rotateIds } from '@freshet/shared/adapters/postgres/id-rotation';
import { createPool } from '@freshet/shared/adapters/postgres/pool';
import { bodyHash, eventKey } from '@freshet/shared/domain/keys';
import type { UserRef } from '@freshet/shared/domain/event';
import type { AppendRequest } from '@freshet/shared/ports/entry-log';
import fc from 'fast-check';
import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDatabase, type TestDatabase } from '../support/postgres.js';

function request(ids: readonly string[]): AppendRequest {
  return {
    body: { kind: 'events', events: ids.map((id) => ({ id, type: 'view', user: '0123456789abcdef' as UserRef, item: 'i', ts: 1 })) },
    keys: ids.map((id) => ({ id: eventKey('p', id), body: bodyHash(id) })),
    source: 'http',
    receivedAt: 1,
    historical: false,
  };
}

describe('rotating the id tables', () => {
  let database: TestDatabase;
  let pools: Pool[];
  beforeAll(async () => {
    database = await createDatabase();
    // Two pools: two ingest processes.
    pools = ['one', 'two'].map((name) => createPool({ url: database.url, applicationName: name, onError: () => undefined, maxConnections: 6 }));
  });
  afterAll(async () => {
    await Promise.all(pools.map((pool) => pool.end()));
    await database.drop();
  });
  const pool = (i: number): Pool => pools[i % pools.length] as Pool;

  it('recognises an id for one rotation, and forgets it after two', async () => {
    const log = postgresEntryLog(pool(0));
    await log.append(request(['old']));
    expect(await rotateIds(pool(1), 0)).toBe('rotated');
    expect((await log.append(request(['old']))).known.get(0)).toBe('duplicate');
    expect(await rotateIds(pool(1), 0)).toBe('rotated');
    expect((await log.append(request(['old']))).known.size).toBe(0);
  });

  it('is done once by several callers, and not before its time', async () => {
    expect(await rotateIds(pool(0), 3_600_000)).toBe('not-due');
    await pool(0).query(`update freshet.id_rotation set rotated_at = now() - interval '25 hours'`);
    const results = await Promise.all([0, 1, 2, 3].map((i) => rotateIds(pool(i), 86_400_000)));
    expect(results.toSorted()).toEqual(['not-due', 'not-due', 'not-due', 'rotated']);
  });

  it('gives way when somebody reads the tables for long, and leaves them usable', async () => {
    const reader = await pool(0).connect();
    try {
      await reader.query('begin');
      await reader.query('select count(*) from freshet.event_id_current');
      expect(await rotateIds(pool(1), 0)).toBe('busy');
    } finally {
      await reader.query('rollback');
      reader.release();
    }
    expect((await postgresEntryLog(pool(1)).append(request(['after-busy']))).known.size).toBe(0);
  });

  it('lets no duplicate through while writers and a rotation run at once', async () => {
    let round = 0;
    await fc.assert(
      fc.asyncProperty(
        // Each lane's batches of small ids (so that they collide), and after how many batches the rotation starts.
        fc.array(fc.array(fc.uniqueArray(fc.nat(30), { minLength: 1, maxLength: 12 }), { minLength: 3, maxLength: 8 }), { minLength: 2, maxLength: 6 }),
        fc.nat(12),
        async (lanes, rotateAfter) => {
          const name = `round${++round}-`;
          let started = 0;
          let rotation: Promise<unknown> | undefined;
          const outcomes = await Promise.all(
            lanes.map(async (batches, lane) => {
              const log = postgresEntryLog(pool(lane));
              const accepted: string[] = [];
              for (const batch of batches) {
                if (started++ >= rotateAfter) rotation ??= rotateIds(pool(lane + 1), 0);
                const ids = batch.map((id) => name + id);
                const { known } = await log.append(request(ids));
                accepted.push(...ids.filter((_, i) => !known.has(i)));
                expect([...known.values()]).not.toContain('conflict');
              }
              return accepted;
            }),
          );
          await rotation;
          const accepted = outcomes.flat().sort();
          // Every id exactly once: none twice, none lost.
          expect(accepted).toEqual([...new Set(lanes.flat(2).map((id) => name + id))].sort());
        },
      ),
      { numRuns: 60 },
    );
    const counter = await pool(0).query('select last, (select count(*) from freshet.log_entry) as entries, total, (select sum(count) from freshet.log_entry) as items from freshet.log_counter');
    const row = counter.rows[0] as { last: number; entries: number; total: number; items: string };
    expect(row.last).toBe(row.entries);
    expect(row.total).toBe(Number(row.items));
  });
});
