/**
 * Fills a database with a dump's content.
 *
 * 1. Everything is one transaction: the tables are made as they were at the dump's level, filled, and committed together. Whatever
 *    cuts it off, the database is what it was before.
 * 2. A database that was empty says from the beginning on that a restore is under way (schema-level): until the commit nothing
 *    else starts on it.
 * 3. A database that holds anything is replaced only with `replace`, and never while a service is connected.
 * 4. The trainer's epoch goes on well beyond any that a leader can have had since the dump: a zombie is fenced off. The time in which
 *    seen ids are recognised goes on where it stood when the dump was taken.
 */
import type { Client } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CorruptionError, UnavailableError, UsageError } from '../../../errors.js';
import { toDatabaseError } from '../database-error.js';
import { connectClient, describeTarget } from '../pool.js';
import { LEDGER, SCHEMA, SCHEMA_LOCK, UNFINISHED } from '../schema-level.js';
import { buildSchema } from '../schema-steps.js';
import { type DumpContent, type DumpTable, quoted, quoteName, readTables, sameTable, SCHEMAS, type TableName } from './content.js';
import { makePartitions } from './partitions.js';

export interface FilledTable extends DumpTable {
  readonly rows: number;
}

export interface FillRequest {
  readonly content: Omit<DumpContent, 'tables'> & { readonly tables: readonly FilledTable[] };
  /** The rows as they were read, whole or an error. */
  readonly rowsOf: (table: FilledTable) => AsyncIterable<Buffer>;
  /** Replace what the database holds. */
  readonly replace: boolean;
  /** Undoes what was done so far. */
  readonly signal: AbortSignal;
}

export interface Filled {
  /** Tables with rows that no migration makes: somebody else's. */
  readonly skipped: readonly string[];
}

/** More elections than a leader can have won since the dump. */
const EPOCHS_AHEAD = 1_000;

export async function fillDatabase(url: string, request: FillRequest): Promise<Filled> {
  const client = await connectClient({ url, applicationName: 'freshet-restore', onError: () => undefined, statementTimeoutMs: 0 });
  try {
    await takeLock(client);
    await refuseServices(client);
    const before = await lookAt(client);
    if (before.used && !request.replace) throw notEmpty(url);
    if (!before.used) await mark(client);
    return await fill(client, request, before).catch(async (thrown: unknown) => {
      if (!before.used) await unmark(client);
      throw thrown;
    });
  } catch (thrown) {
    throw toDatabaseError(thrown, describeTarget(url));
  } finally {
    // Ends the session and with it the lock.
    await client.end().catch(() => undefined);
  }
}

async function takeLock(client: Client): Promise<void> {
  const tried = await client.query<{ got: boolean }>('select pg_try_advisory_lock($1) as got', [SCHEMA_LOCK]);
  if (tried.rows[0]?.got === true) return;
  throw new UnavailableError('migration_running', 'another process is migrating this database or restoring into it: try again');
}

/** Guarantee 3. Every connection of ours names itself. */
async function refuseServices(client: Client): Promise<void> {
  const found = await client.query<{ name: string }>(
    `select distinct application_name as name from pg_stat_activity
     where datname = current_database() and pid <> pg_backend_pid() and application_name like 'freshet%' order by 1`,
  );
  if (found.rows.length === 0) return;
  throw new UsageError('database_in_use', `Freshet is running on this database (${found.rows.map((row) => row.name).join(', ')}): stop it first`);
}

interface Before {
  /** Anything was ever accepted into it, or its queue holds jobs. */
  readonly used: boolean;
  readonly epoch: number;
}

async function lookAt(client: Client): Promise<Before> {
  const has = async (table: string): Promise<boolean> => {
    const found = await client.query<{ there: boolean }>('select to_regclass($1) is not null as there', [table]);
    return found.rows[0]?.there === true;
  };
  const first = async (query: string): Promise<number> => Number((await client.query<{ n: string }>(query)).rows[0]?.n ?? 0);
  const sequence = (await has('freshet.log_counter')) ? await first('select last as n from freshet.log_counter') : 0;
  const jobs = (await has('bullmq.job')) ? await first('select count(*) as n from (select 1 from bullmq.job limit 1) one') : 0;
  const epoch = (await has('freshet.trainer_state')) ? await first('select coalesce(max(epoch), 0) as n from freshet.trainer_state') : 0;
  return { used: sequence > 0 || jobs > 0, epoch };
}

