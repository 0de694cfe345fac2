/**
 * One whole model in one unshared WebAssembly memory, and what makes it quick to rank with.
 *
 * In: names and rows through the ModelSink door, and the catalogue's word on each item. Out: typed arrays that the
 * ranking reads, and exact scans.
 * 1. A row may be served when it is named, has an embedding, is eligible (domain/tables, or described by the shop),
 *    not deleted, and not unavailable: `served[j]` is its bias then, else NOT_SERVED. `any` ignores availability.
 * 2. Rows behind the capacity are left out and counted (`dropped`); nothing else of their delta is lost.
 * 3. All writes are synchronous, and a failed one has changed nothing (lengths are checked first).
 * Values are not checked here: that is model/check, before the first write.
 */
import type { Delta } from '@freshet/shared/codec/delta';
import { FOLLOWERS, initialDense } from '@freshet/shared/domain/model-config';
import { FOLLOW, isEligible, ITEM_TAIL, STAT, strideOf, type TableName } from '@freshet/shared/domain/tables';
import { CorruptionError } from '@freshet/shared/errors';
import type { ModelSink } from '@freshet/shared/ports/model-sink';
import type { Kernel, WasmMemory } from './kernel.js';
import { CANDIDATES, type Layout, NOT_SERVED, TREND_WINDOWS } from './layout.js';
import { trendKey } from './trend-key.js';

/** What the catalogue says about an item. */
export type ShelfState = 'undescribed' | 'available' | 'unavailable' | 'deleted';

export interface TableSet extends ModelSink {
  readonly layout: Layout;
  /** Rows in use: the highest row written or named, plus one. */
  readonly rows: number;
  /** Rows that lay behind the capacity. */
  readonly dropped: number;
  /** About what the rows in use take in a snapshot. */
  readonly bytes: number;
  readonly embeddings: Float32Array;
  readonly bias: Float32Array;
  readonly acc: Float32Array;
  readonly biasAcc: Float32Array;
  readonly scale: Float32Array;
  readonly served: Float32Array;
  readonly any: Float32Array;
  readonly stat: Uint32Array;
  readonly statFloats: Float32Array;
  readonly followers: Uint32Array;
  readonly followCounts: Float32Array;
  readonly dense: Float32Array;
  /** The query vector that `scan` reads: write it first. */
  readonly query: Float32Array;
  /** Results of the last scan: the first n of each. */
  readonly foundRows: Int32Array;
  readonly foundScores: Float32Array;
  rowOf(name: string): number | undefined;
  nameOf(row: number): string | undefined;
  /** Refuses a delta of another shape before any of it is written. */
  accept(delta: Delta): void;
  /** The catalogue has changed its word on this item. */
  refresh(name: string): void;
  /** The best k rows by dot(query, E[j]) · scale[j] + column[j]; returns their number. */
  scan(k: number, column: 'served' | 'any'): number;
  /** The best k rows of a trend window among those that `column` shows; returns their number. */
  top(k: number, window: number, column: 'served' | 'any'): number;
  /** The trend key of a row, NOT_SERVED or less when nobody has touched it. */
  trend(row: number, window: number): number;
  /** Forgets at most `slice` rows, the last ones first; true once nothing is left and the memory can hold another model. */
  clear(slice: number): boolean;
}

export interface TableSetParts {
  readonly layout: Layout;
  readonly memory: WasmMemory;
  readonly kernel: Kernel;
  /** τ of the model. */
  readonly temperature: number;
  readonly shelf: (name: string) => ShelfState;
}

/** Followers that a usual item has, for `bytes`. */
const FOLLOWERS_USED = 8;
/** Below this length an embedding has no direction. */
const MIN_NORM = 1e-12;

