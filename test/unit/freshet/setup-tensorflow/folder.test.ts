import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { clear, openWorkshop, putInPlace, readStamp } from 'freshet/setup-tensorflow/folder';
import { describe, expect, it, onTestFinished } from 'vitest';

function somePackage() {
  const folder = mkdtempSync(path.join(tmpdir(), 'freshet-tfjs-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(path.join(folder, 'package.json'), '{}');
  return { folder, addon: path.join(folder, 'lib', 'napi-v8', 'tfjs_binding.node') };
}

async function setUp(found: ReturnType<typeof somePackage>, version: string) {
  const workshop = await openWorkshop(found);
  writeFileSync(path.join(workshop, 'deps', 'freshet.json'), version);
  writeFileSync(path.join(workshop, 'addon.node'), version);
  await putInPlace(found, workshop);
  rmSync(workshop, { recursive: true });
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
