/**
 * What texts teach: *title and attributes → item*, *query → the item taken*, and the first row of an item nobody has touched.
 *
 * 1. An untouched item is its words: whenever they become others its row is made from them anew, and a few untouched items get
 *    theirs anew each round, so that what the words have learned since reaches them and negatives don't push them away.
 * 2. At its first event half of the row becomes chance (FIRST_CHANCE): items with the same words would otherwise begin at one place, and what
 *    the words didn't know by then stays in the rows for good.
 * 3. The first events of an item each bring along *its words → the item* with a weight that falls from NEW_WEIGHT as they become
 *    more: what a few events say of it is little, what its words say is known. Later a share (`textShare`) of the learned
 *    events does, with weight `textWeight`. Which ones depends on (seed, seq, index) alone.
 * 4. A transferred row stays: it is never made from words, not even before its first event here, and its first events bring along
 *    no more than later ones. Its words learn from it instead. What was transferred is told by what is stored (`stat.users`).
 */
import { randomUnit } from '@freshet/shared/domain/random';
import type { CatalogueChange } from '@freshet/shared/domain/entry';
import type { LogEvent } from '@freshet/shared/domain/event';
import type { Example } from '../engine/example.js';
import type { ModelConfig } from '@freshet/shared/domain/model-config';
import type { ParameterStore } from '../parameters/parameters.js';
import { createQueries } from './queries.js';
import { createWordBook, type WordBook } from './word-book.js';

export interface Texts {
  readonly book: WordBook;
  /** The shop describes an item; returns the example it teaches, if any. */
  describe(item: number, change: CatalogueChange): Example | undefined;
  /** The item's first event is about to be counted: its row becomes what it learns from (guarantee 2). */
  begin(item: number): void;
  /** The example *words → item* that an event on the item brings along, if it does. */
  alongWith(item: number, at: { readonly seq: number; readonly index: number }): Example | undefined;
  /** The example *query → item* of an event that answers its shopper's search. */
  searched(event: LogEvent, item: number, weight: number): Example | undefined;
  /** Keeps a search until it is answered. */
  hear(event: LogEvent): void;
  /** Between rounds: some untouched items get their rows anew, or all. */
  refresh(which?: 'all'): void;
  clear(): void;
}

/** Keeps the draw apart from those of negatives. */
const DRAW = 0x7e87_0001;
/** Events of an item that is new, and the weight of its words' example at the first of them. */
const NEW_EVENTS = 20;
const NEW_WEIGHT = 5;
/** Share of chance in a row made from words, in lengths: .7² of the square. More finds fewer new items, less costs accuracy of all others. */
const FIRST_CHANCE = 0.7;
/** Rows looked at, and made anew, after a round. */
const LOOKED_AT = 1_024;
const MADE_ANEW = 32;

export function createTexts(parameters: ParameterStore, { model, keepTexts = false }: { readonly model: ModelConfig; readonly keepTexts?: boolean }): Texts {
  const book = createWordBook(parameters);
  const queries = createQueries();
  let next = 1;

  const startAnew = (item: number, chance = 0): boolean => {
    if (!parameters.isUntouched(item)) return false;
    const words = book.ofItem(item);
    if (words.length > 0) parameters.startFrom(item, words, chance);
    return words.length > 0;
  };

  const exampleOf = (item: number, weight: number): Example | undefined => {
    const words = book.ofItem(item);
    return words.length === 0 ? undefined : wordsExample(words, item, weight);
  };

  return {
    book,
    describe(item, change) {
      if (!book.describe(item, change)) return undefined;
      return parameters.isUntouched(item) ? void startAnew(item) : exampleOf(item, model.textWeight);
    },
    begin: (item) => void startAnew(item, FIRST_CHANCE),
    alongWith(item, { seq, index }) {
      const events = parameters.eventsOf(item);
      // A training set is learned again and again: there the weight of the first events would pin the item to its words.
      if (!keepTexts && events <= NEW_EVENTS && !parameters.isTransferred(item)) return exampleOf(item, Math.max(model.textWeight, NEW_WEIGHT / events));
      return randomUnit(model.seed ^ DRAW, seq >>> 0, index) < model.textShare ? exampleOf(item, model.textWeight) : undefined;
    },
    searched(event, item, weight) {
      const words = queries.answer(event);
      return words.length === 0 ? undefined : wordsExample(words, item, weight);
    },
    hear(event) {
      if (event.type === 'search' && event.query !== undefined) queries.ask(event, book.ofQuery(event.query));
    },
    refresh(which) {
      if (parameters.words.rows === 0) return;
      const all = which === 'all';
      const looked = Math.min(all ? parameters.rows : LOOKED_AT, parameters.rows - 1);
      for (let k = 0, made = 0; k < looked && (all || made < MADE_ANEW); k++) {
        if (next >= parameters.rows) next = 1;
        if (startAnew(next++)) made++;
      }
    },
    clear() {
      book.clear();
      queries.clear();
      next = 1;
    },
  };
}

/** `words`: their rows in the memory. */
function wordsExample(words: readonly number[], target: number, weight: number): Example {
  return { target, weight, effect: 'positive', own: 0, history: words.map((row) => ({ row, bucket: 0, group: 0, word: true })) };
}
