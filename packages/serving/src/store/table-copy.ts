/**
 * A whole model from one table set into another, column by column, and with it what was learned about its lists: a second or less for a
 * million items, where writing them row by row takes ten, and their lists minutes.
 *
 * 1. In pieces of about a megabyte: answers come from `from` meanwhile, and the catalogue may change its word on items of both. What such a change reads of
 *    a row (bias, scale, counters) is copied before what it writes (served, any, the lists' biases), so the copy ends with what `from` ends with.
 * 2. Only what is in use is copied: the rest of a set's memory stays untouched.
 * Nothing else is written to either, and their lists stand still, until the copy is whole.
 */
import { STAT } from '@freshet/shared/domain/tables';
import type { Columns } from './columns.js';
import { BLOCK, TREND_WINDOWS } from './layout.js';
import type { TableSet } from './table-set.js';

/** Elements copied at once: at most a megabyte. */
const AT_ONCE = 262_144;
/** Rows of the tables `user` and `rating`, which lie elsewhere. */
const ROWS_AT_ONCE = 1_024;

/** `to` is empty and of the same layout. `rest` is awaited between pieces. */
export async function copyTables(from: TableSet, to: TableSet, rest: () => Promise<void>): Promise<void> {
  to.restore(from.save());
  to.dense.set(from.dense);
  for (const [source, target, length] of columnsInUse(from, to)) {
    for (let at = 0; at < length; at += AT_ONCE) {
      target.set(source.subarray(at, Math.min(length, at + AT_ONCE)), at);
      await rest();
    }
  }
  for (const table of ['rating', 'user'] as const) {
    for (let row = 0; row < from.ratings.rows(table); row += ROWS_AT_ONCE) {
      const ids = Uint32Array.from({ length: Math.min(ROWS_AT_ONCE, from.ratings.rows(table) - row) }, (_, i) => row + i);
      to.ratings.write(table, ids, from.ratings.read(table, ids));
      await rest();
    }
  }
}

type Numbers = Float32Array | Uint32Array | Int32Array | Int8Array;
type Pair = readonly [source: Numbers, target: Numbers, length: number];

/** Columns and how many of their elements are in use, in an order that keeps guarantee 1. */
function columnsInUse(from: TableSet, to: TableSet): readonly Pair[] {
  const { dim, slots, capacity } = from.layout;
  // Scans read rows by fours.
  const rows = Math.min(capacity, (from.rows + 3) & ~3);
  const { lists, blocks } = from.ends;
  const words = from.words.count;
  type Name = { [K in keyof Columns]: Columns[K] extends Numbers ? K : never }[keyof Columns];
  const pairs = (names: readonly Name[], length: number): Pair[] => names.map((name) => [from[name], to[name], length]);
  return [
    ...pairs(['embeddings', 'codes'], rows * dim),
    ...pairs(['bias', 'acc', 'biasAcc', 'scale', 'codeScale'], rows),
    ...pairs(['stat'], rows * STAT.words),
    ...pairs(['followers', 'followCounts'], rows * slots),
    ...Array.from({ length: TREND_WINDOWS }, (_, window): Pair => [from.trends[window] ?? from.scale, to.trends[window] ?? to.scale, rows]),
    [from.words.embeddings, to.words.embeddings, words * dim],
    [from.words.acc, to.words.acc, words],
    ...pairs(['served', 'any'], rows),
    ...pairs(['slotCodes'], blocks * BLOCK * dim),
    ...pairs(['slotScale', 'slotBias', 'slotRow'], blocks * BLOCK),
    ...pairs(['blockNext'], blocks),
    ...pairs(['centroids', 'listCodes'], lists * dim),
    ...pairs(['listScale', 'listHidden', 'listTop', 'listFirst'], lists),
  ];
}
