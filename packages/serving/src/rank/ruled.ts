/** What the shop's rules do to a ranking beside its scores (prepare.ts) and what they pin (pins.ts): reasons and sources that say so. */
import type { RankInput, Ranking, Reason } from './input.js';

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
