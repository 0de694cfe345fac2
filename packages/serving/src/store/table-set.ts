/**
 * One whole model in one unshared WebAssembly memory, and what makes it quick to rank with.
 *
 * In: names and rows through the ModelSink door, and the catalogue's word on each item. Out: typed arrays that the
 * ranking reads, and exact scans.
 * 1. Which rows may be served is kept up to date with every write and every change of the catalogue (row-writer).
 * 2. Rows behind the capacity are left out and counted (`dropped`); nothing else of their delta is lost.
 * 3. All writes are synchronous, and a failed one has changed nothing (lengths are checked first).
 * Values are not checked here: that is model/check, before the first write.
 */
import type { ItemState } from '@freshet/shared/domain/kept-documents';
import { unpackDense } from '@freshet/shared/domain/dense';
import { initialDense } from '@freshet/shared/domain/model-config';
import { createRatingTables, type RatingTables } from '@freshet/shared/domain/ratings/rating-tables';
import { FOLLOW, type RatingTable, RATERS, STAT, strideOf, type TableName } from '@freshet/shared/domain/tables';
import { CorruptionError } from '@freshet/shared/errors';
import type { ModelShape, ModelSink } from '@freshet/shared/ports/model-sink';
import { scanAmong } from '../retrieval/among-scan.js';
import { createRetrieval, type ListWork, type Retrieval, type RetrievalSaved } from '../retrieval/retrieval.js';
import type { Place, RetrievalParts } from '../retrieval/scan.js';
import { clearRows, type Columns, createColumns } from './columns.js';
import type { WasmMemory } from './kernel.js';
import { candidatesFor, type Layout, NOT_SERVED } from './layout.js';
import { createNames, type Names } from './names.js';
import { createRowWriter, type RowWriter } from './row-writer.js';
import { createWordColumns, type WordColumns, type WordsSaved } from './word-columns.js';

export interface TableSet extends ModelSink, Columns {
  readonly layout: Layout;
  /** Rows in use: the highest row written or named, plus one. */
  readonly rows: number;
  /** The tables `user` and `rating`. */
  readonly ratings: RatingTables;
  /** Rows, and words, that lay behind the capacity. */
  readonly dropped: number;
  readonly words: WordColumns;
  /** About what the rows in use take in a snapshot. */
  readonly bytes: number;
  rowOf(name: string): number | undefined;
  nameOf(row: number): string | undefined;
  /** Refuses a delta of another shape before any of it is written. */
  accept(shape: ModelShape): void;
  /** The catalogue has changed its word on this item. */
  refresh(name: string): void;
  /** The best k rows by dot(query, E[j]) · scale[j] + column[j] (retrieval/retrieval.ts); returns their number. */
  scan(k: number, column: 'served' | 'any', raised?: Int32Array): number;
  /** The same among these rows only. */
  scanAmong(k: number, column: 'served' | 'any', among: Iterable<number>): number;
  /** What `scan` would score this row, bit for bit; overwrites the found rows. */
  scoreOf(row: number, column: 'served' | 'any'): number;
  /** How many rows the full order of `scan` has before this row of this score. */
  countAhead(place: Omit<Place, 'rows'>): number;
  /** Works at the lists until `until` (of performance.now); what is left. */
  tend(until: number): ListWork;
  /** Lists, and blocks of slots, from these numbers on were never used. */
  readonly ends: Retrieval['ends'];
  save(): TableSetSaved;
  /** An empty set takes over what isn't in the columns: those of `saved` are copied next (table-copy), and it may hear of the catalogue meanwhile. */
  restore(saved: TableSetSaved): void;
  /** The best k rows of a trend window among those that `column` shows; returns their number. */
  top(k: number, window: number, column: 'served' | 'any'): number;
  /** Forgets at most `slice` rows of either kind, the last ones first; true once nothing is left and the memory can hold another model. */
  clear(slice: number): boolean;
}

/** What the columns of a table set don't hold; its own memory, to be read at once. */
export interface TableSetSaved {
  readonly rows: number;
  readonly dropped: number;
  readonly names: Names;
  readonly words: WordsSaved;
  readonly retrieval: RetrievalSaved;
}

export interface TableSetParts extends Omit<RetrievalParts, 'columns'> {
  readonly memory: WasmMemory;
  readonly shelf: (name: string) => ItemState;
}

interface State {
  rows: number;
  dropped: number;
  names: Names;
}

/** Followers that a usual item has, for `bytes`. */
const FOLLOWERS_USED = 8;

