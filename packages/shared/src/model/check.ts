/**
 * Refuses values that must never be served: a number that isn't finite, an embedding or bias that has exploded.
 * The sound rows of a bad delta are refused with it: all or nothing.
 */
import type { Delta, TableRows } from '../codec/delta.js';
import { isInteger, strideOf } from '../domain/tables.js';
import { CorruptionError } from '../errors.js';

/** Largest absolute value of any float in a row. Trained rows stay below 30; decayed counters below 10¹². */
export const VALUE_LIMIT = { item: 1e4, stat: 1e15, follow: 1e30, dense: 1e6 } as const;

export function checkDelta(delta: Delta): void {
  for (const table of delta.tables) checkRows(table, delta.header.dim);
}

function checkRows(rows: TableRows, dim: number): void {
  const stride = strideOf(rows.table, dim);
  const floats = new Float32Array(rows.values.buffer, rows.values.byteOffset, rows.values.length);
  const limit = VALUE_LIMIT[rows.table];
  for (let w = 0; w < stride; w++) {
    if (isInteger(rows.table, w)) continue;
    for (let i = w; i < floats.length; i += stride) {
      const value = floats[i] ?? Number.NaN;
      if (!(Math.abs(value) <= limit)) {
        const row = rows.ids[Math.floor(i / stride)];
        throw new CorruptionError('delta_value', `${rows.table} row ${row} holds ${value} in word ${w}, which must never be served`);
      }
    }
  }
}
