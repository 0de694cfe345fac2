/** The embedded Postgres with real processes: starts, refusals, kills, other users, awkward places. */
import { spawn } from 'node:child_process';
import { chmod, chown, mkdir, mkdtemp, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connectClient } from '@freshet/shared/adapters/postgres/pool';
import { startEmbeddedPostgres, type EmbeddedPostgres } from 'freshet/embedded/postgres';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { closedDirectory, copyCheckout, startOwner } from '../support/embedded-process.js';

const asRoot = process.getuid?.() === 0;
const onLinux = process.platform === 'linux';
const NOBODY = { uid: 65_534, gid: 65_534 };
const INSERT = 'create table if not exists survivor (n serial); insert into survivor default values';
const COUNT = 'select count(*) as n from survivor';

let directory: string;
let dataDir: string;
let lines: string[];
const cleanUps: (() => Promise<unknown>)[] = [];

beforeEach(async () => {
  directory = await realpath(await mkdtemp(path.join(tmpdir(), 'freshet-embedded-')));
  await chmod(directory, 0o755);
  dataDir = path.join(directory, 'data');
  lines = [];
});
afterEach(async () => {
  for (let cleanUp = cleanUps.pop(); cleanUp !== undefined; cleanUp = cleanUps.pop()) await cleanUp();
  await rm(directory, { recursive: true, force: true });
});

async function start(where = dataDir): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres({ dataDir: where, log: (line) => lines.push(line) });
  cleanUps.push(() => server.stop());
  return server;
}

async function owner(options: Partial<Parameters<typeof startOwner>[0]> = {}): ReturnType<typeof startOwner> {
  const started = await startOwner({ dataDir, ...options });
  cleanUps.push(() => started.stop());
  return started;
}

async function query<Row extends object>(url: string, text: string): Promise<readonly Row[]> {
  const client = await connectClient({ url, applicationName: 'embedded-test', onError: () => undefined });
  try {
    return (await client.query<Row>(text)).rows;
  } finally {
    await client.end();
  }
}

/** A zombie that nobody has collected (containers without an init) doesn't count. */
async function isRunning(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
    return !onLinux || (await readFile(`/proc/${pid}/cmdline`, 'utf8')) !== '';
  } catch {
    return false;
  }
}

test('the database is made once, durable settings are on, and a restart finds its data', async () => {
  const first = await start();
  await query(first.url, INSERT);
  expect(await query(first.url, `select current_setting('fsync') || current_setting('synchronous_commit') || current_setting('data_checksums') as on`)).toEqual([{ on: 'ononon' }]);
  await first.stop();
  expect(await first.ended).toBeUndefined();
  expect(await isRunning(first.pid)).toBe(false);
  const second = await start();
  expect(await query(second.url, COUNT)).toEqual([{ n: 1 }]);
  expect(lines.filter((line) => line.startsWith('creating the database'))).toHaveLength(1);
});

test('the files are the owner’s alone, and so are the password and the socket', async () => {
  const { pgData, url } = await start();
  const socketDir = new URL(url).searchParams.get('host') ?? '';
  const modes = await Promise.all([pgData, socketDir, path.join(dataDir, 'postgres.password')].map(async (file) => ((await stat(file)).mode & 0o777).toString(8)));
  expect(modes).toEqual(['700', '700', '600']);
  const withoutPassword = new URL(url);
  withoutPassword.password = 'wrong';
  await expect(query(withoutPassword.href, 'select 1')).rejects.toMatchObject({ code: 'database_refused' });
});

test('while it runs its address stands in a file that only the owner can read, and not afterwards', async () => {
  const file = path.join(dataDir, 'postgres.url');
  const server = await start();
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  const url = (await readFile(file, 'utf8')).trim();
  expect(url).toBe(server.url);
  expect(await query(url, 'select 1 as n')).toEqual([{ n: 1 }]);
  await server.stop();
  await expect(stat(file)).rejects.toMatchObject({ code: 'ENOENT' });
});

test('a second start is refused with the pid of the first, and the first goes on', async () => {
  const first = await owner();
  await expect(start()).rejects.toMatchObject({ code: 'data_dir_in_use', message: expect.stringContaining(`process ${first.process.pid ?? '?'}`) as string });
  expect(await query(first.url, 'select 1 as one')).toEqual([{ one: 1 }]);
});

test('two starts at the same moment: one gets the directory, the other is refused', async () => {
  const results = await Promise.allSettled([start(), start()]);
  expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
});

test('after a SIGKILL of Freshet the next start stops the server left behind and finds the data', async () => {
  const killed = await owner();
  await query(killed.url, INSERT);
  await killed.kill();
  expect(await isRunning(killed.pid)).toBe(true);
  const next = await start();
  expect(await isRunning(killed.pid)).toBe(false);
  expect(next.pid).not.toBe(killed.pid);
  expect(await query(next.url, COUNT)).toEqual([{ n: 1 }]);
  expect(lines.join()).toContain(`process ${killed.pid}`);
});

