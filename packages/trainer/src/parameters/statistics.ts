/**
 * What is counted of each item: events, first and last time, distinct shoppers up to three, and three decayed counters.
 *
 * 1. A counter is its value at `lastSeen`. An event that comes late adds what it would still be worth then, so the order
 *    of events doesn't matter (but for rounding).
 * 2. Distinct shoppers are known by 32-bit hashes: two shoppers are mistaken for one once in four billion pairs.
 */
import { CATALOGUED, isEligible, STAT, TRANSFERRED, USERS_MASK, USERS_NEEDED } from '@freshet/shared/domain/tables';
import type { TableRows } from '@freshet/shared/codec/delta';
import type { Layout } from './layout.js';

/** One touch of an item by a shopper. */
export interface Touch {
  readonly seconds: number;
  /** 32-bit hash of the shopper's reference. */
  readonly user: number;
}

/** Most that an item's popularity may change its examples' weight by. */
const MOST_WEIGHT = 4;

const COUNTERS = [
  { word: STAT.hour, halfLife: 3_600 },
  { word: STAT.day, halfLife: 86_400 },
  { word: STAT.week, halfLife: 7 * 86_400 },
] as const;

export interface Statistics {
  touch(row: number, touch: Touch): void;
  markCatalogued(row: number): void;
  isEligible(row: number): boolean;
  /** Events of the item since it was first seen. */
  count(row: number): number;
  /** Whether its row came from elsewhere. */
  isTransferred(row: number): boolean;
  /** (mean events of the items touched so far / the item's)^exponent, within a factor of MOST_WEIGHT. */
  popularityWeight(row: number, exponent: number): number;
  write(ids: Uint32Array, values: Uint32Array): void;
  read(ids: Uint32Array): TableRows;
  takeChanged(): TableRows;
  /** Empties the first `rows` rows. */
  clear(rows: number): void;
}

export function openStatistics(layout: Layout, buffer: ArrayBufferLike): Statistics {
  const words = new Uint32Array(buffer, layout.stat, layout.rows * STAT.words);
  const floats = new Float32Array(buffer, layout.stat, layout.rows * STAT.words);
  const changed = new Uint8Array(buffer, layout.statDirty, layout.rows);
  let changedRows: number[] = [];
  const totals = createTotals();
  const word = (at: number): number => words[at] ?? 0;

  const mark = (row: number): void => {
    if (changed[row] === 0) changedRows.push(row);
    changed[row] = 1;
  };

  const countUser = (at: number, user: number): void => {
    const users = word(at + STAT.users);
    const known = users & USERS_MASK;
    if (known >= USERS_NEEDED) return;
    if (known >= 1 && word(at + STAT.userA) === user) return;
    if (known >= 2 && word(at + STAT.userB) === user) return;
    if (known === 0) words[at + STAT.userA] = user;
    if (known === 1) words[at + STAT.userB] = user;
    words[at + STAT.users] = users + 1;
  };

  return {
    touch(row, { seconds, user }) {
      const at = row * STAT.words;
      const count = word(at + STAT.count);
      const last = Math.max(word(at + STAT.lastSeen), seconds);
      for (const { word: w, halfLife } of COUNTERS) {
        const before = (floats[at + w] ?? 0) * 2 ** ((word(at + STAT.lastSeen) - last) / halfLife);
        floats[at + w] = before + 2 ** ((seconds - last) / halfLife);
      }
      words[at + STAT.count] = Math.min(count + 1, 0xffff_ffff);
      totals.change(count, count + 1);
      words[at + STAT.firstSeen] = count === 0 ? seconds : Math.min(word(at + STAT.firstSeen), seconds);
      words[at + STAT.lastSeen] = last;
      countUser(at, user >>> 0);
      mark(row);
    },
    markCatalogued(row) {
      const at = row * STAT.words + STAT.users;
      if ((word(at) & CATALOGUED) !== 0) return;
      words[at] = word(at) | CATALOGUED;
      mark(row);
    },
    isEligible: (row) => isEligible(word(row * STAT.words + STAT.users)),
    count: (row) => word(row * STAT.words + STAT.count),
    isTransferred: (row) => (word(row * STAT.words + STAT.users) & TRANSFERRED) !== 0,
    popularityWeight: (row, exponent) => totals.weight(word(row * STAT.words + STAT.count), exponent),
    write(ids, values) {
      ids.forEach((row, i) => {
        const at = row * STAT.words;
        totals.change(word(at + STAT.count), values[i * STAT.words + STAT.count] ?? 0);
        words.set(values.subarray(i * STAT.words, (i + 1) * STAT.words), at);
      });
    },
    read: (ids) => readRows(words, ids),
    takeChanged() {
      const rows = readRows(words, Uint32Array.from(changedRows));
      for (const row of changedRows) changed[row] = 0;
      changedRows = [];
      return rows;
    },
    clear(rows) {
      words.fill(0, 0, rows * STAT.words);
      changed.fill(0, 0, rows);
      changedRows = [];
      totals.clear();
    },
  };
}

function readRows(words: Uint32Array, ids: Uint32Array): TableRows {
  const values = new Uint32Array(ids.length * STAT.words);
  ids.forEach((row, i) => values.set(words.subarray(row * STAT.words, (row + 1) * STAT.words), i * STAT.words));
  return { table: 'stat', ids, values };
}

/** Events over all rows, and how many rows had any. */
function createTotals() {
  let events = 0;
  let items = 0;
  return {
    change(before: number, after: number): void {
      events += after - before;
      items += Number(after > 0) - Number(before > 0);
    },
    weight(count: number, exponent: number): number {
      if (exponent === 0) return 1;
      const weight = (events / Math.max(1, items) / Math.max(1, count)) ** exponent;
      return Math.min(MOST_WEIGHT, Math.max(1 / MOST_WEIGHT, weight));
    },
    clear(): void {
      events = items = 0;
    },
  };
}