export function createTableSet(parts: TableSetParts): TableSet {
  const { layout, kernel, temperature, shelf } = parts;
  const { dim, capacity } = layout;
  const buffer = parts.memory.buffer;
  const f32 = (at: number, length: number): Float32Array => new Float32Array(buffer, at, length);
  const u32 = (at: number, length: number): Uint32Array => new Uint32Array(buffer, at, length);
  const embeddings = f32(layout.embeddings, capacity * dim);
  const bias = f32(layout.bias, capacity);
  const acc = f32(layout.acc, capacity);
  const biasAcc = f32(layout.biasAcc, capacity);
  const scale = f32(layout.scale, capacity);
  const served = f32(layout.served, capacity);
  const any = f32(layout.any, capacity);
  const trends = f32(layout.trends, capacity * TREND_WINDOWS);
  const stat = u32(layout.stat, capacity * STAT.words);
  const statFloats = f32(layout.stat, capacity * STAT.words);
  const followers = u32(layout.followers, capacity * FOLLOWERS);
  const followCounts = f32(layout.followCounts, capacity * FOLLOWERS);
  const dense = initialDense();
  const names: (string | undefined)[] = [];
  const byName = new Map<string, number>();
  let rows = 0;
  let dropped = 0;

  /** Makes room up to `row`; false when it lies behind the capacity. New rows are hidden until `place` shows them. */
  const reach = (row: number): boolean => {
    if (row < rows) return true;
    if (row >= capacity) {
      dropped++;
      return false;
    }
    const end = (row + 4) & ~3;
    served.fill(NOT_SERVED, rows, end);
    any.fill(NOT_SERVED, rows, end);
    for (let w = 0; w < TREND_WINDOWS; w++) trends.fill(NOT_SERVED, w * capacity + rows, w * capacity + end);
    rows = row + 1;
    return true;
  };

  /** Guarantee 1, for one row. */
  const place = (row: number): void => {
    const name = names[row];
    const state = name === undefined ? 'deleted' : shelf(name);
    const described = state === 'available' || state === 'unavailable';
    const eligible = described || (state === 'undescribed' && isEligible(stat[row * STAT.words + STAT.users] ?? 0));
    const value = eligible && (scale[row] ?? 0) > 0 ? (bias[row] ?? 0) : NOT_SERVED;
    any[row] = value;
    served[row] = state === 'unavailable' ? NOT_SERVED : value;
  };

  const writeItem = (row: number, values: Float32Array, at: number): void => {
    const base = row * dim;
    let norm = 0;
    for (let d = 0; d < dim; d++) {
      const x = values[at + d] ?? 0;
      embeddings[base + d] = x;
      norm += x * x;
    }
    norm = Math.sqrt(norm);
    scale[row] = norm > MIN_NORM ? 1 / (norm * temperature) : 0;
    bias[row] = values[at + dim + ITEM_TAIL.bias] ?? 0;
    acc[row] = values[at + dim + ITEM_TAIL.acc] ?? 0;
    biasAcc[row] = values[at + dim + ITEM_TAIL.biasAcc] ?? 0;
    place(row);
  };

  const writeStat = (row: number, values: Uint32Array, at: number): void => {
    const base = row * STAT.words;
    for (let w = 0; w < STAT.words; w++) stat[base + w] = values[at + w] ?? 0;
    const lastSeen = stat[base + STAT.lastSeen] ?? 0;
    for (let w = 0; w < TREND_WINDOWS; w++) trends[w * capacity + row] = trendKey(statFloats[base + STAT.hour + w] ?? 0, lastSeen, w);
    place(row);
  };

  const writeFollow = (cell: number, values: { words: Uint32Array; floats: Float32Array }, at: number): void => {
    followers[cell] = values.words[at] ?? 0;
    followCounts[cell] = values.floats[at + 1] ?? 0;
  };

  return {
    layout, embeddings, bias, acc, biasAcc, scale, served, any, stat, statFloats, followers, followCounts, dense,
    query: f32(layout.query, dim),
    foundRows: new Int32Array(buffer, layout.ids, CANDIDATES),
    foundScores: f32(layout.scores, CANDIDATES),
    get rows() {
      return rows;
    },
    get dropped() {
      return dropped;
    },
    get bytes() {
      return 4 * rows * (strideOf('item', dim) + STAT.words + FOLLOWERS_USED * (1 + FOLLOW.words));
    },
    rowOf: (name) => byName.get(name),
    nameOf: (row) => names[row],
    name(row, name) {
      if (!reach(row)) return;
      names[row] = name;
      byName.set(name, row);
      place(row);
    },
    accept(delta) {
      if (delta.header.dim !== dim) throw new CorruptionError('delta_dim', `the delta has dim ${delta.header.dim}, this process serves dim ${dim}`);
    },
    write(table, ids, values) {
      checkLength(table, dim, { ids, values });
      const floats = new Float32Array(values.buffer, values.byteOffset, values.length);
      const stride = strideOf(table, dim);
      switch (table) {
        case 'item':
          for (let i = 0; i < ids.length; i++) if (reach(ids[i] ?? 0)) writeItem(ids[i] ?? 0, floats, i * stride);
          return;
        case 'stat':
          for (let i = 0; i < ids.length; i++) if (reach(ids[i] ?? 0)) writeStat(ids[i] ?? 0, values, i * stride);
          return;
        case 'follow':
          for (let i = 0; i < ids.length; i++) {
            if (reach(Math.floor((ids[i] ?? 0) / FOLLOWERS))) writeFollow(ids[i] ?? 0, { words: values, floats }, i * stride);
          }
          return;
        case 'dense':
          if (ids.length > 0) dense.set(floats.subarray(floats.length - stride));
          return;
      }
    },
    refresh(name) {
      const row = byName.get(name);
      if (row !== undefined) place(row);
    },
    scan: (k, column) =>
      kernel.scan(layout.query, layout.embeddings, layout.scale, layout[column], rows, dim, k, layout.ids, layout.scores, CANDIDATES),
    top: (k, window, column) =>
      kernel.top(layout.trends + 4 * window * capacity, layout[column], rows, k, layout.ids, layout.scores, CANDIDATES),
    trend: (row, window) => trends[window * capacity + row] ?? NOT_SERVED,
    clear(slice) {
      const start = Math.max(0, rows - slice);
      embeddings.fill(0, start * dim, rows * dim);
      for (const column of [bias, acc, biasAcc, scale]) column.fill(0, start, rows);
      stat.fill(0, start * STAT.words, rows * STAT.words);
      followers.fill(0, start * FOLLOWERS, rows * FOLLOWERS);
      followCounts.fill(0, start * FOLLOWERS, rows * FOLLOWERS);
      rows = start;
      if (rows > 0) return false;
      dense.set(initialDense());
      names.length = 0;
      byName.clear();
      dropped = 0;
      return true;
    },
  };
}

function checkLength(table: TableName, dim: number, rows: { readonly ids: Uint32Array; readonly values: Uint32Array }): void {
  const stride = strideOf(table, dim);
  if (rows.values.length !== rows.ids.length * stride) {
    throw new CorruptionError('delta_dim', `${rows.ids.length} ${table} rows came with ${rows.values.length} words instead of ${rows.ids.length * stride}`);
  }
}
