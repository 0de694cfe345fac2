/**
 * The items that a query's words mean, where no text has them: those that point the same way as its word vector, among what may be shown,
 * what rules leave and what passes the filter. In: the query and its filter. Out: at most POOL candidates.
 *
 * The POOL nearest of all are looked at. Where some of them don't pass, others may behind them: these are found by going through all that
 * pass, which must have been collected for it (filter/matches.ts).
 * 1. `isWhole`: no other item could be found. Else there are POOL of them, or the others are behind what was looked at and point away,
 *    or `lacking` names the filter to collect.
 * 2. An item that nobody has described passes no filter, but isn't left out by a rule's either (rules/compile.ts).
 */
import type { LookedFields } from '@freshet/shared/domain/item-look';
import type { Filter } from '../filter/expression.js';
import { rowsOf } from '../filter/filtered-scan.js';
import type { Matches } from '../filter/matches.js';
import type { RankInput } from '../rank/input.js';
import { formQueryVector } from '../rank/query-vector.js';
import { MOST_FOUND } from '../store/layout.js';
import type { TableSet } from '../store/table-set.js';
import { type Candidate, cosine } from './blend.js';
import { POOL } from './limits.js';
import { admission } from './ruled.js';

export interface NearInput extends Pick<RankInput, 'model' | 'shelf' | 'anyAvailability' | 'rules'> {
  readonly query: string;
  readonly filter: Filter | undefined;
  readonly facets: readonly string[];
  /** All items that pass a filter, if they have been collected. */
  readonly matchesOf?: (filter: Filter) => Matches | undefined;
}

export interface Near {
  readonly candidates: readonly Candidate[];
  /** Of the nearest those that only the request's filter keeps out: what facets count beside. */
  readonly beside: readonly string[];
  readonly isWhole: boolean;
  readonly lacking?: Filter;
}

const NOTHING: Near = { candidates: [], beside: [], isWhole: true };

export function nearestToWords(input: NearInput, demand: boolean): Near {
  const { model: { set }, rules } = input;
  if (formQueryVector(set, input.query) === 0) return NOTHING;
  const column = input.anyAvailability ? 'any' : 'served';
  const excluded = new Set(rules?.excludeIds);
  const filter = rules === undefined ? input.filter : rules.filter(input.filter, demand);
  const isLeft = ({ id }: Candidate): boolean => !excluded.has(id) && filter?.passes(fieldsOf(input, id)) !== false;
  // Those excluded by id are known: so many more are looked at.
  const most = Math.min(MOST_FOUND, POOL + excluded.size);
  const count = set.scan(most, column);
  const nearest = alike(set, count);
  const left = nearest.filter(isLeft);
  const beside = besideOf(input, { nearest, left, demand });
  const first = { candidates: left.slice(0, POOL), beside, isWhole: count < most };
  if (filter === undefined || first.isWhole || left.length >= POOL) return first;
  const matches = input.matchesOf?.(filter);
  if (matches === undefined) return { ...first, lacking: filter };
  const among = set.scanAmong(most, column, rowsOf(set, matches));
  const passing = alike(set, among).filter(isLeft);
  const known = new Set(passing.map(({ id }) => id));
  // Nobody has described these, so they were not collected.
  const undescribed = left.filter(({ id }) => !known.has(id));
  return { candidates: [...undescribed, ...passing].slice(0, POOL), beside, isWhole: among < most && !filter.passes(undefined) };
}

function fieldsOf({ shelf }: Pick<NearInput, 'shelf'>, id: string): LookedFields | undefined {
  return shelf.catalogue.look(id);
}

/** The last scan's rows that point the same way as the query; how far they do stands for how well texts fit. */
function alike(set: TableSet, count: number): readonly Candidate[] {
  return Array.from(set.foundRows.subarray(0, count)).flatMap((row) => {
    const id = set.nameOf(row);
    const likeness = cosine(set, row);
    return id === undefined || likeness <= 0 ? [] : [{ id, text: likeness }];
  });
}

function besideOf(input: NearInput, { nearest, left, demand }: { readonly nearest: readonly Candidate[]; readonly left: readonly Candidate[]; readonly demand: boolean }): readonly string[] {
  if (input.facets.length === 0 || left.length === nearest.length) return [];
  const admits = admission(input.rules, demand);
  const passing = new Set(left);
  return nearest.flatMap((one) => (passing.has(one) || admits?.(one.id, fieldsOf(input, one.id)) === false ? [] : [one.id]));
}
