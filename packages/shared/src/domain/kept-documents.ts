/**
 * The catalogue's documents as they are kept: packed (packed/document-format.ts), each by a number. One that is asked for is made anew, or is among
 * those asked for last.
 *
 * 1. Numbers are given from 0 in the order in which ids come, and stay.
 * 2. At most OPENED documents are there as objects, one for each of their numbers modulo OPENED.
 */
import type { ItemFields } from './entry.js';
import { createItemLooks, type ItemLook } from './item-look.js';
import { grown } from './packed/grown.js';
import { createPackedDocuments } from './packed/packed-documents.js';

export interface ItemDocument {
  readonly id: string;
  readonly fields: ItemFields;
  /** Names of attributes that were missing and filled by rule. */
  readonly filled: readonly string[];
  readonly deleted: boolean;
  readonly seq: number;
  readonly index: number;
}

/** What the catalogue says about an item. */
export type ItemState = 'undescribed' | 'available' | 'unavailable' | 'deleted';

export interface KeptDocuments {
  numberOf(id: string): number | undefined;
  idAt(number: number): string | undefined;
  /** Keeps it in place of what was kept of its id. */
  put(document: ItemDocument): void;
  /** One object for all who ask, until others have been asked for. */
  open(number: number): ItemDocument;
  make(number: number): ItemDocument;
  lookAt(number: number): ItemLook;
  stateAt(number: number): ItemState;
  /** Whether its state is `available`: what a search asks of every item that it finds. */
  isAvailableAt(number: number): boolean;
  readonly size: number;
}

export const OPENED = 4_096;
const SMALLEST = 1_024;
const STATES = ['undescribed', 'available', 'unavailable', 'deleted'] as const satisfies readonly ItemState[];
const AVAILABLE = 1;

export function createKeptDocuments(): KeptDocuments {
  const numbers = new Map<string, number>();
  const ids: string[] = [];
  /** By number, places of STATES. */
  let states = new Uint8Array(SMALLEST);
  const packed = createPackedDocuments();
  const opened = new Array<ItemDocument | undefined>(OPENED).fill(undefined);

  const stateAt = (number: number): ItemState => STATES[states[number] ?? 0] ?? 'undescribed';

  const make = (number: number): ItemDocument => {
    const { fields, filled, seq, index } = packed.read(number);
    return { id: ids[number] ?? '', fields, filled, deleted: stateAt(number) === 'deleted', seq, index };
  };

  const enter = (id: string): void => {
    const number = ids.length;
    if (number >= states.length) states = grown(new Uint8Array(2 * states.length), states);
    ids.push(id);
    numbers.set(id, number);
  };

  return {
    numberOf: (id) => numbers.get(id),
    idAt: (number) => ids[number],
    put(document) {
      const known = numbers.get(document.id);
      const number = known ?? ids.length;
      packed.put(number, document);
      // An id comes with its document: what has no room leaves nothing.
      if (known === undefined) enter(document.id);
      states[number] = STATES.indexOf(stateOf(document));
      opened[number % OPENED] = document;
    },
    open(number) {
      const known = opened[number % OPENED];
      if (known !== undefined && known.id === ids[number]) return known;
      const made = make(number);
      opened[number % OPENED] = made;
      return made;
    },
    make,
    lookAt: createItemLooks(packed, (number) => ids[number] ?? ''),
    stateAt,
    isAvailableAt: (number) => states[number] === AVAILABLE,
    get size() {
      return ids.length;
    },
  };
}

function stateOf({ deleted, fields }: ItemDocument): ItemState {
  if (deleted) return 'deleted';
  return fields.available === false ? 'unavailable' : 'available';
}
