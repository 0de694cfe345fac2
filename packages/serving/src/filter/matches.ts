/**
 * All items that pass a filter, collected once for a filter and kept up with the catalogue: what finds five items among a hundred
 * thousand. In: filters, and each change of the catalogue. Out: ids.
 *
 * 1. Collecting takes SLICE_MS at a time, with room for other work between; a change meanwhile is in what is collected.
 * 2. A change of the catalogue is in every kept set before `change` returns.
 * 3. At most KEPT filters' sets with KEPT_IDS ids together are kept, those asked for last; a filter that isn't kept is collected again.
 *    A single set may be larger.
 */
import { setImmediate } from 'node:timers/promises';
import type { ItemDocument } from '@freshet/shared/domain/kept-documents';
import type { ItemLook } from '@freshet/shared/domain/item-look';
import type { Shelf } from '../store/shelf.js';
import type { Filter } from './expression.js';

export type Matches = ReadonlySet<string>;

export interface FilterMatches {
  /** What passes, if it is kept. */
  kept(filter: Filter): Matches | undefined;
  collect(filter: Filter): Promise<Matches>;
  /** The item's document has become `now`. */
  change(id: string, now: ItemDocument | undefined): void;
}

const KEPT = 64;
const KEPT_IDS = 500_000;
const SLICE_MS = 2;
/** Items between two looks at the clock. */
const STRIDE = 64;

interface Kept {
  readonly filter: Filter;
  readonly ids: Set<string>;
  readonly collected: Promise<Matches>;
  isWhole: boolean;
}

type Source = Pick<Shelf, 'catalogue' | 'inCategory'>;

export function createFilterMatches(shelf: Source): FilterMatches {
  /** By key, the one asked for last at the end. */
  const byKey = new Map<string, Kept>();

  const touch = (filter: Filter): Kept | undefined => {
    const kept = byKey.get(filter.key);
    if (kept === undefined) return undefined;
    byKey.delete(filter.key);
    byKey.set(filter.key, kept);
    return kept;
  };
  const begin = (filter: Filter): Kept => {
    const ids = new Set<string>();
    const collected = collectInto(ids, filter, shelf).then(() => {
      kept.isWhole = true;
      evict(byKey);
      return ids;
    });
    const kept: Kept = { filter, ids, collected, isWhole: false };
    byKey.set(filter.key, kept);
    return kept;
  };

  return {
    kept(filter) {
      const kept = touch(filter);
      return kept?.isWhole === true ? kept.ids : undefined;
    },
    collect: (filter) => (touch(filter) ?? begin(filter)).collected,
    change(id, now) {
      for (const { filter, ids } of byKey.values()) {
        if (now?.deleted === false && filter.passes(now.fields)) ids.add(id);
        else ids.delete(id);
      }
    },
  };
}

async function collectInto(ids: Set<string>, filter: Filter, shelf: Source): Promise<void> {
  // What begins now must not run before its caller keeps it: a change would be lost.
  await setImmediate();
  let sliceEnds = performance.now() + SLICE_MS;
  let seen = 0;
  for (const item of candidatesOf(filter, shelf)) {
    if (filter.passes(item)) ids.add(item.id);
    if (++seen % STRIDE !== 0 || performance.now() < sliceEnds) continue;
    await setImmediate();
    sliceEnds = performance.now() + SLICE_MS;
  }
}

/** Items that may pass: those of the categories that are asked for, if there are such; else all. */
function* candidatesOf({ conditions }: Filter, { catalogue, inCategory }: Source): Iterable<ItemLook> {
  const named = conditions.find(({ field, oneOf }) => field === 'categories' && oneOf !== undefined)?.oneOf;
  if (named === undefined) for (const item of catalogue.looks()) yield item;
  for (const category of named ?? []) {
    for (const id of inCategory(String(category))) {
      const item = catalogue.look(id);
      if (item !== undefined) yield item;
    }
  }
}

/** Those that are being collected stay: somebody waits for them. */
function evict(byKey: Map<string, Kept>): void {
  let ids = [...byKey.values()].reduce((sum, kept) => sum + kept.ids.size, 0);
  for (const [key, kept] of byKey) {
    if (byKey.size === 1 || (byKey.size <= KEPT && ids <= KEPT_IDS)) return;
    if (!kept.isWhole) continue;
    byKey.delete(key);
    ids -= kept.ids.size;
  }
}
