/** The command line as its users have it: real processes, their two streams and their exit codes. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lockDirectory } from 'freshet/embedded/data-dir-lock';
import { createDatabase, type TestDatabase } from '../support/postgres.js';
import { beginCommand, runCommand, type RunningCommand } from '../support/run-command.js';
import { until } from '../support/until.js';

const MAIN = createRequire(import.meta.url).resolve('freshet/main');
const folder = mkdtempSync(join(tmpdir(), 'freshet-command-'));
chmodSync(folder, 0o755);
const running: RunningCommand[] = [];
let database: TestDatabase;

beforeAll(async () => void (database = await createDatabase({ migrated: false })));
afterAll(async () => {
  for (const { child } of running) child.kill('SIGKILL');
  await Promise.all(running.map(({ finished }) => finished));
  await database.drop();
  rmSync(folder, { recursive: true, force: true });
});

describe('exit codes and streams', () => {
  test.each([
    [['--version'], 0, /^\d+\.\d+\.\d+/, /^$/],
    [['start', '--help'], 0, /--port <number>/, /^$/],
    [['strat'], 2, /^$/, /^freshet: unknown command 'strat'; did you mean start\?\n`freshet --help` says what there is.\n$/],
    [['start', '--thraeds', '2'], 2, /^$/, /unknown option '--thraeds'; did you mean --threads\?\n`freshet start --help`/],
    [['trainer'], 2, /^$/, /^freshet: freshet trainer runs beside others and needs DATABASE_URL/],
    [['start', '--port', 'x', '--dim', '3'], 2, /^$/, /2 settings can't be used:\n {2}--port must be .*\n {2}--dim must be/],
  ])('%j', async (args, code, stdout, stderr) => {
    const run = await runCommand(args);
    expect(run).toEqual({ code, stdout: expect.stringMatching(stdout) as string, stderr: expect.stringMatching(stderr) as string });
  });

  test('with --json stdout is one document, whether a command succeeds or fails', async () => {
    const env = { DATABASE_URL: database.url };
    const first = await runCommand(['migrate', '--json'], env);
    const again = await runCommand(['migrate', '--json'], env);
    expect([first.code, again.code]).toEqual([0, 0]);
    expect((JSON.parse(first.stdout) as { applied: string[] }).applied.length).toBeGreaterThan(3);
    expect(JSON.parse(again.stdout)).toEqual({ applied: [] });
    expect(first.stderr).toContain('migrated the database');
    const failed = await runCommand(['migrate', '--json'], { DATABASE_URL: 'mysql://ada:secret@db' });
    expect(failed.code).toBe(2);
    expect(JSON.parse(failed.stdout)).toEqual({ error: { code: 'setting', message: expect.stringMatching(/^DATABASE_URL must be .*ada:\[hidden\]@db/) as string } });
    expect(failed.stdout + failed.stderr).not.toContain('secret');
  });

  test('a reader that goes away ends no command with a stack', () => {
    const { status, stdout, stderr } = spawnSync('bash', ['-c', `set -o pipefail; "${process.execPath}" "${MAIN}" start --help | head -1; echo "\${PIPESTATUS[0]}"`], { encoding: 'utf8' });
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: 'Usage: freshet start [options]\n0\n', stderr: '' });
  });
});

test('what a command doesn’t need is not loaded: the version comes without databases, queues and web servers', async () => {
  const { stderr } = await runCommand(['--version'], { NODE_DEBUG: 'module' });
  expect(stderr).toMatch(/node_modules\/commander\//);
  expect(stderr).not.toMatch(/node_modules\/(?:bullmq|ioredis|fastify|node-pg-migrate)\//);
});

describe('configuration', () => {
  test('--print-config shows what would run and where it came from, hides passwords and starts nothing', async () => {
    const cwd = join(folder, 'shop');
    mkdirSync(cwd);
    writeFileSync(join(cwd, 'freshet.yaml'), 'threads: 2\nport: 1\nevent_types: {wishlist: 0.5}\ndata_dir: ./data\nurl: http://shop.example\n');
    const env = { DATABASE_URL: 'postgresql://ada:secret@db/shop', FRESHET_PORT: '2' };
    const text = await runCommand(['start', '--port', '3', '--print-config'], env, cwd);
    expect({ code: text.code, stderr: text.stderr }).toEqual({ code: 0, stderr: '' });
    for (const line of [/^port: 3 +# option --port$/m, /^threads: 2 +# freshet.yaml line 1$/m, /^database_url: "postgresql:\/\/ada:\[hidden\]@db\/shop" +# environment DATABASE_URL$/m, /^dim: 64 +# default$/m]) expect(text.stdout).toMatch(line);
    const json = await runCommand(['trainer', '--print-config', '--json'], env, cwd);
    const { file, settings } = JSON.parse(json.stdout) as { file: string; settings: Record<string, unknown> };
    expect(file).toBe('freshet.yaml');
    expect(settings).toMatchObject({ port: { value: 2, from: 'environment', name: 'FRESHET_PORT' }, event_types: { value: { wishlist: 0.5 }, from: 'file', name: 'freshet.yaml', line: 3 } });
    // The trainer has no URL to talk to and no data directory; the file may have them all the same.
    expect(Object.keys(settings)).not.toEqual(expect.arrayContaining(['url']));
    expect(existsSync(join(cwd, 'data'))).toBe(false);
  });

  test('what is wrong in a file or a variable ends with 2 and its place, before anything is made', async () => {
    const cwd = join(folder, 'broken');
    mkdirSync(cwd);
    writeFileSync(join(cwd, 'freshet.yaml'), 'port: 0\nmax_itmes: 5000\n');
    const file = await runCommand(['start'], {}, cwd);
    expect(file).toMatchObject({ code: 2, stdout: '', stderr: 'freshet: freshet.yaml line 2: max_itmes is no setting; did you mean “max_items”?\n' });
    const variable = await runCommand(['start', '--config', '/dev/null'], { FRESHET_PROT: '80' }, cwd);
    expect(variable).toMatchObject({ code: 2, stderr: 'freshet: the environment variable FRESHET_PROT is no setting; did you mean “FRESHET_PORT”?\n' });
    expect(existsSync(join(cwd, '.freshet'))).toBe(false);
  });

  test('hosts, origins, event types and secret files reach a running service, which says so as one document', async () => {
    const secret = join(folder, 'database-url');
    writeFileSync(secret, `${database.url}\n`);
    const args = ['ingest', '--json', '--host', '0.0.0.0', '--port', '0', '--allowed-hosts', 'shop.example', '--allowed-origins', 'https://shop.example', '--event-types', 'wishlist=2', '--log-level', 'warn'];
    const ingest = beginCommand(args, { DATABASE_URL_FILE: secret });
    running.push(ingest);
    const text = await until('it has told its address', () => (ingest.stdout().endsWith('}\n') ? ingest.stdout() : undefined));
    const said = JSON.parse(text) as { url: string; services: string[]; version: string };
    expect(said.services).toEqual(['ingest']);
    const port = new URL(said.url).port;
    const post = (headers: Record<string, string>, type: string): Promise<number> => send(port, { host: `127.0.0.1:${port}`, ...headers }, [{ type, user_id: 'ada', item_id: 'mug' }]);
    expect([await post({}, 'wishlist'), await post({ host: 'shop.example' }, 'wishlist'), await post({ host: 'elsewhere.example' }, 'wishlist')]).toEqual([202, 202, 421]);
    expect([await post({ origin: 'https://shop.example' }, 'view'), await post({ origin: 'https://elsewhere.example' }, 'view')]).toEqual([202, 403]);
    const unknown = await fetch(`http://127.0.0.1:${port}/v1/events`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '[{"type":"wishlst","user_id":"ada","item_id":"mug"},{"type":"wishlist","user_id":"ada","item_id":"mug"}]' });
    expect(await unknown.json()).toMatchObject({ accepted: 1, rejected: 1 });
    ingest.child.kill('SIGTERM');
    const end = await ingest.finished;
    expect([end.code, JSON.parse(end.stdout)]).toEqual([0, said]);
  });
});

/** Node's `fetch` sets Host itself. */
async function send(port: string, headers: Record<string, string>, body: object): Promise<number> {
  const sent = request({ host: '127.0.0.1', port, path: '/v1/events', method: 'POST', headers: { 'content-type': 'application/json', ...headers } });
  sent.end(JSON.stringify(body));
  const [answer] = (await once(sent, 'response')) as [import('node:http').IncomingMessage];
  answer.resume();
  return answer.statusCode ?? 0;
}

