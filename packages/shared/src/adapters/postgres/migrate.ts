/**
 * Brings a database to this version's schema: our numbered SQL files (packages/shared/migrations) in schema `freshet`, then
 * BullMQ's own migrations in schema `bullmq`.
 *
 * 1. Several processes may start at once: one migrates under an advisory lock, the others wait and find it done.
 * 2. A file is applied once; all new files are one transaction, so a failure leaves the schema as it was.
 * 3. A database that a newer Freshet has migrated is refused, untouched.
 * Leaves out going back: restore a backup.
 */
import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import {
  assertSchemaCompatibility, LATEST_SCHEMA_VERSION, runMigrations as runQueueMigrations,
  SchemaMigrationRequiredError, SchemaVersionMismatchError,
} from 'bullmq';
import { runner } from 'node-pg-migrate';
import type { Client } from 'pg';
import { FreshetError, toError, UnavailableError, UsageError } from '../../errors.js';
import { systemClock } from '../system-clock.js';
import { sqlState, toDatabaseError } from './database-error.js';
import { connectClient, describeTarget } from './pool.js';
import { waitForPostgres } from './wait-for-postgres.js';

export interface MigrateOptions {
  /** Told the name of each migration that was applied. */
  readonly log?: (line: string) => void;
  /** How long to wait for the server, and for another process that is migrating. Default 60 s. */
  readonly deadlineMs?: number;
  /** Ends the waiting. */
  readonly signal?: AbortSignal;
  /** Another folder of SQL files, for tests. */
  readonly directory?: string;
}

const SCHEMA = 'freshet';
const TABLE = 'migration';
const QUEUE_SCHEMA = 'bullmq';
/** "FRM" in ASCII. */
const LOCK = 0x46_52_4d;
const DEFAULT_DEADLINE_MS = 60_000;
const LOCK_NOT_AVAILABLE = '55P03';
const UNDEFINED_TABLE = '42P01';

/** dist/adapters/postgres → packages/shared/migrations, in a checkout and in the package alike. */
const DIRECTORY = fileURLToPath(new URL('../../../migrations/', import.meta.url));

/** Returns the names of what was applied; none when the database is up to date. */
export async function migrate(url: string, options: MigrateOptions = {}): Promise<readonly string[]> {
  const deadlineMs = options.deadlineMs ?? DEFAULT_DEADLINE_MS;
  return withMigrationClient(url, options, async (client) => {
    await takeLock(client, deadlineMs);
    const pending = await findPending(client, options.directory ?? DIRECTORY);
    if (pending.files.length > 0) await applyFiles(client, options.directory ?? DIRECTORY);
    if (pending.queue) await migrateQueue(client);
    const applied = namesOf(pending);
    for (const name of applied) options.log?.(`migrated the database: ${name}`);
    return applied;
  });
}

/** Names of the migrations that `migrate` would apply. Refuses a newer database as `migrate` does. */
export async function migrationsPending(url: string, options: MigrateOptions = {}): Promise<readonly string[]> {
  return withMigrationClient(url, options, async (client) => namesOf(await findPending(client, options.directory ?? DIRECTORY)));
}

interface Pending {
  readonly files: readonly string[];
  readonly queue: boolean;
}

function namesOf({ files, queue }: Pending): readonly string[] {
  return queue ? [...files, `${QUEUE_SCHEMA} ${LATEST_SCHEMA_VERSION}`] : files;
}

async function withMigrationClient<T>(url: string, options: MigrateOptions, work: (client: Client) => Promise<T>): Promise<T> {
  const applicationName = 'freshet-migrate';
  const { log, signal } = options;
  await waitForPostgres({
    url,
    applicationName,
    clock: systemClock,
    deadlineMs: options.deadlineMs ?? DEFAULT_DEADLINE_MS,
    onWait: (reason) => log?.(`waiting for the database: ${reason.message}`),
    ...(signal === undefined ? {} : { signal }),
  });
  // No limit on a statement: a migration may rewrite a large table.
  const client = await connectClient({ url, applicationName, onError: () => undefined, statementTimeoutMs: 0 });
  try {
    return await work(client);
  } catch (thrown) {
    throw explain(thrown, describeTarget(url));
  } finally {
    // Ends the session and with it the lock.
    await client.end().catch(() => undefined);
  }
}

