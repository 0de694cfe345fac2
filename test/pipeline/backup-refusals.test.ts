/** Backups and restores that are refused, stopped, killed or out of room, and one of jobs that wait. Real processes. */
import { spawnSync } from 'node:child_process';
import { chmod, copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type BackupResult, takeBackup } from 'freshet/backup/backup';
import type { CheckResult, RestoreResult } from 'freshet/backup/restore';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openEventProducer } from '../support/event-producer.js';
import { endAll } from '../support/freshet-command.js';
import { embeddedSite, firstOf, serverSite, startOn } from '../support/freshet-site.js';
import { beginCommand, runCommand, runForJson } from '../support/run-command.js';
import { documents, visits } from '../support/small-shop.js';
import { until } from '../support/until.js';

let directory: string;
const file = (name: string): string => path.join(directory, name);

/** A shop that has ended, in `shop`, and its backup. */
beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'freshet-backup-files-'));
  await chmod(directory, 0o755);
  const { freshet, shop } = await startOn(embeddedSite(file('shop')));
  await shop.describe(documents());
  for (let n = 0; n < 2_000; n += 200) await shop.send(visits('kept', n, 200));
  const head = await shop.send(visits('last', 0, 1));
  await until('all is learned', async () => (await shop.latest()).learned_until >= head);
  await runForJson<BackupResult>(['backup', file('shop.backup'), '--data-dir', file('shop')]);
  await freshet.stop();
});
afterAll(async () => {
  await endAll();
  await rm(directory, { recursive: true, force: true });
});

describe('a restore', () => {
  test('of a damaged file touches nothing', async () => {
    await copyFile(file('shop.backup'), file('flipped.backup'));
    const bytes = await readFile(file('flipped.backup'));
    const middle = Math.floor(bytes.length / 2);
    bytes[middle] = (bytes[middle] ?? 0) ^ 4;
    await writeFile(file('flipped.backup'), bytes);
    const refused = await runCommand(['restore', file('flipped.backup'), '--data-dir', file('untouched')]);
    expect(refused).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(/is damaged: the rows of \w+\.\w+ are not what was written/) as string });
    expect((await runCommand(['restore', '--check', file('flipped.backup')])).code).toBe(1);
    expect(await readdir(directory)).not.toContain('untouched');
  });

  test('that is killed is recognised by the next start, and run again it is whole', async () => {
    const site = embeddedSite(file('killed'));
    const { child, finished } = beginCommand(['restore', file('shop.backup'), ...site.args]);
    const begun = async (): Promise<boolean> => {
      try {
        return (await firstOf<string | null>(site, `select to_regclass('freshet.restore_unfinished')`)) !== null;
      } catch {
        return false; // Its server isn't up yet.
      }
    };
    await until('it has begun to write', begun);
    child.kill('SIGKILL');
    await finished;
    const refused = await runCommand(['start', '--port', '0', ...site.args]);
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('run freshet restore again') as string });
    const restored = await runForJson<RestoreResult>(['restore', file('shop.backup'), ...site.args]);
    const { freshet } = await startOn(site);
    const inUse = await runCommand(['restore', file('shop.backup'), '--force', ...site.args]);
    expect(inUse).toMatchObject({ code: 1, stderr: expect.stringContaining('is in use by process') as string });
    expect(await firstOf<number>(site, 'select last from freshet.log_counter')).toBeGreaterThanOrEqual(restored.sequence);
    await freshet.stop();
  });
});

describe('a backup', () => {
  test('that is stopped leaves nothing', async () => {
    const stop = new AbortController();
    const request = { databaseUrl: undefined, dataDir: file('shop'), file: file('interrupted.backup'), replace: false, release: '0', say: () => undefined };
    await expect(takeBackup({ ...request, signal: stop.signal, progress: () => stop.abort() })).rejects.toMatchObject({ code: 'interrupted' });
    expect((await readdir(directory)).filter((name) => name.startsWith('interrupted'))).toEqual([]);
  });

  test('needs no Freshet that runs', async () => {
    const taken = await runForJson<BackupResult>(['backup', file('stopped.backup'), '--data-dir', file('shop')]);
    expect(await runForJson<CheckResult>(['restore', '--check', file('stopped.backup')])).toMatchObject({ sha256: taken.sha256, sequence: taken.sequence });
  });

  test('never makes a database, and never replaces a file unasked', async () => {
    const nothing = await runCommand(['backup', file('none.backup'), '--data-dir', file('nowhere')]);
    expect(nothing).toMatchObject({ code: 2, stderr: expect.stringContaining('there is no database') as string });
    const there = await runCommand(['backup', file('stopped.backup'), '--data-dir', file('shop')]);
    expect(there).toMatchObject({ code: 2, stderr: expect.stringContaining('--force') as string });
    expect((await readdir(directory)).filter((name) => name === 'nowhere' || name.startsWith('none') || name.endsWith('.partial'))).toEqual([]);
  });

  test('has the jobs that wait in the queue of events: where it is restored they are taken', async () => {
    const [from, to] = [await serverSite(), await serverSite()];
    await runForJson(['migrate', ...from.args]);
    const producer = openEventProducer(await from.url());
    await producer.add([{ id: 'queued-1', type: 'view', user_id: 'ada', item_id: 'mugs-1' }]);
    await producer.close();
    await runForJson(['backup', file('jobs.backup'), ...from.args]);
    await runForJson(['restore', file('jobs.backup'), ...to.args]);
    const { freshet, shop } = await startOn(to);
    await until('the queued event is served', async () => (await shop.trace('queued-1'))?.state === 'served');
    await freshet.stop();
    await from.close();
    await to.close();
  });

  test('that finds the disk full says so and leaves nothing', async (context) => {
    const small = file('small');
    await mkdir(small);
    if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', small]).status !== 0) {
      console.warn('SKIPPED: no tmpfs can be mounted here (that takes root): a backup onto a full disk is not tried');
      return context.skip('no tmpfs can be mounted here');
    }
    try {
      const full = await runCommand(['backup', path.join(small, 'x.backup'), '--data-dir', file('shop')]);
      expect(full).toMatchObject({ code: 1, stderr: expect.stringContaining('the disk is full') as string });
      expect(await readdir(small)).toEqual([]);
    } finally {
      spawnSync('umount', [small]);
    }
  });
});
