/**
 * A file as a stream of records, whatever it is: CSV, TSV, NDJSON, plain or gz (see `sniff`).
 *
 * In: a path, or `-` for standard input. Out: the names of its columns, and three ways to read its records.
 * 1. The file is streamed: memory holds one piece of it and one record, never the file.
 * 2. A record that can't be read comes as a `BadRecord` in its place; it is never dropped silently.
 * 3. Cells are strings, or numbers where NDJSON has numbers; an absent or empty cell is undefined.
 */
import { toError, UsageError } from '@freshet/shared/errors';
import { type Bytes, openBytes } from './bytes.js';
import { type CellsRecord, readDelimited, splitLine } from './delimited.js';
import { type Line, readLines } from './lines.js';
import { readObjects, toCell } from './ndjson.js';
import type { BadRecord, Batches, ColumnRef, ObjectRecord, TableRecord } from './record.js';
import { sniff, type Sniffed } from './sniff.js';

export interface Table {
  readonly path: string;
  /** For messages. */
  readonly name: string;
  readonly gzip: boolean;
  readonly format: Sniffed['format'];
  readonly delimiter: string;
  /** Names from the first record. For a file without a header they are its first record's values. */
  readonly columns: readonly string[];
  /** The second line's values, to tell a header from data; empty where there is none, or the file is NDJSON. */
  readonly second: readonly string[];
  /** The first bytes, as they are. */
  readonly head: Buffer;
  /** Bytes of the file, and how many of them have been taken. */
  readonly size: number | undefined;
  position(): number;
  /** With `header: false` the first record is data and columns are places. */
  select(columns: readonly ColumnRef[], options?: { readonly header?: boolean }): Batches<TableRecord>;
  /** All cells of every record, for files whose records have any length. Delimited files only. */
  records(): Batches<CellsRecord>;
  /** The objects themselves, for NDJSON whose lines are nested. */
  objects(): Batches<ObjectRecord>;
}

export async function openTable(path: string): Promise<Table> {
  const bytes = await openBytes(path);
  const kind = sniff(bytes);
  const columns = firstRecord(kind, bytes.name);
  const delimited = (width?: number): Batches<CellsRecord> => readDelimited(linesOf(bytes, kind), { ...kind, width });
  const objects = (): Batches<ObjectRecord> => readObjects(linesOf(bytes, kind));
  return {
    path,
    name: bytes.name,
    gzip: kind.gzip,
    format: kind.format,
    delimiter: kind.delimiter,
    columns,
    second: kind.format === 'delimited' && kind.secondLine !== undefined ? splitLine(kind.secondLine, kind).map((cell) => cell.trim()) : [],
    head: bytes.head,
    size: bytes.size,
    position: () => bytes.position(),
    select: (wanted, options) => {
      if (kind.format === 'ndjson') return pickFields(objects(), wanted.map(String));
      const places = wanted.map((ref) => (typeof ref === 'number' ? ref : columns.indexOf(ref)));
      return pickCells(delimited(columns.length), places, options?.header !== false);
    },
    records: () => delimited(),
    objects,
  };
}

function firstRecord(kind: Sniffed, name: string): readonly string[] {
  if (kind.format === 'delimited') return splitLine(kind.firstLine, kind).map((column) => column.trim());
  try {
    return Object.keys(JSON.parse(kind.firstLine) as object);
  } catch (thrown) {
    throw new UsageError('file_format', `${name} starts like NDJSON, but its first line isn't a JSON object: ${toError(thrown).message}`);
  }
}

async function* linesOf(bytes: Bytes, kind: Sniffed): AsyncGenerator<readonly Line[]> {
  let line = 0;
  try {
    for await (const lines of readLines(bytes.open(kind) as AsyncIterable<Buffer>, kind.lineEnd)) {
      line = lines.at(-1)?.line ?? line;
      yield lines;
    }
  } catch (thrown) {
    throw new UsageError('file_unreadable', `${bytes.name} breaks off after line ${line}: ${toError(thrown).message}`, { cause: thrown });
  }
}

async function* pickCells(batches: Batches<CellsRecord>, places: readonly number[], header: boolean): AsyncGenerator<readonly (TableRecord | BadRecord)[]> {
  let skip = header;
  for await (const batch of batches) {
    const records = skip ? batch.slice(1) : batch;
    skip = false;
    yield records.map((record) => (record.problem === undefined ? { line: record.line, text: record.text, cells: places.map((place) => record.cells[place] || undefined) } : record));
  }
}

async function* pickFields(batches: Batches<ObjectRecord>, names: readonly string[]): AsyncGenerator<readonly (TableRecord | BadRecord)[]> {
  for await (const batch of batches) {
    yield batch.map((record) => (record.problem === undefined ? { line: record.line, text: record.text, cells: names.map((name) => toCell(record.object[name])) } : record));
  }
}
