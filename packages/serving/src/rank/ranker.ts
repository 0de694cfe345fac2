/**
 * One answer, in one synchronous block: nothing is awaited between reading the model's version and the last reason.
 *
 * 1. Every item of an answer was scored by one model version, one history and one catalogue.
 * 2. The top k is exact: what depends on the shopper is written into the bias column before the scan.
 * 3. The column is restored whatever happens.
 * 4. The ladder personal → session → similar → trending → newest ends in an answer while any item may be served.
 */
import { scanFiltered } from '../filter/filtered-scan.js';
import { newestPassing } from '../filter/newest.js';
import { createAdjustments } from './adjustments.js';
import { collect, poolOf } from './collect.js';
import { explore } from './explore.js';
import { type Asked, type Explained, explainItem } from './explain.js';
import type { RankedItem, RankInput, Ranking, Reason } from './input.js';
import { aroundPins } from './pins.js';
import { columnOf, hideExcluded, newestFor, queryFor, raiseTerms, type Scratch } from './prepare.js';
import { createQuery } from './query.js';
import { explainScore, explainSimilar, type ScoredRow } from './reasons.js';
import { nameBoosted } from './ruled.js';
import { scanSimilar } from './similar.js';
import { takenTogether } from './together.js';
import { counter, listTrending, rankTrending, type TrendAsked } from './trend-rung.js';
import { LADDER_WINDOW } from './trending.js';

export interface Ranker {
  rank(input: RankInput): Ranking;
  /** Items like `input.item`; empty when the model doesn't know it. */
  similar(input: RankInput): Ranking;
  /** What is taken together with `input.item`; empty when the model has seen nobody take it with anything. */
  together(input: RankInput): Ranking;
  /** What is taken most now; the score of an item is its counter. */
  trending(input: RankInput, asked: TrendAsked): Ranking;
  /** Where an item stands in what `rank` or `similar` would answer, and why. */
  explain(input: RankInput, asked: Asked): Explained;
}

export function createRanker(): Ranker {
  const scratch: Scratch = { query: createQuery(), adjust: createAdjustments() };
  const guarded = (input: RankInput, work: () => Ranking): Ranking => {
    const { set } = input.model;
    scratch.adjust.begin(input.anyAvailability ? set.any : set.served);
    try {
      return work();
    } finally {
      scratch.adjust.restore();
    }
  };
  const methods = {
    rank: (input: RankInput): Ranking =>
      guarded(input, () => {
        const explain = (found: ScoredRow): Reason[] => (scratch.query.count > 0 ? explainScore(input.model.set, scratch.query, { ...found, now: input.now }) : explainNextTo(input, found));
        const counterOf = (id: string): number => counter(input, LADDER_WINDOW, id);
        return aroundPins(input, { explain, counterOf }, (others) => explore(others, nameBoosted(others, nameDrawn(others, climbDown(others, scratch)))));
      }),
    similar: (input: RankInput): Ranking =>
      guarded(input, () => {
        hideExcluded(input, scratch.adjust);
        const own = { explain: (found: ScoredRow) => explainNextTo(input, found), counterOf: () => 0 };
        return aroundPins(input, own, (others) => nameBoosted(others, nameDrawn(others, { rung: 'similar', items: rankSimilar(others, scratch) })));
      }),
  };
  const together = (input: RankInput): Ranking =>
    guarded(input, () => {
      hideExcluded(input, scratch.adjust);
      const row = input.item === undefined ? undefined : input.model.set.rowOf(input.item);
      return { rung: 'together', items: row === undefined ? [] : takenTogether(input, row) };
    });
  const trending = (input: RankInput, asked: TrendAsked): Ranking =>
    guarded(input, () => {
      hideExcluded(input, scratch.adjust);
      const own = { belongs: (id: string) => asked.among?.has(id) !== false, counterOf: (id: string) => counter(input, asked.window, id) };
      return aroundPins(input, own, (others) => nameBoosted(others, { rung: 'trending', items: listTrending(others, asked) }));
    });
  return { ...methods, together, trending, explain: (input, asked) => explainItem(input, asked, { scratch, list: methods[asked.method](input) }) };
}

/** The newest are not rotated. */
function nameDrawn({ rotation }: RankInput, ranking: Ranking): Ranking {
  return rotation === undefined || ranking.rung === 'newest' ? ranking : { ...ranking, isDrawn: true };
}

function climbDown(input: RankInput, scratch: Scratch): Ranking {
  hideExcluded(input, scratch.adjust);
  if (queryFor(input, scratch.query) > 0) {
    const items = rankPersonal(input, scratch);
    if (items.length > 0) return { rung: isStranger(input) ? (input.session.events.length > 0 ? 'session' : 'similar') : 'personal', items: filledUp(input, items) };
  }
  const similar = rankSimilar(input, scratch);
  if (similar.length > 0) return { rung: 'similar', items: filledUp(input, similar) };
  const popular = rankTrending(input);
  const items = [...popular, ...rankNewest(input, popular)];
  return { rung: popular.length > 0 ? 'trending' : 'newest', items };
}

/** A filter may leave fewer items that the model knows than there are. */
function filledUp(input: RankInput, items: readonly RankedItem[]): readonly RankedItem[] {
  return input.filter === undefined ? items : [...items, ...rankNewest(input, items)];
}

function isStranger(input: RankInput): boolean {
  return !(input.history?.events ?? []).some((event) => input.model.set.rowOf(event.item) !== undefined);
}

function rankPersonal(input: RankInput, { query, adjust }: Scratch): RankedItem[] {
  const { set } = input.model;
  raiseTerms(input, query, adjust);
  const count = scanFiltered(set, { k: poolOf(input), column: columnOf(input), raised: adjust.changed(), filter: input.filter, hidden: input.hidden });
  return collect(input, count, (found) => explainScore(set, query, { ...found, now: input.now }));
}

function rankSimilar(input: RankInput, { adjust }: Scratch): RankedItem[] {
  const { set } = input.model;
  const row = input.item === undefined ? undefined : set.rowOf(input.item);
  if (row === undefined || (set.scale[row] ?? 0) === 0) return [];
  adjust.hide(row);
  const count = scanSimilar(set, row, { k: poolOf(input), column: columnOf(input), filter: input.filter, hidden: input.hidden });
  return collect(input, count, (found) => explainSimilar(set, { ...found, item: row }));
}

/** Of a list of items like the one being looked at. */
function explainNextTo({ model: { set }, item }: RankInput, found: ScoredRow): Reason[] {
  const row = item === undefined ? undefined : set.rowOf(item);
  return row === undefined ? [] : explainSimilar(set, { ...found, item: row });
}

/** From the catalogue, so that an item is shown before the trainer has heard of it. */
function rankNewest(input: RankInput, taken: readonly RankedItem[]): readonly RankedItem[] {
  const left = input.limit - taken.length;
  if (left <= 0) return [];
  const known = new Set(taken.map((item) => item.id));
  const isNew = newestFor(input);
  const accept = (id: string): boolean => !known.has(id) && isNew(id);
  return newestPassing(input.shelf, { limit: left, filter: input.filter, accept }).map((id) => ({
    id,
    score: 0,
    ...(taken.length > 0 ? { source: 'newest' as const } : {}),
    ...(input.reasons ? { reasons: [{ kind: 'newest' as const, contribution: 0 }] } : {}),
  }));
}
