/**
 * The demo shop's catalogue: a pure function of the seed.
 *
 * In: a seed. Out: 600 items (15 categories of 40) as the public API takes them, with what the shoppers go by.
 * 1. Ids and titles are unique, in English and in Chinese; the same seed gives the same catalogue.
 * 2. What a page needs in Chinese stands in attributes that end in `_zh`; the picture's address is a path of this server.
 */
import type { ItemFields } from '@freshet/shared/domain/entry';
import { createRandomStream, type RandomStream } from './random-stream.js';
import { BRANDS, CATEGORIES, COLLECTIONS, type CategoryWords, type Words } from './words.js';

export interface DemoItem {
  readonly id: string;
  readonly fields: ItemFields & { readonly title: string; readonly price: number; readonly image_url: string };
  /** Indexes into CATEGORIES, its products, COLLECTIONS and BRANDS. */
  readonly category: number;
  readonly product: number;
  readonly collection: number;
  readonly brand: number;
  /** How dear it is for what it is: log(price / typical price). */
  readonly dearness: number;
  /** How much people like it whoever they are; heavy-tailed, > 0. */
  readonly appeal: number;
}

/** Where the pictures are; `pictures/` draws them. */
export const PICTURES = '/demo/pictures';

const ITEMS_PER_CATEGORY = 40;
const STREAM = 1;

export function demoCatalogue(seed: number): readonly DemoItem[] {
  const random = createRandomStream(seed, STREAM);
  return CATEGORIES.flatMap((words, category) => {
    const titles = new Set<string>();
    return Array.from({ length: ITEMS_PER_CATEGORY }, (_, index) => makeItem(random, { words, category, index, titles }));
  });
}

/** The items as the body of `POST /v1/items:batch`. */
export function toItemDocuments(items: readonly DemoItem[]): readonly (ItemFields & { readonly id: string })[] {
  return items.map(({ id, fields }) => ({ id, ...fields }));
}

interface Place {
  readonly words: CategoryWords;
  readonly category: number;
  readonly index: number;
  /** Titles taken so far; the item's own is added. */
  readonly titles: Set<string>;
}

function makeItem(random: RandomStream, { words, category, index, titles }: Place): DemoItem {
  const brand = random.below(BRANDS.length);
  const looks = uniqueLooks(random, { words, brand: BRANDS[brand] ?? '', titles });
  const dearness = 0.35 * random.normal() + 0.08 * (brand - BRANDS.length / 2);
  const id = `${words.name.toLowerCase()}-${String(index + 1).padStart(3, '0')}`;
  return {
    id,
    fields: fieldsOf(id, words, { looks, brand: BRANDS[brand] ?? '', price: roundPrice(looks.price * Math.exp(dearness)) }),
    category,
    product: looks.product,
    collection: looks.collection,
    brand,
    dearness,
    appeal: Math.exp(0.45 * random.normal()),
  };
}

/** As shops write prices: 8.95, 42, 139. */
function roundPrice(price: number): number {
  const whole = Math.max(1, Math.round(price));
  return price < 40 ? Math.round((whole - 0.05) * 100) / 100 : whole;
}

function fieldsOf(id: string, words: CategoryWords, made: { readonly looks: Looks; readonly brand: string; readonly price: number }): DemoItem['fields'] {
  const { title, style, noun, collection } = made.looks;
  const [name, nameZh] = COLLECTIONS[collection] ?? ['', ''];
  return {
    title: title[0],
    description: `${style[0]} ${noun[0].toLowerCase()} of the ${name} collection.`,
    categories: [words.name, noun[0]],
    brand: made.brand,
    price: made.price,
    available: true,
    image_url: `${PICTURES}/${id}.svg`,
    attributes: {
      collection: name,
      style: style[0],
      currency: 'EUR',
      title_zh: title[1],
      categories_zh: [words.chinese, noun[1]],
      collection_zh: nameZh,
    },
  };
}

interface Looks {
  readonly title: Words;
  readonly style: Words;
  readonly noun: Words;
  readonly price: number;
  readonly product: number;
  readonly collection: number;
}

/** Draws until the title is new: 40 of over 1,500 combinations are taken in a category, so a few draws do. */
function uniqueLooks(random: RandomStream, { words, brand, titles }: { words: CategoryWords; brand: string; titles: Set<string> }): Looks {
  for (;;) {
    const product = random.below(words.products.length);
    const { noun, styles, price } = words.products[product] ?? { noun: ['', ''], styles: [], price: 0 };
    const style = random.pick(styles);
    const collection = random.below(COLLECTIONS.length);
    const [name, nameZh] = COLLECTIONS[collection] ?? ['', ''];
    const title: Words = [`${brand} ${style[0]} ${noun[0]}, ${name}`, `${brand} ${style[1]}${noun[1]} · ${nameZh}`];
    if (title.some((text) => titles.has(text))) continue;
    for (const text of title) titles.add(text);
    return { title, style, noun, price, product, collection };
  }
}
