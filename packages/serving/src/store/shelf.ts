/**
 * The catalogue as serving uses it: what may be shown, which items a category has, which are newest, all in id order.
 *
 * 1. Every change is told to `changed` at once, with the document before and now, so it acts on the next answer.
 * 2. Listing is by id and needs no sorting; it is the same in every process.
 */
import { type Catalogue, createCatalogue, type Folded } from '@freshet/shared/domain/catalogue';
import type { ItemDocument, ItemState } from '@freshet/shared/domain/kept-documents';
import type { CatalogueChange } from '@freshet/shared/domain/entry';
import { foldCase } from '@freshet/shared/domain/text';
import { createSortedIds, type SortedIds } from './sorted-ids.js';

export interface Shelf {
  readonly catalogue: Catalogue;
  apply(change: CatalogueChange, at: { readonly seq: number; readonly index: number }): void;
  load(document: ItemDocument): void;
  state(id: string): ItemState;
  /** The items of a category, by id. Case doesn't count, as it doesn't for who reads a shop's menu. */
  inCategory(category: string): ReadonlySet<string>;
  /** At most `limit` documents behind `after` in id order. */
  list(after: string | undefined, limit: number): readonly ItemDocument[];
  /** At most `count` ids, those first described last (those that were there when the process started: changed last); deleted ones among them. */
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

  const update = (folded: Folded | undefined): void => {
    if (folded === undefined) return;
    const { before, now } = folded;
    const { id } = now;
    index(categories, { before, now, id });
    if (now.deleted) sorted.remove(id);
    else sorted.add(id);
    changed(id, before, now);
  };

  return {
    catalogue,
    apply: (change, at) => update(catalogue.apply(change, at)),
    load: (document) => update(catalogue.load(document)),
    state: catalogue.state,
    inCategory: (category) => categories.get(foldCase(category)) ?? NOTHING,
    list: (after, limit) => documents(catalogue, sorted, { after, limit }),
    lastArrivals(count) {
      const { size } = catalogue;
      return Array.from({ length: Math.min(count, size) }, (_, i) => catalogue.idAt(Math.max(0, size - count) + i) ?? '');
    },
    newest(limit, accept) {
      const found: string[] = [];
      for (let place = catalogue.size - 1; place >= 0 && found.length < limit; place--) {
        const id = catalogue.idAt(place);
        if (id !== undefined && accept(id)) found.push(id);
      }
      return found;
    },
  };
}

function documents(catalogue: Catalogue, sorted: SortedIds, page: { after: string | undefined; limit: number }): readonly ItemDocument[] {
  return sorted.after(page.after, page.limit).flatMap((id) => catalogue.find(id) ?? []);
}

function index(categories: Map<string, Set<string>>, change: { before: ItemDocument | undefined; now: ItemDocument; id: string }): void {
  for (const name of change.before?.fields.categories ?? []) {
    const category = foldCase(name);
    const members = categories.get(category);
    members?.delete(change.id);
    if (members?.size === 0) categories.delete(category);
  }
  for (const name of change.now.fields.categories ?? []) {
    const category = foldCase(name);
    const members = categories.get(category) ?? new Set();
    categories.set(category, members.add(change.id));
  }
}
