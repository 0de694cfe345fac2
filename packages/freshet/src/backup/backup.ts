/**
 * `freshet backup`: everything in the database, as of one commit, into one file.
 *
 * 1. Works while Freshet runs, on the embedded database and on a server of the user's alike.
 * 2. The file appears whole or not at all (output-file.ts).
 * 3. No table is named here: what the catalogue has is what the file has.
 * Leaves out jobs that a queue on Redis holds, and settings.
 */
import { FreshetError } from '@freshet/shared/errors';
import { type DumpSource, openDumpSource } from '@freshet/shared/adapters/postgres/dump/source';
import { type DatabasePlace, openForBackup, type Say } from './database.js';
import type { Section } from './manifest.js';
import { createOutputFile, type OutputFile } from './output-file.js';
import { createWriter } from './writer.js';

export interface BackupRequest extends DatabasePlace {
  readonly file: string;
  /** Replace a file of that name. */
  readonly replace: boolean;
  readonly release: string;
  readonly signal: AbortSignal;
  readonly say: Say;
  /** Bytes of rows read, of about so many. */
  readonly progress: (done: number, total: number) => void;
}

export interface BackupResult {
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly taken_at: string;
  readonly tables: number;
  readonly rows: number;
  /** Of the rows before they were gzipped. */
  readonly raw_bytes: number;
  /** The newest log entry in it. */
  readonly sequence: number;
  readonly model_version: number;
  readonly seconds: number;
}

export async function takeBackup(request: BackupRequest): Promise<BackupResult> {
  const started = performance.now();
  const output = await createOutputFile(request.file, { replace: request.replace });
  try {
    await using database = await openForBackup(request, request.say);
    const source = await openDumpSource(database.url);
    const cut = (): void => void source.close();
    request.signal.addEventListener('abort', cut, { once: true });
    try {
      request.signal.throwIfAborted();
      const written = await writeAll(source, output, request);
      return { ...written, seconds: Math.round(performance.now() - started) / 1_000 };
    } finally {
      request.signal.removeEventListener('abort', cut);
      await source.close();
    }
  } catch (thrown) {
    if (request.signal.aborted) throw new FreshetError('interrupted', `the backup was stopped: nothing was left of ${request.file}`, { cause: thrown });
    throw thrown;
  } finally {
    await output.discard();
  }
}

async function writeAll(source: DumpSource, output: OutputFile, request: BackupRequest): Promise<Omit<BackupResult, 'seconds'>> {
  const { content } = source;
  const writer = await createWriter(output);
  const tables: Section[] = [];
  let done = 0;
  const progress = (bytes: number): void => request.progress((done += bytes), Math.max(done, source.bytes));
  for (const table of content.tables) {
    let written: Omit<Section, 'rows'> | undefined;
    const rows = await source.read(table, async (chunks) => {
      written = await writer.section(table, chunks, progress);
    });
    if (written !== undefined) tables.push({ ...written, rows });
  }
  const { bytes, sha256 } = await writer.close({ ...content, tables, release: request.release });
  await output.finish();
  return {
    file: request.file,
    bytes,
    sha256,
    taken_at: content.takenAt,
    tables: tables.length,
    rows: tables.reduce((sum, table) => sum + table.rows, 0),
    raw_bytes: tables.reduce((sum, table) => sum + table.rawBytes, 0),
    sequence: content.place.sequence,
    model_version: content.place.modelVersion,
  };
}
