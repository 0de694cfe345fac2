/**
 * What a request changes before a scan. Lists and explanations both do it here, so that an explanation is of the list as it is made.
 */
import type { Adjustments } from './adjustments.js';
import type { RankInput } from './input.js';
import { formQuery, type Query } from './query.js';
import { eachFollow, eachRepeat } from './terms.js';
import { historyOf, seenOf } from './working-history.js';

/** What one ranking after the other works on. */
export interface Scratch {
  readonly query: Query;
  readonly adjust: Adjustments;
}

/** Writes the shopper's query; how many of his events the model knows. */
export function queryFor(input: RankInput, query: Query): number {
  return formQuery(input.model.set, query, { events: historyOf(input), seen: seenOf(input), now: input.now });
}

/** What he had, and what followed the items that he had last. */
export function raiseTerms({ model: { set }, now }: RankInput, query: Query, adjust: Adjustments): void {
  const add = (row: number, term: number): void => adjust.add(row, term);
  eachRepeat(set, query, add);
  eachFollow(set, { query, now }, add);
}

/** Whether an item may be shown for being new: the catalogue says so, not the model. */
export function newestFor(input: RankInput): (id: string) => boolean {
  const excluded = new Set([...input.excludeIds, ...(input.rules?.excludeIds ?? []), ...(input.item === undefined ? [] : [input.item])]);
  return (id) => {
    const state = input.shelf.state(id);
    if (state !== 'available' && !(input.anyAvailability && state === 'unavailable')) return false;
    return !excluded.has(id) && input.hidden?.has(id) !== true && !isHiddenByHistory(input, id);
  };
}

/** What the shop's rules raise or put last; then the request's own exclusions and theirs, the item looked at, what was refused, and with `exclude_seen` all that was seen. */
export function hideExcluded(input: RankInput, adjust: Adjustments): void {
  const { set } = input.model;
  input.rules?.eachRaised(set, (row, by) => adjust.add(row, by));
  const hide = (id: string): void => {
    const row = set.rowOf(id);
    if (row !== undefined) adjust.hide(row);
  };
  for (const id of input.excludeIds) hide(id);
  for (const id of input.rules?.excludeIds ?? []) hide(id);
  if (input.item !== undefined) hide(input.item);
  for (const [id, mark] of input.session.marks) if (mark.refused || input.excludeSeen) hide(id);
  if (input.history === undefined || (input.history.refusals === 0 && !input.excludeSeen)) return;
  for (const [id, mark] of input.history.seen) {
    if (input.excludeSeen || (mark.refused && input.session.marks.get(id)?.refused !== false)) hide(id);
  }
}

function isHiddenByHistory(input: RankInput, id: string): boolean {
  const mark = input.session.marks.get(id) ?? input.history?.seen.get(id);
  return mark !== undefined && (mark.refused || input.excludeSeen);
}

export function columnOf(input: RankInput): 'served' | 'any' {
  return input.anyAvailability ? 'any' : 'served';
}

