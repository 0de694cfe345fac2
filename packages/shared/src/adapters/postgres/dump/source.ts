/**
 * A database's whole content as of one moment, while it is written to.
 *
 * In: a URL. Out: what there is, then each table's rows as COPY sends them.
 * 1. One REPEATABLE READ READ ONLY transaction: every table is read as of the same commit.
 * 2. Every table is locked against being emptied, renamed or dropped (ACCESS SHARE) before the snapshot is taken: truncation would
 *    show through a snapshot. Writers don't wait for that lock; a rotation of seen ids that falls due does (id-rotation.ts).
 * 3. Rows flow only as fast as they are taken: memory stays flat.
 */
import type { Client } from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { toError, UnavailableError, UsageError } from '../../../errors.js';
import { sqlState, toDatabaseError } from '../database-error.js';
import { connectClient, describeTarget } from '../pool.js';
import { readLevel } from '../schema-level.js';
import { type CatalogueTable, type DumpContent, type DumpTable, quoted, quoteName, readPartitions, readPlace, readSequences, readTables } from './content.js';

export interface DumpSource {
  readonly content: DumpContent;
  /** On disk, without indexes: about what will be read. */
  readonly bytes: number;
  /** Hands the rows to `take`; resolves with their number. */
  read(table: DumpTable, take: (rows: AsyncIterable<Buffer>) => Promise<void>): Promise<number>;
  /** Ends the transaction; in the middle of a table it cuts the connection. */
  close(): Promise<void>;
}

/** Tables come and go (partitions); a list that was overtaken is made again. */
const ATTEMPTS = 10;
const LOCK_WAIT_MS = 30_000;
const UNDEFINED_TABLE = '42P01';
const LOCK_NOT_AVAILABLE = '55P03';

export async function openDumpSource(url: string): Promise<DumpSource> {
  const target = describeTarget(url);
  const client = await connectClient({ url, applicationName: 'freshet-backup', onError: () => undefined, statementTimeoutMs: 0 });
  try {
    const level = await readLevel(client);
    if (level.files.length === 0) throw new UsageError('no_database', `${target} holds no Freshet: there is nothing to back up`);
    const tables = await freeze(client);
    const about = await client.query<{ postgres: string; taken_at: Date }>(`select current_setting('server_version') as postgres, now() as taken_at`);
    const content: DumpContent = {
      level,
      postgres: /^[\d.]+/.exec(about.rows[0]?.postgres ?? '')?.[0] ?? '',
      takenAt: about.rows[0]?.taken_at.toISOString() ?? '',
      place: await readPlace(client),
      tables: tables.filter((table) => !table.partitioned).map(({ schema, name, columns, encoding }) => ({ schema, name, columns, encoding })),
      partitions: await readPartitions(client),
      sequences: await readSequences(client),
    };
    return {
      content,
      bytes: tables.reduce((sum, table) => sum + table.bytes, 0),
      read: (table, take) => readTable(client, table, take).catch((thrown: unknown) => Promise.reject(toDatabaseError(thrown, target))),
      close: () => client.end().catch(() => undefined),
    };
  } catch (thrown) {
    await client.end().catch(() => undefined);
    throw toDatabaseError(thrown, target);
  }
}

/** Guarantees 1 and 2: lists, locks, takes the snapshot, and looks whether the list was still right. */
async function freeze(client: Client): Promise<readonly CatalogueTable[]> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const wanted = await readTables(client);
    await client.query('begin isolation level repeatable read read only');
    if (await lockAll(client, wanted)) {
      const found = await readTables(client);
      if (namesOf(found) === namesOf(wanted)) return found;
    }
    await client.query('rollback');
  }
  throw new UnavailableError('dump_overtaken', 'the database’s tables changed each time they were to be read: try again');
}

/** A lock takes no snapshot, so the snapshot is younger than all of them. False when a table has gone meanwhile. */
async function lockAll(client: Client, tables: readonly CatalogueTable[]): Promise<boolean> {
  try {
    await client.query(`set local lock_timeout = ${LOCK_WAIT_MS}`);
    await client.query(`lock table ${tables.map(quoted).join(', ')} in access share mode`);
    return true;
  } catch (thrown) {
    if (sqlState(thrown) === UNDEFINED_TABLE) return false;
    if (sqlState(thrown) !== LOCK_NOT_AVAILABLE) throw thrown;
    throw new UnavailableError('dump_locked', `another session has locked a table for more than ${LOCK_WAIT_MS / 1_000} s (a migration?): try again`, { cause: thrown });
  }
}

function namesOf(tables: readonly CatalogueTable[]): string {
  return tables.map(quoted).sort().join();
}

async function readTable(client: Client, table: DumpTable, take: (rows: AsyncIterable<Buffer>) => Promise<void>): Promise<number> {
  const columns = table.columns.map(quoteName).join(', ');
  const stream = client.query(copyTo(`copy ${quoted(table)} (${columns}) to stdout (format ${table.encoding})`));
  try {
    await take(stream as AsyncIterable<Buffer>);
  } catch (thrown) {
    // What is left of the rows can't be skipped: the connection goes with them.
    stream.destroy();
    await client.end().catch(() => undefined);
    throw toError(thrown);
  }
  // The count comes behind the last row; the answer to another statement comes behind the count.
  await client.query('select 1');
  return stream.rowCount;
}
