/**
 * Writes published rows into the columns, and what is computed from them: scale, trend keys, what may be served.
 *
 * 1. A row may be served when it is named, has an embedding, is eligible (domain/tables, or described by the shop),
 *    not deleted, and not unavailable: `served[j]` is its bias then, else NOT_SERVED. `any` ignores availability.
 * Row numbers are within the capacity here; the values have the table's stride.
 */
import type { ItemState } from '@freshet/shared/domain/kept-documents';
import { isEligible, ITEM_TAIL, STAT } from '@freshet/shared/domain/tables';
import type { Columns } from './columns.js';
import { NOT_SERVED, TREND_WINDOWS } from './layout.js';
import { trendKey } from './trend-key.js';

/** The words of a delta, and the same memory as floats. */
export interface Values {
  readonly words: Uint32Array;
  readonly floats: Float32Array;
}

export interface RowWriter {
  item(row: number, values: Values, at: number): void;
  stat(row: number, values: Values, at: number): void;
  follow(cell: number, values: Values, at: number): void;
  /** Guarantee 1, for one row. */
  place(row: number): void;
}

export interface RowWriterParts {
  readonly columns: Columns;
  readonly dim: number;
  /** τ of the model. */
  readonly temperature: number;
  /** What the catalogue says about the row's item; undefined while it has no name. */
  readonly stateOf: (row: number) => ItemState | undefined;
  /** The row's embedding and scale are written. */
  readonly encode: (row: number) => void;
  /** The row's bias, or whether it may be served, is written. */
  readonly rebias: (row: number) => void;
}

/** Below this length an embedding has no direction. */
const MIN_NORM = 1e-12;

export function createRowWriter({ columns, dim, temperature, stateOf, encode, rebias }: RowWriterParts): RowWriter {
  const place = (row: number): void => {
    const state = stateOf(row);
    const value = mayBeServed(columns, row, state) ? (columns.bias[row] ?? 0) : NOT_SERVED;
    columns.any[row] = value;
    columns.served[row] = state === 'unavailable' ? NOT_SERVED : value;
    rebias(row);
  };

  return {
    place,
    item(row, { floats }, at) {
      const base = row * dim;
      let squares = 0;
      for (let d = 0; d < dim; d++) {
        const x = floats[at + d] ?? 0;
        columns.embeddings[base + d] = x;
        squares += x * x;
      }
      const norm = Math.sqrt(squares);
      columns.scale[row] = norm > MIN_NORM ? 1 / (norm * temperature) : 0;
      encode(row);
      columns.bias[row] = floats[at + dim + ITEM_TAIL.bias] ?? 0;
      columns.acc[row] = floats[at + dim + ITEM_TAIL.acc] ?? 0;
      columns.biasAcc[row] = floats[at + dim + ITEM_TAIL.biasAcc] ?? 0;
      place(row);
    },
    stat(row, { words }, at) {
      const base = row * STAT.words;
      for (let w = 0; w < STAT.words; w++) columns.stat[base + w] = words[at + w] ?? 0;
      writeTrends(columns, row);
      place(row);
    },
    follow(cell, { words, floats }, at) {
      columns.followers[cell] = words[at] ?? 0;
      columns.followCounts[cell] = floats[at + 1] ?? 0;
    },
  };
}

function mayBeServed(columns: Columns, row: number, state: ItemState | undefined): boolean {
  if (state === undefined || state === 'deleted' || (columns.scale[row] ?? 0) === 0) return false;
  return state !== 'undescribed' || isEligible(columns.stat[row * STAT.words + STAT.users] ?? 0);
}

function writeTrends({ stat, statFloats, trends }: Columns, row: number): void {
  const base = row * STAT.words;
  const lastSeen = stat[base + STAT.lastSeen] ?? 0;
  for (let window = 0; window < TREND_WINDOWS; window++) {
    const column = trends[window];
    if (column !== undefined) column[row] = trendKey(statFloats[base + STAT.hour + window] ?? 0, lastSeen, window);
  }
}
