/** What is taken most now: items by their decayed counters (1 h, 1 d, 7 d), all of them or those of one category. */
import { STAT } from '@freshet/shared/domain/tables';
import { NOT_SERVED } from '../store/layout.js';
import type { TableSet } from '../store/table-set.js';
import { decayed } from '../store/trend-key.js';

const WINDOWS = ['1h', '1d', '7d'] as const;
export type TrendWindow = (typeof WINDOWS)[number];

export interface TrendInput {
  readonly window: TrendWindow;
  readonly limit: number;
  readonly column: 'served' | 'any';
  readonly now: number;
}

export interface TrendingRow {
  readonly row: number;
  /** The counter as it stands now. */
  readonly score: number;
}

export function trending(set: TableSet, input: TrendInput): TrendingRow[] {
  const window = WINDOWS.indexOf(input.window);
  const count = set.top(input.limit, window, input.column);
  return Array.from(set.foundRows.subarray(0, count), (row) => ({ row, score: counterNow(set, row, { window, now: input.now }) }));
}

/** The same among the items that are named: one pass over them. */
export function trendingAmong(set: TableSet, ids: Iterable<string>, input: TrendInput): TrendingRow[] {
  const window = WINDOWS.indexOf(input.window);
  const column = set[input.column];
  const best: { row: number; key: number }[] = [];
  for (const id of ids) {
    const row = set.rowOf(id);
    if (row === undefined || (column[row] ?? NOT_SERVED) < -1e38) continue;
    const key = set.trends[window]?.[row] ?? NOT_SERVED;
    if (key > -1e38) insert(best, { row, key }, input.limit);
  }
  return best.map(({ row }) => ({ row, score: counterNow(set, row, { window, now: input.now }) }));
}

/** Keeps the best `limit`, sorted: the higher key first, of equal keys the lower row. */
function insert(best: { row: number; key: number }[], entry: { row: number; key: number }, limit: number): void {
  let place = best.length;
  for (; place > 0; place--) {
    const other = best[place - 1];
    if (other === undefined || other.key > entry.key || (other.key === entry.key && other.row < entry.row)) break;
  }
  if (place >= limit) return;
  best.splice(place, 0, entry);
  if (best.length > limit) best.pop();
}

function counterNow(set: TableSet, row: number, at: { readonly window: number; readonly now: number }): number {
  const base = row * STAT.words;
  const age = at.now / 1000 - (set.stat[base + STAT.lastSeen] ?? 0);
  return decayed(set.statFloats[base + STAT.hour + at.window] ?? 0, age, at.window);
}
