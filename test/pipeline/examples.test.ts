/**
 * The numbered examples and the code blocks of the docs, run as a reader runs them: beside a real Freshet with its demo shop.
 *
 * 1. A block of `sh` is run, in the order of its page and with the address of this Freshet, when the line before it is
 *    `<!-- run -->` or `<!-- run, answers 4xx -->`; every other one must say why not, `<!-- not run: … -->`.
 *    That no block goes without a language, and what holds for those that aren't run: `unit/docs/code-blocks`.
 * 2. Blocks of JSON must be JSON. One after `<!-- answer -->` is what the block before it answered: it must still have that shape.
 * 3. Nothing is written into the checkout: `freshet` and `npm run freshet` are the built program; /tmp/my-shop and
 *    /var/lib/freshet are folders of the test's own.
 */
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { differences } from '../support/answer-shape.js';
import { type CodeBlock, codeBlocks } from '../support/code-blocks.js';
import { endAll, type FreshetCommand, startFreshet } from '../support/freshet-command.js';
import { redisInstalled, startRedis } from '../support/redis.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const COMMAND_MS = 60_000;
const PAGE_MS = 180_000;

let dir = '';
let freshet: FreshetCommand;
beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'freshet-examples-'));
  const main = createRequire(import.meta.url).resolve('freshet/main');
  await writeFile(path.join(dir, 'package.json'), JSON.stringify({ scripts: { freshet: `node ${main}`, example: `node ${path.join(root, 'scripts/example.js')}` } }));
  await mkdir(path.join(dir, 'my-shop'));
  await mkdir(path.join(dir, 'bin'));
  await writeFile(path.join(dir, 'bin/freshet'), `#!/bin/sh\nexec node ${main} "$@"\n`, { mode: 0o755 });
  freshet = await startFreshet({ command: 'start', args: ['--data-dir', path.join(dir, 'data')] });
  await freshet.ready();
  const compiled = await run(process.execPath, [path.join(root, 'node_modules/typescript/bin/tsc'), '-b', path.join(root, 'examples')]);
  expect(compiled).toMatchObject({ code: 0 });
});
afterAll(async () => {
  await endAll();
  await rm(dir, { recursive: true, force: true });
});

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function run(file: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(file, args, { cwd: dir, env: { ...process.env, ...env }, timeout: COMMAND_MS }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : 1, stdout, stderr });
    });
  });
}

const examples = readdirSync(path.join(root, 'examples')).filter((name) => /^\d\d-.*\.ts$/.test(name)).sort();

function runExample(name: string, env: Readonly<Record<string, string>>): Promise<Ended> {
  return run(process.execPath, [path.join(root, 'examples/dist', name.replace(/\.ts$/, '.js'))], env);
}

describe('the numbered examples', () => {
  const expected: Readonly<Record<string, RegExp>> = {
    '01': /event 0: accepted[\s\S]*event 2: rejected: missing_field at \/item_id[\s\S]*0 accepted, 2 duplicates/,
    '02': /described: 3[\s\S]*costs: 9.5[\s\S]*trending among the lamps now: (?!.*desk).*wall/,
    '03': /a stranger gets: \S+[\s\S]*\(personal\)[\s\S]*"contribution"/,
    '04': /before signing in: nobody knows her\nafter it: view mugs-003, cart mugs-002, view mugs-001/,
    '05': /learned by version: \d+[\s\S]*"state": "served"[\s\S]*served after: \d+ ms/,
    '06': /jobs waiting: 0\n[\s\S]*"accepted": 1,[\s\S]*"missing_field"[\s\S]*of the past: {\s+"accepted": 1,/,
    '07': /jobs waiting: 0\n[\s\S]*"missing_field"[\s\S]*"accepted": 1,[\s\S]*once more: [\s\S]*"duplicates": 1/,
  };
  const onRedis = examples.filter((name) => name.startsWith('06'));
  const asExpected = (name: string): Ended => ({ code: 0, stdout: expect.stringMatching(expected[name.slice(0, 2)] ?? /never/) as string, stderr: '' });

  it.each(examples.filter((name) => !onRedis.includes(name)))('%s does what it says', async (name) => {
    expect(await runExample(name, { FRESHET_URL: freshet.url, FRESHET_DATA_DIR: path.join(dir, 'data') })).toEqual(asExpected(name));
  });

  it.runIf(redisInstalled()).each(onRedis)('%s does what it says, beside a Freshet on the same Redis', async (name) => {
    const redis = await startRedis();
    const other = await startFreshet({ command: 'start', args: ['--demo', 'off', '--data-dir', path.join(dir, 'on-redis')], env: { QUEUE_URL: redis.url } });
    try {
      await other.ready();
      expect(await runExample(name, { QUEUE_URL: redis.url })).toEqual(asExpected(name));
    } finally {
      await other.stop();
      await redis.stop();
    }
  }, PAGE_MS);

  it('are numbered without a gap, each with what it is expected to say', () => {
    expect(examples.map((name) => name.slice(0, 2))).toEqual(Object.keys(expected));
    expect(examples.map((name) => Number(name.slice(0, 2)))).toEqual(examples.map((_, place) => place + 1));
  });

  it('say what to do when no Freshet runs', async () => {
    const { code, stderr } = await runExample('01-send-events.ts', { FRESHET_URL: 'http://127.0.0.1:1' });
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('start Freshet with npm start') });
  });
});

