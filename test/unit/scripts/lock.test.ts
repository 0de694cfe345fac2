/** The build's lock, with real files: what keeps two builds from writing one dist. */
import { existsSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withLock } from '../../../scripts/lib/lock.js';

const noSuchPid = '4194305'; // Above Linux's largest pid.

describe('withLock', () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'freshet-lock-'));
    file = join(folder, 'lock');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('lets one in at a time', async () => {
    let inside = 0;
    let most = 0;
    const work = async () => {
      most = Math.max(most, ++inside);
      await new Promise((resolve) => setImmediate(resolve));
      inside--;
    };
    await Promise.all([withLock(file, work), withLock(file, work), withLock(file, work)]);
    expect(most).toBe(1);
    expect(existsSync(file)).toBe(false);
  });

  it('lets go when the work throws', async () => {
    await expect(withLock(file, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(existsSync(file)).toBe(false);
  });

  it('takes over from an owner that is gone', async () => {
    writeFileSync(file, noSuchPid);
    await expect(withLock(file, () => Promise.resolve('in'))).resolves.toBe('in');
  });

  it('takes over when the heartbeat stopped although the pid lives (used again after a crash)', async () => {
    writeFileSync(file, String(process.pid));
    const minuteAgo = new Date(Date.now() - 60_000);
    utimesSync(file, minuteAgo, minuteAgo);
    await expect(withLock(file, () => Promise.resolve('in'))).resolves.toBe('in');
  });
});
