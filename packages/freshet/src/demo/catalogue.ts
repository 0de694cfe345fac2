/**
 * The demo shop's catalogue: a pure function of the seed.
 *
 * In: a seed. Out: 600 items (15 categories of 40) as the public API takes them, with what the shoppers go by.
 * 1. Ids and titles are unique; the same seed gives the same catalogue.
 */
import type { ItemFields } from '@freshet/shared/domain/entry';
import { createRandomStream, type RandomStream } from './random-stream.js';
import { BRANDS, CATEGORIES, COLLECTIONS, type CategoryWords } from './words.js';

export interface DemoItem {
  readonly id: string;
  readonly fields: ItemFields & { readonly title: string; readonly price: number };
  /** Indexes into CATEGORIES, COLLECTIONS and BRANDS. */
  readonly category: number;
  readonly collection: number;
  readonly brand: number;
  /** How dear it is for its category: log(price / typical price). */
  readonly dearness: number;
  /** How much people like it whoever they are; heavy-tailed, > 0. */
  readonly appeal: number;
}

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
  const price = Math.max(0.95, Math.round(words.price * Math.exp(dearness)) - 0.05);
  const collectionName = COLLECTIONS[looks.collection] ?? '';
  return {
    id: `${words.name.toLowerCase()}-${String(index + 1).padStart(3, '0')}`,
    fields: {
      title: looks.title,
      description: `${looks.adjective} ${looks.noun.toLowerCase()} of the ${collectionName} collection.`,
      categories: [words.name, looks.noun],
      brand: BRANDS[brand] ?? '',
      price: Math.round(price * 100) / 100,
      available: true,
      attributes: { collection: collectionName, style: looks.adjective },
    },
    category,
    collection: looks.collection,
    brand,
    dearness,
    appeal: Math.exp(0.6 * random.normal()),
  };
}

interface Looks {
  readonly title: string;
  readonly adjective: string;
  readonly noun: string;
  readonly collection: number;
}

/** Draws until the title is new: 40 of 192 combinations for each brand are taken at most, so a few draws do. */
function uniqueLooks(random: RandomStream, { words, brand, titles }: { words: CategoryWords; brand: string; titles: Set<string> }): Looks {
  for (;;) {
    const [adjective, noun] = [random.pick(words.adjectives), random.pick(words.nouns)];
    const collection = random.below(COLLECTIONS.length);
    const title = `${brand} ${adjective} ${noun}, ${COLLECTIONS[collection] ?? ''}`;
    if (titles.has(title)) continue;
    titles.add(title);
    return { title, adjective, noun, collection };
  }
}
