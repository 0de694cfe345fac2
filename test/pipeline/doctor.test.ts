/** `freshet doctor` as a real process, on real servers in which something has been planted: each is found, by name. */
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPool } from '@freshet/shared/adapters/postgres/pool';
import { administer, createDatabase, type TestDatabase } from '../support/postgres.js';
import { redisInstalled, startRedis, type TestRedis } from '../support/redis.js';
import { endAll, startFreshet } from '../support/freshet-command.js';
import { runCommand } from '../support/run-command.js';

interface Report {
  readonly healthy: boolean;
  readonly findings: readonly { readonly check: string; readonly level: 'ok' | 'warning' | 'error'; readonly found: string; readonly advice?: string }[];
}

async function doctor(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<{ code: number | null; report: Report; wrong: string[] }> {
  // It ends with 1 when it has found something, so a code other than 0 is no failure of the command.
  const { code, stdout, stderr } = await runCommand(['doctor', '--json', '--port', '0', ...args], env, dir);
  if (stdout === '') throw new Error(`freshet doctor said nothing on stdout: ${stderr}`);
  const report = JSON.parse(stdout) as Report;
  // Of the machine that the test runs on nothing is expected.
  const ours = report.findings.filter(({ check }) => !['memory', 'threads', 'disk_space', 'open_files', 'data_dir_file_system'].includes(check));
  return { code, report, wrong: ours.filter(({ level }) => level !== 'ok').map(({ check, level }) => `${check}: ${level}`) };
}

let dir = '';
let database: TestDatabase;
beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'freshet-doctor-'));
  database = await createDatabase();
});
afterAll(async () => {
  await endAll();
  await database.drop();
  await rm(dir, { recursive: true, force: true });
});

/** Runs statements on a database of its own, and tells the doctor of it. */
async function onDatabase(statements: (name: string) => readonly string[], args: readonly string[] = []) {
  const own = await createDatabase();
  const name = new URL(own.url).pathname.slice(1);
  try {
    for (const statement of statements(name)) await administer(own.url, statement);
    return await doctor(args, { DATABASE_URL: own.url });
  } finally {
    await own.drop();
  }
}

/** The test server runs without fsync; what is planted comes beside it. */
const TEST_SERVER = 'postgres_durability: error';

describe('on Postgres', () => {
  it('finds nothing else wrong with a database of this release', async () => {
    const { wrong, report } = await doctor([], { DATABASE_URL: database.url });
    expect(wrong).toEqual([TEST_SERVER]);
    expect(report.findings.find(({ check }) => check === 'postgres_durability')).toMatchObject({ found: expect.stringContaining('fsync is off') });
    expect(JSON.stringify(report)).not.toContain(new URL(database.url).password || 'no password at all');
  });

  it.each<[string, (name: string) => readonly string[], string, readonly string[]]>([
    ['read-only transactions', (name) => [`alter database ${name} set default_transaction_read_only = on`], 'postgres_role: error', []],
    ['serializable transactions', (name) => [`alter database ${name} set default_transaction_isolation = 'serializable'`], 'postgres_isolation: error', []],
    ['a schema of the future', () => [`insert into freshet.migration (name, run_on) values ('9999_future', now())`], 'postgres_schema: error', []],
    ['a schema of the past', () => [`delete from freshet.migration where name = (select max(name) from freshet.migration)`], 'postgres_schema: warning', []],
    ['kept dead letters', () => [`insert into freshet.dead_letter (queue, source, code, detail, payload) values ('ingest', 'http', 'x', 'y', '{}')`], 'dead_letters: warning', []],
    ['a trainer that has gone with work left', () => [`update freshet.trainer_state set heartbeat_at = now() - interval '5 minutes'`, `update freshet.log_counter set last = 5`], 'trainer: warning', []],
    [
      'a model of another dimension',
      () => [`insert into freshet.delta values (1, 1, 1, 1, 1, decode(repeat('00', 44) || '20000000' || repeat('00', 24), 'hex'), '\\x00', 1, 1, 1, 1)`],
      'model_dim: error',
      ['--dim', '64'],
    ],
  ])('finds %s', async (_what, statements, expected, args) => {
    const { wrong, code } = await onDatabase(statements, args);
    expect(wrong).toContain(expected);
    expect(code).toBe(1);
  });

  it('finds an encoding that cannot hold every title', async () => {
    const name = `latin_${Date.now()}`;
    await administer(database.url, `create database ${name} encoding 'LATIN1' locale 'C' template template0`);
    const url = new URL(database.url);
    url.pathname = `/${name}`;
    expect((await doctor([], { DATABASE_URL: url.href })).wrong).toContain('postgres_encoding: error');
    await administer(database.url, `drop database ${name}`);
  });

  it('finds a user without rights, and one whom the server refuses', async () => {
    const name = `poor_${Date.now()}`;
    await administer(database.url, `create role ${name} login password 'poor'`);
    const empty = await createDatabase({ migrated: false });
    const url = new URL(empty.url);
    url.username = name;
    url.password = 'poor';
    expect((await doctor([], { DATABASE_URL: url.href })).wrong).toContain('postgres_rights: error');
    url.username = 'nobody_at_all';
    const refused = await doctor([], { DATABASE_URL: url.href });
    expect(refused.wrong).toContain('postgres: error');
    await empty.drop();
    await administer(database.url, `drop role ${name}`);
  });

  it('finds a server that does not answer, and a database that is not there', async () => {
    expect((await doctor([], { DATABASE_URL: 'postgresql://127.0.0.1:1/nothing' })).wrong).toEqual(['postgres: error']);
    const missing = new URL(database.url);
    missing.pathname = '/not_there';
    const { report } = await doctor([], { DATABASE_URL: missing.href });
    expect(report.findings.find(({ check }) => check === 'postgres')?.found).toContain('has no such database');
  });

  it('finds that few connections are left', async () => {
    const hoarder = createPool({ url: database.url, applicationName: 'hoarder', maxConnections: 200, onError: () => undefined });
    const { rows } = await hoarder.query<{ free: number }>(`select current_setting('max_connections')::int - (select count(*)::int from pg_stat_activity where backend_type = 'client backend') as free`);
    const held = await Promise.all(Array.from({ length: Math.max(0, (rows[0]?.free ?? 0) - 20) }, () => hoarder.connect()));
    expect((await doctor([], { DATABASE_URL: database.url })).wrong).toContain('postgres_connections: warning');
    for (const client of held) client.release();
    await hoarder.end();
  });
});

