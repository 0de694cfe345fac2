/** Binary COPY: exact bytes, or an error and a pool that still works. */
import { copyRows } from '@freshet/shared/adapters/postgres/copy-binary';
import { connectClient, createPool } from '@freshet/shared/adapters/postgres/pool';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createDatabase, type TestDatabase } from '../../support/postgres.js';

let database: TestDatabase;
let pool: ReturnType<typeof createPool>;
beforeAll(async () => {
  database = await createDatabase({ migrated: false });
  pool = createPool({ url: database.url, applicationName: 'copy-test', maxConnections: 1, onError: () => undefined });
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

async function poolStillWorks(): Promise<void> {
  expect((await pool.query<{ one: number }>('select 1 as one')).rows).toEqual([{ one: 1 }]);
}

test('rows arrive with their bytes, nulls and empty values', async () => {
  const rows = await copyRows(pool, String.raw`select 5::int8, null::bytea, '\x'::bytea, '\x00ff'::bytea, 'ü'::text`);
  expect(rows).toEqual([[Buffer.from([0, 0, 0, 0, 0, 0, 0, 5]), null, Buffer.alloc(0), Buffer.from([0, 255]), Buffer.from('ü')]]);
});

test('no rows are no rows', async () => {
  expect(await copyRows(pool, 'select 1 where false')).toEqual([]);
});

test('megabytes in many rows and in one row arrive whole and in order', async () => {
  const many = await copyRows(pool, `select n::int4, convert_to(repeat('x', 1000), 'UTF8') from generate_series(1, 5000) n`);
  expect(many.map(([n]) => n?.readInt32BE(0))).toEqual(Array.from({ length: 5_000 }, (_, index) => index + 1));
  expect(many.every(([, bytes]) => bytes?.length === 1_000)).toBe(true);
  const [large] = await copyRows(pool, `select convert_to(repeat('y', 8000000), 'UTF8')`);
  expect(large?.[0]?.equals(Buffer.alloc(8_000_000, 'y'))).toBe(true);
  await poolStillWorks();
});

test('an error in the middle rejects, and the pool goes on', async () => {
  await expect(copyRows(pool, 'select 1 / (50000 - n) from generate_series(1, 100000) n')).rejects.toMatchObject({ code: '22012' });
  await expect(copyRows(pool, 'select nothing from nowhere')).rejects.toMatchObject({ code: '42P01' });
  await poolStillWorks();
});

test('a connection lost in the middle rejects, and the pool goes on', async () => {
  // Watched from the start: it may reject while the killer says goodbye.
  const ended = copyRows(pool, `select repeat('z', 100), pg_sleep(0.001) from generate_series(1, 1000000)`).then(
    () => 'read',
    () => 'rejected',
  );
  const killer = await connectClient({ url: database.url, applicationName: 'killer', onError: () => undefined });
  await vi.waitFor(async () => {
    const killed = await killer.query(`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'copy-test' and query like 'copy%'`);
    expect(killed.rowCount).toBe(1);
  });
  await killer.end();
  expect(await ended).toBe('rejected');
  await poolStillWorks();
});
