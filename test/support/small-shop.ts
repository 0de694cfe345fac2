/**
 * A made-up shop small enough to reason about: items in categories, shoppers who stay in theirs. Pure functions of their
 * arguments, so that a failed run can be repeated.
 */
import { random32, randomBelow } from '@freshet/shared/domain/random';
import type { ShopEvent } from './api-client.js';

const CATEGORIES = ['mugs', 'lamps', 'rugs', 'clocks'] as const;
const EACH = 25;

/** 100 documents. */
export function documents(): { readonly id: string; readonly title: string; readonly categories: readonly string[]; readonly price: number; readonly available: true }[] {
  return CATEGORIES.flatMap((category, c) =>
    Array.from({ length: EACH }, (_, n) => ({ id: `${category}-${n}`, title: `${category} no. ${n}`, categories: [category], price: 5 + c * 10 + n, available: true as const })),
  );
}

/** `count` events from the `first` on: 40 shoppers, each in one category. Ids are unique within `run`. */
export function visits(run: string, first: number, count: number): ShopEvent[] {
  const seed = Array.from(run).reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) >>> 0, 7);
  return Array.from({ length: count }, (_, k) => {
    const n = first + k;
    const shopper = randomBelow(40, seed, n, 1);
    const category = CATEGORIES[shopper % CATEGORIES.length] ?? 'mugs';
    const type = random32(seed, n, 2) % 10 === 0 ? 'purchase' : 'view';
    return { id: `${run}-${n}`, type, user_id: `shopper-${shopper}`, item_id: `${category}-${randomBelow(EACH, seed, n, 3)}` };
  });
}

export function categoryOf(item: string): string {
  return item.slice(0, item.indexOf('-'));
}