describe.skipIf(!redisInstalled())('on Redis', () => {
  const servers: TestRedis[] = [];
  const redis = async (...args: string[]): Promise<TestRedis> => {
    const server = await startRedis(args);
    servers.push(server);
    return server;
  };
  const ask = (url: string) => doctor([], { DATABASE_URL: database.url, QUEUE_URL: url });
  afterAll(() => Promise.all(servers.map((server) => server.stop())));

  it('finds nothing wrong with one that is set up for the queue', async () => {
    const { url } = await redis('--appendonly', 'yes');
    expect((await ask(url)).wrong).toEqual([TEST_SERVER]);
  });

  it('finds a policy that evicts, no append-only file, a full memory and a replica', async () => {
    const primary = await redis('--maxmemory-policy', 'allkeys-lru', '--maxmemory', '1mb');
    const found = (await ask(primary.url)).report.findings.filter(({ check }) => check === 'queue').map(({ advice }) => advice);
    expect(found).toEqual([expect.stringContaining('noeviction'), expect.stringContaining('appendonly yes'), expect.stringContaining('raise maxmemory')]);
    const replica = await redis('--appendonly', 'yes', '--replicaof', '127.0.0.1', new URL(primary.url).port);
    expect((await ask(replica.url)).report.findings).toContainEqual(expect.objectContaining({ check: 'queue', level: 'warning', advice: expect.stringContaining('primary') }));
  });

  it('finds a password that is missing, and a server that is not there', async () => {
    const locked = await redis('--appendonly', 'yes', '--requirepass', 'secret');
    const refused = await ask(locked.url);
    expect(refused.wrong).toContain('queue: error');
    expect((await ask('redis://:wrong-secret@127.0.0.1:1')).report.findings).toContainEqual(expect.objectContaining({ check: 'queue', level: 'error', found: expect.not.stringContaining('wrong-secret') }));
  });
});

describe('on the embedded default', () => {
  it('finds a port that another program has, and an address that is not ours', async () => {
    const other = net.createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as net.AddressInfo;
    const taken = await doctor(['--port', String(port)]);
    expect(taken).toMatchObject({ code: 1, wrong: ['port: error'] });
    other.close();
    expect((await doctor(['--host', '203.0.113.1'])).wrong).toEqual(['port: error', 'exposure: warning']);
  });

  it('finds a data directory that is a file, that nobody can make, that a newer release or another Postgres made', async () => {
    const file = path.join(dir, 'file');
    await writeFile(file, '');
    expect((await doctor(['--data-dir', file])).wrong).toEqual(['data_dir: error']);
    expect((await doctor(['--data-dir', '/proc/nowhere'])).wrong).toEqual(['data_dir: error']);
    const newer = path.join(dir, 'newer');
    await mkdir(path.join(newer, 'postgres'), { recursive: true });
    await writeFile(path.join(newer, 'layout.version'), '99\n');
    expect((await doctor(['--data-dir', newer])).wrong).toEqual(['data_dir: error']);
    await writeFile(path.join(newer, 'layout.version'), '1\n');
    await writeFile(path.join(newer, 'postgres', 'PG_VERSION'), '12\n');
    expect((await doctor(['--data-dir', newer])).report.findings).toContainEqual(expect.objectContaining({ check: 'data_dir', level: 'error', found: expect.stringContaining('Postgres 12') }));
  });

  it('finds a running Freshet in order, its database included, and changes nothing', async () => {
    const data = path.join(dir, 'running');
    const freshet = await startFreshet({ command: 'start', args: ['--data-dir', data, '--demo', 'off'] });
    await freshet.ready();
    const { code, wrong, report } = await doctor(['--data-dir', data, '--port', new URL(freshet.url).port]);
    expect({ code, wrong }).toEqual({ code: 0, wrong: [] });
    const checks = report.findings.map(({ check }) => check);
    expect(checks).toEqual(expect.arrayContaining(['running_ready', 'postgres_schema', 'model_dim', 'trainer']));
    await freshet.stop();
  });
});
