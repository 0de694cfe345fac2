/**
 * A table set as snapshot chunks: each call cuts the next chunk synchronously, so a chunk is of one version.
 *
 * 1. A chunk holds at most CHUNK_ROWS rows; between two chunks deltas may be applied (their versions then differ).
 * 2. Rows that came after the cut began are in the deltas that the snapshot's reader replays.
 */
import { type Delta, type DeltaHeader, encodeDelta, type TableRows, type VocabularyEntry } from '@freshet/shared/codec/delta';
import { packDense } from '@freshet/shared/domain/dense';
import { FOLLOW, ITEM_TAIL, type RatingTable, STAT, strideOf, WORD_TAIL } from '@freshet/shared/domain/tables';
import type { TableSet } from './table-set.js';

const CHUNK_ROWS = 4_096;
/** Items looked through for followers in one chunk, so that empty ones cost little: 262,144 cells where an item has 128, half a millisecond. */
const FOLLOW_SPAN = 2_048;

/** What a chunk says about itself; `fromSeq` and `toSeq` are the applied entry of its version. */
export type ChunkHeader = Pick<DeltaHeader, 'version' | 'toSeq' | 'learnedMs' | 'epoch' | 'configHash'>;

export interface Cut {
  /** The next chunk's bytes, or undefined when all are cut. */
  next(header: ChunkHeader): Buffer | undefined;
}

export function beginCut(set: TableSet): Cut {
  const body = cutParts(set, CHUNK_ROWS);
  return {
    next(header) {
      const cut = body();
      if (cut === undefined) return undefined;
      return encodeDelta({ header: { ...header, flags: 0, trainingHash: 0, fromSeq: header.toSeq, dim: set.layout.dim }, ...cut });
    },
  };
}

/** The table set in parts of at most `most` rows (half as many items), one a call, then undefined. */
function cutParts(set: TableSet, most: number): () => Pick<Delta, 'vocabulary' | 'tables'> | undefined {
  const end = set.rows;
  let item = 0;
  let follow = 0;
  const words = set.words.count;
  let word = 0;
  let denseDone = false;
  const rated = { user: 0, rating: 0 };

  return () => {
    if (!denseDone) {
      denseDone = true;
      return { vocabulary: [], tables: [denseRow(set)] };
    }
    if (item < end) {
      const from = item;
      item = Math.min(end, item + most / 2);
      return { vocabulary: namesOf(set, from, item), tables: [itemRows(set, from, item), statRows(set, from, item)] };
    }
    if (word < words) {
      const from = word;
      word = Math.min(words, word + most);
      return { vocabulary: wordNames(set, from, word), tables: [wordRows(set, from, word)] };
    }
    if (follow < end) {
      const cells = followCells(set, follow, { limit: end, most });
      follow = cells.end;
      return { vocabulary: [], tables: [cells.rows] };
    }
    for (const table of ['rating', 'user'] as const) {
      const from = rated[table];
      rated[table] = Math.min(set.ratings.rows(table), from + most);
      if (rated[table] > from) return { vocabulary: [], tables: [ratingRows(set, table, range(from, rated[table]))] };
    }
    return undefined;
  };
}

function namesOf(set: TableSet, from: number, to: number): VocabularyEntry[] {
  const names: VocabularyEntry[] = [];
  for (let row = from; row < to; row++) {
    const name = set.nameOf(row);
    if (name !== undefined) names.push({ row, name });
  }
  return names;
}

function wordNames({ words }: TableSet, from: number, to: number): VocabularyEntry[] {
  const names: VocabularyEntry[] = [];
  for (let row = from; row < to; row++) {
    const name = words.nameOf(row);
    if (name !== undefined) names.push({ row, name, table: 'word' });
  }
  return names;
}

function wordRows({ words, layout: { dim } }: TableSet, from: number, to: number): TableRows {
  const stride = strideOf('word', dim);
  const floats = new Float32Array((to - from) * stride);
  for (let row = from, at = 0; row < to; row++, at += stride) {
    floats.set(words.embeddings.subarray(row * dim, (row + 1) * dim), at);
    floats[at + dim + WORD_TAIL.acc] = words.acc[row] ?? 0;
  }
  return { table: 'word', ids: range(from, to), values: new Uint32Array(floats.buffer) };
}

function itemRows(set: TableSet, from: number, to: number): TableRows {
  const dim = set.layout.dim;
  const stride = dim + ITEM_TAIL.words;
  const floats = new Float32Array((to - from) * stride);
  for (let row = from, at = 0; row < to; row++, at += stride) {
    floats.set(set.embeddings.subarray(row * dim, (row + 1) * dim), at);
    floats[at + dim + ITEM_TAIL.bias] = set.bias[row] ?? 0;
    floats[at + dim + ITEM_TAIL.acc] = set.acc[row] ?? 0;
    floats[at + dim + ITEM_TAIL.biasAcc] = set.biasAcc[row] ?? 0;
  }
  return { table: 'item', ids: range(from, to), values: new Uint32Array(floats.buffer) };
}

function statRows(set: TableSet, from: number, to: number): TableRows {
  return { table: 'stat', ids: range(from, to), values: set.stat.slice(from * STAT.words, to * STAT.words) };
}

function followCells(set: TableSet, from: number, { limit, most }: { readonly limit: number; readonly most: number }): { readonly rows: TableRows; readonly end: number } {
  const ids: number[] = [];
  const { layout: { slots }, followers, followCounts } = set;
  const last = Math.min(limit, from + FOLLOW_SPAN);
  let row = from;
  for (; row < last && ids.length <= most - slots; row++) {
    for (let cell = row * slots; cell < (row + 1) * slots; cell++) if (followers[cell] !== 0) ids.push(cell);
  }
  const values = new Uint32Array(ids.length * FOLLOW.words);
  const floats = new Float32Array(values.buffer);
  ids.forEach((cell, i) => {
    values[i * FOLLOW.words + FOLLOW.follower] = followers[cell] ?? 0;
    floats[i * FOLLOW.words + FOLLOW.count] = followCounts[cell] ?? 0;
  });
  return { rows: { table: 'follow', ids: Uint32Array.from(ids), values }, end: row };
}

function ratingRows(set: TableSet, table: RatingTable, ids: Uint32Array): TableRows {
  return { table, ids, values: set.ratings.read(table, ids) };
}

function denseRow(set: TableSet): TableRows {
  return { table: 'dense', ...packDense(set.dense) };
}

function range(from: number, to: number): Uint32Array {
  const ids = new Uint32Array(to - from);
  for (let i = 0; i < ids.length; i++) ids[i] = from + i;
  return ids;
}
