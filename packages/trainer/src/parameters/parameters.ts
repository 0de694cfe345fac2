/**
 * Everything the learner knows, as rows in its shared memory: items, their statistics, who follows whom, the dense weights.
 *
 * 1. All its verbs are for the learner's own thread, between rounds; only the engine writes during one.
 * 2. An item is eligible (a negative, servable) once three shoppers have touched it or the shop has described it; it
 *    stays eligible.
 * 3. What `takeItems` and `takeChanged` return is copied: it stays what it was while the next round runs.
 */
import type { TableRows } from '@freshet/shared/codec/delta';
import { CONSTANT_ROW, type RatingTable, type TableName } from '@freshet/shared/domain/tables';
import { CapacityError } from '@freshet/shared/errors';
import type { WasmMemory } from '@freshet/shared/wasm';
import { type ExampleTable, exampleWords, openExamples } from '../engine/example.js';
import type { Examiner, Significance } from '../engine/port.js';
import { openDenseRow } from './dense.js';
import { openEligibleList } from './eligible.js';
import { type FloorHits, openFloors } from './floors.js';
import { openFollowTable } from './follow.js';
import { openPopularity } from './popularity.js';
import { openItemTable } from './items.js';
import { openWordTable, type WordTable } from './words.js';
import type { Layout } from './layout.js';
import { openStatistics, type Touch } from './statistics.js';

/** All but ratings, which the engine has no part in. */
type ParameterTable = Exclude<TableName, RatingTable>;

export interface ParameterStore {
  readonly layout: Layout;
  readonly memory: WasmMemory<SharedArrayBuffer>;
  readonly examples: ExampleTable;
  /** Rows in use, the constant token included: the next item gets this row. */
  readonly rows: number;
  readonly eligibleCount: number;
  readonly words: WordTable;
  /** Events counted of the item. */
  eventsOf(row: number): number;
  /** Its row came from another shop's model or a file of vectors. */
  isTransferred(row: number): boolean;
  /** Nothing but its words is known of it: no event was counted, and its row didn't come from elsewhere. */
  isUntouched(row: number): boolean;
  /** Makes an item's row anew: the mean of these words, as long as a new row, without a bias; `chance`: share of a new row's chance in it (items.ts). */
  startFrom(row: number, words: readonly number[], chance?: number): void;
  /** Gives out the next item row, initialised; CapacityError when the tables are full. */
  allot(): number;
  isEligible(row: number): boolean;
  /** What an example's weight is multiplied by for its target's popularity (ModelConfig `popularityWeighting`). */
  popularityWeight(row: number): number;
  /** Counts an event on an item; the third distinct shopper makes it eligible. */
  touch(row: number, touch: Touch): void;
  /** Eligible from now on because the shop has described it. */
  markCatalogued(row: number): void;
  /** While `run` runs, exactly these rows (distinct) are eligible: for a rank among chosen items. */
  among<T>(rows: readonly number[], run: () => T): T;
  /** Adds “item, then follower” to the counts. Returns what was added, in stored units. */
  addFollow(item: number, follower: number, at: { readonly ms: number; readonly weight: number }): number;
  /** Whether lists of ten by popularity alone, and by followers alone, would have held the target; `last`: the shopper's last item. */
  floorHits(target: number, last: number): FloorHits;
  /** Puts published rows in place (start, restore): they count as published. The order of writes fixes that of the eligible list. */
  write(table: ParameterTable, ids: Uint32Array, values: Uint32Array): void;
  /** Reads rows as they are now, for a snapshot or a check. */
  read(table: ParameterTable, ids: Uint32Array): TableRows;
  /** Item rows that have moved significantly, and those of `always`; they count as published. */
  takeItems(options: Omit<Significance, 'from' | 'end'> & { readonly always?: Iterable<number> }): TableRows;
  /** Rows (cells) that changed since last taken; the dense row if any of it did. */
  takeChanged(table: 'stat' | 'follow' | 'dense'): TableRows;
  /** Forgets everything: as newly made. `rest`, if given, is awaited between parts of about a millisecond. */
  clear(rest?: () => Promise<void>): Promise<void>;
}

/** Rows. */
const CLEARED_AT_ONCE = 4_096;

