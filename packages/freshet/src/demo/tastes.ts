/**
 * What the demo's shoppers like, and what goes together: pure functions of the seed and the catalogue.
 *
 * weight of item j for shopper u = appeal_j · exp(1.6·[his collection] + 1.2·[his brand] − 2·(dearness_j − purse_u)²)
 *                                  · 2.5 if its collection is in fashion, or 14 if it is one of the few things everybody wants
 */
import type { DemoItem } from './catalogue.js';
import { createRandomStream } from './random-stream.js';
import { BRANDS, CATEGORIES, COLLECTIONS } from './words.js';

export interface Taste {
  /** For each category how often he comes for it. */
  readonly categories: readonly number[];
  readonly collections: ReadonlySet<number>;
  readonly brands: ReadonlySet<number>;
  /** How dear he likes it, on the scale of `dearness`. */
  readonly purse: number;
}

/** What is in fashion; it changes every `TREND_MS`. */
export interface Trend {
  readonly category: number;
  readonly collection: number;
}

/** Short enough that somebody who tries the demo sees it shift. */
export const TREND_MS = 10 * 60_000;
/** Share of visits that come for what is in fashion: enough that a handful of things rise to the top within minutes. */
export const FASHIONABLE = 0.35;
const TASTE_STREAM = 1_000;
const TREND_STREAM = 2;
const PAIR_STREAM = 3;

export function makeTaste(seed: number, shopper: number): Taste {
  const random = createRandomStream(seed, TASTE_STREAM + shopper);
  const categories = CATEGORIES.map(() => 0.05);
  for (const interest of [6, 3, 1.5]) {
    const category = random.below(CATEGORIES.length);
    categories[category] = (categories[category] ?? 0) + interest;
  }
  return {
    categories,
    collections: new Set([random.below(COLLECTIONS.length), random.below(COLLECTIONS.length)]),
    brands: new Set([random.below(BRANDS.length), random.below(BRANDS.length), random.below(BRANDS.length)]),
    purse: 0.45 * random.normal(),
  };
}

export function trendAt(seed: number, now: number): Trend {
  const random = createRandomStream(seed ^ Math.floor(now / TREND_MS), TREND_STREAM);
  return { category: random.below(CATEGORIES.length), collection: random.below(COLLECTIONS.length) };
}

export function likes(taste: Taste, item: DemoItem): number {
  const style = 1.6 * Number(taste.collections.has(item.collection)) + 1.2 * Number(taste.brands.has(item.brand));
  return item.appeal * Math.exp(style - 2 * (item.dearness - taste.purse) ** 2);
}

/** Things that everybody wants while a trend lasts. */
const WANTED = 4;

/** How much more everybody likes each item while the trend lasts. */
export function fashionOf(items: readonly DemoItem[], trend: Trend): readonly number[] {
  const shelf = items.flatMap((item, row) => (item.category === trend.category ? [{ item, row }] : []));
  const suits = ({ item }: { readonly item: DemoItem }): number => item.appeal + (item.collection === trend.collection ? 1_000 : 0);
  const wanted = new Set(shelf.toSorted((a, b) => suits(b) - suits(a)).slice(0, WANTED).map(({ row }) => row));
  return items.map((item, row) => (wanted.has(row) ? 14 : item.collection === trend.collection ? 2.5 : 1));
}

const PARTNERS = 6;

/** For each item those that people look at next: mostly of its collection, in its own and in paired categories.
 * Whatever they are: where what is liked went with everything, the same few things would be popular for ever. */
export function findPartners(seed: number, items: readonly DemoItem[]): readonly (readonly number[])[] {
  const random = createRandomStream(seed, PAIR_STREAM);
  return items.map((item, self) => {
    const pairs = CATEGORIES[item.category]?.pairs ?? [];
    const scored = items.map((other, row) => ({ row, score: fit(item, other, pairs) * (0.5 + random.unit()) }));
    return scored.filter(({ row, score }) => row !== self && score > 0).toSorted((a, b) => b.score - a.score).slice(0, PARTNERS).map(({ row }) => row);
  });
}

function fit(item: DemoItem, other: DemoItem, pairs: readonly string[]): number {
  const related = other.category === item.category ? 1 : pairs.includes(CATEGORIES[other.category]?.name ?? '') ? 1.5 : 0;
  return related * (other.collection === item.collection ? 3 : 0.3);
}
