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

/** Of a list that isn't ranked by the model's score. */
export interface PinWith {
  /** Whether an item belongs into the list, whatever its score. */
  readonly belongs: (id: string) => boolean;
  readonly scoreOf: (id: string) => number;
}

/**
 * Puts pinned items at their places: those that might be in the list at all. The others move back; the list keeps its length, or grows up to
 * the limit. To be called while the column is the request's.
 */
export function placePins(input: RankInput, ranking: Ranking, own?: PinWith): Ranking {
  const pins = (input.rules?.pins ?? []).filter(({ place }) => place < input.limit);
  if (pins.length === 0) return ranking;
  const mayShow = newestFor(input);
  const items = [...ranking.items];
  for (const { item, place, rule } of pins.toSorted((a, b) => a.place - b.place)) {
    if (!mayShow(item) || input.filter?.passes(item) === false || own?.belongs(item) === false) continue;
    const at = items.findIndex(({ id }) => id === item);
    const [pinned] = at < 0 ? [scored(input, item, own?.scoreOf ?? ((id) => scoreOf(input, ranking, id)))] : items.splice(at, 1);
    if (pinned === undefined) continue;
    items.splice(place, 0, pinned.reasons === undefined ? { ...pinned, source: 'pin' } : { ...pinned, source: 'pin', reasons: [...pinned.reasons, { kind: 'rule', rule, contribution: 0 }] });
  }
  return { ...ranking, items: items.slice(0, input.limit) };
}

/** An item that the ranking didn't find. */
function scored(input: RankInput, id: string, scoreOf: (id: string) => number): RankedItem {
  const score = scoreOf(id);
  return { id, score, ...(input.reasons ? { reasons: [{ kind: 'other', contribution: score }] } : {}) };
}

/** The score it would have had, where it has one. */
function scoreOf(input: RankInput, { rung }: Ranking, id: string): number {
  const { set } = input.model;
  const row = set.rowOf(id);
  const hasScore = row !== undefined && (set.scale[row] ?? 0) > 0 && rung !== 'trending' && rung !== 'newest' && rung !== 'together';
  return hasScore ? set.scoreOf(row, columnOf(input)) : 0;
}
