/**
 * Word rows: embedding and accumulator, behind the item rows in the same memory, so that pooling, optimizer and significance
 * know no difference. As a table they are `word`, numbered from 0.
 *
 * 1. A new row's embedding is the direction of an item that has the word, and noise of a tenth of its length (all there is when no
 *    such item has been touched): a pure function of (seed, row, item). More noise stays in frequent words and says nothing.
 * 2. A full table gives out no more rows; the words it has go on learning.
 */
import type { TableRows } from '@freshet/shared/codec/delta';
import { randomNormal } from '@freshet/shared/domain/random';
import { strideOf, WORD_TAIL } from '@freshet/shared/domain/tables';
import type { Examiner, Significance } from '../engine/port.js';
import type { Layout } from './layout.js';

export interface WordTable {
  /** Rows in use. */
  readonly rows: number;
  /** The next row, initialised; undefined when the table is full. `like`: row of an item that has the word and has been learned. */
  allot(like?: number): number | undefined;
  write(ids: Uint32Array, values: Uint32Array): void;
  read(ids: Uint32Array): TableRows;
  /** Those that have moved significantly; they count as published. */
  take(options: Omit<Significance, 'from' | 'end'>): TableRows;
  clear(): void;
}

/** Keeps a word's draws apart from those of the item of the same number. */
const DRAWS = 0x8000_0000;
/** Length of a new row's noise. */
const NOISE = 0.1;

export function openWordTable(layout: Layout, buffer: ArrayBufferLike, examiner: Pick<Examiner, 'significant'>): WordTable {
  const { model: { dim, seed }, rows: base, wordRows } = layout;
  const stride = strideOf('word', dim);
  const floats = (at: number, width: number): Float32Array => new Float32Array(buffer, at + base * width * 4, wordRows * width);
  const embedding = floats(layout.embedding, dim);
  const items = new Float32Array(buffer, layout.embedding, layout.rows * dim);
  const acc = floats(layout.acc, 1);
  const published = floats(layout.publishedEmbedding, dim);
  const dirty = new Uint8Array(buffer, layout.dirty + base, wordRows);
  let rows = 0;

  const read = (ids: Uint32Array): TableRows => {
    const values = new Float32Array(ids.length * stride);
    ids.forEach((row, i) => {
      values.set(embedding.subarray(row * dim, (row + 1) * dim), i * stride);
      values[i * stride + dim + WORD_TAIL.acc] = acc[row] ?? 0;
    });
    return { table: 'word', ids, values: new Uint32Array(values.buffer) };
  };

  const publish = (row: number): void => published.set(embedding.subarray(row * dim, (row + 1) * dim), row * dim);

  return {
    get rows() {
      return rows;
    },
    allot(like) {
      if (rows >= wordRows) return undefined;
      const own = embedding.subarray(rows * dim, (rows + 1) * dim);
      for (let d = 0; d < dim; d++) own[d] = (NOISE * randomNormal(seed, DRAWS + rows, d)) / Math.sqrt(dim);
      if (like !== undefined) addUnit(own, items.subarray(like * dim, (like + 1) * dim));
      dirty[rows] = 1;
      return rows++;
    },
    write(ids, words) {
      const values = new Float32Array(words.buffer, words.byteOffset, words.length);
      ids.forEach((row, i) => {
        embedding.set(values.subarray(i * stride, i * stride + dim), row * dim);
        acc[row] = values[i * stride + dim + WORD_TAIL.acc] ?? 0;
        dirty[row] = 0;
        publish(row);
        rows = Math.max(rows, row + 1);
      });
    },
    read,
    take(options) {
      const ids = examiner.significant({ from: base, end: base + rows, ...options }).map((row) => row - base);
      ids.forEach(publish);
      return read(ids);
    },
    clear() {
      for (const table of [embedding, published]) table.fill(0, 0, rows * dim);
      for (const table of [acc, dirty]) table.fill(0, 0, rows);
      rows = 0;
    },
  };
}

/** x += y/|y|. */
function addUnit(x: Float32Array, y: Float32Array): void {
  const length = Math.hypot(...y);
  if (length > 0) y.forEach((value, d) => (x[d] = (x[d] ?? 0) + value / length));
}
