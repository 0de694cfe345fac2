/**
 * The image without Docker: its recipe carried out by hand (support/image-by-hand), and Freshet run from what comes out, in
 * the image's environment, as the image's user, by its entry point and command; asked by its health check, stopped by its
 * signal, as PID 1 where the kernel lets us.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openShop } from '../support/api-client.js';
import { instruction, readStages, ROOT, variablesOf } from '../support/dockerfile.js';
import { freePort } from '../support/free-port.js';
import { carryOut, stageFolder } from '../support/image-by-hand.js';
import { until } from '../support/until.js';

const stages = readStages('infra/docker/Dockerfile');
const image = stages.at(-1);
if (image === undefined) throw new Error('the Dockerfile has no stage');
const words = (keyword: string): string[] => JSON.parse(instruction(image, keyword)?.replace(/^.*? CMD /, '') ?? '[]') as string[];
const USER = Number(instruction(image, 'USER')?.split(':')[0]);
const isRoot = process.getuid?.() === 0;
const SMALL = ['--demo', 'off', '--max-items', '4096'];
const START_MS = 60_000;
/** An installation and a build: half a minute on two idle cores. */
const MAKE_MS = 300_000;

const folder = mkdtempSync(path.join(tmpdir(), 'freshet-image-'));
const app = stageFolder(folder, image.name);
const data = path.join(folder, 'data');
const containers: ChildProcess[] = [];

describe('the image', () => {
  beforeAll(() => {
    // Whoever the container's user is has to get to /app and /data.
    chmodSync(folder, 0o755);
    carryOut(stages, folder);
    mkdirSync(data);
    if (isRoot) chownSync(data, USER, USER);
  }, MAKE_MS);
  afterAll(() => {
    for (const one of containers) one.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  test('holds the program and what it needs at run time, and no source, test or compiler', () => {
    const has = (file: string): boolean => existsSync(path.join(app, file));
    const needed = ['packages/shared/migrations/0001_log.sql', 'packages/trainer/dist/kernel/trainer.wasm', 'packages/serving/dist/kernel/serving.wasm', 'packages/freshet/dist/main.js', 'node_modules/bullmq', 'LICENSE'];
    expect(needed.filter((file) => !has(file))).toEqual([]);
    const unwanted = ['scripts', 'test', 'infra/compose', 'packages/shared/src', 'packages/shared/dist/errors.d.ts', ...['typescript', 'assemblyscript', 'vitest', '@tensorflow'].map((name) => `node_modules/${name}`)];
    expect(unwanted.filter(has)).toEqual([]);
  });

  test('says its version, and what was probably meant by a wrong option', () => {
    const { version } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as { version: string };
    expect(finish(['--version'])).toMatchObject({ status: 0, stdout: `${version}\n` });
    expect(finish(['start', '--prot', '1'])).toMatchObject({ status: 2, stderr: expect.stringContaining('--port') as string });
  });

  test('starts on an empty volume, becomes healthy, answers, and drains when it is stopped', async () => {
    const port = await freePort();
    const container = run([...words('CMD'), ...SMALL], port);
    expect(health(port)).toBe(1);
    await container.healthy();
    const shop = openShop(`http://127.0.0.1:${port}`);
    const sequence = await shop.send([{ id: 'i-1', type: 'view', user_id: 'ada', item_id: 'mug-1' }]);
    expect((await shop.latest({ after_sequence: sequence })).learned_until).toBeGreaterThanOrEqual(sequence);
    const page = await fetch(`${shop.url}/`);
    expect([page.status, page.headers.get('content-type')]).toEqual([200, expect.stringContaining('text/html')]);
    const script = /src="(\/console\/[\w./-]+\.js)"/.exec(await page.text())?.[1] ?? '/no-script';
    expect((await fetch(shop.url + script)).status).toBe(200);
    // What the dashboard and an alert read of the disk under an embedded Postgres.
    expect(await shop.metric('freshet_disk_free_bytes')).toBeGreaterThan(0);
    expect(await shop.metric('freshet_disk_size_bytes')).toBeGreaterThan(0);
    expect(await container.stop()).toBe(0);
    expect(health(port)).toBe(1);
  });

  test.skipIf(!canBePid1())('drains as PID 1 too, for which a signal does nothing by itself', async () => {
    const container = run([...words('CMD'), ...SMALL], await freePort(), { asPid1: true });
    await container.healthy();
    expect(await container.stop()).toBe(0);
    expect(container.output()).toContain('stopped: everything accepted is stored');
  });
});

/** False, with a line on stderr, where namespaces aren't ours to make. */
function canBePid1(): boolean {
  const allowed = spawnSync(...pid1Of(['true'])).status === 0;
  if (!allowed) console.warn('SKIPPED: nothing can be made PID 1 here (unshare needs root): the image’s stop signal is not tested as PID 1');
  return allowed;
}

/** The user is left inside: making a namespace takes root. */
function pid1Of(command: readonly string[]): [program: string, args: string[]] {
  return ['unshare', ['--pid', '--fork', '--kill-child', '--mount-proc', 'setpriv', `--reuid=${USER}`, `--regid=${USER}`, '--clear-groups', ...command]];
}

/** What `freshet` in the image is. */
function command(args: readonly string[]): string[] {
  expect(words('ENTRYPOINT')).toEqual(['freshet']);
  return [process.execPath, path.join(app, 'packages/freshet/bin/freshet.js'), ...args];
}

function environment(port: number): Readonly<Record<string, string>> {
  return { PATH: process.env['PATH'] ?? '', ...(image && variablesOf(image)), FRESHET_DATA_DIR: data, FRESHET_PORT: String(port) };
}

function user(): { uid?: number; gid?: number } {
  return isRoot ? { uid: USER, gid: USER } : {};
}

function finish(args: readonly string[]) {
  const [program = '', ...rest] = command(args);
  return spawnSync(program, rest, { cwd: app, env: environment(0), encoding: 'utf8', ...user() });
}

/** What the image's HEALTHCHECK ends with. */
function health(port: number): number | null {
  const [program = '', script = ''] = words('HEALTHCHECK');
  expect(program).toBe('node');
  return spawnSync(process.execPath, [path.join(app, path.relative('/app', script))], { env: environment(port), ...user() }).status;
}

interface Container {
  output(): string;
  healthy(): Promise<void>;
  /** The image's stop signal, to the process that got the image's command. Its exit code. */
  stop(): Promise<number | null>;
}

function run(args: readonly string[], port: number, { asPid1 = false } = {}): Container {
  const [program = '', ...rest] = command(args);
  const [outer, outerArgs] = asPid1 ? pid1Of([program, ...rest]) : [program, rest];
  const child = spawn(outer, outerArgs, { cwd: app, env: environment(port), stdio: ['ignore', 'pipe', 'pipe'], ...(asPid1 ? {} : user()) });
  containers.push(child);
  const exited = once(child, 'exit') as Promise<[number | null]>;
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (said += text));
  return {
    output: () => said,
    async healthy() {
      const check = (): boolean => {
        if (child.exitCode !== null) throw new Error(`the container ended with ${child.exitCode}:\n${said}`);
        return health(port) === 0;
      };
      await until('the container is healthy', check, START_MS);
    },
    async stop() {
      const pid = child.pid ?? 0;
      const inner = asPid1 ? Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()) : pid;
      process.kill(inner, instruction(image ?? { name: '', from: '', instructions: [] }, 'STOPSIGNAL') as NodeJS.Signals);
      return (await exited)[0];
    },
  };
}
