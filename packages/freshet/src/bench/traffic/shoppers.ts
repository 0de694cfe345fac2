/**
 * Synthetic shoppers of any number: an endless stream of believable events, a pure function of (seed, shop, users, period).
 *
 * VISITS visits run at once, interleaved. A visit is a walk of some ten steps through what its shopper likes (two themes
 * of his own): what goes with the last item (55 %), something else of the theme (35 %), anything (10 %), each by
 * popularity (Zipf); now and then what was looked at goes into the cart and is bought.
 * Activity is skewed too: the busiest fifth of the shoppers makes half of the visits.
 */
import { random32, randomUnit } from '@freshet/shared/domain/random';
import { createRandomStream, type RandomStream } from '../../demo/random-stream.js';
import type { Shop } from './shop.js';

export interface ShopperEvent {
  readonly user: number;
  readonly item: number;
  readonly type: 'view' | 'cart' | 'purchase';
  /** Place in the list that led here; undefined when none did. */
  readonly position: number | undefined;
}

/** For a result: what the traffic is like. */
export const TRAFFIC = 'synthetic visits, seeded: two themes a shopper, Zipf popularity, walks along items that go together, 1,000 visits interleaved';

const VISITS = 1_000;
const EVENT_STREAM = 21;
const TASTE_DRAW = 22;
const THEMES_EACH = 2;
const PARTNERS = 6;

interface Visit {
  readonly user: number;
  readonly theme: number;
  item: number | undefined;
  stage: 'viewed' | 'carted' | 'done';
  left: number;
}

export function userId(user: number): string {
  return `user-${String(user).padStart(7, '0')}`;
}

/** Rank 0 … n − 1 with probability ∝ 1 / (rank + 1), by inversion of the continuous law. */
export function zipf(unit: number, n: number): number {
  return Math.min(n - 1, Math.floor((n + 1) ** unit) - 1);
}

/** Among people nobody makes up a visible share of a shop's traffic: the busiest comes some ten times as often as the mean. */
const FLATTEN = 0.01;
const SKEW = 0.3;
const SKEW_LOW = FLATTEN ** SKEW;
const SKEW_RANGE = (1 + FLATTEN) ** SKEW - SKEW_LOW;

/** Rank 0 … n − 1 with probability ∝ (rank / n + FLATTEN)^(SKEW − 1), by inversion. */
export function skewed(unit: number, n: number): number {
  const place = (SKEW_LOW + unit * SKEW_RANGE) ** (1 / SKEW) - FLATTEN;
  return Math.min(n - 1, Math.max(0, Math.floor(n * place)));
}

export interface Shoppers {
  next(): ShopperEvent;
}

/** Another `period`: other visits of the same shoppers. */
export function createShoppers(seed: number, shop: Shop, { users, period = 0 }: { readonly users: number; readonly period?: number }): Shoppers {
  const random = createRandomStream(seed, EVENT_STREAM + 100 * period);
  const visits: Visit[] = [];
  const begin = (): Visit => {
    const user = skewed(random.unit(), users);
    const theme = random32(seed, user, TASTE_DRAW + random.below(THEMES_EACH)) % shop.themes.length;
    return { user, theme, item: undefined, stage: 'done', left: 3 + random.below(14) };
  };
  return {
    next() {
      const place = random.below(VISITS);
      let visit = visits[place];
      if (visit === undefined || visit.left <= 0) visits[place] = visit = begin();
      visit.left--;
      return step(shop, random, visit);
    },
  };
}

function step(shop: Shop, random: RandomStream, visit: Visit): ShopperEvent {
  const { user } = visit;
  if (visit.item !== undefined && visit.stage === 'viewed' && random.unit() < 0.15) {
    visit.stage = 'carted';
    return { user, item: visit.item, type: 'cart', position: undefined };
  }
  if (visit.item !== undefined && visit.stage === 'carted' && random.unit() < 0.5) {
    visit.stage = 'done';
    return { user, item: visit.item, type: 'purchase', position: undefined };
  }
  visit.item = choose(shop, random, visit);
  visit.stage = 'viewed';
  return { user, item: visit.item, type: 'view', position: random.unit() < 0.4 ? random.below(20) : undefined };
}

function choose(shop: Shop, random: RandomStream, { theme, item }: Visit): number {
  const kind = random.unit();
  if (kind < 0.1) return zipf(random.unit(), shop.items);
  if (kind < 0.65 && item !== undefined) return partner(shop, item, zipf(random.unit(), PARTNERS));
  const shelf = shop.themes[theme] ?? [];
  return shelf[zipf(random.unit(), shelf.length)] ?? 0;
}

/** What goes with an item: always the same few of its theme, most of them well liked. */
function partner(shop: Shop, item: number, n: number): number {
  const shelf = shop.themes[shop.themeOf[item] ?? 0] ?? [];
  return shelf[zipf(randomUnit(item, n, TASTE_DRAW), shelf.length)] ?? 0;
}
