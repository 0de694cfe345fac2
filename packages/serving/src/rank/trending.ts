/** What is taken most now: items by their decayed counters (1 h, 1 d, 7 d), all of them or those of one category. */
import { STAT } from '@freshet/shared/domain/tables';
import { topFiltered } from '../filter/filtered-scan.js';
import type { FilterUse } from '../filter/use.js';
import { NOT_SERVED } from '../store/layout.js';
import type { TableSet } from '../store/table-set.js';
import { decayed } from '../store/trend-key.js';
import type { Hidden } from './hidden.js';

const WINDOWS = ['1h', '1d', '7d'] as const;
export type TrendWindow = (typeof WINDOWS)[number];

/** The window of the ladder's rung `trending`. */
export const LADDER_WINDOW: TrendWindow = '1d';

export interface TrendInput {
  readonly window: TrendWindow;
  readonly limit: number;
  readonly column: 'served' | 'any';
  readonly now: number;
  readonly filter?: FilterUse | undefined;
  readonly hidden?: Hidden | undefined;
}

export interface TrendingRow {
  readonly row: number;
  /** The counter as it stands now. */
  readonly score: number;
}

export function trending(set: TableSet, input: TrendInput): TrendingRow[] {
  const window = WINDOWS.indexOf(input.window);
  const count = topFiltered(set, { k: input.limit, window, column: input.column, filter: input.filter, hidden: input.hidden });
  if (count === 'all') return trendingAmong(set, input.filter?.matches ?? [], input);
  return Array.from(set.foundRows.subarray(0, count), (row) => ({ row, score: counterNow(set, row, { window, now: input.now }) }));
}

/** The row's counter as it stands now, undefined if nobody has taken it. */
export function trendOf(set: TableSet, row: number, at: { readonly window: TrendWindow; readonly now: number }): number | undefined {
  const window = WINDOWS.indexOf(at.window);
  return (set.trends[window]?.[row] ?? NOT_SERVED) > -1e38 ? counterNow(set, row, { window, now: at.now }) : undefined;
}

export interface TrendOrder extends Pick<TrendInput, 'window' | 'column'> {
  /** Only these rows are counted. */
  readonly among: Iterable<number> | undefined;
  /** And these aren't. */
  readonly except?: ReadonlySet<number>;
}

/** How many rows `trending` has before this one; without one, how many it has. */
export function trendAhead(set: TableSet, row: number | undefined, order: TrendOrder): number {
  const keys = set.trends[WINDOWS.indexOf(order.window)];
  const column = set[order.column];
  const own = row === undefined ? -1e38 : (keys?.[row] ?? NOT_SERVED);
  let ahead = 0;
  for (const other of order.among ?? allRows(set)) {
    const key = keys?.[other] ?? NOT_SERVED;
    if (order.except?.has(other) === true || key < own || (key === own && other >= (row ?? 0)) || (column[other] ?? NOT_SERVED) < -1e38) continue;
    ahead++;
  }
  return ahead;
}

function* allRows({ rows }: TableSet): Generator<number> {
  for (let row = 0; row < rows; row++) yield row;
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
    if (key > -1e38 && input.filter?.passes(id) !== false && input.hidden?.has(id) !== true) insert(best, { row, key }, input.limit);
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