test('after a SIGKILL of everything in the middle of writing the next start has every commit', async () => {
  const killed = await owner();
  const client = await connectClient({ url: killed.url, applicationName: 'writer', onError: () => undefined });
  await client.query(INSERT);
  let committed = 1;
  const writing = (async () => {
    for (;;) {
      await client.query(INSERT);
      committed++;
    }
  })().catch(() => undefined);
  await vi.waitFor(() => expect(committed).toBeGreaterThan(50), 10_000);
  process.kill(killed.pid, 'SIGKILL');
  await killed.kill();
  await writing;
  const next = await start();
  const [row] = await query<{ n: number }>(next.url, COUNT);
  // The last one may have been committed without its answer.
  expect([committed, committed + 1]).toContain(row?.n);
});

test.runIf(onLinux)('a pid file whose pid now belongs to another program does not stop the start', async () => {
  const first = await start();
  await query(first.url, INSERT);
  const pidFile = path.join(first.pgData, 'postmaster.pid');
  const [, ...rest] = (await readFile(pidFile, 'utf8')).split('\n');
  const { uid, gid } = await stat(pidFile);
  await first.stop();
  const bystander = spawn('sleep', ['600'], { cwd: '/', stdio: 'ignore', ...(asRoot && { uid, gid }) });
  cleanUps.push(() => Promise.resolve(bystander.kill('SIGKILL')));
  await writeFile(pidFile, [String(bystander.pid), ...rest].join('\n'), { mode: 0o600 });
  await chown(pidFile, uid, gid);
  const second = await start();
  expect(await query(second.url, COUNT)).toEqual([{ n: 1 }]);
  expect(await isRunning(bystander.pid ?? -1)).toBe(true);
});

test.runIf(onLinux)('the server has a process group of its own, so that Ctrl-C reaches Freshet first', async () => {
  const { pid } = await start();
  const afterName = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1] ?? '';
  expect(afterName.split(' ')[2]).toBe(String(pid));
});

test('a server that ends by itself is reported, with where to look', async () => {
  const server = await start();
  process.kill(server.pid, 'SIGQUIT');
  expect(await server.ended).toMatchObject({ code: 'embedded_postgres', message: expect.stringContaining('postgres.log') as string });
});

test('a start that was killed while making the database begins again', async () => {
  await mkdir(path.join(dataDir, 'postgres.new', 'base'), { recursive: true });
  const server = await start();
  expect(await query(server.url, 'select 1 as one')).toEqual([{ one: 1 }]);
});

test('files of another major version are refused and left alone', async () => {
  const first = await start();
  await first.stop();
  const versionFile = path.join(first.pgData, 'PG_VERSION');
  await writeFile(versionFile, '15\n');
  await expect(start()).rejects.toMatchObject({ name: 'UsageError', message: expect.stringContaining('made by Postgres 15') as string });
  await writeFile(versionFile, '18\n');
  await start();
});

test('a path of 200 characters is no trouble', async () => {
  const server = await start(path.join(directory, 'x'.repeat(100), 'y'.repeat(100), 'with a space'));
  expect(await query(server.url, 'select 1 as one')).toEqual([{ one: 1 }]);
});

test('a data directory that cannot be made is refused in a sentence', async () => {
  await writeFile(path.join(directory, 'file'), '');
  await expect(start(path.join(directory, 'file', 'data'))).rejects.toMatchObject({ name: 'UsageError', code: 'data_dir' });
});

test.runIf(asRoot)('as root, the server does not run as root, and data out of its reach moves once and for all', async () => {
  const closed = path.join(await closedDirectory(directory), '.freshet');
  const first = await start(closed);
  cleanUps.unshift(() => rm(path.dirname(first.pgData), { recursive: true, force: true }));
  expect((await stat(`/proc/${first.pid}`)).uid).not.toBe(0);
  expect(first.pgData.startsWith(directory)).toBe(false);
  expect(lines.join()).toContain(path.dirname(first.pgData));
  await query(first.url, INSERT);
  await first.stop();
  const second = await start(closed);
  expect(second.pgData).toBe(first.pgData);
  expect(await query(second.url, COUNT)).toEqual([{ n: 1 }]);
});

test.runIf(asRoot)('as root, programs in a checkout that the server’s user cannot enter are copied to where it can', async () => {
  const entry = await copyCheckout(await closedDirectory(directory));
  const first = await owner({ entry });
  expect(first.lines.join()).toContain('copying the Postgres programs');
  await query(first.url, INSERT);
  await first.stop();
  const second = await owner({ entry });
  expect(second.lines).toEqual([]);
  expect(await query(second.url, COUNT)).toEqual([{ n: 1 }]);
});

test.runIf(asRoot)('an ordinary user runs the server as himself, from a checkout that he may only read', async () => {
  const entry = await copyCheckout(path.join(directory, 'checkout'));
  await mkdir(dataDir);
  await chown(dataDir, NOBODY.uid, NOBODY.gid);
  const mine = await owner({ entry, user: NOBODY });
  expect((await stat(`/proc/${mine.pid}`)).uid).toBe(NOBODY.uid);
  expect(mine.lines.join()).toContain('copying the Postgres programs');
  expect(await query(mine.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  await mine.stop();
  // Root afterwards leaves the files to their owner.
  const roots = await start();
  expect((await stat(`/proc/${roots.pid}`)).uid).toBe(NOBODY.uid);
});

test.runIf(asRoot)('an ordinary user is told whose the data is when root made it', async () => {
  const first = await start();
  await first.stop();
  await expect(startOwner({ dataDir, user: NOBODY })).rejects.toThrow(/belong to the user \w+|may not read/);
});