describe('starts that can’t succeed', () => {
  test('a taken port is noticed before a database is made', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const run = await runCommand(['start', '--port', String(port), '--data-dir', join(folder, 'unused')]);
    other.close();
    expect(run).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(new RegExp(`^freshet: Port ${port} on 127.0.0.1 is taken by another program`)) as string });
    expect(existsSync(join(folder, 'unused'))).toBe(false);
  });

  test('an address of another machine, too', async () => {
    const run = await runCommand(['start', '--host', '192.0.2.1', '--port', '0', '--data-dir', join(folder, 'unused')]);
    expect(run).toMatchObject({ code: 2, stderr: expect.stringContaining('192.0.2.1 is not an address of this machine') as string });
  });

  test('a data directory that another process holds ends with 1 and names it', async () => {
    const held = join(folder, 'held');
    mkdirSync(held);
    const lock = await lockDirectory(held);
    const run = await runCommand(['start', '--port', '0', '--data-dir', held]);
    await lock.release();
    expect(run).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining(`is in use by process ${process.pid}: stop it`) as string });
  });

  test.runIf(process.platform === 'linux')('a data directory that can’t be made ends with 2 at once', async () => {
    const run = await runCommand(['start', '--port', '0', '--data-dir', '/proc/freshet/data']);
    expect(run).toMatchObject({ code: 2, stderr: expect.stringContaining("the data directory /proc/freshet/data can't be created (ENOENT)") as string });
  });
});

test('the completion script of the program itself completes in bash', async () => {
  const { code, stdout } = await runCommand(['completion', 'bash']);
  const complete = (...words: string[]): string => spawnSync('bash', ['--norc', '-uc', `${stdout}\nCOMP_WORDS=(freshet "$@"); COMP_CWORD=$#; _freshet; echo "\${COMPREPLY[*]}"`, 'test', ...words], { encoding: 'utf8' }).stdout;
  expect([code, complete('tr'), complete('start', '--th')]).toEqual([0, 'trainer\n', '--threads\n']);
});
