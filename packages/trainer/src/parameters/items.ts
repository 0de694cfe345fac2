/**
 * Item rows: embedding, bias and their accumulators, and the copy of what was last published.
 *
 * 1. A new row's embedding is N(0, 1/D), a pure function of (seed, row), its accumulator FIRST_ACC where Adagrad steps; all else is 0.
 * 2. `take` copies the rows and makes them the published ones in the same call, between rounds, so nothing is lost
 *    between what is sent and what later movement is measured from.
 * 3. A row made from words has their mean's direction, START_NORM's length, no bias, and START_ACC where Adagrad steps,
 *    so that its first steps don't throw away what the words say. With a share c of chance it is √(1 − c²) of that and c of what `initialise` gives.
 */
import { randomNormal } from '@freshet/shared/domain/random';
import { ITEM_TAIL, strideOf } from '@freshet/shared/domain/tables';
import type { TableRows } from '@freshet/shared/codec/delta';
import type { Layout } from './layout.js';

export interface ItemTable {
  /** Gives a row its first values. */
  initialise(row: number): void;
  /** Gives it those of an item known by its words alone (guarantee 3). `words`: their rows in the memory; `chance`: default 0. */
  startFrom(row: number, words: readonly number[], chance?: number): void;
  write(ids: Uint32Array, values: Uint32Array): void;
  read(ids: Uint32Array): TableRows;
  take(ids: Uint32Array): TableRows;
  /** Empties the rows from `from` up to `to`. */
  clear(from: number, to: number): void;
}

/** The expected length of a new row. */
const START_NORM = 1;
/** Accumulator of a row that begins at random. With 0 the first step has the length η √D, whatever its gradient is: longer than the row. */
const FIRST_ACC = 1;
/** Accumulator of a row made from words: about what one event adds (a sharpness of 1/τ, squared, by D). Without it the first step is longer than the row. */
const START_ACC = 5;

export function openItemTable(layout: Layout, buffer: ArrayBufferLike): ItemTable {
  const { dim, seed } = layout.model;
  const stride = strideOf('item', dim);
  const floats = (at: number, length: number): Float32Array => new Float32Array(buffer, at, length);
  const embedding = floats(layout.embedding, (layout.rows + layout.wordRows) * dim);
  const bias = floats(layout.bias, layout.rows);
  const acc = floats(layout.acc, layout.rows);
  const biasAcc = floats(layout.biasAcc, layout.rows);
  const publishedEmbedding = floats(layout.publishedEmbedding, layout.rows * dim);
  const publishedBias = floats(layout.publishedBias, layout.rows);
  const dirty = new Uint8Array(buffer, layout.dirty, layout.rows);
  const moments = floats(layout.moments, layout.model.optimizer === 'adam' ? layout.rows * dim : 0);

  const startOf = (row: number, d: number): number => randomNormal(seed, row, d) / Math.sqrt(dim);

  const publish = (row: number): void => {
    publishedEmbedding.set(embedding.subarray(row * dim, (row + 1) * dim), row * dim);
    publishedBias[row] = bias[row] ?? 0;
  };

  const read = (ids: Uint32Array): TableRows => {
    const values = new Float32Array(ids.length * stride);
    ids.forEach((row, i) => {
      const tail = i * stride + dim;
      values.set(embedding.subarray(row * dim, (row + 1) * dim), i * stride);
      values[tail + ITEM_TAIL.bias] = bias[row] ?? 0;
      values[tail + ITEM_TAIL.acc] = acc[row] ?? 0;
      values[tail + ITEM_TAIL.biasAcc] = biasAcc[row] ?? 0;
    });
    return { table: 'item', ids, values: new Uint32Array(values.buffer) };
  };

  return {
    initialise(row) {
      for (let d = 0; d < dim; d++) embedding[row * dim + d] = startOf(row, d);
      acc[row] = layout.model.optimizer === 'adagrad' ? FIRST_ACC : 0;
      dirty[row] = 1;
    },
    startFrom(row, words, chance = 0) {
      const mean = new Float64Array(dim);
      for (const word of words) for (let d = 0; d < dim; d++) mean[d] = (mean[d] ?? 0) + (embedding[word * dim + d] ?? 0);
      const length = Math.hypot(...mean);
      if (!(length > 0)) return;
      const scale = (START_NORM * Math.sqrt(1 - chance * chance)) / length;
      for (let d = 0; d < dim; d++) embedding[row * dim + d] = scale * (mean[d] ?? 0) + (chance === 0 ? 0 : chance * startOf(row, d));
      for (const column of [bias, biasAcc]) column[row] = 0;
      acc[row] = layout.model.optimizer === 'adagrad' ? START_ACC : 0;
      moments.fill(0, row * dim, (row + 1) * dim);
      dirty[row] = 1;
    },
    write(ids, words) {
      const values = new Float32Array(words.buffer, words.byteOffset, words.length);
      ids.forEach((row, i) => {
        const tail = i * stride + dim;
        embedding.set(values.subarray(i * stride, tail), row * dim);
        bias[row] = values[tail + ITEM_TAIL.bias] ?? 0;
        acc[row] = values[tail + ITEM_TAIL.acc] ?? 0;
        biasAcc[row] = values[tail + ITEM_TAIL.biasAcc] ?? 0;
        dirty[row] = 0;
        publish(row);
      });
    },
    read,
    take(ids) {
      const rows = read(ids);
      for (const row of ids) publish(row);
      return rows;
    },
    clear(from, to) {
      for (const table of [embedding, publishedEmbedding, moments]) table.fill(0, from * dim, to * dim);
      for (const table of [bias, acc, biasAcc, publishedBias, dirty]) table.fill(0, from, to);
    },
  };
}
