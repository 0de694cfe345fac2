/**
 * Where one item stands: its score and its place in the full order that a request's list is the beginning of.
 *
 * 1. Score and order are those of the list, bit for bit: the same query, the same adjusted column, the same kernel.
 * 2. An item that is kept out is scored as if it weren't, and placed among those that aren't: what keeps it out is told by obstacles.ts.
 * 3. The column is restored whatever happens.
 *
 * Rank 1 is the best. Each is one pass over all rows (kernel/ahead.ts), so a caller limits how many it asks for.
 */
import { NOT_SERVED } from '../store/layout.js';
import type { RankInput } from './input.js';
import { columnOf, hideExcluded, newestFor, queryFor, raiseTerms, type Scratch } from './prepare.js';
import { aimAt } from './similar.js';
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
}

/** Undefined for an item that the request's list can't score. `look` is called while query and column are the request's. */
export function standingOf(input: RankInput, subject: Subject, scratch: Scratch, look?: (found: Measured) => void): Standing | undefined {
  const { model: { set } } = input;
  const { adjust, query } = scratch;
  adjust.begin(set[columnOf(input)]);
  try {
    hideExcluded(input, adjust);
    const scoring = scoringOf(subject.method, queryFor(input, query));
    const found = measure(input, { id: subject.id, scoring }, scratch);
    if (found === undefined) return undefined;
    look?.(found);
    return { scoring: found.scoring, score: found.score, rank: found.rank };
  } finally {
    adjust.restore();
  }
}

function scoringOf(method: Method, known: number): 'personal' | 'similar' | 'trending' {
  if (method === 'similar') return 'similar';
  return known > 0 ? 'personal' : 'trending';
}

function measure(input: RankInput, { id, scoring }: { readonly id: string; readonly scoring: ReturnType<typeof scoringOf> }, scratch: Scratch): Measured | undefined {
  const { set } = input.model;
  const row = set.rowOf(id);
  if (scoring === 'trending') return (row === undefined ? undefined : measureTrend(input, row)) ?? measureNewest(input, id);
  if (row === undefined || (set.scale[row] ?? 0) === 0) return undefined;
  if (scoring === 'similar' && !aimAtItem(input, scratch)) return undefined;
  const column = columnOf(input);
  scratch.adjust.show(row, set.bias[row] ?? 0);
  if (scoring === 'personal') raiseTerms(input, scratch.query, scratch.adjust);
  const score = set.scoreOf(row, column);
  return { scoring, row, score, rank: 1 + set.countAhead({ row, score, column }) };
}

/** The query of `similar`: with the item's own vector, the item itself hidden. */
function aimAtItem({ model: { set }, item }: RankInput, { adjust }: Scratch): boolean {
  const row = item === undefined ? undefined : set.rowOf(item);
  if (row === undefined || (set.scale[row] ?? 0) === 0) return false;
  adjust.hide(row);
  aimAt(set, row);
  return true;
}

function measureTrend(input: RankInput, row: number): Measured | undefined {
  const { set } = input.model;
  const score = trendOf(set, row, { window: LADDER_WINDOW, now: input.now });
  return score === undefined ? undefined : { scoring: 'trending', row, score, rank: 1 + trendAhead(set, row, { window: LADDER_WINDOW, column: columnOf(input) }) };
}

/** Behind all that trends come the newest of the catalogue. */
function measureNewest(input: RankInput, id: string): Measured | undefined {
  const { model: { set }, shelf } = input;
  const state = shelf.state(id);
  if (state === 'undescribed' || state === 'deleted') return undefined;
  const column = set[columnOf(input)];
  const trends = (other: string): boolean => {
    const row = set.rowOf(other);
    return row !== undefined && (column[row] ?? NOT_SERVED) > -1e38 && trendOf(set, row, { window: LADDER_WINDOW, now: input.now }) !== undefined;
  };
  const isNew = newestFor(input);
  let ahead = trendAhead(set, undefined, { window: LADDER_WINDOW, column: columnOf(input) });
  shelf.newest(1, (other) => {
    if (other !== id && isNew(other) && !trends(other)) ahead++;
    return other === id;
  });
  return { scoring: 'newest', row: undefined, score: 0, rank: 1 + ahead };
}
