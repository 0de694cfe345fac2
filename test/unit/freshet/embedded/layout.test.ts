/** A data directory says how it is laid out; one of a newer layout is left alone. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { keepLayout, refuseNewerLayout } from 'freshet/embedded/layout';
import { findDatabase } from 'freshet/embedded/site';
import { findRunning } from 'freshet/embedded/running';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'freshet-layout-'));
});
afterEach(async () => {
  await rm(directory, { recursive: true });
});

const version = (): string => path.join(directory, 'layout.version');

describe('a data directory', () => {
  test('without a version is of layout 1, as release 0.1.0 left it, and gets it written', async () => {
    await keepLayout(directory);
    expect(await readFile(version(), 'utf8')).toBe('1\n');
    await keepLayout(directory);
    expect(await readdir(directory)).toEqual(['layout.version']);
  });

  test.each(['2\n', 'later\n'])('with the layout %j is refused, untouched, with what to do', async (text) => {
    await writeFile(version(), text);
    const refusal = { name: 'UsageError', code: 'data_dir_newer', message: expect.stringContaining('start the newer Freshet that made it') as string };
    await expect(refuseNewerLayout(directory)).rejects.toMatchObject(refusal);
    await expect(keepLayout(directory)).rejects.toMatchObject(refusal);
    expect(await readFile(version(), 'utf8')).toBe(text);
  });

  test('that isn’t there, or has no database, is looked into without being made', async () => {
    expect(await findDatabase(path.join(directory, 'nowhere'))).toBeUndefined();
    expect(await findDatabase(directory)).toBeUndefined();
    expect(await readdir(directory)).toEqual([]);
  });

  test('whose server has ended has none running, whatever its pid file says', async () => {
    expect(await findRunning({ dataDir: directory, pgData: path.join(directory, 'postgres') })).toBeUndefined();
    await writeFile(path.join(directory, 'postmaster.pid'), `${process.pid}\n${directory}\n1764000000\n5432\n/tmp/freshet\n\n  1234 5678\nready   \n`);
    // This very process lives, and is no Postgres of that directory. Elsewhere than on Linux nobody can tell.
    if (process.platform === 'linux') expect(await findRunning({ dataDir: directory, pgData: directory })).toBeUndefined();
  });
});
