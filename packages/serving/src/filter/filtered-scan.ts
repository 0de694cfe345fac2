/**
 * The best k rows among those that pass a filter.
 *
 * First the best of all rows are looked at, some and then MOST: with a filter that many items pass, k of them are among these, and they
 * are the best k.
 * Where they aren't, the rows of all items that pass are scored, one by one; they must have been collected for that (matches.ts).
 *
 * 1. The same rows and scores as a scan of all rows of which those that don't pass are left out, on the exact paths.
 * 2. With fewer than k found, there are no more, or `fallShort` was called.
 */
import type { Hidden } from '../rank/hidden.js';
import type { TableSet } from '../store/table-set.js';
import { MOST_FOUND } from '../store/layout.js';
import type { FilterUse } from './use.js';

export interface FilteredScan {
  readonly k: number;
  readonly column: 'served' | 'any';
  readonly raised?: Int32Array;
  readonly filter: FilterUse | undefined;
  /** Left out whatever passes: so many more are looked at. */
  readonly hidden?: Hidden | undefined;
}

/** Looking at more of the best costs more than going through all that pass. */
const MOST = 500;
/** Of so few, scoring all is quicker than looking at the best of all rows. */
const FEW = 10_000;
/** The first look is at so many times k rows, and some: looking at MOST takes several times as long. */
const TIMES = 4;
const SOME = 60;

/** Leaves the best k in the set's found rows and scores; returns their number. */
export function scanFiltered(set: TableSet, { k, column, raised, filter, hidden }: FilteredScan): number {
  if (filter === undefined && hidden === undefined) return set.scan(k, column, raised);
  const over = hidden?.size ?? 0;
  const keep = (count: number): number => keepPassing(set, count, { k, filter, hidden });
  if (filter === undefined) return keep(set.scan(k + over, column, raised));
  const among = (): number => set.scanAmong(k + over, column, rowsOf(set, filter.matches ?? []));
  if (filter.matches !== undefined && filter.matches.size <= FEW) return keep(among());
  const found = widening({ k, over }, (wide) => {
    const looked = set.scan(wide, column, raised);
    return { looked, found: keep(looked) };
  });
  if (found !== undefined) return found;
  if (filter.matches !== undefined) return keep(among());
  filter.fallShort();
  return 0;
}

/** The same for the best k of a trend window; `all` goes through everything that passes, given its ids. */
export function topFiltered(set: TableSet, { k, column, filter, hidden, window }: Omit<FilteredScan, 'raised'> & { readonly window: number }): number | 'all' {
  const over = hidden?.size ?? 0;
  if (filter === undefined) return keepPassing(set, set.top(k + over, window, column), { k, filter, hidden });
  if (filter.matches !== undefined && filter.matches.size <= FEW) return 'all';
  const found = widening({ k, over }, (wide) => {
    const looked = set.top(wide, window, column);
    return { looked, found: keepPassing(set, looked, { k, filter, hidden }) };
  });
  if (found !== undefined) return found;
  if (filter.matches !== undefined) return 'all';
  filter.fallShort();
  return 0;
}

/** How many were found once there are k of them or all rows were looked at; undefined when neither. */
function widening({ k, over }: { readonly k: number; readonly over: number }, look: (wide: number) => { readonly looked: number; readonly found: number }): number | undefined {
  const most = Math.min(MOST + over, MOST_FOUND);
  for (const wide of [Math.min(most, TIMES * k + SOME + over), most]) {
    const { looked, found } = look(wide);
    if (found === k || looked < wide) return found;
  }
  return undefined;
}

/** Moves the first k that pass to the front. */
function keepPassing(set: TableSet, count: number, { k, filter, hidden }: Pick<FilteredScan, 'k' | 'filter' | 'hidden'>): number {
  if (filter === undefined && hidden === undefined) return count;
  let kept = 0;
  for (let place = 0; place < count && kept < k; place++) {
    const row = set.foundRows[place] ?? 0;
    const id = set.nameOf(row);
    if (id === undefined || filter?.passes(id) === false || hidden?.has(id) === true) continue;
    set.foundRows[kept] = row;
    set.foundScores[kept++] = set.foundScores[place] ?? 0;
  }
  return kept;
}

/** Those of them that the model knows. */
export function rowsOf(set: TableSet, ids: Iterable<string>): number[] {
  const rows: number[] = [];
  for (const id of ids) {
    const row = set.rowOf(id);
    if (row !== undefined) rows.push(row);
  }
  return rows;
}
