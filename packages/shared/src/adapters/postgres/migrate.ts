/**
 * Brings a database to this version's schema: our numbered SQL files (packages/shared/migrations) in schema `freshet`, then
 * BullMQ's own migrations in schema `bullmq`.
 *
 * 1. Several processes may start at once: one migrates under an advisory lock, the others wait and find it done.
 * 2. A file is applied once; all new files are one transaction, so a failure leaves the schema as it was (schema-steps).
 * 3. A database that a newer Freshet has migrated, or into which a restore didn't finish, is refused, untouched (schema-level).
 * Leaves out going back: restore a backup.
 */
import { LATEST_SCHEMA_VERSION } from 'bullmq';
import type { Client } from 'pg';
import { UnavailableError } from '../../errors.js';
import { readRelease } from '../../release.js';
import { systemClock } from '../system-clock.js';
import { sqlState, toDatabaseError } from './database-error.js';
import { connectClient, describeTarget } from './pool.js';
import { knownFiles, MIGRATIONS, QUEUE_SCHEMA, readLevel, SCHEMA, SCHEMA_LOCK } from './schema-level.js';
import { applyFiles, migrateQueue } from './schema-steps.js';
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

const DEFAULT_DEADLINE_MS = 60_000;
const LOCK_NOT_AVAILABLE = '55P03';
const UNDEFINED_TABLE = '42P01';

/** Returns the names of what was applied; none when the database is up to date. */
export async function migrate(url: string, options: MigrateOptions = {}): Promise<readonly string[]> {
  const deadlineMs = options.deadlineMs ?? DEFAULT_DEADLINE_MS;
  return withMigrationClient(url, options, async (client) => {
    await takeLock(client, deadlineMs);
    const pending = await findPending(client, options.directory ?? MIGRATIONS);
    if (pending.files.length > 0) await applyFiles(client, { directory: options.directory ?? MIGRATIONS });
    if (pending.queue) await migrateQueue(client);
    await noteRelease(client);
    const applied = namesOf(pending);
    for (const name of applied) options.log?.(`migrated the database: ${name}`);
    return applied;
  });
}

/** Names of the migrations that `migrate` would apply. Refuses a newer database as `migrate` does. */
export async function migrationsPending(url: string, options: MigrateOptions = {}): Promise<readonly string[]> {
  return withMigrationClient(url, options, async (client) => namesOf(await findPending(client, options.directory ?? MIGRATIONS)));
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
    throw toDatabaseError(thrown, describeTarget(url));
  } finally {
    // Ends the session and with it the lock.
    await client.end().catch(() => undefined);
  }
}

async function takeLock(client: Client, deadlineMs: number): Promise<void> {
  try {
    await client.query(`select set_config('lock_timeout', $1, false)`, [String(Math.max(1, deadlineMs))]);
    await client.query('select pg_advisory_lock($1)', [SCHEMA_LOCK]);
    await client.query('set lock_timeout = 0');
  } catch (cause) {
    if (sqlState(cause) !== LOCK_NOT_AVAILABLE) throw cause;
    throw new UnavailableError('migration_running', `another process has been migrating the database for more than ${Math.round(deadlineMs / 1_000)} s`, { cause });
  }
}

async function findPending(client: Client, directory: string): Promise<Pending> {
  const level = await readLevel(client, directory);
  const known = await knownFiles(directory);
  return { files: known.filter((name) => !level.files.includes(name)), queue: level.queue < LATEST_SCHEMA_VERSION };
}

/** So that an older release can say which one to start. */
async function noteRelease(client: Client): Promise<void> {
  try {
    await client.query(`insert into ${SCHEMA}.release (name) values ($1) on conflict do nothing`, [readRelease()]);
  } catch (error) {
    // Only tests bring files of their own, without that table.
    if (sqlState(error) !== UNDEFINED_TABLE) throw error;
  }
}
