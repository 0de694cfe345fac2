/**
 * The catalogue as serving uses it: what may be shown, which items a category has, which are newest, all in id order.
 *
 * 1. Every change is told to `changed` at once, with the document before and now, so it acts on the next answer.
 * 2. Listing is by id and needs no sorting; it is the same in every process.
 */
import { type Catalogue, createCatalogue, type ItemDocument } from '@freshet/shared/domain/catalogue';
import type { CatalogueChange } from '@freshet/shared/domain/entry';
import { foldCase } from '@freshet/shared/domain/text';
import type { ShelfState } from './shelf-state.js';
import { createSortedIds, type SortedIds } from './sorted-ids.js';

export interface Shelf {
  readonly catalogue: Catalogue;
  apply(change: CatalogueChange, at: { readonly seq: number; readonly index: number }): void;
  load(document: ItemDocument): void;
  state(id: string): ShelfState;
  /** The items of a category, by id. Case doesn't count, as it doesn't for who reads a shop's menu. */
  inCategory(category: string): ReadonlySet<string>;
  /** At most `limit` documents behind `after` in id order. */
  list(after: string | undefined, limit: number): readonly ItemDocument[];
  /** At most `count` ids, those first described last; deleted ones among them. */
  lastArrivals(count: number): readonly string[];
  /** At most `limit` items that `accept` takes, the last that came first. */
  newest(limit: number, accept: (id: string) => boolean): readonly string[];
}

const NOTHING: ReadonlySet<string> = new Set();

export type ShelfChanged = (id: string, before: ItemDocument | undefined, now: ItemDocument | undefined) => void;

export function createShelf(changed: ShelfChanged): Shelf {
  const catalogue = createCatalogue();
  const categories = new Map<string, Set<string>>();
  const sorted = createSortedIds();
  /** Ids in the order of their first description; an id stays when its item is deleted. */
  const arrivals: string[] = [];

  const update = (id: string, fold: () => void): void => {
    const known = catalogue.document(id);
    fold();
    const now = catalogue.document(id);
    if (now === known) return;
    if (known === undefined) arrivals.push(id);
    index(categories, { before: known, now, id });
    if (now?.deleted === false) sorted.add(id);
    else sorted.remove(id);
    changed(id, known, now);
  };

  return {
    catalogue,
    apply: (change, at) => update(change.id, () => catalogue.apply(change, at)),
    load: (document) => update(document.id, () => catalogue.load(document)),
    state(id) {
      const document = catalogue.document(id);
      if (document === undefined) return 'undescribed';
      if (document.deleted) return 'deleted';
      return document.fields.available === false ? 'unavailable' : 'available';
    },
    inCategory: (category) => categories.get(foldCase(category)) ?? NOTHING,
    list: (after, limit) => documents(catalogue, sorted, { after, limit }),
    lastArrivals: (count) => arrivals.slice(-count),
    newest(limit, accept) {
      const found: string[] = [];
      for (let i = arrivals.length - 1; i >= 0 && found.length < limit; i--) {
        const id = arrivals[i];
        if (id !== undefined && accept(id)) found.push(id);
      }
      return found;
    },
  };
}

function documents(catalogue: Catalogue, sorted: SortedIds, page: { after: string | undefined; limit: number }): readonly ItemDocument[] {
  return sorted.after(page.after, page.limit).flatMap((id) => catalogue.find(id) ?? []);
}

function index(categories: Map<string, Set<string>>, change: { before: ItemDocument | undefined; now: ItemDocument | undefined; id: string }): void {
  for (const name of change.before?.fields.categories ?? []) {
    const category = foldCase(name);
    const members = categories.get(category);
    members?.delete(change.id);
    if (members?.size === 0) categories.delete(category);
  }
  for (const name of change.now?.fields.categories ?? []) {
    const category = foldCase(name);
    const members = categories.get(category) ?? new Set();
    categories.set(category, members.add(change.id));
  }
}
