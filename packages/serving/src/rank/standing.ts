/**
 * Where one item stands: its score and its place in the full order that a request's list is the beginning of.
 *
 * 1. Score and order are those of the list, bit for bit: the same query, the same adjusted column, the same kernel.
 * 2. An item that is kept out is scored as if it weren't, and placed among those that aren't: what keeps it out is told by obstacles.ts.
 * 3. The column is restored whatever happens.
 * 4. With a filter the order is that of the items that pass; they must have been collected (filter/matches.ts).
 *
 * Rank 1 is the best. Each is one pass over all rows (kernel/ahead.ts), so a caller limits how many it asks for.
 */
import { newestPassing } from '../filter/newest.js';
import { NOT_SERVED } from '../store/layout.js';
import type { RankInput, Rung } from './input.js';
import { columnOf, hideExcluded, newestFor, queryFor, raiseTerms, type Scratch } from './prepare.js';
import type { ScoredRow } from './reasons.js';
import { ruleParts } from './ruled.js';
import { aimAt } from './similar.js';
import { rowsBeside } from './trend-rung.js';
import { LADDER_WINDOW, trendAhead, trendOf } from './trending.js';

export type Method = 'rank' | 'similar';

/** What made the score. */
export type Scoring = 'personal' | 'similar' | 'trending' | 'newest';

export interface Standing {
  readonly scoring: Scoring;
  readonly score: number;
  readonly rank: number;
}

export interface Measured extends Standing {
  /** Of a row that has a score of the model. */
  readonly row: number | undefined;
}

export interface Subject {
  readonly id: string;
  readonly method: Method;
  /** The rung that the request's list comes from, where that is known. */
  readonly rung?: Rung;
}

/** Undefined for an item that the request's list can't score. `look` is called while query and column are the request's. */
export function standingOf(input: RankInput, subject: Subject, scratch: Scratch, look?: (found: Measured) => void): Standing | undefined {
  const { model: { set } } = input;
  const { adjust, query } = scratch;
  adjust.begin(set[columnOf(input)]);
  try {
    hideExcluded(input, adjust);
    const scoring = scoringOf(subject, queryFor(input, query));
    const found = measure(input, { id: subject.id, scoring }, scratch);
    if (found === undefined) return undefined;
    look?.(found);
    return { scoring: found.scoring, score: found.score, rank: found.rank };
  } finally {
    adjust.restore();
  }
}

/** A list that comes from further down the ladder than its shopper is known, because a filter left nothing there, is ordered as there. */
function scoringOf({ method, rung }: Subject, known: number): 'personal' | 'similar' | 'trending' {
  if (method === 'similar') return 'similar';
  return known > 0 && rung !== 'trending' && rung !== 'newest' ? 'personal' : 'trending';
}

function measure(input: RankInput, { id, scoring }: { readonly id: string; readonly scoring: ReturnType<typeof scoringOf> }, scratch: Scratch): Measured | undefined {
  const { set } = input.model;
  const row = set.rowOf(id);
  const among = rowsPassing(input);
  if (scoring === 'trending') return (row === undefined ? undefined : measureTrend(input, row, among)) ?? measureNewest(input, id, hasTrend(input));
  if (row === undefined || (set.scale[row] ?? 0) === 0) return among === undefined ? undefined : measureNewest(input, id, hasVector(input));
  if (scoring === 'similar' && !aimAtItem(input, scratch)) return undefined;
  scratch.adjust.show(row, (set.bias[row] ?? 0) + ruleParts(input, id).added);
  if (scoring === 'personal') raiseTerms(input, scratch.query, scratch.adjust);
  const score = set.scoreOf(row, columnOf(input));
  return { scoring, row, score, rank: 1 + rowsAhead(input, { row, score }, among) };
}

/** Rows of the items that pass the request's filter; undefined without one. */
function rowsPassing({ model: { set }, filter }: RankInput): readonly number[] | undefined {
  if (filter === undefined) return undefined;
  return [...(filter.matches ?? [])].flatMap((id) => (filter.passes(id) ? (set.rowOf(id) ?? []) : []));
}

function rowsAhead(input: RankInput, place: ScoredRow, among: readonly number[] | undefined): number {
  const { set } = input.model;
  const column = columnOf(input);
  if (among === undefined) return set.countAhead({ ...place, column });
  return among.reduce((ahead, row) => {
    const score = isShown(input, row) ? set.scoreOf(row, column) : NOT_SERVED;
    return ahead + (score > place.score || (score === place.score && row < place.row) ? 1 : 0);
  }, 0);
}

/** The query of `similar`: the item's own vector, the item itself hidden. */
function aimAtItem({ model: { set }, item }: RankInput, { adjust }: Scratch): boolean {
  const row = item === undefined ? undefined : set.rowOf(item);
  if (row === undefined || (set.scale[row] ?? 0) === 0) return false;
  adjust.hide(row);
  aimAt(set, row);
  return true;
}

function measureTrend(input: RankInput, row: number, among: readonly number[] | undefined): Measured | undefined {
  const { set } = input.model;
  const score = trendOf(set, row, { window: LADDER_WINDOW, now: input.now });
  if (score === undefined) return undefined;
  const order = { window: LADDER_WINDOW, column: columnOf(input) } as const;
  const beside = new Set(rowsBeside(input));
  const ahead = beside.has(row) ? trendAhead(set, row, { ...order, among: beside }) : trendAhead(set, undefined, { ...order, among: beside }) + trendAhead(set, row, { ...order, among, except: beside });
  return { scoring: 'trending', row, score, rank: 1 + ahead };
}

/**
 * Behind all that the model ranks (`ranked`) come the newest of the catalogue: of all items when nothing is known of the shopper,
 * of those that pass when there is a filter.
 */
function measureNewest(input: RankInput, id: string, ranked: (row: number) => boolean): Measured | undefined {
  const { model: { set }, shelf, filter } = input;
  const state = shelf.state(id);
  if (state === 'undescribed' || state === 'deleted') return undefined;
  const isRanked = (other: string): boolean => {
    const row = set.rowOf(other);
    return row !== undefined && isShown(input, row) && ranked(row);
  };
  const isNew = newestFor(input);
  const comesNew = (other: string): boolean => other === id || (isNew(other) && !isRanked(other));
  let ahead = countRanked(input, ranked);
  if (filter === undefined) {
    shelf.newest(1, (other) => {
      if (other !== id && comesNew(other)) ahead++;
      return other === id;
    });
  } else {
    const order = newestPassing(shelf, { limit: Number.MAX_SAFE_INTEGER, filter, accept: comesNew });
    const place = order.indexOf(id);
    ahead += place < 0 ? order.length : place;
  }
  return { scoring: 'newest', row: undefined, score: 0, rank: 1 + ahead };
}

function countRanked(input: RankInput, ranked: (row: number) => boolean): number {
  const { set } = input.model;
  const rows = rowsPassing(input);
  let count = 0;
  for (let i = 0; i < (rows?.length ?? set.rows); i++) {
    const row = rows === undefined ? i : (rows[i] ?? 0);
    if (isShown(input, row) && ranked(row)) count++;
  }
  return count;
}

function isShown(input: RankInput, row: number): boolean {
  return (input.model.set[columnOf(input)][row] ?? NOT_SERVED) > -1e38;
}

function hasTrend({ model: { set }, now }: RankInput): (row: number) => boolean {
  return (row) => trendOf(set, row, { window: LADDER_WINDOW, now }) !== undefined;
}

function hasVector({ model: { set } }: RankInput): (row: number) => boolean {
  return (row) => (set.scale[row] ?? 0) > 0;
}
