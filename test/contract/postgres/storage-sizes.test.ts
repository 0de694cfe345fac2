/** Sizes on disk are those of the tables they name, and together the database. */
import { createPool } from '@freshet/shared/adapters/postgres/pool';
import { postgresStorageSizes } from '@freshet/shared/adapters/postgres/storage-sizes';
import { STORAGE_PARTS } from '@freshet/shared/ports/storage-sizes';
import type { Pool } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createDatabase, type TestDatabase } from '../../support/postgres.js';

let database: TestDatabase;
let pool: Pool;
beforeAll(async () => {
  database = await createDatabase();
  pool = createPool({ url: database.url, applicationName: 'sizes-test', onError: () => undefined });
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

const MEGABYTE = 1_000_000;
const FILL = `insert into freshet.delta (lineage, version, epoch, from_seq, to_seq, bytes, checksum, received_at, taken_at, trained_at, committed_at)
  values (1, 1, 1, 1, 1, convert_to(repeat('x', 4000000), 'UTF8'), '', 0, 0, 0, 0)`;

it('are by part, and together the whole database', async () => {
  const sizes = await postgresStorageSizes(pool).sizes();
  expect(Object.keys(sizes).sort()).toEqual([...STORAGE_PARTS].sort());
  for (const part of STORAGE_PARTS) expect(sizes[part]).toBeGreaterThan(0);
  const found = await pool.query<{ bytes: string }>('select pg_database_size(current_database()) as bytes');
  const together = Object.values(sizes).reduce((sum, bytes) => sum + bytes, 0);
  expect(Math.abs(together - Number(found.rows[0]?.bytes))).toBeLessThan(MEGABYTE);
});

it('grow where something is written, and nowhere else', async () => {
  const read = () => postgresStorageSizes(pool).sizes();
  const before = await read();
  await pool.query(FILL);
  const after = await read();
  expect(after.deltas - before.deltas).toBeGreaterThan(4 * MEGABYTE - 1);
  for (const part of ['log', 'ids', 'snapshots', 'checkpoint'] as const) expect(after[part]).toBe(before[part]);
});
