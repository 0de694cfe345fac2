/**
 * The database that a backup is taken of or restored into: a server of the user's, or the embedded one of a data directory.
 *
 * 1. A backup doesn't disturb a Freshet that runs: it uses the embedded server that is there, and starts one only when none is.
 * 2. Nothing is migrated here: a backup of an older release's database is one of that release's tables.
 */
import path from 'node:path';
import { UsageError } from '@freshet/shared/errors';
import { refuseNewerLayout } from '../embedded/layout.js';
import { startEmbeddedPostgres } from '../embedded/postgres.js';
import { findRunning, lookInto } from '../embedded/running.js';
import { findDatabase } from '../embedded/site.js';

export interface DatabasePlace {
  readonly databaseUrl: string | undefined;
  readonly dataDir: string;
}

export interface OpenDatabase extends AsyncDisposable {
  readonly url: string;
}

export type Say = (line: string) => void;

export async function openForBackup({ databaseUrl, dataDir }: DatabasePlace, say: Say): Promise<OpenDatabase> {
  if (databaseUrl !== undefined) return notOurs(databaseUrl);
  const { found, running } = await lookInto(path.resolve(dataDir), () => look(dataDir));
  return running === undefined ? startEmbeddedPostgres({ dataDir: found.dataDir, log: say }) : notOurs(running);
}

async function look(dataDir: string) {
  const found = await findDatabase(dataDir);
  if (found === undefined) {
    throw new UsageError('no_database', `there is no database in ${path.resolve(dataDir)}: give the --data-dir that Freshet runs with, or --database-url`);
  }
  await refuseNewerLayout(found.dataDir);
  return { found, running: await findRunning(found) };
}

/** Makes the data directory when there is none; refused while a Freshet uses it. */
export async function openForRestore({ databaseUrl, dataDir }: DatabasePlace, say: Say): Promise<OpenDatabase> {
  return databaseUrl === undefined ? startEmbeddedPostgres({ dataDir: path.resolve(dataDir), log: say }) : notOurs(databaseUrl);
}

function notOurs(url: string): OpenDatabase {
  return { url, [Symbol.asyncDispose]: () => Promise.resolve() };
}
