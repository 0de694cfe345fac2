/** What the shop's rules do to a ranking beside its scores (prepare.ts): reasons and sources that say so, items pinned into the list. */
import type { RankedItem, RankInput, Ranking, Reason } from './input.js';
import { columnOf, newestFor } from './prepare.js';

/** What rules have added to an item's score, and the reasons that say so. */
export function ruleParts({ rules }: Pick<RankInput, 'rules'>, id: string): { readonly added: number; readonly reasons: readonly Reason[] } {
  const raised = rules?.raises === true ? rules.raisedBy(id) : [];
  return { added: raised.reduce((sum, { by }) => sum + by, 0), reasons: raised.map(({ rule, by }) => ({ kind: 'rule', rule, contribution: by })) };
}

/** Whether a rule has raised an item; where it stands may be that rule's doing. */
export function isBoosted({ rules }: Pick<RankInput, 'rules'>, id: string): boolean {
  return rules?.raises === true && rules.raisedBy(id).some(({ by }) => by > 0);
}

/** Says of raised items that they are: what came of them is told apart in the recommendation log. */
export function nameBoosted(input: RankInput, ranking: Ranking): Ranking {
  if (input.rules?.raises !== true) return ranking;
  return { ...ranking, items: ranking.items.map((item) => (item.source === undefined && isBoosted(input, item.id) ? { ...item, source: 'boost' } : item)) };
}

/**
 * Puts pinned items at their places: those that might be in the list at all. The others move back; the list keeps its length, or grows up to
 * the limit. To be called while the column is the request's.
 */
export function placePins(input: RankInput, ranking: Ranking): Ranking {
  const pins = (input.rules?.pins ?? []).filter(({ place }) => place < input.limit);
  if (pins.length === 0) return ranking;
  const mayShow = newestFor(input);
  const items = [...ranking.items];
  for (const { item, place, rule } of pins.toSorted((a, b) => a.place - b.place)) {
    if (!mayShow(item) || input.filter?.passes(item) === false) continue;
    const at = items.findIndex(({ id }) => id === item);
    const [own] = at < 0 ? [scored(input, ranking, item)] : items.splice(at, 1);
    if (own === undefined) continue;
    items.splice(place, 0, own.reasons === undefined ? { ...own, source: 'pin' } : { ...own, source: 'pin', reasons: [...own.reasons, { kind: 'rule', rule, contribution: 0 }] });
  }
  return { ...ranking, items: items.slice(0, input.limit) };
}

/** An item that the ranking didn't find: with the score it would have had, where it has one. */
function scored(input: RankInput, { rung }: Ranking, id: string): RankedItem {
  const { set } = input.model;
  const row = set.rowOf(id);
  const hasScore = row !== undefined && (set.scale[row] ?? 0) > 0 && rung !== 'trending' && rung !== 'newest' && rung !== 'together';
  const score = hasScore ? set.scoreOf(row, columnOf(input)) : 0;
  return { id, score, ...(input.reasons ? { reasons: [{ kind: 'other', contribution: score }] } : {}) };
}
