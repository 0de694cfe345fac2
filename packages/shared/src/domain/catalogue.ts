/**
 * What the shop says about its items, folded from catalogue entries.
 *
 * 1. The later change (seq, index) wins; an older one applied again changes nothing.
 * 2. A deleted item stays as a tombstone, so that an older change can't bring it back.
 * 3. An item nobody has described is simply absent: it exists for the model, not for the catalogue.
 * 4. Documents are packed at rest (kept-documents.ts). Nobody may change one that is handed out.
 */
import type { CatalogueChange } from './entry.js';
import { mergeFields } from './item-fields.js';
import type { ItemLook } from './item-look.js';
import { createKeptDocuments, type ItemDocument, type ItemState } from './kept-documents.js';
import { createSlotMarks } from './packed/slot-marks.js';

/** An item's document before and after a change that was newer. */
export interface Folded {
  readonly before: ItemDocument | undefined;
  readonly now: ItemDocument;
}

export interface Catalogue {
  /** The item's document, or undefined when it was never described or is deleted. */
  find(id: string): ItemDocument | undefined;
  /** Folds a change in (a deletion leaves a tombstone); undefined when it isn't newer than what is there. */
  apply(change: CatalogueChange, at: { readonly seq: number; readonly index: number }): Folded | undefined;
  load(document: ItemDocument): Folded | undefined;
  /** Every document, tombstones included, in the order of their first description. */
  entries(): IterableIterator<ItemDocument>;
  takeDirty(): ReadonlySet<string>;
  /** Every document, tombstones included. */
  document(id: string): ItemDocument | undefined;
  /** The same as `find`, for who asks for a field or two of many items: nothing is made of the others. */
  look(id: string): ItemLook | undefined;
  looks(): IterableIterator<ItemLook>;
  state(id: string): ItemState;
  /** An item's number, in the order of first descriptions from 0: it stays when the item is deleted. Who has it needn't search for the id. */
  numberOf(id: string): number | undefined;
  idAt(number: number): string | undefined;
  /** As `document`, `look` and `state` have it of a number that was given. */
  documentAt(number: number): ItemDocument;
  lookAt(number: number): ItemLook | undefined;
  stateAt(number: number): ItemState;
  isAvailableAt(number: number): boolean;
  readonly size: number;
}

const NOTHING_FILLED: readonly string[] = [];

export function createCatalogue(): Catalogue {
  const kept = createKeptDocuments();
  const dirty = createSlotMarks();

  /** `make` makes the document of the one before. */
  const fold = (id: string, at: Pick<ItemDocument, 'seq' | 'index'>, make: (before: ItemDocument | undefined) => ItemDocument): Folded | undefined => {
    const number = kept.numberOf(id);
    if (number !== undefined && !isNewer(at, kept.lookAt(number))) return undefined;
    const before = number === undefined ? undefined : kept.open(number);
    const now = make(before);
    kept.put(now);
    return { before, now };
  };
  const describedAs = (id: string): number | undefined => {
    const number = kept.numberOf(id);
    return number === undefined || kept.stateAt(number) === 'deleted' ? undefined : number;
  };

  return {
    find(id) {
      const number = describedAs(id);
      return number === undefined ? undefined : kept.open(number);
    },
    apply(change, at) {
      const folded = fold(change.id, at, (before) => changed(before, { change, ...at }));
      if (folded !== undefined) dirty.add(kept.numberOf(change.id) ?? 0);
      return folded;
    },
    load: ({ id, fields, filled, deleted, seq, index }) =>
      fold(id, { seq, index }, () => ({ id, fields: mergeFields(undefined, fields), filled: filled.length === 0 ? NOTHING_FILLED : filled, deleted, seq, index })),
    *entries() {
      for (let number = 0; number < kept.size; number++) yield kept.make(number);
    },
    takeDirty: () => new Set(dirty.take().map((number) => kept.idAt(number) ?? '')),
    document(id) {
      const number = kept.numberOf(id);
      return number === undefined ? undefined : kept.open(number);
    },
    look(id) {
      const number = describedAs(id);
      return number === undefined ? undefined : kept.lookAt(number);
    },
    *looks() {
      for (let number = 0; number < kept.size; number++) if (kept.stateAt(number) !== 'deleted') yield kept.lookAt(number);
    },
    state(id) {
      const number = kept.numberOf(id);
      return number === undefined ? 'undescribed' : kept.stateAt(number);
    },
    numberOf: kept.numberOf,
    idAt: kept.idAt,
    documentAt: kept.open,
    lookAt: (number) => (kept.stateAt(number) === 'deleted' ? undefined : kept.lookAt(number)),
    stateAt: kept.stateAt,
    isAvailableAt: kept.isAvailableAt,
    get size() {
      return kept.size;
    },
  };
}

function isNewer(at: Pick<ItemDocument, 'seq' | 'index'>, known: Pick<ItemDocument, 'seq' | 'index'>): boolean {
  return (at.seq - known.seq || at.index - known.index) > 0;
}

interface Change {
  readonly change: CatalogueChange;
  readonly seq: number;
  readonly index: number;
}

function changed(known: ItemDocument | undefined, { change, seq, index }: Change): ItemDocument {
  const { id } = change;
  if (change.op === 'delete') return { id, fields: {}, filled: NOTHING_FILLED, deleted: true, seq, index };
  const old = change.op === 'patch' && known !== undefined ? known : undefined;
  const named = Object.keys(change.fields.attributes ?? {});
  const stillFilled = (old?.filled ?? []).filter((name) => !named.includes(name) && !(name in change.fields));
  const filled = [...stillFilled, ...(change.filled ?? [])];
  return { id, fields: mergeFields(old?.fields, change.fields), filled: filled.length === 0 ? NOTHING_FILLED : filled, deleted: false, seq, index };
}
