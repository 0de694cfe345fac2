/**
 * The category that a query is most likely about: the one with the largest share of the best items' scores. Pure.
 *
 * 1. None when no category has half of the scores.
 * 2. Of equal shares the more special one, which an item names later: “Kitchen, Mugs” is about mugs.
 */
import { foldCase } from '@freshet/shared/domain/text';

export interface LikelyCategory {
  readonly name: string;
  /** Of the best items' scores, those of its items. */
  readonly share: number;
}

const BEST = 20;
const LEAST_SHARE = 0.5;

interface Tally {
  readonly name: string;
  depth: number;
  sum: number;
}

export function likelyCategory(ranked: readonly { readonly id: string; readonly score: number }[], categoriesOf: (id: string) => readonly string[]): LikelyCategory | undefined {
  const tallies = new Map<string, Tally>();
  let total = 0;
  for (const { id, score } of ranked.slice(0, BEST)) {
    const weight = Math.max(0, score);
    total += weight;
    const own = new Map(categoriesOf(id).map((name, depth) => [foldCase(name), { name, depth }]));
    for (const [key, { name, depth }] of own) {
      const tally = tallies.get(key) ?? { name, depth, sum: 0 };
      tally.sum += weight;
      tally.depth = Math.max(tally.depth, depth);
      tallies.set(key, tally);
    }
  }
  const [first] = [...tallies.values()].sort((a, b) => b.sum - a.sum || b.depth - a.depth || (a.name < b.name ? -1 : 1));
  if (first === undefined || total === 0 || first.sum / total < LEAST_SHARE) return undefined;
  return { name: first.name, share: Math.round((1e3 * first.sum) / total) / 1e3 };
}
