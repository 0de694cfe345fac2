/**
 * The words of a table set: their names and vectors. Nobody scans them: they are looked up, by the words of a query.
 *
 * 1. Words behind the capacity are left out and counted (`dropped`): a query does without them.
 */
import { strideOf, WORD_TAIL } from '@freshet/shared/domain/tables';
import type { Layout } from './layout.js';
import { createNames, type Names } from './names.js';

export interface WordColumns {
  rowOf(word: string): number | undefined;
  nameOf(row: number): string | undefined;
  /** Words in use: the highest row written or named, plus one. */
  readonly count: number;
  readonly dropped: number;
  /** `dim` floats a word. */
  readonly embeddings: Float32Array;
  readonly acc: Float32Array;
  name(row: number, word: string): void;
  write(ids: Uint32Array, floats: Float32Array): void;
  save(): WordsSaved;
  /** Of columns that are being copied. */
  restore(saved: WordsSaved): void;
  /** Forgets at most `slice` words, the last ones first; true once there is none left. */
  clear(slice: number): boolean;
}

/** What the columns don't hold. */
export interface WordsSaved {
  readonly names: Names;
  readonly count: number;
  readonly dropped: number;
}

export function createWordColumns({ dim, words: capacity, wordEmbeddings, wordAcc }: Layout, buffer: ArrayBuffer): WordColumns {
  const embeddings = new Float32Array(buffer, wordEmbeddings, capacity * dim);
  const acc = new Float32Array(buffer, wordAcc, capacity);
  let names = createNames();
  let count = 0;
  let dropped = 0;

  const reach = (row: number): boolean => {
    if (row >= capacity) dropped++;
    else count = Math.max(count, row + 1);
    return row < capacity;
  };

  return {
    embeddings,
    acc,
    get count() {
      return count;
    },
    get dropped() {
      return dropped;
    },
    rowOf: (word) => names.rowOf(word, count),
    nameOf: (row) => names.nameOf(row, count),
    name(row, word) {
      if (reach(row)) names.set(row, word);
    },
    write(ids, floats) {
      const stride = strideOf('word', dim);
      ids.forEach((row, i) => {
        if (!reach(row)) return;
        embeddings.set(floats.subarray(i * stride, i * stride + dim), row * dim);
        acc[row] = floats[i * stride + dim + WORD_TAIL.acc] ?? 0;
      });
    },
    clear(slice) {
      const from = Math.max(0, count - slice);
      embeddings.fill(0, from * dim, count * dim);
      acc.fill(0, from, count);
      count = from;
      if (count > 0) return false;
      names = createNames();
      dropped = 0;
      return true;
    },
    save: () => ({ names, count, dropped }),
    restore(saved) {
      ({ names, count, dropped } = saved);
    },
  };
}
