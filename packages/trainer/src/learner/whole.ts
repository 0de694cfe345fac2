/**
 * Everything a learner knows that is published, slice by slice, as a candidate's chunks hold it: item rows with their names, statistics,
 * followers' cells that aren't empty, the dense weights, words, the tables of ratings. Call it between rounds, and take all slices before the next one.
 */
import type { TableRows, VocabularyEntry } from '@freshet/shared/codec/delta';
import { CONSTANT_ROW, FOLLOW, type RatingTable, type TableName } from '@freshet/shared/domain/tables';
import type { Cut } from './port.js';
import type { Vocabulary } from './vocabulary.js';

/** Rows of a slice: about half a megabyte of embeddings at dimension 64. */
const SLICE_ROWS = 2_048;
/** Items whose followers are looked through for one slice. */
const FOLLOW_ROWS = 512;

export interface WholeSource {
  /** Item rows in use. */
  readonly rows: number;
  /** Cells of an item. */
  readonly followers: number;
  /** Rows in use of a table of ratings. */
  readonly rated: (table: RatingTable) => number;
  /** Word rows in use, and their names. */
  readonly words: number;
  readonly wordOf: (row: number) => string | undefined;
  readonly read: (table: TableName, ids: Uint32Array) => TableRows;
}

export function* wholeModel(parameters: WholeSource, vocabulary: Pick<Vocabulary, 'nameOf'>): Generator<Cut> {
  yield { vocabulary: [], tables: [parameters.read('dense', Uint32Array.of(0))] };
  for (let from = CONSTANT_ROW; from < parameters.rows; from += SLICE_ROWS) {
    const ids = range(from, Math.min(parameters.rows, from + SLICE_ROWS));
    yield { vocabulary: namesOf(ids, vocabulary), tables: [parameters.read('item', ids), parameters.read('stat', ids)] };
  }
  for (let from = CONSTANT_ROW; from < parameters.rows; from += FOLLOW_ROWS) {
    const cells = range(from * parameters.followers, Math.min(parameters.rows, from + FOLLOW_ROWS) * parameters.followers);
    const taken = filled(parameters.read('follow', cells));
    if (taken.ids.length > 0) yield { vocabulary: [], tables: [taken] };
  }
  for (let from = 0; from < parameters.words; from += SLICE_ROWS) {
    const ids = range(from, Math.min(parameters.words, from + SLICE_ROWS));
    const names = namesOf(ids, { nameOf: parameters.wordOf }).map((entry): VocabularyEntry => ({ ...entry, table: 'word' }));
    yield { vocabulary: names, tables: [parameters.read('word', ids)] };
  }
  for (const table of ['rating', 'user'] as const) {
    const rows = parameters.rated(table);
    for (let from = 0; from < rows; from += SLICE_ROWS) yield { vocabulary: [], tables: [parameters.read(table, range(from, Math.min(rows, from + SLICE_ROWS)))] };
  }
}

function filled({ ids, values }: TableRows): TableRows {
  const kept = [...ids.keys()].filter((i) => values[i * FOLLOW.words + FOLLOW.follower] !== 0);
  const out = new Uint32Array(kept.length * FOLLOW.words);
  kept.forEach((i, place) => out.set(values.subarray(i * FOLLOW.words, (i + 1) * FOLLOW.words), place * FOLLOW.words));
  return { table: 'follow', ids: Uint32Array.from(kept, (i) => ids[i] ?? 0), values: out };
}

function namesOf(ids: Uint32Array, vocabulary: Pick<Vocabulary, 'nameOf'>): VocabularyEntry[] {
  return [...ids].flatMap((row) => {
    const name = vocabulary.nameOf(row);
    return name === undefined ? [] : [{ row, name }];
  });
}

function range(from: number, to: number): Uint32Array {
  return Uint32Array.from({ length: to - from }, (_, i) => from + i);
}
