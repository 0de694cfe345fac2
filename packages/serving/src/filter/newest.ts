/**
 * The newest items of the catalogue that pass a filter: what fills a list up when the model has no more.
 *
 * 1. Without the items that pass (matches.ts) nothing is looked for: `fallShort` is called.
 * Among few, those described last come first; among many, those that came last.
 */
import type { Shelf } from '../store/shelf.js';
import type { FilterUse } from './use.js';

export interface NewestWanted {
  readonly limit: number;
  readonly filter: FilterUse | undefined;
  readonly accept: (id: string) => boolean;
}

/** Among so few, sorting them is quicker than going through the whole catalogue. */
const FEW = 2_000;

export function newestPassing(shelf: Shelf, { limit, filter, accept }: NewestWanted): readonly string[] {
  if (filter === undefined) return shelf.newest(limit, accept);
  if (filter.matches === undefined) {
    filter.fallShort();
    return [];
  }
  if (filter.matches.size > FEW) return shelf.newest(limit, (id) => filter.passes(id) && accept(id));
  const described = [...filter.matches].flatMap((id) => {
    const look = accept(id) ? shelf.catalogue.look(id) : undefined;
    return look === undefined ? [] : [{ id, seq: look.seq, index: look.index }];
  });
  return described.sort((a, b) => b.seq - a.seq || b.index - a.index || (a.id < b.id ? -1 : 1)).slice(0, limit).map(({ id }) => id);
}
