/**
 * Synthetic shoppers: an endless stream of believable events, a pure function of (seed, catalogue, times asked for).
 *
 * A few dozen visits run at once. A visit is a walk: look at something (by taste, by what goes with the last thing,
 * or what one has bought before), perhaps put it into the cart and buy it, perhaps search, then leave.
 * 1. The same seed, items and sequence of times give the same events. 2. Memory is bounded: `SHOPPERS` people, each
 *    with the last `REMEMBERED` things bought, and `VISITS` visits.
 */
import type { RawEvent } from '@freshet/ingest/clean/event-schema';
import type { DemoItem } from './catalogue.js';
import { createRandomStream, type RandomStream } from './random-stream.js';
import { shopperId } from './roster.js';
import { FASHIONABLE, fashionOf, findPartners, likes, makeTaste, trendAt, type Taste, type Trend } from './tastes.js';
import { CATEGORIES } from './words.js';

export interface Shoppers {
  /** The next event of anybody, at `now` (milliseconds since 1970). */
  next(now: number): RawEvent;
}

export interface ShopperOptions {
  /** Begins every event's id, so that two runs of one seed don't look like duplicates. Default `demo`. */
  readonly run?: string;
}

const SHOPPERS = 400;
const VISITS = 40;
const REMEMBERED = 12;
const EVENT_STREAM = 4;
/** Share of visits by people who don't sign in. */
const ANONYMOUS = 0.15;

interface Shopper {
  readonly id: string;
  readonly taste: Taste;
  /** Rows bought, newest first. */
  readonly bought: number[];
}

interface Visit {
  readonly shopper: Shopper;
  /** Set when nobody is signed in. */
  readonly session: string | undefined;
  category: number;
  /** Row looked at; undefined at the start. */
  item: number | undefined;
  /** What was done with it. */
  stage: 'viewed' | 'carted' | 'done';
  /** Things yet to look at. */
  left: number;
}

interface Shop {
  readonly random: RandomStream;
  readonly items: readonly DemoItem[];
  readonly byCategory: readonly (readonly number[])[];
  readonly partners: readonly (readonly number[])[];
  /** Of the trend that lasts. */
  fashion: readonly number[];
}

export function createShoppers(seed: number, items: readonly DemoItem[], options: ShopperOptions = {}): Shoppers {
  const random = createRandomStream(seed, EVENT_STREAM);
  const byCategory = CATEGORIES.map((_, category) => items.flatMap((item, row) => (item.category === category ? [row] : [])));
  const shop: Shop = { random, items, byCategory, partners: findPartners(seed, items), fashion: [] };
  const people = Array.from({ length: SHOPPERS }, (_, n): Shopper => ({ id: shopperId(n), taste: makeTaste(seed, n), bought: [] }));
  const visits: Visit[] = [];
  const run = options.run ?? 'demo';
  let count = 0;
  let trend: Trend | undefined;

  const follow = (now: number): Trend => {
    const next = trendAt(seed, now);
    if (next.category !== trend?.category || next.collection !== trend.collection) shop.fashion = fashionOf(items, next);
    return (trend = next);
  };

  function visitAt(place: number, trend: Trend): Visit {
    const running = visits[place];
    if (running !== undefined && running.left > 0) return running;
    const session = random.unit() < ANONYMOUS ? `${run}-visit-${count}` : undefined;
    const begun = beginVisit(shop, { shopper: random.pick(people), session, trend });
    visits[place] = begun;
    return begun;
  }

  return {
    next(now) {
      const trend = follow(now);
      const visit = visitAt(random.below(VISITS), trend);
      const who = visit.session === undefined ? { user_id: visit.shopper.id } : { session_id: visit.session };
      count++;
      return { id: `${run}-${count}`, ...who, timestamp: now, ...act(shop, visit) };
    },
  };
}

function beginVisit({ random }: Shop, { shopper, session, trend }: { shopper: Shopper; session: string | undefined; trend: Trend }): Visit {
  const category = random.unit() < FASHIONABLE ? trend.category : random.weighted(shopper.taste.categories);
  return { shopper, session, category, item: undefined, stage: 'done', left: 3 + random.below(8) };
}

type Deed = Pick<RawEvent, 'type' | 'item_id' | 'query' | 'quantity' | 'price' | 'value'>;

function act(shop: Shop, visit: Visit): Deed {
  const { random, items } = shop;
  const current = visit.item === undefined ? undefined : items[visit.item];
  if (current !== undefined && visit.stage === 'viewed' && random.unit() < 0.2) {
    visit.stage = 'carted';
    return { type: random.unit() < 0.15 ? 'favorite' : 'cart', item_id: current.id };
  }
  if (current !== undefined && visit.stage === 'carted' && random.unit() < 0.6) return buy(visit, current);
  if (visit.item === undefined && random.unit() < 0.12) return search(shop, visit);
  return look(shop, visit);
}

function buy(visit: Visit, item: DemoItem): Deed {
  visit.stage = 'done';
  if (visit.item !== undefined) visit.shopper.bought.unshift(visit.item);
  if (visit.shopper.bought.length > REMEMBERED) visit.shopper.bought.pop();
  return { type: 'purchase', item_id: item.id, quantity: 1, price: item.fields.price };
}

/** The words of something he will like; what he looks at next comes from the same category. */
function search({ random }: Shop, visit: Visit): Deed {
  const products = CATEGORIES[visit.category]?.products ?? [];
  visit.left--;
  return { type: 'search', query: products.length === 0 ? 'gift' : random.pick(products).noun[0].toLowerCase() };
}

function look(shop: Shop, visit: Visit): Deed {
  const row = chooseNext(shop, visit);
  visit.item = row;
  visit.stage = 'viewed';
  visit.left--;
  return { type: 'view', item_id: shop.items[row]?.id ?? '' };
}

function chooseNext({ random, items, byCategory, partners, fashion }: Shop, visit: Visit): number {
  const { bought, taste } = visit.shopper;
  const again = bought.filter((row) => random.unit() < (CATEGORIES[items[row]?.category ?? 0]?.again ?? 0) && row !== visit.item);
  if (visit.item === undefined && again.length > 0) return random.pick(again);
  const goesWith = visit.item === undefined ? [] : (partners[visit.item] ?? []);
  if (goesWith.length > 0 && random.unit() < 0.5) {
    return goesWith[random.weighted(goesWith.map((_, place) => 1 / (place + 1)))] ?? 0;
  }
  const shelf = byCategory[visit.category] ?? [];
  const weights = shelf.map((row) => {
    const item = items[row];
    return item === undefined || row === visit.item ? 0 : likes(taste, item) * (fashion[row] ?? 1);
  });
  return shelf[random.weighted(weights)] ?? 0;
}