async function takeLock(client: Client, deadlineMs: number): Promise<void> {
  try {
    await client.query(`select set_config('lock_timeout', $1, false)`, [String(Math.max(1, deadlineMs))]);
    await client.query('select pg_advisory_lock($1)', [LOCK]);
    await client.query('set lock_timeout = 0');
  } catch (cause) {
    if (sqlState(cause) !== LOCK_NOT_AVAILABLE) throw cause;
    throw new UnavailableError('migration_running', `another process has been migrating the database for more than ${Math.round(deadlineMs / 1_000)} s`, { cause });
  }
}

async function findPending(client: Client, directory: string): Promise<Pending> {
  const known = (await readdir(directory)).filter((name) => name.endsWith('.sql')).map((name) => name.slice(0, -4)).sort();
  const applied = await readApplied(client);
  const foreign = applied.filter((name) => !known.includes(name));
  if (foreign.length > 0) {
    throw new UsageError('database_newer', `the database was migrated by a newer Freshet (${foreign.join(', ')}): start that version, or restore a backup`);
  }
  return {
    files: known.filter((name) => !applied.includes(name)),
    queue: (await readQueueVersion(client)) < LATEST_SCHEMA_VERSION,
  };
}

async function readApplied(client: Client): Promise<readonly string[]> {
  try {
    const found = await client.query<{ name: string }>(`select name from ${SCHEMA}.${TABLE}`);
    return found.rows.map((row) => row.name);
  } catch (error) {
    if (sqlState(error) === UNDEFINED_TABLE) return [];
    throw error;
  }
}

/** Refuses a schema that this BullMQ can't use. */
async function readQueueVersion(client: Client): Promise<number> {
  try {
    return await assertSchemaCompatibility(client, QUEUE_SCHEMA);
  } catch (error) {
    if (error instanceof SchemaMigrationRequiredError) return 0;
    throw error;
  }
}

async function applyFiles(client: Client, directory: string): Promise<void> {
  const said: string[] = [];
  const note = (line: string): void => void said.push(line);
  try {
    await runner({
      dbClient: client, dir: directory, ignorePattern: String.raw`(?!.*\.sql$).*`, direction: 'up',
      schema: SCHEMA, createSchema: true, migrationsTable: TABLE, migrationsSchema: SCHEMA,
      checkOrder: true, singleTransaction: true, noLock: true,
      logger: { info: () => undefined, warn: () => undefined, error: note },
    });
  } catch (cause) {
    const known = toDatabaseError(cause, 'Postgres');
    if (known instanceof FreshetError) throw known;
    throw new FreshetError('migration_failed', `a migration failed: ${toError(cause).message}\n${said.join('\n')}`.trim(), { cause });
  }
}

/** The queue's rows turn over in seconds: without this, dead ones pile up until a fifth of the table is dead. */
const QUEUE_VACUUM = ['job', 'event'].map(
  (table) => `alter table ${QUEUE_SCHEMA}.${table} set (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500)`,
);

async function migrateQueue(client: Client): Promise<void> {
  await runQueueMigrations(client, QUEUE_SCHEMA);
  for (const statement of QUEUE_VACUUM) await client.query(statement);
}

function explain(thrown: unknown, target: string): Error {
  if (thrown instanceof SchemaVersionMismatchError) {
    return new UsageError('database_newer', `the queue's tables were migrated by a newer Freshet: start that version, or restore a backup`, { cause: thrown });
  }
  return toDatabaseError(thrown, target);
}
