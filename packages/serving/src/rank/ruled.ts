/** What the shop's rules do to a ranking beside its scores (prepare.ts): reasons and sources that say so, items pinned into the list. */
import type { RankedItem, RankInput, Ranking, Reason } from './input.js';
import { columnOf, newestFor } from './prepare.js';
import type { ScoredRow } from './reasons.js';

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

/** What a list says of a pinned item that it would not have. */
export type PinWith =
  /** Ranked by the model's score: why a row has it, as of the list's other items. */
  | { readonly explain: (found: ScoredRow) => Reason[] }
  /** By another score: whether the item belongs into the list, whatever its score. */
  | { readonly belongs: (id: string) => boolean; readonly scoreOf: (id: string) => number };

/**
 * Puts pinned items at their places: those that might be in the list at all. The others move back; the list keeps its length, or grows up to
 * the limit. To be called while the column is the request's.
 */
export function placePins(input: RankInput, ranking: Ranking, own: PinWith): Ranking {
  const pins = (input.rules?.pins ?? []).filter(({ place }) => place < input.limit);
  if (pins.length === 0) return ranking;
  const mayShow = newestFor(input);
  const items = [...ranking.items];
  for (const { item, place, rule } of pins.toSorted((a, b) => a.place - b.place)) {
    if (!mayShow(item) || input.filter?.passes(item) === false || ('belongs' in own && !own.belongs(item))) continue;
    const at = items.findIndex(({ id }) => id === item);
    const [pinned] = at < 0 ? [notFound(input, ranking, { id: item, own })] : items.splice(at, 1);
    if (pinned === undefined) continue;
    items.splice(place, 0, pinned.reasons === undefined ? { ...pinned, source: 'pin' } : { ...pinned, source: 'pin', reasons: [...pinned.reasons, { kind: 'rule', rule, contribution: 0 }] });
  }
  return { ...ranking, items: items.slice(0, input.limit) };
}

/** An item that the ranking didn't find: with the score it would have had, and its reasons, where it has one. */
function notFound(input: RankInput, { rung }: Ranking, { id, own }: { readonly id: string; readonly own: PinWith }): RankedItem {
  if ('belongs' in own) {
    const score = own.scoreOf(id);
    return { id, score, ...(input.reasons ? { reasons: [{ kind: 'trending', contribution: score }] } : {}) };
  }
  const { set } = input.model;
  const row = set.rowOf(id);
  if (row === undefined || (set.scale[row] ?? 0) === 0 || rung === 'trending' || rung === 'newest') return { id, score: 0, ...(input.reasons ? { reasons: [] } : {}) };
  const score = set.scoreOf(row, columnOf(input));
  if (!input.reasons) return { id, score };
  const ruled = ruleParts(input, id);
  return { id, score, reasons: [...own.explain({ row, score: score - ruled.added }), ...ruled.reasons] };
}
