/**
 * The steps that make a database's schema: our SQL files through node-pg-migrate, BullMQ's migrations through BullMQ.
 *
 * 1. All new files are one transaction, so a failure leaves the schema as it was.
 * 2. `buildSchema` makes the tables as they were at an older level, inside the caller's transaction: what a backup of that
 *    level holds goes into the tables it came from, and the later files then change it as they change any database.
 * BullMQ can only be brought to its newest level; its tables so far only gain columns and functions.
 */
import { runMigrations as runQueueMigrations } from 'bullmq';
import { runner } from 'node-pg-migrate';
import type { Client } from 'pg';
import { FreshetError, toError } from '../../errors.js';
import { toDatabaseError } from './database-error.js';
import { LEDGER, MIGRATIONS, QUEUE_SCHEMA, SCHEMA } from './schema-level.js';

export interface FileSteps {
  readonly directory: string;
  /** Only so many of the files that are not applied yet. */
  readonly count?: number;
}

export async function applyFiles(client: Client, { directory, count = Number.POSITIVE_INFINITY }: FileSteps): Promise<void> {
  const said: string[] = [];
  const note = (line: string): void => void said.push(line);
  try {
    await runner({
      dbClient: client, dir: directory, ignorePattern: String.raw`(?!.*\.sql$).*`, direction: 'up', count,
      schema: SCHEMA, createSchema: true, migrationsTable: LEDGER, migrationsSchema: SCHEMA,
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

export async function migrateQueue(client: Client): Promise<void> {
  await runQueueMigrations(client, QUEUE_SCHEMA);
  for (const statement of QUEUE_VACUUM) await client.query(statement);
}

/** Both schemas anew, ours with its first `files` files. The caller has begun a transaction in which neither exists. */
export async function buildSchema(client: Client, files: number): Promise<void> {
  const inside = withinTransaction(client);
  if (files > 0) await applyFiles(inside, { directory: MIGRATIONS, count: files });
  await migrateQueue(inside);
}

const ENDS = /^\s*(?:begin|commit)\s*;?\s*$/i;
const NOTHING = { rows: [], rowCount: 0 };

/** The same session for libraries that begin and commit themselves: here the transaction is the caller's. */
function withinTransaction(client: Client): Client {
  const query = (text: unknown, ...rest: unknown[]): unknown => {
    if (typeof text === 'string' && ENDS.test(text)) return Promise.resolve(NOTHING);
    return Reflect.apply(client.query, client, [text, ...rest]);
  };
  return new Proxy(client, {
    get(target, name) {
      if (name === 'query') return query;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}
