/**
 * What the shop's texts are to the model: words. A word of a title, `category:…`, `brand:…`, a price on a log scale, any other
 * attribute, a word of a query; each may have a row in the `word` table.
 *
 * 1. Pure and the same everywhere: Unicode NFKC, lower case, letters and digits; what is written without spaces (Chinese,
 *    Japanese, Thai …) as single characters and pairs of neighbours.
 * 2. A word of a text holds no colon, a word of an attribute begins with the attribute's name and one: they are never mistaken.
 * 3. At most ITEM_WORDS words of an item and QUERY_WORDS of a query, each once and no longer than WORD_CHARS characters.
 */
import type { ItemFields } from './entry.js';
import { HISTORY_LENGTH } from './model-config.js';

/** As many as an example pools. */
export const ITEM_WORDS = HISTORY_LENGTH;
export const QUERY_WORDS = HISTORY_LENGTH;
export const WORD_CHARS = 32;

/** Where an item's words come from, in the order in which they are kept when there are too many. */
export const WORD_SOURCES = ['categories', 'brand', 'price', 'title', 'attributes'] as const;
export type WordSource = (typeof WORD_SOURCES)[number];

export interface ItemWord {
  readonly word: string;
  readonly source: WordSource;
}

/** So that no field crowds out the others. */
const MOST: Readonly<Record<WordSource, number>> = { categories: 4, brand: 1, price: 1, title: 12, attributes: ITEM_WORDS };
/** Longer texts are cut before they are looked at. */
const TEXT_CHARS = 1_000;
/** Attributes looked at. */
const ATTRIBUTES = 32;

/** The item's words, at most ITEM_WORDS, by source in the order of WORD_SOURCES. */
export function itemWords(fields: ItemFields): readonly ItemWord[] {
  const found: ItemWord[] = [];
  for (const source of WORD_SOURCES) {
    for (const word of new Set(sourceWords(source, fields).slice(0, MOST[source]))) found.push({ word, source });
  }
  return found.slice(0, ITEM_WORDS);
}

/** Which sources a change speaks of: the words of the others stay. */
export function changedSources(fields: ItemFields): ReadonlySet<WordSource> {
  return new Set(WORD_SOURCES.filter((source) => fields[source] !== undefined));
}

export function queryWords(query: string): readonly string[] {
  return textWords(query).slice(0, QUERY_WORDS);
}

function sourceWords(source: WordSource, fields: ItemFields): readonly string[] {
  switch (source) {
    case 'title':
      return textWords(fields.title ?? '');
    case 'categories':
      // From general to special: the last ones say most.
      return (fields.categories ?? []).map((name) => attributeWord('category', name)).reverse();
    case 'brand':
      return fields.brand === undefined ? [] : [attributeWord('brand', fields.brand)];
    case 'price':
      return fields.price === undefined ? [] : [numberWord('price', fields.price)];
    case 'attributes':
      return Object.entries(fields.attributes ?? {}).slice(0, ATTRIBUTES).flatMap(([name, value]) => attributeWords(name, value));
  }
}

function attributeWords(name: string, value: string | number | boolean | readonly string[]): readonly string[] {
  if (typeof value === 'number') return [numberWord(name, value)];
  if (typeof value === 'boolean') return [attributeWord(name, String(value))];
  if (typeof value !== 'string') return value.map((one) => attributeWord(name, one));
  return value.length <= WORD_CHARS ? [attributeWord(name, value)] : textWords(value).map((word) => attributeWord(name, word));
}

function attributeWord(name: string, value: string): string {
  return `${cut(fold(name).replaceAll(':', ' '))}:${cut(fold(value))}`;
}

/** Two buckets from a value to its double: what costs about the same is alike. */
function numberWord(name: string, value: number): string {
  const bucket = Math.round(2 * Math.log2(Math.abs(value)));
  return attributeWord(name, value === 0 ? '0' : `${value < 0 ? '-' : ''}~${bucket}`);
}

const APOSTROPHES = /(?<=\p{L})['’](?=\p{L})/gu;
const RUNS = /[\p{L}\p{N}\p{M}]+/gu;
/** Scripts whose words aren't divided by spaces, and all that isn't of them. */
const UNDIVIDED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}ー]+|[^\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}ー]+/gu;
const IS_UNDIVIDED = /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}ー]/u;

/** The words of a text in its order, each once. */
export function textWords(text: string): readonly string[] {
  const words = new Set<string>();
  for (const run of fold(text).replace(APOSTROPHES, '').match(RUNS) ?? []) {
    for (const part of run.match(UNDIVIDED) ?? []) {
      if (IS_UNDIVIDED.test(part)) for (const word of characters(part)) words.add(word);
      else words.add(cut(part));
    }
  }
  return [...words];
}

/** Pairs of neighbours say more than single characters: they come first. */
function characters(text: string): readonly string[] {
  const single = Array.from(text);
  const pairs = single.slice(1).map((character, i) => `${single[i] ?? ''}${character}`);
  return [...pairs, ...single];
}

function fold(text: string): string {
  return text.slice(0, TEXT_CHARS).normalize('NFKC').toLowerCase().trim();
}

function cut(word: string): string {
  return word.length <= WORD_CHARS ? word : Array.from(word).slice(0, WORD_CHARS).join('');
}
