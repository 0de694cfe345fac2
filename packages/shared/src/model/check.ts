/**
 * Refuses values that must never be served or learned from: a number that isn't finite, an embedding (by its norm) or a bias that has
 * exploded, a negative sum of squares (the next step would take its root).
 * The sound rows of a bad delta are refused with it: all or nothing.
 */
import type { Delta, TableRows } from '../codec/delta.js';
import { isAccumulator, isInteger, strideOf, type TableName } from '../domain/tables.js';
import { CorruptionError } from '../errors.js';

/** Largest absolute value of any float in a row beside the embedding. Trained rows stay below 30; decayed counters below 10¹². */
const VALUE_LIMIT = { item: 1e4, stat: 1e15, follow: 1e30, dense: 1e6, user: 1e3, rating: 1e3, word: 1e4 } as const;
/** Longest embedding; trained ones stay below 30. */
const NORM_LIMIT = 1e4;
/** Sums of squares grow with every event (a hot item's bias by 1 in 70, a dense weight's by 5 in each): only nonsense is refused. */
const ACCUMULATOR_LIMIT = 1e30;

export function checkDelta(delta: Pick<Delta, 'tables'> & { readonly header: Pick<Delta['header'], 'dim'> }): void {
  for (const table of delta.tables) checkRows(table, delta.header.dim);
}

function checkRows(rows: TableRows, dim: number): void {
  const stride = strideOf(rows.table, dim);
  const floats = new Float32Array(rows.values.buffer, rows.values.byteOffset, rows.values.length);
  const embedded = rows.table === 'item' || rows.table === 'word' ? dim : 0;
  if (embedded > 0) checkNorms(rows, floats, { dim, stride });
  for (let w = embedded; w < stride; w++) {
    if (isInteger(rows.table, w)) continue;
    const [least, most] = boundsOf(rows.table, w, dim);
    for (let i = w; i < floats.length; i += stride) {
      const value = floats[i] ?? Number.NaN;
      if (!(value >= least && value <= most)) {
        const row = rows.ids[Math.floor(i / stride)];
        throw new CorruptionError('delta_value', `${rows.table} row ${row} holds ${value} in word ${w}, which must never be served`);
      }
    }
  }
}

/** |E| of each row; a number that isn't finite is none. */
function checkNorms({ table, ids }: TableRows, floats: Float32Array, { dim, stride }: { readonly dim: number; readonly stride: number }): void {
  for (let i = 0; i < ids.length; i++) {
    const at = i * stride;
    let squares = 0;
    for (let d = at; d < at + dim; d++) {
      const x = floats[d] ?? 0;
      squares += x * x;
    }
    if (squares <= NORM_LIMIT ** 2) continue;
    const bad = floats.subarray(at, at + dim).findIndex((x) => !Number.isFinite(x));
    const what = bad < 0 ? `has a norm of ${Math.sqrt(squares)}, more than ${NORM_LIMIT}` : `holds ${floats[at + bad]} in word ${bad}`;
    throw new CorruptionError('delta_value', `${table} row ${ids[i]} ${what}, which must never be served`);
  }
}

function boundsOf(table: TableName, w: number, dim: number): readonly [least: number, most: number] {
  const limit = VALUE_LIMIT[table];
  return isAccumulator(table, w, dim) ? [0, ACCUMULATOR_LIMIT] : [-limit, limit];
}
