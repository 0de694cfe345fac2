/**
 * A synthetic shop of any size: a pure function of (seed, number of items).
 *
 * Item 0 is the best liked, the last one the least. Each belongs to a theme of some THEME_ITEMS items, drawn at random, so
 * every theme has its own few best sellers and long tail.
 */
import { random32, randomUnit } from '@freshet/shared/domain/random';

export interface Shop {
  readonly items: number;
  itemId(item: number): string;
  /** Items of each theme, best liked first. */
  readonly themes: readonly (readonly number[])[];
  readonly themeOf: Int32Array;
  /** Place of an item within its theme. */
  readonly placeOf: Int32Array;
}

/** As `POST /v1/items:batch` takes it. */
export interface ItemDocument {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly categories: readonly string[];
  readonly brand: string;
  readonly price: number;
  readonly available: true;
  readonly attributes: Readonly<Record<string, string | number>>;
}

const THEME_ITEMS = 100;
const THEME_DRAW = 11;
const PRICE_DRAW = 12;

export function createShop(seed: number, items: number): Shop {
  const count = Math.max(1, Math.round(items / THEME_ITEMS));
  const themes: number[][] = Array.from({ length: count }, () => []);
  const themeOf = new Int32Array(items);
  const placeOf = new Int32Array(items);
  for (let item = 0; item < items; item++) {
    const theme = random32(seed, item, THEME_DRAW) % count;
    themeOf[item] = theme;
    placeOf[item] = (themes[theme]?.push(item) ?? 1) - 1;
  }
  return { items, itemId, themes: themes.filter((theme) => theme.length > 0), themeOf: renumber(themes, themeOf), placeOf };
}

/** A theme that got no item is left out. */
function renumber(themes: readonly (readonly number[])[], themeOf: Int32Array): Int32Array {
  let next = 0;
  const numbers = themes.map((theme) => (theme.length > 0 ? next++ : -1));
  return themeOf.map((theme) => numbers[theme] ?? 0);
}

/** Fixed width, so that prepared requests can be patched. */
function itemId(item: number): string {
  return `item-${String(item).padStart(7, '0')}`;
}

export function describeItem(shop: Shop, seed: number, item: number): ItemDocument {
  const theme = shop.themeOf[item] ?? 0;
  return {
    id: shop.itemId(item),
    title: `Article ${item} of theme ${theme}`,
    description: `A synthetic article, the number ${(shop.placeOf[item] ?? 0) + 1} of its theme.`,
    categories: [`department ${theme % 12}`, `theme ${theme}`],
    brand: `brand ${random32(seed, item, PRICE_DRAW + 1) % 60}`,
    price: Math.round(100 * Math.exp(3 + 1.5 * (randomUnit(seed, item, PRICE_DRAW) - 0.5))) / 100,
    available: true,
    attributes: { colour: ['red', 'green', 'blue', 'black'][item % 4] ?? 'red', weight: item % 50 },
  };
}
