import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeDirectory } from 'freshet/embedded/make-directory';
import { resolveSite } from 'freshet/embedded/site';

let root: string;
beforeAll(() => void (root = mkdtempSync(join(tmpdir(), 'freshet-mkdir-'))));
afterAll(() => rmSync(root, { recursive: true }));

describe('makeDirectory', () => {
  it('makes what is missing with the mode, and leaves alone what is there', async () => {
    mkdirSync(join(root, 'a'), { mode: 0o755 });
    await makeDirectory(join(root, 'a/b/c'), 0o700);
    await makeDirectory(join(root, 'a/b/c'), 0o755);
    expect(['a', 'a/b', 'a/b/c'].map((name) => statSync(join(root, name)).mode & 0o777)).toEqual([0o755, 0o700, 0o700]);
  });

  it('works when several make the same at once', async () => {
    await Promise.all(Array.from({ length: 8 }, () => makeDirectory(join(root, 'x/y/z'), 0o700)));
    expect(existsSync(join(root, 'x/y/z'))).toBe(true);
  });

  it('says what stands in the way', async () => {
    writeFileSync(join(root, 'file'), '');
    symlinkSync(join(root, 'nowhere'), join(root, 'dangling'));
    await expect(makeDirectory(join(root, 'file'), 0o700)).rejects.toMatchObject({ code: 'ENOTDIR' });
    await expect(makeDirectory(join(root, 'file/below'), 0o700)).rejects.toMatchObject({ code: 'ENOTDIR' });
    await expect(makeDirectory(join(root, 'dangling'), 0o700)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it.runIf(process.platform === 'linux')('ends where nothing can be made at all: Node’s own recursive mkdir spins there for ever', async () => {
    await expect(makeDirectory('/proc/freshet/data', 0o700)).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(resolveSite('/proc/freshet/data', () => undefined)).rejects.toThrow(/the data directory \/proc\/freshet\/data can't be created \(ENOENT\): choose another --data-dir/);
  });
});