const PAGES = ['README.md', 'CONTRIBUTING.md', 'infra/README.md', 'examples/README.md', ...readdirSync(path.join(root, 'docs')).filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`)];
const blocksOf = (page: string): readonly CodeBlock[] => codeBlocks(readFileSync(path.join(root, page), 'utf8'));

describe('the code blocks of the docs', () => {
  it.each(PAGES)('%s: its JSON is JSON, its commands run or say why not, its answers are those of today', async (page) => {
    let answer = '';
    for (const { language, text, note } of blocksOf(page)) {
      if (language === 'json') checkJson(page, { text, answer: note === 'answer' ? answer : undefined });
      if (language !== 'sh') continue;
      expect(note, `${page}: the line before this block says whether it is run:\n${text}`).toMatch(/^(run|run, answers [45]\d\d|not run: .+)$/);
      if (note.startsWith('run')) answer = await runBlock(page, { text, status: /\d+$/.exec(note)?.[0] });
    }
  }, PAGE_MS);

  it('are run at least where a newcomer begins', () => {
    const runs = (page: string): number => blocksOf(page).filter(({ note }) => note.startsWith('run')).length;
    expect(['README.md', 'docs/QUICK_START.md', 'docs/API.md'].filter((page) => runs(page) === 0)).toEqual([]);
  });

  it('docs/API.md lists every route that /openapi.json has, and none that is not there', async () => {
    const listed = [...readFileSync(path.join(root, 'docs/API.md'), 'utf8').matchAll(/^\| `([A-Z]+ \/[^`]*)` \|/gm)].map(([, route = '']) => route);
    const { paths } = (await (await fetch(`${freshet.url}/openapi.json`)).json()) as { paths: Record<string, Record<string, unknown>> };
    const real = Object.entries(paths).flatMap(([where, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${where}`));
    expect(real.filter((route) => !listed.includes(route)), 'not in docs/API.md').toEqual([]);
    // Pages and metrics are no part of OpenAPI; they answer, though.
    const beside = listed.filter((route) => !real.includes(route));
    const answers = await Promise.all(beside.map(async (route) => ({ route, status: route.startsWith('GET ') ? (await fetch(freshet.url + route.slice(4))).status : 0 })));
    expect(answers.filter(({ status }) => status !== 200), 'only in docs/API.md').toEqual([]);
    expect(listed).toEqual([...new Set(listed)]);
  });
});

function checkJson(page: string, { text, answer }: { readonly text: string; readonly answer: string | undefined }): void {
  expect(() => JSON.parse(text) as unknown, `${page}:\n${text}`).not.toThrow();
  if (answer !== undefined) expect(differences(JSON.parse(text), JSON.parse(answer)), `${page} shows\n${text}\nand it is\n${answer}`).toEqual([]);
}

/** Its output. A command that a problem was the answer to has failed, unless that is what the block says. */
async function runBlock(page: string, { text, status }: { readonly text: string; readonly status: string | undefined }): Promise<string> {
  const places: readonly (readonly [string, string])[] = [['http://127.0.0.1:8080', freshet.url], ['/tmp/my-shop', path.join(dir, 'my-shop')], ['/var/lib/freshet', path.join(dir, 'data')]];
  const script = places.reduce((sofar, [shown, real]) => sofar.replaceAll(shown, real), text);
  const env = { FRESHET_URL: freshet.url, FRESHET_DATA_DIR: path.join(dir, 'data'), PATH: `${path.join(dir, 'bin')}${path.delimiter}${process.env['PATH'] ?? ''}` };
  const { code, stdout, stderr } = await run('bash', ['-euo', 'pipefail', '-c', script], env);
  expect({ code, status: /"status":\s*([45]\d\d)/.exec(stdout)?.[1] }, `${page}:\n${text}\n${stdout}${stderr}`).toEqual({ code: 0, status });
  return stdout;
}
