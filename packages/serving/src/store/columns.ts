/** A table set's memory as typed arrays, one for each column of the layout. */
import { initialDense } from '@freshet/shared/domain/model-config';
import { STAT } from '@freshet/shared/domain/tables';
import { BLOCK, CANDIDATES, type Layout, NEAR_LISTS, TREND_WINDOWS } from './layout.js';

export interface Columns {
  /** E: `dim` floats a row. */
  readonly embeddings: Float32Array;
  readonly bias: Float32Array;
  readonly acc: Float32Array;
  readonly biasAcc: Float32Array;
  /** 1 / (|E[j]| τ); 0 for a row without an embedding. */
  readonly scale: Float32Array;
  /** step[j] · scale[j], see kernel/codes.ts. */
  readonly codeScale: Float32Array;
  /** The bias of rows that may be served, NOT_SERVED for all others. */
  readonly served: Float32Array;
  /** The same with unavailable items among those that may be served. */
  readonly any: Float32Array;
  /** One column of keys for each trend window, see trend-key. */
  readonly trends: readonly Float32Array[];
  readonly stat: Uint32Array;
  /** The same memory as `stat`. */
  readonly statFloats: Float32Array;
  readonly followers: Uint32Array;
  readonly followCounts: Float32Array;
  /** Not in the memory: the kernel doesn't read it. */
  readonly dense: Float32Array;
  /** The query vector that a scan reads. */
  readonly query: Float32Array;
  /** Rows as bytes: `dim` a row. */
  readonly codes: Int8Array;
  readonly slotCodes: Int8Array;
  readonly slotScale: Float32Array;
  readonly slotBias: Float32Array;
  readonly slotRow: Int32Array;
  readonly marks: Uint8Array;
  readonly blockNext: Int32Array;
  readonly centroids: Float32Array;
  /** Centroids as bytes. */
  readonly listCodes: Int8Array;
  readonly listScale: Float32Array;
  readonly listHidden: Float32Array;
  /** The largest of the biases of a list's rows, or more; NOT_SERVED where there is none. */
  readonly listTop: Float32Array;
  readonly listFirst: Int32Array;
  readonly listFound: Int32Array;
  readonly nearCodes: Int8Array;
  readonly nearScale: Float32Array;
  readonly nearHidden: Float32Array;
  /** Two floats that the coding of a centroid leaves behind. */
  readonly listCoded: Float32Array;
  /** Two floats that the coding leaves behind. */
  readonly coded: Float32Array;
  /** Results of the last scan: the first n of each. */
  readonly foundRows: Int32Array;
  readonly foundScores: Float32Array;
}

export function createColumns(layout: Layout, buffer: ArrayBuffer): Columns {
  const { capacity, dim, slots } = layout;
  const floats = (at: number, length: number): Float32Array => new Float32Array(buffer, at, length);
  const words = (at: number, length: number): Uint32Array => new Uint32Array(buffer, at, length);
  return {
    embeddings: floats(layout.embeddings, capacity * dim),
    bias: floats(layout.bias, capacity),
    acc: floats(layout.acc, capacity),
    biasAcc: floats(layout.biasAcc, capacity),
    scale: floats(layout.scale, capacity),
    codeScale: floats(layout.codeScale, capacity),
    served: floats(layout.served, capacity),
    any: floats(layout.any, capacity),
    trends: Array.from({ length: TREND_WINDOWS }, (_, window) => floats(layout.trends + 4 * window * capacity, capacity)),
    stat: words(layout.stat, capacity * STAT.words),
    statFloats: floats(layout.stat, capacity * STAT.words),
    followers: words(layout.followers, capacity * slots),
    followCounts: floats(layout.followCounts, capacity * slots),
    dense: initialDense(),
    query: floats(layout.query, dim),
    codes: new Int8Array(buffer, layout.codes, capacity * dim),
    slotCodes: new Int8Array(buffer, layout.slotCodes, layout.blocks * BLOCK * dim),
    slotScale: floats(layout.slotScale, layout.blocks * BLOCK),
    slotBias: floats(layout.slotBias, layout.blocks * BLOCK),
    slotRow: new Int32Array(buffer, layout.slotRow, layout.blocks * BLOCK),
    marks: new Uint8Array(buffer, layout.marks, capacity),
    blockNext: new Int32Array(buffer, layout.blockNext, layout.blocks),
    centroids: floats(layout.centroids, layout.lists * dim),
    listCodes: new Int8Array(buffer, layout.listCodes, layout.lists * dim),
    listScale: floats(layout.listScale, layout.lists),
    listHidden: floats(layout.listHidden, layout.lists),
    listTop: floats(layout.listTop, layout.lists),
    listFirst: new Int32Array(buffer, layout.listFirst, layout.lists),
    listFound: new Int32Array(buffer, layout.listFound, CANDIDATES),
    nearCodes: new Int8Array(buffer, layout.nearCodes, NEAR_LISTS * dim),
    nearScale: floats(layout.nearScale, NEAR_LISTS),
    nearHidden: floats(layout.nearHidden, NEAR_LISTS),
    listCoded: floats(layout.listCoded, 2),
    coded: floats(layout.coded, 2),
    foundRows: new Int32Array(buffer, layout.ids, CANDIDATES),
    foundScores: floats(layout.scores, CANDIDATES),
  };
}

/** Back to what an empty model has, for these rows. What hides rows is set when they come into use. */
export function clearRows(columns: Columns, { dim, slots }: Layout, range: { readonly from: number; readonly to: number }): void {
  const { from, to } = range;
  columns.embeddings.fill(0, from * dim, to * dim);
  for (const column of [columns.bias, columns.acc, columns.biasAcc, columns.scale, columns.codeScale]) column.fill(0, from, to);
  columns.stat.fill(0, from * STAT.words, to * STAT.words);
  columns.followers.fill(0, from * slots, to * slots);
  columns.followCounts.fill(0, from * slots, to * slots);
}
