/**
 * The inverted index over the items' words. In: items' texts. Out: for the words of a query, every item that has one of them, with a score
 * after BM25F (Robertson and Zaragoza 2009): per word and item
 *
 *   w = Σ_f boost_f · n_f / (n_f + K (1 − B + B · length_f / usual_f)),   score = Σ_concepts idf · max over its terms of weight · w
 *
 * n_f being how often the word stands in field f. The usual lengths are constants, so that a score is the same in every process,
 * whatever was indexed before. The one place that knows MiniSearch, whose radix tree has the words for beginnings and typos; its own search
 * is too slow for 100,000 items (decision 029).
 *
 * Items are the catalogue's numbers of them.
 *
 * 1. A change is whole before `set` returns: the next `find` sees it, and nothing of an item that was taken out stays behind.
 */
import type { ItemFields } from '@freshet/shared/domain/entry';
import SearchableMap from 'minisearch/SearchableMap';
import { FIELD_WORDS } from './limits.js';
import { TEXT_FIELDS, type TextField, textsOf } from './fields.js';
import { PostingList } from './postings.js';
import { createScorer, type Scored, type Weighted } from './scorer.js';
import type { Forms } from './stems.js';
import { textWords } from './words.js';

export interface TextIndex {
  /** Items in the index. */
  readonly size: number;
  /** The item's texts have become these; undefined: it is gone. `before`: texts like those that it was put in with, by which it is taken out; undefined: it isn't in. */
  set(item: number, before: ItemFields | undefined, fields: ItemFields | undefined): void;
  /** How many items have a word. */
  frequency(word: string): number;
  /** Words that begin so, itself among them: at most `limit`, the most frequent. */
  beginningWith(prefix: string, limit: number): readonly string[];
  /** Words that differ in at most so many letters, and in how many; at most `limit`, the nearest and of these the most frequent. */
  near(word: string, typos: number, limit: number): readonly (readonly [string, number])[];
  /** Items with at least one of the words of one of the concepts. Valid until the next call. */
  find(concepts: readonly (readonly Weighted[])[]): Scored;
}

const BOOST = { title: 3, brand: 2, categories: 1.5, attributes: 1 } as const satisfies Record<TextField, number>;
const USUAL = { title: 7, brand: 2, categories: 4, attributes: 8 } as const satisfies Record<TextField, number>;
const K = 1.2;
const B = 0.75;
/** Words looked at for a beginning: one letter may begin a tenth of a vocabulary. */
const BEGINNINGS = 2_000;

export function createTextIndex(forms: Forms): TextIndex {
  const postings = new Map<string, PostingList>();
  const tree = new SearchableMap<true>();
  let size = 0;
  /** Numbers are below it. */
  let end = 0;
  const scorer = createScorer();

  const remove = (item: number, fields: ItemFields): void => {
    for (const word of weightsOf(fields, forms).keys()) {
      const list = postings.get(word);
      list?.drop(item);
      if (list?.count !== 0) continue;
      postings.delete(word);
      tree.delete(word);
    }
    size--;
  };
  const add = (item: number, fields: ItemFields): void => {
    size++;
    end = Math.max(end, item + 1);
    for (const [word, weight] of weightsOf(fields, forms)) {
      let list = postings.get(word);
      if (list === undefined) {
        postings.set(word, (list = new PostingList()));
        tree.set(word, true);
      }
      list.put(item, weight);
    }
  };
  const frequency = (word: string): number => postings.get(word)?.count ?? 0;
  const mostFrequent = (a: string, b: string): number => frequency(b) - frequency(a) || (a < b ? -1 : 1);

  return {
    get size() {
      return size;
    },
    set(item, before, fields) {
      if (before !== undefined) remove(item, before);
      if (fields !== undefined) add(item, fields);
    },
    frequency,
    beginningWith(prefix, limit) {
      const found: string[] = [];
      for (const word of tree.atPrefix(prefix).keys()) {
        if (found.push(word) === BEGINNINGS) break;
      }
      return found.sort(mostFrequent).slice(0, limit);
    },
    near(word, typos, limit) {
      const found = [...tree.fuzzyGet(word, typos)].map(([other, [, distance]]) => [other, distance] as const);
      return found.sort(([a, x], [b, y]) => x - y || mostFrequent(a, b)).slice(0, limit);
    },
    find: (concepts) => scorer.score(concepts, { items: end, size, postingsOf: (word) => postings.get(word) }),
  };
}

/** The item's words, each with what it weighs there. */
function weightsOf(fields: ItemFields, forms: Forms): ReadonlyMap<string, number> {
  const weights = new Map<string, number>();
  for (const [field, words] of wordsByField(fields)) {
    const counts = new Map<string, number>();
    for (const word of words) for (const form of forms(word)) counts.set(form, (counts.get(form) ?? 0) + 1);
    const norm = K * (1 - B + (B * words.length) / USUAL[field]);
    for (const [word, n] of counts) weights.set(word, (weights.get(word) ?? 0) + (BOOST[field] * n) / (n + norm));
  }
  return weights;
}

function wordsByField(fields: ItemFields): Map<TextField, ReturnType<typeof textWords>> {
  const words = new Map(TEXT_FIELDS.map((field) => [field, [] as ReturnType<typeof textWords>]));
  for (const { field, text } of textsOf(fields)) {
    const known = words.get(field);
    if (known !== undefined && known.length < FIELD_WORDS) known.push(...textWords(text).slice(0, FIELD_WORDS));
  }
  return words;
}
