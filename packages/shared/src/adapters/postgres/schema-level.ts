/**
 * How far a database's schema is: which of our numbered SQL files (packages/shared/migrations) it has, and which of BullMQ's
 * migrations. One level means one set of tables, whatever release made it.
 *
 * 1. A database that a newer Freshet has migrated is refused with a sentence that names it.
 * 2. So is one into which a restore has begun and not finished.
 */
import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { assertSchemaCompatibility, LATEST_SCHEMA_VERSION, SchemaMigrationRequiredError, SchemaVersionMismatchError } from 'bullmq';
import type { ClientBase } from 'pg';
import { UsageError } from '../../errors.js';
import { sqlState } from './database-error.js';

/** The schemas that hold everything Freshet stores. */
export const SCHEMA = 'freshet';
export const QUEUE_SCHEMA = 'bullmq';
/** Which of the SQL files a database has: node-pg-migrate's. */
export const LEDGER = 'migration';
/** There while a restore writes into an empty database; the restore's own transaction takes it away. */
export const UNFINISHED = 'restore_unfinished';
/** Session advisory lock of everything that changes the schema: “FRM” in ASCII. */
export const SCHEMA_LOCK = 0x46_52_4d;

/** dist/adapters/postgres → packages/shared/migrations, in a checkout and in the package alike. */
export const MIGRATIONS = fileURLToPath(new URL('../../../migrations/', import.meta.url));

export interface SchemaLevel {
  /** Names of the applied SQL files, in order; none for a database without Freshet. */
  readonly files: readonly string[];
  /** BullMQ's newest migration; 0 for none. */
  readonly queue: number;
}

const UNDEFINED_TABLE = '42P01';

/** Names of the SQL files that this release has, in order. */
export async function knownFiles(directory: string = MIGRATIONS): Promise<readonly string[]> {
  return (await readdir(directory)).filter((name) => name.endsWith('.sql')).map((name) => name.slice(0, -4)).sort();
}

/** The level that this release brings a database to. */
export async function knownLevel(): Promise<SchemaLevel> {
  return { files: await knownFiles(), queue: LATEST_SCHEMA_VERSION };
}

/** Refuses what this release can't use (guarantees 1 and 2). */
export async function readLevel(client: ClientBase, directory?: string): Promise<SchemaLevel> {
  const files = await readFiles(client);
  const known = await knownFiles(directory);
  const foreign = files.filter((name) => !known.includes(name));
  if (foreign.length > 0) throw databaseNewer(await newestRelease(client), foreign);
  await refuseUnfinished(client);
  return { files, queue: await readQueueVersion(client) };
}

async function readFiles(client: ClientBase): Promise<readonly string[]> {
  try {
    const found = await client.query<{ name: string }>(`select name from ${SCHEMA}.${LEDGER} order by name`);
    return found.rows.map((row) => row.name);
  } catch (error) {
    if (sqlState(error) === UNDEFINED_TABLE) return [];
    throw error;
  }
}

/** Refuses a schema that this BullMQ can't use. */
async function readQueueVersion(client: ClientBase): Promise<number> {
  try {
    return await assertSchemaCompatibility(client, QUEUE_SCHEMA);
  } catch (error) {
    if (error instanceof SchemaMigrationRequiredError) return 0;
    if (!(error instanceof SchemaVersionMismatchError)) throw error;
    throw new UsageError('database_newer', 'the queue’s tables were migrated by a newer Freshet: start that version, or restore a backup', { cause: error });
  }
}

/** Undefined for a database that has only met releases before 0.2.0, which didn't write their names. */
async function newestRelease(client: ClientBase): Promise<string | undefined> {
  try {
    const found = await client.query<{ name: string }>(`select name from ${SCHEMA}.release order by migrated_at desc, name desc limit 1`);
    return found.rows[0]?.name;
  } catch (error) {
    if (sqlState(error) === UNDEFINED_TABLE) return undefined;
    throw error;
  }
}

function databaseNewer(release: string | undefined, steps: readonly string[]): UsageError {
  const named = `${steps.length === 1 ? 'step' : 'steps'} ${steps.join(', ')}`;
  const what = release === undefined ? named : `${release}, ${named}`;
  return new UsageError('database_newer', `the database was migrated by a newer Freshet (${what}): start that version, or restore a backup`);
}

async function refuseUnfinished(client: ClientBase): Promise<void> {
  const found = await client.query<{ begun: string | null }>('select to_regclass($1) as begun', [`${SCHEMA}.${UNFINISHED}`]);
  if ((found.rows[0]?.begun ?? null) === null) return;
  throw new UsageError('restore_unfinished', 'a restore into this database was cut off and left it without its data: run freshet restore again');
}
