/**
 * The version of a data directory's layout: what lies where in it. 1: `postgres/` (the server's files, with their own
 * PG_VERSION), `postgres.password`, `postgres.log`, `postgres.location` where the files had to go elsewhere, and `postgres.url`
 * while the server runs.
 *
 * 1. A directory of a newer layout is refused, untouched.
 * 2. One without a version is of layout 1: release 0.1.0 wrote none.
 */
import { readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { UsageError } from '@freshet/shared/errors';
import { explainFailure } from './failure.js';

export const LAYOUT = 1;
const FILE = 'layout.version';

export async function refuseNewerLayout(dataDir: string): Promise<void> {
  const version = (await readVersion(dataDir)) ?? LAYOUT;
  if (version === LAYOUT) return;
  throw new UsageError('data_dir_newer', `the data directory ${dataDir} has layout ${version}, this Freshet knows ${LAYOUT}: start the newer Freshet that made it, or restore a backup into another --data-dir`);
}

/** Refuses a newer one; writes the version where there is none. */
export async function keepLayout(dataDir: string): Promise<void> {
  await refuseNewerLayout(dataDir);
  if ((await readVersion(dataDir)) !== undefined) return;
  const file = path.join(dataDir, FILE);
  try {
    await writeFile(`${file}.new`, `${LAYOUT}\n`);
    await rename(`${file}.new`, file);
  } catch (cause) {
    throw explainFailure({ doing: 'write the layout’s version', place: dataDir, output: '', cause });
  }
}

/** Undefined when there is none; NaN, which is nobody's, when it isn't a number. */
async function readVersion(dataDir: string): Promise<number | undefined> {
  try {
    return Number.parseInt(await readFile(path.join(dataDir, FILE), 'utf8'), 10);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
