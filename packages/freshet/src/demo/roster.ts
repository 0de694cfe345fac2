/**
 * Who the demo's shoppers are, for a page that lets one look at the shop with their eyes: a handle and what each likes.
 * They are numbers, not persons: the handle says only which of the synthetic shoppers it is.
 */
import { makeTaste, trendAt, TREND_MS } from './tastes.js';
import { CATEGORIES, COLLECTIONS } from './words.js';

export interface RosterEntry {
  readonly id: string;
  /** Categories, the most liked first. */
  readonly likes: readonly string[];
  readonly likes_zh: readonly string[];
}

export interface RosterTrend {
  readonly category: string;
  readonly category_zh: string;
  readonly collection: string;
  readonly collection_zh: string;
  /** When something else comes into fashion. */
  readonly until: string;
}

/** Categories with less interest than that are only visited by the way. */
const LIKED_FROM = 1;

/** The n-th shopper's handle, from 0. */
export function shopperId(n: number): string {
  return `shopper-${String(n + 1).padStart(3, '0')}`;
}

/** The first `count` shoppers. */
export function listShoppers(seed: number, count: number): readonly RosterEntry[] {
  return Array.from({ length: count }, (_, n) => {
    const { categories } = makeTaste(seed, n);
    const liked = CATEGORIES.map((words, place) => ({ words, interest: categories[place] ?? 0 }))
      .filter(({ interest }) => interest > LIKED_FROM)
      .toSorted((a, b) => b.interest - a.interest);
    return { id: shopperId(n), likes: liked.map(({ words }) => words.name), likes_zh: liked.map(({ words }) => words.chinese) };
  });
}

export function describeTrend(seed: number, now: number): RosterTrend {
  const trend = trendAt(seed, now);
  const category = CATEGORIES[trend.category];
  const [collection = '', collectionZh = ''] = COLLECTIONS[trend.collection] ?? [];
  const until = new Date((Math.floor(now / TREND_MS) + 1) * TREND_MS).toISOString();
  return { category: category?.name ?? '', category_zh: category?.chinese ?? '', collection, collection_zh: collectionZh, until };
}
