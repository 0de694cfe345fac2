/** `freshet setup-tensorflow` for real: pip, the compiler and the addon, in an installation of its own. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Installation, installApart } from '../support/installation.js';
import { tensorflowCanBeSetUp } from '../support/tensorflow.js';
import { until } from '../support/until.js';

const PACKAGE = '@tensorflow/tfjs-node-gpu';
/** As npm leaves it. */
const fresh = (file: string): boolean => !/tfjs-node-gpu\/(deps|lib|\.freshet-setup-\d+)(\/|$)/.test(file);

describe.skipIf(!tensorflowCanBeSetUp())('freshet setup-tensorflow', () => {
  let site: Installation;
  let folder = '';
  const freshet = (args: readonly string[], env: Readonly<Record<string, string>> = {}) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [site.main, 'setup-tensorflow', ...args], { encoding: 'utf8', env: { ...process.env, ...env } });
    return { status, stdout, stderr, answer: stdout.startsWith('{') ? JSON.parse(stdout) : undefined };
  };
  const files = (): string[] => readdirSync(folder).sort();
  let untouched: string[] = [];

  beforeAll(() => {
    site = installApart([PACKAGE], fresh);
    folder = path.join(site.folder, 'node_modules', PACKAGE);
    untouched = files();
  });
  afterAll(() => site[Symbol.dispose]());

  it('names all that is missing and leaves nothing', () => {
    const { status, stderr, answer } = freshet(['--json'], { CXX: 'no-such-compiler', PYTHON: 'no-such-python' });
    expect(status).toBe(1);
    expect(answer).toMatchObject({ error: { code: 'requirements_missing' } });
    expect(stderr).toMatch(/no-such-compiler[\s\S]*no-such-python/);
    expect(files()).toEqual(untouched);
  });

  it('refuses --gpu with --undo as usage', () => {
    expect(freshet(['--gpu', '--undo'])).toMatchObject({ status: 2, stderr: expect.stringContaining('without --gpu') });
  });

  it('leaves nothing when it is interrupted', async () => {
    const child = spawn(process.execPath, [site.main, 'setup-tensorflow'], { stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
    await until('it downloads', () => said.includes('downloading'), 60_000);
    child.kill('SIGTERM');
    const [code] = (await once(child, 'exit')) as [number | null];
    expect(code).toBe(1);
    expect(said).toContain('it was stopped');
    expect(files()).toEqual(untouched);
  });

  it('puts it in place, says so the second time, mends it, and undoes it', { timeout: 400_000 }, () => {
    const first = freshet(['--json']);
    expect(first.stderr).toMatch(/downloading[\s\S]*unpacking[\s\S]*compiling[\s\S]*checking/);
    expect(first).toMatchObject({ status: 0, answer: { state: 'installed', version: '2.18.1', gpu: false } });
    expect(files()).toEqual([...untouched, 'deps', 'lib'].sort());

    const second = freshet(['--json']);
    expect(second).toMatchObject({ status: 0, answer: { state: 'in_place', version: '2.18.1' } });
    expect(second.stderr).not.toContain('downloading');

    truncateSync(path.join(folder, 'deps', 'lib', 'libtensorflow_framework.so.2'), 1_000);
    expect(freshet([])).toMatchObject({ status: 0, stdout: expect.stringContaining('works, after'), stderr: expect.stringContaining('doesn’t work: it is made anew') });

    writeFileSync(path.join(folder, 'theirs'), '');
    expect(freshet(['--undo', '--json'])).toMatchObject({ status: 0, answer: { state: 'removed' } });
    expect(files()).toEqual([...untouched, 'theirs'].sort());
    expect(existsSync(path.join(folder, 'lib'))).toBe(false);
    expect(freshet(['--undo'])).toMatchObject({ status: 0, stdout: expect.stringContaining('nothing to remove') });
  });
});
