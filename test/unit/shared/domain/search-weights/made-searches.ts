/**
 * Searches with clicks by a position-based model that is known: an item at place k is clicked with k^−bias · exp(scale · (score by the truth − the list's best)) / 2. The order
 * shown is by another set of weights. Seeded.
 */
import { randomUnit } from '@freshet/shared/domain/random';
import type { ClickedSearch } from '@freshet/shared/domain/search-weights/choice-model';
import { DEFAULT_WEIGHTS, encodeFeatures, FEATURES, type Features, type SearchWeights, SIGN } from '@freshet/shared/domain/search-weights/weights';

export interface MadeSearches {
  readonly count: number;
  readonly truth: SearchWeights;
  readonly shownBy?: SearchWeights;
  /** 0: every place is looked at. */
  readonly bias: number;
  /** 0: what an item is makes no difference. */
  readonly scale?: number;
  readonly seed?: number;
  /** Of the first search; the next is a second later. */
  readonly from?: number;
  readonly shoppers?: number;
}

const ITEMS = 20;

export function makeSearches({ count, truth, shownBy = DEFAULT_WEIGHTS, bias, scale = 4, seed = 1, from = 1, shoppers = 300 }: MadeSearches): ClickedSearch[] {
  const searches: ClickedSearch[] = [];
  for (let n = 0; searches.length < count; n++) {
    const draw = (place: number, which: number): number => randomUnit(seed, n, place * 10 + which);
    const items = Array.from({ length: ITEMS }, (_, i) => featuresOf((which) => draw(i, which)));
    const shown = items.sort((a, b) => scoreOf(b, shownBy) - scoreOf(a, shownBy));
    const best = Math.max(...shown.map((item) => scoreOf(item, truth)));
    const chance = (item: Features, i: number): number => (i + 1) ** -bias * Math.exp(scale * (scoreOf(item, truth) - best)) * 0.5;
    const taken = shown.flatMap((item, i) => (draw(i, 9) < chance(item, i) ? [i + 1] : []));
    if (taken.length === 0) continue;
    const id = from + searches.length;
    searches.push({ id, madeAt: 1_000 * id, shopper: (1 + (id % shoppers)).toString(16).padStart(16, '0'), taken, features: shown.flatMap(encodeFeatures) });
  }
  return searches;
}

function featuresOf(draw: (which: number) => number): Features {
  return { text: 0.5 + draw(0) / 2, words: 0.8 * draw(1), shopper: Math.exp(-4 * draw(2)), popularity: draw(3), unavailable: draw(4) < 0.1 ? 1 : 0 };
}

function scoreOf(features: Features, weights: SearchWeights): number {
  return FEATURES.reduce((sum, name) => sum + SIGN[name] * weights[name] * features[name], 0);
}
