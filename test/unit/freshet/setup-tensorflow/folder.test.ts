import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { clear, closeWorkshop, openWorkshop, putInPlace, readStamp } from 'freshet/setup-tensorflow/folder';
import { describe, expect, it, onTestFinished } from 'vitest';

function somePackage() {
  const folder = mkdtempSync(path.join(tmpdir(), 'freshet-tfjs-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(path.join(folder, 'package.json'), '{}');
  return { folder, addon: path.join(folder, 'lib', 'napi-v8', 'tfjs_binding.node') };
}

const WORKS = (): Promise<string> => Promise.resolve('works');
const FAILS = (): Promise<string> => Promise.reject(new Error('no CUDA here'));

async function build(found: ReturnType<typeof somePackage>, version: string): Promise<string> {
  const workshop = await openWorkshop(found);
  writeFileSync(path.join(workshop, 'deps', 'freshet.json'), version);
  writeFileSync(path.join(workshop, 'addon.node'), version);
  return workshop;
}

async function setUp(found: ReturnType<typeof somePackage>, version: string, prove = WORKS): Promise<string> {
  const workshop = await build(found, version);
  try {
    return await putInPlace(found, workshop, prove);
  } finally {
    await closeWorkshop(workshop);
  }
}

/** Stamp, addon, and what lies in the folder. */
function stateOf(found: ReturnType<typeof somePackage>) {
  const addon = existsSync(found.addon) ? readFileSync(found.addon, 'utf8') : undefined;
  return { stamp: readStamp(found), addon, files: readdirSync(found.folder).sort() };
}

describe('the package’s folder', () => {
  it('holds libraries, stamp and addon after a set-up, and as before after it is undone', async () => {
    const found = somePackage();
    expect(readStamp(found)).toBeUndefined();
    await setUp(found, 'one');
    expect(readStamp(found)).toBe('one');
    expect(readFileSync(found.addon, 'utf8')).toBe('one');
    expect(await clear(found)).toBe(true);
    expect(readdirSync(found.folder)).toEqual(['package.json']);
    expect(await clear(found)).toBe(false);
  });

  it('takes another set-up in place of an older one', async () => {
    const found = somePackage();
    await setUp(found, 'one');
    await setUp(found, 'two');
    expect(readStamp(found)).toBe('two');
    expect(readFileSync(found.addon, 'utf8')).toBe('two');
    expect(readdirSync(found.folder).sort()).toEqual(['deps', 'lib', 'package.json']);
  });

  it('has the older set-up again, whole, when the new one doesn’t work, and nothing when there was none', async () => {
    const found = somePackage();
    await expect(setUp(found, 'gpu', FAILS)).rejects.toThrow('no CUDA here');
    expect(readdirSync(found.folder)).toEqual(['package.json']);
    expect(await setUp(found, 'cpu')).toBe('works');
    const during: unknown[] = [];
    const fails = (): Promise<string> => (during.push(stateOf(found).stamp, stateOf(found).addon), FAILS());
    await expect(setUp(found, 'gpu', fails)).rejects.toThrow('no CUDA here');
    expect(during).toEqual(['gpu', 'gpu']);
    expect(stateOf(found)).toEqual({ stamp: 'cpu', addon: 'cpu', files: ['deps', 'lib', 'package.json'] });
  });

  it('has again, when the new one doesn’t work, what the package’s own download had put there', async () => {
    const found = somePackage();
    mkdirSync(path.join(found.folder, 'deps'));
    writeFileSync(path.join(found.folder, 'deps', 'theirs'), '');
    mkdirSync(path.dirname(found.addon), { recursive: true });
    writeFileSync(found.addon, 'theirs');
    await expect(setUp(found, 'gpu', FAILS)).rejects.toThrow('no CUDA here');
    expect(stateOf(found)).toMatchObject({ stamp: undefined, addon: 'theirs' });
    expect(readdirSync(path.join(found.folder, 'deps'))).toEqual(['theirs']);
  });

  it.each([
    ['before the new libraries came', ['addon', 'deps']],
    ['between the new libraries and the new addon', ['addon', 'deps', 'new-deps']],
    ['with the new one in place, unproven', ['addon', 'deps', 'new-deps', 'new-addon']],
    ['with only the old addon moved', ['addon']],
  ])('has the older set-up again at the next run when one was killed %s', async (_, moved) => {
    const found = somePackage();
    await setUp(found, 'cpu');
    const dead = spawn(process.execPath, ['-e', ''], { stdio: 'ignore' });
    await once(dead, 'exit');
    const workshop = path.join(found.folder, `.freshet-setup-${String(dead.pid)}`);
    const [deps, old] = [path.join(found.folder, 'deps'), path.join(workshop, 'old')];
    mkdirSync(old, { recursive: true });
    if (moved.includes('addon')) renameSync(found.addon, path.join(old, 'addon.node'));
    if (moved.includes('deps')) renameSync(deps, path.join(old, 'deps'));
    if (moved.includes('new-deps')) mkdirSync(deps);
    if (moved.includes('new-deps')) writeFileSync(path.join(deps, 'freshet.json'), 'gpu');
    if (moved.includes('new-addon')) writeFileSync(found.addon, 'gpu');
    await closeWorkshop(await openWorkshop(found));
    expect(stateOf(found)).toEqual({ stamp: 'cpu', addon: 'cpu', files: ['deps', 'lib', 'package.json'] });
  });

  it('keeps libraries that somebody else has put there', async () => {
    const found = somePackage();
    mkdirSync(path.join(found.folder, 'deps'));
    writeFileSync(path.join(found.folder, 'deps', 'theirs'), '');
    expect(await clear(found)).toBe(false);
    expect(existsSync(path.join(found.folder, 'deps', 'theirs'))).toBe(true);
  });

  it('loses what an interrupted set-up has left, and nothing of one that runs', async () => {
    const found = somePackage();
    const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
    const left = path.join(found.folder, `.freshet-setup-${String(other.pid)}`);
    mkdirSync(left);
    await expect(openWorkshop(found)).rejects.toMatchObject({ code: 'setup_running' });
    expect(existsSync(left)).toBe(true);
    other.kill('SIGKILL');
    await once(other, 'exit');
    await openWorkshop(found);
    expect(existsSync(left)).toBe(false);
  });
});