export function createParameters(layout: Layout, memory: WasmMemory<SharedArrayBuffer>, examiner: Pick<Examiner, 'significant'>): ParameterStore {
  const { buffer } = memory;
  const { items, statistics, follow, dense, eligible, popularity } = openTables(layout, buffer);
  const words = openWordTable(layout, buffer, examiner);
  let rows = 0;
  const floors = openFloors(layout, buffer, { isEligible: (row) => eligible.has(row), rows: () => rows });

  const start = (): void => {
    dense.clear();
    items.initialise(CONSTANT_ROW);
    rows = CONSTANT_ROW + 1;
  };

  const list = (row: number): void => {
    if (statistics.isEligible(row)) eligible.add(row);
  };

  const listAgain = (row: number): void => {
    list(row);
    floors.raise(row);
  };

  const write = (table: ParameterTable, ids: Uint32Array, values: Uint32Array): void => {
    checkRows(table, ids, layout);
    floors.forget();
    if (table === 'follow') return follow.write(ids, values);
    if (table === 'dense') return dense.write(ids, values);
    if (table === 'word') return words.write(ids, values);
    (table === 'item' ? items : statistics).write(ids, values);
    for (const row of ids) {
      rows = Math.max(rows, row + 1);
      list(row);
    }
    if (table === 'stat') popularity.restored(rows);
  };

  start();
  return {
    layout,
    memory,
    examples: openExamples(buffer, layout.examples, { slots: layout.exampleSlots, words: exampleWords(layout.model) }),
    get rows() {
      return rows;
    },
    get eligibleCount() {
      return eligible.count;
    },
    allot() {
      if (rows >= layout.rows) throw new CapacityError('items_full', `the tables hold ${layout.rows - 1} items and are full`);
      items.initialise(rows);
      return rows++;
    },
    words,
    eventsOf: statistics.count,
    isTransferred: statistics.isTransferred,
    isUntouched: (row) => statistics.count(row) === 0 && !statistics.isTransferred(row),
    startFrom: items.startFrom,
    isEligible: (row) => eligible.has(row),
    popularityWeight: (row) => statistics.popularityWeight(row, layout.model.popularityWeighting),
    ...counting({ statistics, eligible, popularity }, listAgain),
    among: (rows, run) => eligible.among(rows, run),
    addFollow: (item, follower, at) => follow.add(item, follower, at),
    floorHits: (target, last) => floors.hits(target, last),
    write,
    read: (table, ids) => (table === 'dense' ? dense.read() : { item: items, stat: statistics, follow, word: words }[table].read(ids)),
    takeItems: ({ always = [], ...options }) => items.take(Uint32Array.from(new Set([...examiner.significant({ end: rows, ...options }), ...always]))),
    takeChanged: (table) => ({ stat: statistics, follow, dense })[table].takeChanged(),
    async clear(rest = () => Promise.resolve()) {
      await clearInTurns({ large: [items, follow], small: [statistics, eligible, popularity] }, rows, rest);
      words.clear();
      floors.forget();
      start();
    },
  };
}

interface Cleared {
  readonly large: readonly { clear(from: number, to: number): void }[];
  readonly small: readonly { clear(rows: number): void }[];
}

async function clearInTurns({ large, small }: Cleared, rows: number, rest: () => Promise<void>): Promise<void> {
  for (let from = 0; from < rows; from += CLEARED_AT_ONCE) {
    for (const table of large) table.clear(from, Math.min(rows, from + CLEARED_AT_ONCE));
    await rest();
  }
  for (const table of small) table.clear(rows);
}

function openTables(layout: Layout, buffer: ArrayBufferLike) {
  return {
    items: openItemTable(layout, buffer),
    statistics: openStatistics(layout, buffer),
    follow: openFollowTable(layout, buffer),
    dense: openDenseRow(layout, buffer),
    eligible: openEligibleList(layout, buffer),
    popularity: openPopularity(layout, buffer),
  };
}

/** What an event or a description changes of an item's counts; `listAgain` sees to what follows from them. */
function counting({ statistics, eligible, popularity }: Pick<ReturnType<typeof openTables>, 'statistics' | 'eligible' | 'popularity'>, listAgain: (row: number) => void): Pick<ParameterStore, 'touch' | 'markCatalogued'> {
  return {
    touch(row, touch) {
      statistics.touch(row, touch);
      listAgain(row);
      if (eligible.has(row)) popularity.add(row, statistics);
    },
    markCatalogued(row) {
      statistics.markCatalogued(row);
      listAgain(row);
    },
  };
}

function checkRows(table: ParameterTable, ids: Uint32Array, { model, rows, wordRows }: Layout): void {
  const limit = { item: rows, stat: rows, dense: rows, follow: rows * model.followers, word: wordRows }[table];
  const outside = ids.find((id) => id >= limit);
  if (outside === undefined) return;
  if (table === 'word') throw new CapacityError('words_full', `word row ${outside} lies outside the table, which holds ${wordRows} words: start with more \`--max-words\``);
  throw new CapacityError('items_full', `${table} row ${outside} lies outside the tables, which hold ${rows - 1} items`);
}
