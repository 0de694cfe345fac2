/**
 * Which words there are, which have a row, and which of them each item has.
 *
 * 1. A word gets its row at its second sighting: in the texts of two items, in two queries, or one of each. Later sightings by the
 *    same item count no more. Once `maxWords` have rows, new words get none.
 * 2. Sightings of words without a row are forgotten oldest first beyond SIGHTINGS, and all of them by a restart.
 * 3. Everything is a function of the changes and queries in their order.
 */
import type { VocabularyEntry } from '@freshet/shared/codec/delta';
import type { CatalogueChange } from '@freshet/shared/domain/entry';
import { changedSources, type ItemWord, itemWords, queryWords, WORD_SOURCES, type WordSource } from '@freshet/shared/domain/words';
import type { ParameterStore } from '../parameters/parameters.js';
import { createItemWords } from './item-words.js';
import { createVocabulary } from './vocabulary.js';

export interface WordBook {
  /** Takes a change of an item's texts; true when its words with rows are others now. `item`: its row. */
  describe(item: number, change: CatalogueChange): boolean;
  /** Rows in the memory of the item's words, at most ITEM_WORDS. */
  ofItem(item: number): readonly number[];
  /** Rows in the memory of a query's words; each sighting counts. */
  ofQuery(query: string): readonly number[];
  /** The texts as they stand at a start: words without a row get none by it. */
  restore(item: number, change: CatalogueChange): void;
  nameOf(row: number): string | undefined;
  /** The item's words that have rows, and sets them: those that are known here. */
  words(item: number): readonly ItemWord[];
  hold(item: number, words: readonly ItemWord[]): void;
  /** A word that is published already. */
  load(row: number, word: string): void;
  takeNew(): readonly VocabularyEntry[];
  clear(): void;
}

/** Words seen once that are remembered. */
const SIGHTINGS = 200_000;
/** Who has seen a word of a query. */
const NOBODY = 0;
/** A word of an item as it is kept: its source above, its row in the memory below. So sorting is by source. */
const ROW_BITS = 28;

export function createWordBook({ layout, words: table, isUntouched }: Pick<ParameterStore, 'layout' | 'words' | 'isUntouched'>): WordBook {
  const vocabulary = createVocabulary();
  const sightings = new Map<string, { readonly item: number; readonly source: number }>();
  const items = createItemWords(layout.wordRows === 0 ? 0 : layout.rows);
  const kept = (row: number, source: number): number => source * 2 ** ROW_BITS + layout.rows + row;

  /** The word's row, given out now if this is its second sighting. */
  const see = (word: string, item: number, source: number): number | undefined => {
    const known = vocabulary.rowOf(word);
    if (known !== undefined) return known;
    const first = sightings.get(word);
    if (first === undefined || (first.item === item && item !== NOBODY)) {
      sightings.set(word, { item, source });
      if (sightings.size > SIGHTINGS) sightings.delete(sightings.keys().next().value ?? '');
      return undefined;
    }
    const row = table.allot([first.item, item].find((one) => one !== NOBODY && !isUntouched(one)));
    if (row === undefined) return undefined;
    sightings.delete(word);
    vocabulary.add(row, word);
    if (first.item !== NOBODY) items.hold(first.item, [...items.of(first.item), kept(row, first.source)]);
    return row;
  };

  const take = (item: number, change: CatalogueChange, rowOf: typeof see): boolean => {
    if (layout.wordRows === 0) return false;
    const before = items.of(item);
    const fields = change.op === 'delete' ? {} : change.fields;
    const named = changedSources(fields);
    const words = change.op === 'patch' ? before.filter((word) => !named.has(sourceOf(word))) : [];
    for (const { word, source } of itemWords(fields)) {
      const place = WORD_SOURCES.indexOf(source);
      const row = rowOf(word, item, place);
      if (row !== undefined) words.push(kept(row, place));
    }
    items.hold(item, words);
    const after = items.of(item);
    return after.length !== before.length || after.some((word, i) => word !== before[i]);
  };

  return {
    describe: (item, change) => take(item, change, see),
    restore: (item, change) => void take(item, change, vocabulary.rowOf),
    ofItem: (item) => items.of(item).map((word) => word % 2 ** ROW_BITS),
    ofQuery(query) {
      if (layout.wordRows === 0) return [];
      return queryWords(query).flatMap((word) => {
        const row = see(word, NOBODY, NOBODY);
        return row === undefined ? [] : [layout.rows + row];
      });
    },
    nameOf: vocabulary.nameOf,
    words: (item) => items.of(item).map((word) => ({ word: vocabulary.nameOf((word % 2 ** ROW_BITS) - layout.rows) ?? '', source: sourceOf(word) })),
    hold(item, words) {
      if (layout.wordRows === 0) return;
      items.hold(item, words.flatMap(({ word, source }) => {
        const row = vocabulary.rowOf(word);
        return row === undefined ? [] : [kept(row, WORD_SOURCES.indexOf(source))];
      }));
    },
    load: vocabulary.load,
    takeNew: () => vocabulary.takeNew().map((entry) => ({ ...entry, table: 'word' })),
    clear() {
      vocabulary.clear();
      sightings.clear();
      items.clear();
    },
  };
}

function sourceOf(word: number): WordSource {
  return WORD_SOURCES[Math.floor(word / 2 ** ROW_BITS)] ?? 'attributes';
}