export function createTableSet(parts: TableSetParts): TableSet {
  const { layout, kernel, temperature, shelf } = parts;
  const { dim, capacity } = layout;
  const columns = createColumns(layout, parts.memory.buffer);
  const ratings = createRatingTables({ user: RATERS, rating: capacity });
  const words = createWordColumns(layout, parts.memory.buffer);
  const state: State = { rows: 0, dropped: 0, names: createNames() };
  const stateOf = (row: number): ItemState | undefined => mapped(state.names.nameOf(row, state.rows), shelf);
  const retrieval = createRetrieval({ ...parts, columns });
  const writer = createRowWriter({ columns, dim, temperature, stateOf, encode: retrieval.encode, rebias: retrieval.rebias });
  const reach = (row: number): boolean => reachRow(state, columns, { row, capacity });

  return {
    ...columns,
    layout,
    ratings,
    get rows() {
      return state.rows;
    },
    words,
    get dropped() {
      return state.dropped + words.dropped + ratings.dropped;
    },
    get bytes() {
      return bytesOf(dim, { items: state.rows, words: words.count });
    },
    rowOf: (name) => state.names.rowOf(name, state.rows),
    nameOf: (row) => state.names.nameOf(row, state.rows),
    name(row, name, table) {
      if (table === 'word') return words.name(row, name);
      if (!reach(row)) return;
      state.names.set(row, name);
      writer.place(row);
    },
    accept: (shape) => checkDim(shape.dim, dim),
    write(table, ids, values) {
      checkLength(table, dim, { ids, values });
      if (table === 'user' || table === 'rating') return ratings.write(table, ids, values);
      writeRows({ writer, reach, columns, words, layout }, table, { ids, values });
    },
    refresh: (name) => mapped(state.names.rowOf(name, state.rows), writer.place),
    scan: (k, column, raised) => retrieval.scan({ k, column, rows: state.rows, ...(raised && { raised }) }),
    scanAmong: (k, column, among) => scanAmong({ layout, columns, kernel }, { k, column, among }),
    scoreOf: retrieval.scoreOf,
    countAhead: (place) => retrieval.countAhead({ ...place, rows: state.rows }),
    tend: retrieval.tend,
    top: (k, window, column) => kernel.top(layout.trends + 4 * window * capacity, layout[column], state.rows, k, layout.ids, layout.scores, candidatesFor(k)),
    clear(slice) {
      const to = state.rows;
      clearRows(columns, layout, { from: (state.rows = Math.max(0, to - slice)), to });
      if (!words.clear(slice) || state.rows > 0) return false;
      columns.dense.set(initialDense());
      retrieval.reset();
      Object.assign(state, { names: createNames(), dropped: 0 });
      ratings.clear();
      return true;
    },
    get ends() {
      return retrieval.ends;
    },
    save: () => ({ ...state, words: words.save(), retrieval: retrieval.save() }),
    restore({ rows, dropped, names, ...saved }) {
      Object.assign(state, { rows, dropped, names });
      words.restore(saved.words);
      retrieval.restore(saved.retrieval);
    },
  };
}

/** Makes room up to `row`; false when it lies behind the capacity. New rows are hidden until they are placed. */
function reachRow(state: State, { served, any, trends }: Columns, { row, capacity }: { readonly row: number; readonly capacity: number }): boolean {
  if (row < state.rows) return true;
  if (row >= capacity) {
    state.dropped++;
    return false;
  }
  const end = (row + 4) & ~3;
  for (const column of [served, any, ...trends]) column.fill(NOT_SERVED, state.rows, end);
  state.rows = row + 1;
  return true;
}

function bytesOf(dim: number, { items, words }: { readonly items: number; readonly words: number }): number {
  return 4 * items * (strideOf('item', dim) + STAT.words + FOLLOWERS_USED * (1 + FOLLOW.words)) + 4 * words * strideOf('word', dim);
}

function mapped<T, R>(value: T | undefined, map: (value: T) => R): R | undefined {
  return value === undefined ? undefined : map(value);
}

interface Rows {
  readonly ids: Uint32Array;
  readonly values: Uint32Array;
}

interface WriteTo {
  readonly writer: RowWriter;
  readonly reach: (row: number) => boolean;
  readonly columns: Columns;
  readonly words: WordColumns;
  readonly layout: Layout;
}

function writeRows({ writer, reach, columns, words, layout: { dim, slots } }: WriteTo, table: Exclude<TableName, RatingTable>, { ids, values }: Rows): void {
  const floats = new Float32Array(values.buffer, values.byteOffset, values.length);
  const both = { words: values, floats };
  const stride = strideOf(table, dim);
  if (table === 'dense') {
    return unpackDense(columns.dense, ids, values);
  }
  if (table === 'word') return words.write(ids, floats);
  const idsPerRow = table === 'follow' ? slots : 1;
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i] ?? 0;
    if (reach(Math.floor(id / idsPerRow))) writer[table](id, both, i * stride);
  }
}

function checkDim(theirs: number, ours: number): void {
  if (theirs !== ours) throw new CorruptionError('delta_dim', `the delta has dim ${theirs}, this process serves dim ${ours}`);
}

function checkLength(table: TableName, dim: number, { ids, values }: Rows): void {
  const needed = ids.length * strideOf(table, dim);
  if (values.length !== needed) throw new CorruptionError('delta_dim', `${ids.length} ${table} rows came with ${values.length} words instead of ${needed}`);
}
