/**
 * One answer, in one synchronous block: nothing is awaited between reading the model's version and the last reason.
 *
 * 1. Every item of an answer was scored by one model version, one history and one catalogue.
 * 2. The top k is exact: what depends on the shopper is written into the bias column before the scan.
 * 3. The column is restored whatever happens.
 * 4. The ladder personal → session → similar → trending → newest ends in an answer while any item may be served.
 */
import { foldCase } from '@freshet/shared/domain/text';
import { createAdjustments, type Adjustments } from './adjustments.js';
import type { RankedItem, RankInput, Ranking, Reason } from './input.js';
import { diversify, poolFor } from './diversify.js';
import { createQuery, formQuery, type Query } from './query.js';
import { explainScore, explainSimilar, type ScoredRow } from './reasons.js';
import { scanSimilar } from './similar.js';
import { eachFollow, eachRepeat } from './terms.js';
import { trending } from './trending.js';
import { historyOf, seenOf } from './working-history.js';

export interface Ranker {
  rank(input: RankInput): Ranking;
  /** Items like `input.item`; empty when the model doesn't know it. */
  similar(input: RankInput): Ranking;
}

interface Scratch {
  readonly query: Query;
  readonly adjust: Adjustments;
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
  return {
    rank: (input) => guarded(input, () => climbDown(input, scratch)),
    similar: (input) =>
      guarded(input, () => {
        hideExcluded(input, scratch.adjust);
        return { rung: 'similar', items: rankSimilar(input, scratch) };
      }),
  };
}

function climbDown(input: RankInput, scratch: Scratch): Ranking {
  const { set } = input.model;
  hideExcluded(input, scratch.adjust);
  const known = formQuery(set, scratch.query, { events: historyOf(input), seen: seenOf(input), now: input.now });
  if (known > 0) {
    const items = rankPersonal(input, scratch);
    if (items.length > 0) return { rung: isStranger(input) ? (input.session.events.length > 0 ? 'session' : 'similar') : 'personal', items };
  }
  const similar = rankSimilar(input, scratch);
  if (similar.length > 0) return { rung: 'similar', items: similar };
  const popular = rankTrending(input);
  const items = [...popular, ...rankNewest(input, popular)];
  return { rung: popular.length > 0 ? 'trending' : 'newest', items };
}

function isStranger(input: RankInput): boolean {
  return !(input.history?.events ?? []).some((event) => input.model.set.rowOf(event.item) !== undefined);
}

function rankPersonal(input: RankInput, { query, adjust }: Scratch): RankedItem[] {
  const { set } = input.model;
  const add = (row: number, term: number): void => adjust.add(row, term);
  eachRepeat(set, query, add);
  eachFollow(set, { row: query.rows[0] ?? 0, now: input.now }, add);
  const count = set.scan(poolFor(input.limit, input.diversity), columnOf(input), adjust.changed());
  return collect(input, count, (found) => explainScore(set, query, { ...found, now: input.now }));
}

function rankSimilar(input: RankInput, { adjust }: Scratch): RankedItem[] {
  const { set } = input.model;
  const row = input.item === undefined ? undefined : set.rowOf(input.item);
  if (row === undefined || (set.scale[row] ?? 0) === 0) return [];
  adjust.hide(row);
  const count = scanSimilar(set, row, { k: poolFor(input.limit, input.diversity), column: columnOf(input) });
  return collect(input, count, (found) => explainSimilar(set, { ...found, item: row }));
}

function rankTrending(input: RankInput): RankedItem[] {
  const { set } = input.model;
  const found = trending(set, { window: '1d', limit: input.limit, column: columnOf(input), now: input.now });
  return found.flatMap(({ row, score }) => {
    const id = set.nameOf(row);
    if (id === undefined) return [];
    return [{ id, score, ...(input.reasons ? { reasons: [{ kind: 'trending' as const, contribution: score }] } : {}) }];
  });
}

/** From the catalogue, so that an item is shown before the trainer has heard of it. */
function rankNewest(input: RankInput, taken: readonly RankedItem[]): RankedItem[] {
  const left = input.limit - taken.length;
  if (left <= 0) return [];
  const excluded = new Set([...input.excludeIds, ...taken.map((item) => item.id), ...(input.item === undefined ? [] : [input.item])]);
  const accept = (id: string): boolean => {
    const state = input.shelf.state(id);
    if (state !== 'available' && !(input.anyAvailability && state === 'unavailable')) return false;
    return !excluded.has(id) && !isHiddenByHistory(input, id);
  };
  return input.shelf.newest(left, accept).map((id) => ({
    id,
    score: 0,
    ...(input.reasons ? { reasons: [{ kind: 'newest' as const, contribution: 0 }] } : {}),
  }));
}

function hideExcluded(input: RankInput, adjust: Adjustments): void {
  const { set } = input.model;
  const hide = (id: string): void => {
    const row = set.rowOf(id);
    if (row !== undefined) adjust.hide(row);
  };
  for (const id of input.excludeIds) hide(id);
  if (input.item !== undefined) hide(input.item);
  for (const [id, mark] of input.session.marks) if (mark.refused || input.excludeSeen) hide(id);
  if (input.history === undefined || (input.history.refusals === 0 && !input.excludeSeen)) return;
  for (const [id, mark] of input.history.seen) {
    if (input.excludeSeen || (mark.refused && input.session.marks.get(id)?.refused !== false)) hide(id);
  }
}

function isHiddenByHistory(input: RankInput, id: string): boolean {
  const mark = input.session.marks.get(id) ?? input.history?.seen.get(id);
  return mark !== undefined && (mark.refused || input.excludeSeen);
}

function columnOf(input: RankInput): 'served' | 'any' {
  return input.anyAvailability ? 'any' : 'served';
}

/** The found rows as items, diversified; copied out first, because reasons may not depend on the order of scans. */
function collect(input: RankInput, count: number, explain: (found: ScoredRow) => Reason[]): RankedItem[] {
  const { model: { set }, limit, diversity } = input;
  return diversify(set, { count, limit, diversity, groupsOf: (row) => groupsOf(input, row) }).flatMap(({ row, score }) => {
    const id = set.nameOf(row);
    if (id === undefined) return [];
    return [input.reasons ? { id, score, reasons: explain({ row, score }) } : { id, score }];
  });
}

function groupsOf({ model, shelf, diversity }: RankInput, row: number): readonly string[] {
  const id = diversity === 0 ? undefined : model.set.nameOf(row);
  const fields = id === undefined ? undefined : shelf.catalogue.document(id)?.fields;
  if (fields === undefined) return [];
  const categories = (fields.categories ?? []).map((category) => `category ${foldCase(category)}`);
  return fields.brand === undefined ? categories : [...categories, `brand ${foldCase(fields.brand)}`];
}
