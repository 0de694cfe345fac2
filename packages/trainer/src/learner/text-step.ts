/**
 * What a catalogue change does to a round in the making: the item gets its row, and its texts their example.
 *
 * 1. An item for which the tables have no room is the catalogue's alone: nothing of it is learned, nothing fails.
 */
import type { CatalogueChange } from '@freshet/shared/domain/entry';
import { CONSTANT_ROW } from '@freshet/shared/domain/tables';
import { CapacityError } from '@freshet/shared/errors';
import type { Example } from '../engine/example.js';
import type { ParameterStore } from '../parameters/parameters.js';
import type { Draft } from './draft.js';
import type { ItemWords } from './port.js';
import type { Texts } from './texts.js';
import type { Vocabulary } from './vocabulary.js';

interface State {
  readonly parameters: ParameterStore;
  readonly vocabulary: Vocabulary;
  readonly texts: Texts;
}

/** An event's own example, its search's, its text's, and one slot that stays free for the next rank. */
export const SLOTS_OF_AN_EVENT = 4;

/** The item is one that the shop sells; what its texts are and teach is `texts`' to say. */
export function describe(state: State, draft: Draft, { change, seq, index }: { change: CatalogueChange; seq: number; index: number }): void {
  const item = change.op === 'delete' ? state.vocabulary.rowOf(change.id) : roomFor(state, change.id);
  if (item === undefined) return;
  if (change.op !== 'delete') state.parameters.markCatalogued(item);
  addText(state, draft, state.texts.describe(item, change), { seq, index });
}

/** What the texts of an item were before a start; an item that was never learned has no row to hold them. */
export function recall({ vocabulary, texts }: State, change: CatalogueChange): void {
  const item = vocabulary.rowOf(change.id);
  if (item !== undefined) texts.book.restore(item, change);
}

export function* itemWordsOf({ parameters, vocabulary, texts }: State): Generator<ItemWords> {
  for (let row = CONSTANT_ROW + 1; row < parameters.rows; row++) {
    const item = vocabulary.nameOf(row);
    const words = texts.book.words(row);
    if (item !== undefined && words.length > 0) yield { item, words };
  }
}

/** Items: about a millisecond. */
const ADOPTED_AT_ONCE = 128;

/** Of items and words that this learner knows, too. */
export async function adoptWords({ vocabulary, texts }: State, from: Iterable<ItemWords>, rest: () => Promise<void> = () => Promise.resolve()): Promise<void> {
  let adopted = 0;
  for (const { item, words } of from) {
    const row = vocabulary.rowOf(item);
    if (row !== undefined) texts.book.hold(row, words);
    if (++adopted % ADOPTED_AT_ONCE === 0) await rest();
  }
}

/** Texts taught by more changes than a round has room for are left to the events of their items. */
export function addText(state: State, draft: Draft, example: Example | undefined, { seq, index }: { seq: number; index: number }): void {
  if (example === undefined || draft.slots > state.parameters.layout.freshSlots - SLOTS_OF_AN_EVENT) return;
  state.parameters.examples.write(draft.slots, example);
  draft.texts.push({ slot: draft.slots++, seq, index });
}

/** The item's row, given out now if it has none; CapacityError when the tables are full. */
export function rowFor({ parameters, vocabulary }: Pick<State, 'parameters' | 'vocabulary'>, item: string): number {
  const known = vocabulary.rowOf(item);
  if (known !== undefined) return known;
  const row = parameters.allot();
  vocabulary.add(row, item);
  return row;
}

/** As `rowFor`; undefined when the tables are full: the item is one of the catalogue, and not of the model. */
function roomFor(state: State, item: string): number | undefined {
  try {
    return rowFor(state, item);
  } catch (thrown) {
    if (thrown instanceof CapacityError) return undefined;
    throw thrown;
  }
}
