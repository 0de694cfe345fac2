/**
 * A shop's rules in a search: which of the items found may be shown, and where pinned ones stand.
 *
 * 1. Rules act on what the query has found: a boost doesn't bring in what it hasn't, and only what has its words is pinned.
 * 2. A pinned item stands at its place whatever the page, and nowhere else; the others keep their order.
 */
import type { LookedFields } from '@freshet/shared/domain/item-look';
import type { RulesUse } from '../rules/rules.js';
import type { SearchedItem } from './blend.js';

/** `fields`: undefined of an item that nobody has described. */
type Admits = (id: string, fields: LookedFields | undefined) => boolean;

/** What rules neither leave out nor, where `demand` is set, want something else instead of; undefined when they leave all. */
export function admission(rules: RulesUse | undefined, demand: boolean): Admits | undefined {
  const filter = rules?.filter(undefined, demand);
  if (rules === undefined || (filter === undefined && rules.excludeIds.length === 0)) return undefined;
  const excluded = new Set(rules.excludeIds);
  return (id, fields) => !excluded.has(id) && filter?.passes(fields) !== false;
}

/** By item: the place, from 0, in the whole answer. */
export function pinsOf(rules: RulesUse | undefined): ReadonlyMap<string, number> {
  return new Map((rules?.pins ?? []).map(({ item, place }) => [item, place]));
}

/** `ranked`: the best, and all pinned items that were found, wherever. */
export function placePinned(ranked: readonly SearchedItem[], pins: ReadonlyMap<string, number>): readonly SearchedItem[] {
  if (pins.size === 0) return ranked;
  const items = ranked.filter(({ id }) => !pins.has(id));
  const pinned = ranked.flatMap((item) => {
    const place = pins.get(item.id);
    return place === undefined ? [] : [{ item, place }];
  });
  for (const { item, place } of pinned.sort((a, b) => a.place - b.place)) items.splice(place, 0, item);
  return items;
}
