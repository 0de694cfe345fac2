/** Pools and clients: errors that are handled, limits that hold, sentences that say what to do. */
import { connectClient, createPool, describeTarget } from '@freshet/shared/adapters/postgres/pool';
import { waitForPostgres } from '@freshet/shared/adapters/postgres/wait-for-postgres';
import { systemClock } from '@freshet/shared/adapters/system-clock';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createDatabase, type TestDatabase } from '../../support/postgres.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase({ migrated: false });
});
afterAll(() => database.drop());

const applicationName = 'connections-test';
const onError = (): void => undefined;

test('a pool survives the loss of a connection in use and of an idle one, and reports both', async () => {
  const errors = vi.fn();
  const pool = createPool({ url: database.url, applicationName, onError: errors });
  try {
    const [held, idle] = [await pool.connect(), await pool.connect()];
    idle.release();
    const others = 'select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1 and pid <> pg_backend_pid()';
    const killer = await connectClient({ url: database.url, applicationName: 'killer', onError });
    await killer.query(others, [applicationName]);
    await killer.end();
    await vi.waitFor(() => expect(errors.mock.calls.length).toBeGreaterThanOrEqual(2));
    held.release(true);
    expect((await pool.query<{ one: number }>('select 1 as one')).rows).toEqual([{ one: 1 }]);
  } finally {
    await pool.end();
  }
});

test('a statement that runs too long is ended by the server', async () => {
  const client = await connectClient({ url: database.url, applicationName, onError, statementTimeoutMs: 50 });
  await expect(client.query('select pg_sleep(30)')).rejects.toMatchObject({ code: '57014' });
  await client.end();
});

test('bigint columns arrive as numbers, and beyond 2^53 as bigint', async () => {
  const client = await connectClient({ url: database.url, applicationName, onError });
  const found = await client.query<{ small: number; large: bigint }>('select 5::bigint as small, -9223372036854775808 as large, null::bigint as none');
  expect(found.rows).toEqual([{ small: 5, large: -(2n ** 63n), none: null }]);
  await client.end();
});

test("options in the URL are kept beside Freshet's own", async () => {
  const url = new URL(database.url);
  url.searchParams.set('options', '-c work_mem=9MB');
  const client = await connectClient({ url: url.href, applicationName, onError });
  const found = await client.query<{ memory: string; path: string }>("select current_setting('work_mem') as memory, current_setting('search_path') as path");
  expect(found.rows).toEqual([{ memory: '9MB', path: 'freshet,bullmq,public' }]);
  await client.end();
});

test('a wrong password fails at once, in a sentence without the password', async () => {
  const url = new URL(database.url);
  url.password = 'hunter2';
  const waiting = waitForPostgres({ url: url.href, applicationName, clock: systemClock });
  await expect(waiting).rejects.toMatchObject({ name: 'UsageError', code: 'database_refused', message: expect.not.stringContaining('hunter2') as string });
});

test('a server that is not there is waited for until the deadline', async () => {
  const onWait = vi.fn();
  const waiting = waitForPostgres({ url: 'postgresql://a:b@127.0.0.1:1/c', applicationName, clock: systemClock, deadlineMs: 300, onWait });
  await expect(waiting).rejects.toMatchObject({ name: 'UnavailableError', code: 'database_unavailable' });
  expect(onWait).toHaveBeenCalledTimes(1);
});

test("a URL that isn't one of Postgres is refused with an example", () => {
  expect(() => createPool({ url: 'mysql://somewhere/db', applicationName, onError })).toThrow('postgresql://user:password@host:5432/database');
});

test('the description of a target has no password', () => {
  expect(describeTarget('postgresql://u:secret@db.example:6432/shop')).toBe('Postgres at db.example:6432, database shop');
});