function notEmpty(url: string): UsageError {
  return new UsageError('database_not_empty', `${describeTarget(url)} is not empty: restore into an empty one, or give --force to replace everything it holds`);
}

/** Guarantee 2. */
async function mark(client: Client): Promise<void> {
  await client.query(`create schema if not exists ${SCHEMA}`);
  await client.query(`create table if not exists ${SCHEMA}.${UNFINISHED} (begun_at timestamptz not null default now())`);
}

/** When the connection is gone the mark stays, and says so. */
async function unmark(client: Client): Promise<void> {
  await client.query(`drop table if exists ${SCHEMA}.${UNFINISHED}`).catch(() => undefined);
}

async function fill(client: Client, request: FillRequest, before: Before): Promise<Filled> {
  const { content } = request;
  try {
    await client.query('begin');
    for (const schema of SCHEMAS) await client.query(`drop schema if exists ${schema} cascade`);
    await buildSchema(client, content.level.files.length);
    await checkLevel(client, content);
    await makePartitions(client, content.partitions);
    const tables = await readTables(client);
    await client.query(`truncate ${tables.map(quoted).join(', ')}`);
    const skipped = await fillTables(client, request, tables);
    await setSequences(client, content);
    await settle(client, content, before);
    await client.query('commit');
    await client.query(`analyze ${tables.map(quoted).join(', ')}`);
    return { skipped };
  } catch (thrown) {
    await client.query('rollback').catch(() => undefined);
    throw thrown;
  }
}

async function checkLevel(client: Client, { level }: Pick<DumpContent, 'level'>): Promise<void> {
  const found = await client.query<{ name: string }>(`select name from ${SCHEMA}.${LEDGER} order by name`);
  const made = found.rows.map((row) => row.name).join();
  if (made !== level.files.join()) throw new CorruptionError('backup_level', `the backup's tables are of steps ${level.files.join(', ')}, this release makes ${made}`);
}

async function fillTables(client: Client, request: FillRequest, there: readonly DumpTable[]): Promise<string[]> {
  const skipped: string[] = [];
  for (const table of request.content.tables) {
    request.signal.throwIfAborted();
    const own = there.find((one) => sameTable(one, table));
    if (own !== undefined) await fillTable(client, request, { table, own });
    else if (table.rows > 0) skipped.push(`${table.schema}.${table.name}`);
  }
  return skipped;
}

async function fillTable(client: Client, request: FillRequest, { table, own }: { readonly table: FilledTable; readonly own: DumpTable }): Promise<void> {
  const unknown = table.columns.filter((column) => !own.columns.includes(column));
  if (unknown.length > 0) throw new CorruptionError('backup_columns', `the backup's table ${table.schema}.${table.name} has columns that this release doesn't know: ${unknown.join(', ')}`);
  const columns = table.columns.map(quoteName).join(', ');
  const stream = client.query(copyFrom(`copy ${quoted(table)} (${columns}) from stdin (format ${table.encoding})`));
  await pipeline(Readable.from(request.rowsOf(table), { objectMode: false }), stream, { signal: request.signal }).catch((thrown: unknown) => {
    // Postgres says that its COPY was ended, and on Node 24 that comes first: it isn't why.
    request.signal.throwIfAborted();
    throw thrown;
  });
  if (stream.rowCount !== table.rows) throw new CorruptionError('backup_rows', `${stream.rowCount} rows went into ${table.schema}.${table.name}, the backup says ${table.rows}`);
}

async function setSequences(client: Client, { sequences }: Pick<DumpContent, 'sequences'>): Promise<void> {
  for (const sequence of sequences) {
    if (sequence.last === null || !(await exists(client, sequence))) continue;
    await client.query('select setval($1::regclass, $2::bigint)', [quoted(sequence), sequence.last]);
  }
}

async function exists(client: Client, table: TableName): Promise<boolean> {
  const found = await client.query<{ there: boolean }>('select to_regclass($1) is not null as there', [quoted(table)]);
  return found.rows[0]?.there === true;
}

/** Guarantee 4. */
async function settle(client: Client, { takenAt }: Pick<DumpContent, 'takenAt'>, before: Before): Promise<void> {
  await client.query(`update ${SCHEMA}.trainer_state set epoch = greatest(epoch, $1::integer) + ${EPOCHS_AHEAD}, heartbeat_at = now()`, [before.epoch]);
  await client.query(`update ${SCHEMA}.id_rotation set rotated_at = now() - greatest($1::timestamptz - rotated_at, interval '0')`, [takenAt]);
}
