/**
 * The dense weights as rows of the table `dense`: row r holds weights [48 r, 48 (r + 1)), then their accumulators. A model of a release
 * that had fewer weights has fewer rows; what it lacks stays as it is at first, but for the follow weights of the items before the
 * last one: they are 0, so that the model answers as it did (docs/decisions/038).
 */
import { DENSE, FOLLOWED_ITEMS } from './model-config.js';

/** Weights of one row, and its words. */
export const DENSE_ROW = { weights: 48, words: 96 } as const;
const ROWS = DENSE.weights / DENSE_ROW.weights;
/** The row of the follow weights that a model of 0.1.0 has none of. */
const EARLIER_ROW = Math.floor(DENSE.followEarlier / DENSE_ROW.weights);

/** `dense`: the weights, then their accumulators. */
export function packDense(dense: Float32Array): { readonly ids: Uint32Array; readonly values: Uint32Array } {
  const values = new Float32Array(ROWS * DENSE_ROW.words);
  for (let row = 0; row < ROWS; row++) {
    const from = row * DENSE_ROW.weights;
    const at = row * DENSE_ROW.words;
    values.set(dense.subarray(from, from + DENSE_ROW.weights), at);
    values.set(dense.subarray(DENSE.weights + from, DENSE.weights + from + DENSE_ROW.weights), at + DENSE_ROW.weights);
  }
  return { ids: Uint32Array.from({ length: ROWS }, (_, row) => row), values: new Uint32Array(values.buffer) };
}

/** Writes the rows to `dense`; rows that this release doesn't know are left out. */
export function unpackDense(dense: Float32Array, ids: Uint32Array, words: Uint32Array): void {
  if (ids.includes(0) && !ids.includes(EARLIER_ROW)) dense.fill(0, DENSE.followEarlier, DENSE.followEarlier + FOLLOWED_ITEMS - 1);
  const values = new Float32Array(words.buffer, words.byteOffset, words.length);
  ids.forEach((row, i) => {
    if (row >= ROWS) return;
    const from = row * DENSE_ROW.weights;
    const at = i * DENSE_ROW.words;
    dense.set(values.subarray(at, at + DENSE_ROW.weights), from);
    dense.set(values.subarray(at + DENSE_ROW.weights, at + DENSE_ROW.words), DENSE.weights + from);
  });
}
