/**
 * `freshet restore`: a backup's content into an empty database.
 *
 * 1. The file is checked whole before a database is touched (reader.ts).
 * 2. The database is filled in one transaction (dump/target); then it is brought to this release as any older database is.
 * 3. A backup of an older release is restored and migrated; one of a newer release is refused.
 */
import { FreshetError, UsageError } from '@freshet/shared/errors';
import { fillDatabase } from '@freshet/shared/adapters/postgres/dump/target';
import { migrate } from '@freshet/shared/adapters/postgres/migrate';
import { knownLevel } from '@freshet/shared/adapters/postgres/schema-level';
import { type DatabasePlace, openForRestore, type Say } from './database.js';
import type { Manifest, Section } from './manifest.js';
import { type BackupFile, openBackup } from './reader.js';

export interface RestoreRequest extends DatabasePlace {
  readonly file: string;
  /** Replace whatever the database holds. */
  readonly replace: boolean;
  readonly signal: AbortSignal;
  readonly say: Say;
  /** Bytes checked, then bytes of rows written, of so many. */
  readonly progress: (what: 'checking' | 'restoring', done: number, total: number) => void;
}

/** What a file holds. */
export interface CheckResult {
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly release: string;
  readonly taken_at: string;
  readonly postgres: string;
  /** Names of the migrations its tables have. */
  readonly migrations: readonly string[];
  readonly tables: readonly { readonly name: string; readonly rows: number; readonly bytes: number }[];
  readonly rows: number;
  readonly raw_bytes: number;
  readonly sequence: number;
  readonly model_version: number;
  readonly model_checksum: string;
  readonly seconds: number;
}

export interface RestoreResult extends Omit<CheckResult, 'tables'> {
  readonly tables: number;
  /** Migrations applied after it. */
  readonly migrated: readonly string[];
  /** Tables with rows that this release has no place for. */
  readonly skipped: readonly string[];
}

type CheckRequest = Pick<RestoreRequest, 'file' | 'signal' | 'progress'>;

/** Reads every byte, needs no database. */
export async function checkBackup(request: CheckRequest): Promise<CheckResult> {
  const started = performance.now();
  return describe(request.file, await openChecked(request), started);
}

export async function restoreBackup(request: RestoreRequest): Promise<RestoreResult> {
  const started = performance.now();
  const backup = await openChecked(request);
  const { manifest } = backup;
  await refuseNewer(request.file, manifest);
  try {
    await using database = await openForRestore(request, request.say);
    request.signal.throwIfAborted();
    const { skipped } = await fillDatabase(database.url, { content: manifest, replace: request.replace, signal: request.signal, rowsOf: counted(backup, request) });
    const migrated = await migrate(database.url, { log: request.say });
    const { tables, ...about } = describe(request.file, backup, started);
    return { ...about, tables: tables.length, migrated, skipped };
  } catch (thrown) {
    if (!request.signal.aborted) throw thrown;
    throw new FreshetError('interrupted', 'the restore was stopped: the database is as it was before', { cause: thrown });
  }
}

async function openChecked({ file, signal, progress }: CheckRequest): Promise<BackupFile> {
  return openBackup(file, { signal, progress: (done, total) => progress('checking', done, total) });
}

async function refuseNewer(file: string, { release, level }: Manifest): Promise<void> {
  const known = await knownLevel();
  const foreign = level.files.filter((name) => !known.files.includes(name));
  if (level.queue > known.queue) foreign.push(`bullmq ${level.queue}`);
  if (foreign.length === 0) return;
  throw new UsageError('backup_newer', `${file} was made by a newer Freshet (${release}, ${foreign.length === 1 ? 'step' : 'steps'} ${foreign.join(', ')}): restore it with that version`);
}

function counted(backup: BackupFile, { progress }: RestoreRequest): (section: { readonly schema: string; readonly name: string }) => AsyncIterable<Buffer> {
  const { tables } = backup.manifest;
  const total = sum(tables, (table) => table.rawBytes);
  let done = 0;
  return async function* ({ schema, name }) {
    const section = tables.find((table) => table.schema === schema && table.name === name);
    if (section === undefined) return;
    for await (const chunk of backup.rowsOf(section)) {
      progress('restoring', (done += chunk.length), total);
      yield chunk;
    }
  };
}

function describe(file: string, { manifest, bytes, sha256 }: BackupFile, started: number): CheckResult {
  const { release, takenAt, postgres, level, tables, place } = manifest;
  return {
    file,
    bytes,
    sha256,
    release,
    taken_at: takenAt,
    postgres,
    migrations: level.files,
    tables: tables.map((table) => ({ name: `${table.schema}.${table.name}`, rows: table.rows, bytes: table.bytes })),
    rows: sum(tables, (table) => table.rows),
    raw_bytes: sum(tables, (table) => table.rawBytes),
    sequence: place.sequence,
    model_version: place.modelVersion,
    model_checksum: place.modelChecksum,
    seconds: Math.round(performance.now() - started) / 1_000,
  };
}

function sum(tables: readonly Section[], of: (table: Section) => number): number {
  return tables.reduce((total, table) => total + of(table), 0);
}
