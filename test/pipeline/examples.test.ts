/**
 * The numbered examples and the code blocks of the docs, run as a reader runs them: beside a real Freshet.
 *
 * A block of `sh` is run, in the order of its page and with the address of this Freshet, when the line before it is
 * `<!-- run -->`; every other one must say why not, `<!-- not run: … -->`. Blocks of JSON must be JSON.
 */
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { endAll, type FreshetCommand, startFreshet } from '../support/freshet-command.js';
import { codeBlocks } from '../support/code-blocks.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const EXAMPLE_MS = 60_000;

let dir = '';
let freshet: FreshetCommand;
beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'freshet-examples-'));
  freshet = await startFreshet({ command: 'start', args: ['--data-dir', path.join(dir, 'data')] });
  await freshet.ready();
  await run(process.execPath, ['node_modules/typescript/bin/tsc', '-b', 'examples']);
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
    execFile(file, args, { cwd: root, env: { ...process.env, ...env }, timeout: EXAMPLE_MS }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : 1, stdout, stderr });
    });
  });
}

describe('the numbered examples', () => {
  const expected: Readonly<Record<string, RegExp>> = {
    '01': /event 0: accepted[\s\S]*event 2: rejected: missing_field at \/item_id[\s\S]*0 accepted, 2 duplicates/,
    '02': /described: 3[\s\S]*costs: 9.5[\s\S]*trending among the lamps now: (?!.*desk).*wall/,
    '03': /a stranger gets: \S+[\s\S]*\(personal\)[\s\S]*"contribution"/,
    '04': /before signing in: nobody knows her\nafter it: view mugs-003, cart mugs-002, view mugs-001/,
    '05': /learned by version: \d+[\s\S]*"state": "served"[\s\S]*served after: \d+ ms/,
  };
  it.each(Object.entries(expected))('%s does what it says', async (number, pattern) => {
    const name = readdirSync(path.join(root, 'examples')).find((file) => file.startsWith(`${number}-`)) ?? '';
    const ended = await run(process.execPath, [path.join('examples/dist', name.replace(/\.ts$/, '.js'))], { FRESHET_URL: freshet.url });
    expect(ended.stderr).toBe('');
    expect(ended.stdout).toMatch(pattern);
    expect(ended.code).toBe(0);
  });

  it('say what to do when no Freshet runs', async () => {
    const { code, stderr } = await run(process.execPath, ['examples/dist/01-send-events.js'], { FRESHET_URL: 'http://127.0.0.1:1' });
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('start Freshet with npm start') });
  });
});

describe('the code blocks of the docs', () => {
  const pages = ['README.md', 'CONTRIBUTING.md', 'infra/README.md', ...readdirSync(path.join(root, 'docs')).filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`)];
  const read = (page: string) => codeBlocks(readFileSync(path.join(root, page), 'utf8'));

  it.each(pages.filter((page) => existsSync(path.join(root, page))))('%s: its JSON is JSON, and each of its commands is run or says why not', async (page) => {
    for (const { language, text, note } of read(page)) {
      if (language === 'json') expect(() => JSON.parse(text) as unknown, text).not.toThrow();
      if (language !== 'sh') continue;
      expect(note, `${page}: say <!-- run --> or <!-- not run: why --> before\n${text}`).toMatch(/^(run|not run: .+)$/);
      if (note !== 'run') continue;
      const script = text.replaceAll('http://127.0.0.1:8080', freshet.url);
      const { code, stdout, stderr } = await run('bash', ['-euo', 'pipefail', '-c', script]);
      expect({ code, failed: /"status":\s*[45]\d\d/.test(stdout) }, `${page}:\n${text}\n${stdout}${stderr}`).toEqual({ code: 0, failed: false });
    }
  });

  it('are run at least where a newcomer begins', () => {
    const runs = (page: string): number => read(page).filter(({ note }) => note === 'run').length;
    expect([runs('README.md'), runs('docs/API.md')].every((count) => count > 0)).toBe(true);
  });
});
