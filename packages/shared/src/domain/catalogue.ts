/**
 * What the shop says about its items, folded from catalogue entries.
 *
 * 1. The later change (seq, index) wins; an older one applied again changes nothing.
 * 2. A deleted item stays as a tombstone, so that an older change can't bring it back.
 * 3. An item nobody has described is simply absent: it exists for the model, not for the catalogue.
 */
import type { CatalogueChange, ItemFields } from './entry.js';
import { createFieldKeeper, type FieldKeeper } from './item-fields.js';

export interface ItemDocument {
  readonly id: string;
  readonly fields: ItemFields;
  /** Names of attributes that were missing and filled by rule. */
  readonly filled: readonly string[];
  readonly deleted: boolean;
  readonly seq: number;
  readonly index: number;
}

export interface Catalogue {
  /** The item's document, or undefined when it was never described or is deleted. */
  find(id: string): ItemDocument | undefined;
  /** Folds a change in; the document as it stands afterwards (a tombstone for a deletion). */
  apply(change: CatalogueChange, at: { readonly seq: number; readonly index: number }): ItemDocument;
  load(document: ItemDocument): void;
  entries(): IterableIterator<ItemDocument>;
  takeDirty(): ReadonlySet<string>;
  /** Every document, tombstones included. */
  document(id: string): ItemDocument | undefined;
  readonly size: number;
}

export function createCatalogue(): Catalogue {
  const byId = new Map<string, ItemDocument>();
  const keeper = createFieldKeeper();
  let dirty = new Set<string>();

  return {
    find(id) {
      const document = byId.get(id);
      return document === undefined || document.deleted ? undefined : document;
    },
    apply(change, at) {
      const known = byId.get(change.id);
      if (known !== undefined && (known.seq - at.seq || known.index - at.index) >= 0) return known;
      const document = changed(keeper, known, { change, ...at });
      byId.set(change.id, document);
      dirty.add(change.id);
      return document;
    },
    load(document) {
      const known = byId.get(document.id);
      if (known === undefined || (document.seq - known.seq || document.index - known.index) > 0) {
        const { id, fields, filled, deleted, seq, index } = document;
        byId.set(id, { id, fields: keeper.keep(undefined, fields), filled: filled.length === 0 ? NOTHING_FILLED : filled, deleted, seq, index });
      }
    },
    entries: () => byId.values(),
    takeDirty() {
      const taken = dirty;
      dirty = new Set();
      return taken;
    },
    document: (id) => byId.get(id),
    get size() {
      return byId.size;
    },
  };
}

const NOTHING_FILLED: readonly string[] = [];

interface Change {
  readonly change: CatalogueChange;
  readonly seq: number;
  readonly index: number;
}

function changed({ keep }: FieldKeeper, known: ItemDocument | undefined, { change, seq, index }: Change): ItemDocument {
  const { id } = change;
  if (change.op === 'delete') return { id, fields: {}, filled: NOTHING_FILLED, deleted: true, seq, index };
  const old = change.op === 'patch' && known !== undefined ? known : undefined;
  const named = Object.keys(change.fields.attributes ?? {});
  const stillFilled = (old?.filled ?? []).filter((name) => !named.includes(name) && !(name in change.fields));
  const filled = [...stillFilled, ...(change.filled ?? [])];
  return { id, fields: keep(old?.fields, change.fields), filled: filled.length === 0 ? NOTHING_FILLED : filled, deleted: false, seq, index };
}
