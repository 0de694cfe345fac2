/**
 * A file as a stream of records, whatever it is: CSV, TSV, NDJSON, plain or gz (see `sniff`).
 *
 * In: a path. Out: the names of its columns, and `select(columns)`, an async iteration over those cells.
 * 1. The file is streamed: memory holds one record (≤ 1 MiB) and the stream's buffers, never the file.
 * 2. A record that can't be parsed goes to `onBad` with its reason; it is never dropped silently.
 * 3. Cells are strings, or numbers where NDJSON has numbers; an absent or empty cell is undefined.
 */
import { createReadStream } from 'node:fs';
import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { parse, type CsvError, type Options } from 'csv-parse';
import { parse as parseAll } from 'csv-parse/sync';
import { toError, UsageError } from '@freshet/shared/errors';
import { readJsonObjects, readJsonRecords } from './ndjson.js';
import type { ColumnRef, OnBad, TableRecord } from './record.js';
import { sniff, type Sniffed } from './sniff.js';

export interface Table {
  readonly path: string;
  readonly format: Sniffed['format'];
  readonly delimiter: string;
  /** Names from the first record. For a file without a header they are its first record's values. */
  readonly columns: readonly string[];
  /** With `header: false` the first record is data and columns are places. */
  select(columns: readonly ColumnRef[], onBad: OnBad, options?: { readonly header?: boolean }): AsyncIterable<TableRecord>;
  /** All cells of every record, for files whose records have any length. Delimited files only. */
  records(onBad: OnBad): AsyncIterable<TableRecord>;
  /** The objects themselves, for NDJSON whose lines are nested. */
  objects(onBad: OnBad): AsyncIterable<{ readonly record: number; readonly object: Readonly<Record<string, unknown>> }>;
}

export const MAX_RECORD_BYTES = 1_048_576;

export async function openTable(path: string): Promise<Table> {
  const kind = await sniff(path);
  const { format, delimiter } = kind;
  const columns = firstRecord(kind, path);
  return {
    path,
    format,
    delimiter,
    columns,
    select: (wanted, onBad, options) => {
      if (format === 'ndjson') return readJsonRecords({ input: () => openBytes(path, kind.gzip), wanted, onBad });
      const places = wanted.map((ref) => (typeof ref === 'number' ? ref : columns.indexOf(ref)));
      return pick(readDelimited(path, kind, onBad), places, options?.header === false ? 0 : 1);
    },
    records: (onBad) => readDelimited(path, kind, onBad),
    objects: (onBad) => readJsonObjects({ input: () => openBytes(path, kind.gzip), onBad }),
  };
}

function firstRecord(kind: Sniffed, path: string): readonly string[] {
  if (kind.format === 'delimited') {
    const [first] = parseAll(kind.firstLine, csvOptions(kind)) as unknown as string[][];
    return (first ?? []).map((name) => name.trim());
  }
  try {
    return Object.keys(JSON.parse(kind.firstLine) as object);
  } catch (thrown) {
    throw new UsageError('file_format', `${path} starts like NDJSON, but its first line isn't a JSON object: ${toError(thrown).message}`);
  }
}

function csvOptions(kind: Sniffed): Options {
  return {
    bom: true,
    delimiter: kind.delimiter,
    quote: kind.quotes ? '"' : null,
    relax_quotes: true,
    relax_column_count: true,
    skip_empty_lines: true,
    skip_records_with_error: true,
    max_record_size: MAX_RECORD_BYTES,
  };
}

/** Passes the error of any stage on to whoever reads the last stage. */
function openBytes(path: string, gzip: boolean): Readable {
  const file = createReadStream(path);
  return gzip ? pipeline(file, createGunzip(), () => {}) : file;
}

async function* readDelimited(path: string, kind: Sniffed, onBad: OnBad): AsyncGenerator<TableRecord> {
  let record = 0;
  const parser = parse(csvOptions(kind));
  parser.on('skip', (error: CsvError | undefined) => onBad(reasonOf(error), record + 1));
  pipeline(openBytes(path, kind.gzip), parser, () => {}); // an error destroys the parser, so the loop below throws it
  try {
    for await (const cells of parser as AsyncIterable<string[]>) yield { record: ++record, cells };
  } catch (thrown) {
    throw new UsageError('file_unreadable', `${path} breaks off after record ${record}: ${toError(thrown).message}`, { cause: thrown });
  }
}

function reasonOf(error: CsvError | undefined): string {
  if (error?.code === 'CSV_QUOTE_NOT_CLOSED') return 'a quote opens and never closes (the rest of the file is inside it)';
  if (error?.code === 'CSV_MAX_RECORD_SIZE') return `a record longer than ${MAX_RECORD_BYTES} bytes (a quote that never closes?)`;
  return error?.message ?? 'not a record';
}

async function* pick(rows: AsyncIterable<TableRecord>, places: readonly number[], skip: number): AsyncGenerator<TableRecord> {
  for await (const { record, cells } of rows) {
    if (record <= skip) continue;
    yield { record, cells: places.map((place) => cells[place] || undefined) };
  }
}
