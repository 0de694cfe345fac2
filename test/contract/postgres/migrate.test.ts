/** Migrations: once, together, never backwards. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { migrate, migrationsPending } from '@freshet/shared/adapters/postgres/migrate';
import { connectClient } from '@freshet/shared/adapters/postgres/pool';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createDatabase, type TestDatabase } from '../../support/postgres.js';

let database: TestDatabase;
let directory: string;
beforeEach(async () => {
  database = await createDatabase({ migrated: false });
  directory = await mkdtemp(path.join(tmpdir(), 'freshet-migrations-'));
  await add('0001_first', 'create table first (n int); insert into first values (1);');
});
afterEach(async () => {
  await database.drop();
  await rm(directory, { recursive: true });
});

const add = (name: string, sql: string): Promise<void> => writeFile(path.join(directory, `${name}.sql`), sql);

async function query(text: string): Promise<unknown[]> {
  const client = await connectClient({ url: database.url, applicationName: 'migrate-test', onError: () => undefined });
  try {
    return (await client.query<object>(text)).rows;
  } finally {
    await client.end();
  }
}

test('an empty database gets every table once, and then nothing is pending', async () => {
  const pending = await migrationsPending(database.url);
  expect(pending.slice(0, 2)).toEqual(['0001_log', '0002_model']);
  // Two branches that took the same number would leave their order to their names.
  const numbers = pending.filter((name) => /^\d{4}_/.test(name)).map((name) => Number(name.slice(0, 4)));
  expect(numbers).toEqual(numbers.map((_, n) => n + 1));
  expect(await migrate(database.url)).toEqual(pending);
  expect(await migrationsPending(database.url)).toEqual([]);
  expect(await migrate(database.url)).toEqual([]);
  expect(await query(`select count(*) from information_schema.tables where table_schema = 'bullmq' and table_name = 'job'`)).toEqual([{ count: 1 }]);
});

test('several processes that start at once wait for each other, and one migrates', async () => {
  await add('0002_slow', 'select pg_sleep(0.3); create table second (n int);');
  const results = await Promise.all(Array.from({ length: 4 }, () => migrate(database.url, { directory })));
  expect(results.filter((applied) => applied.length > 0)).toHaveLength(1);
  expect(await query('select n from first')).toEqual([{ n: 1 }]);
});

test('a process that waits too long for another one says so', async () => {
  const holder = await connectClient({ url: database.url, applicationName: 'holder', onError: () => undefined });
  await holder.query('select pg_advisory_lock(4608589)');
  await expect(migrate(database.url, { directory, deadlineMs: 100 })).rejects.toMatchObject({ code: 'migration_running', retryable: true });
  await holder.end();
});

test('a file that fails undoes the files before it, and names the error', async () => {
  await add('0002_broken', 'create table second (n int); select nonsense;');
  await expect(migrate(database.url, { directory })).rejects.toMatchObject({ code: 'migration_failed', message: expect.stringContaining('nonsense') as string });
  expect(await query(`select table_name from information_schema.tables where table_schema = 'freshet' and table_name <> 'migration'`)).toEqual([]);
  await add('0002_broken', 'create table second (n int);');
  expect((await migrate(database.url, { directory })).slice(0, 2)).toEqual(['0001_first', '0002_broken']);
});

test('new files are applied to a database with the old ones', async () => {
  await migrate(database.url, { directory });
  await add('0002_next', 'insert into first values (2);');
  expect(await migrate(database.url, { directory })).toEqual(['0002_next']);
  expect(await query('select n from first order by n')).toEqual([{ n: 1 }, { n: 2 }]);
});

test('a database that a newer version has migrated is refused', async () => {
  await add('0002_future', 'create table future (n int);');
  await migrate(database.url, { directory });
  await rm(path.join(directory, '0002_future.sql'));
  const refusal = { name: 'UsageError', code: 'database_newer', message: expect.stringContaining('0002_future') as string };
  await expect(migrate(database.url, { directory })).rejects.toMatchObject(refusal);
  await expect(migrationsPending(database.url, { directory })).rejects.toMatchObject(refusal);
});

test("queue tables of a newer BullMQ are refused, and a newer schema that this one can use isn't", async () => {
  await migrate(database.url, { directory });
  await query(`insert into bullmq.migration (version, name, min_client_version) values (999, 'later', 6)`);
  expect(await migrate(database.url, { directory })).toEqual([]);
  await query('update bullmq.migration set min_client_version = 99 where version = 999');
  await expect(migrate(database.url, { directory })).rejects.toMatchObject({ code: 'database_newer' });
});

test('the refusal names the newer release and its step, and says what to do', async () => {
  await migrate(database.url);
  await query(`insert into freshet.release (name, migrated_at) values ('9.3.0', now() + interval '1 hour')`);
  await query(`insert into freshet.migration (name, run_on) values ('0999_future', now())`);
  await expect(migrate(database.url)).rejects.toMatchObject({
    name: 'UsageError',
    code: 'database_newer',
    message: 'the database was migrated by a newer Freshet (9.3.0, step 0999_future): start that version, or restore a backup',
  });
});

test('a database that a restore has left without its data is refused', async () => {
  await migrate(database.url);
  await query('create table freshet.restore_unfinished (begun_at timestamptz)');
  await expect(migrate(database.url)).rejects.toMatchObject({ name: 'UsageError', code: 'restore_unfinished' });
  await query('drop table freshet.restore_unfinished');
  expect(await migrate(database.url)).toEqual([]);
});
