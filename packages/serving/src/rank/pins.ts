/**
 * What the shop's rules pin: items at places that are counted over all pages of a list.
 *
 * 1. Where an item stands doesn't depend on how many items a page has: until the page of its place comes, an item is held back. A list that ends
 *    before has it at its end. An item whose place is on a page that has been shown already comes by its score.
 * 2. The list is ranked without them, so that the others are as they would be if these didn't exist; what a draw says of them is exact.
 * 3. Of several at one place the last rule's comes first and the others move back; of several places of one item the last rule's counts.
 * Limit: the MOST_PINNED with the first places that may be shown; those behind come by their scores.
 */
import type { Pin } from '../rules/rules.js';
import type { RankedItem, RankInput, Ranking, Reason } from './input.js';
import { columnOf, newestFor } from './prepare.js';
import type { ScoredRow } from './reasons.js';
import { ruleParts } from './ruled.js';

/** With them, what was shown before and the largest pool a scan still holds all it has to look at. */
export const MOST_PINNED = 300;

/** How a list scores what is pinned. */
export interface PinWith {
  /** Whether the item belongs into the list, whatever its score. */
  readonly belongs?: (id: string) => boolean;
  /** Its counter, in a list of what is taken most. */
  readonly counterOf: (id: string) => number;
  /** Of a list ranked by the model's score: why a row has it, as of the list's other items. */
  readonly explain?: (found: ScoredRow) => Reason[];
}

/** Ranks without what is pinned, then puts it in. To be called while the column is the request's. */
export function aroundPins(input: RankInput, own: PinWith, rank: (others: RankInput) => Ranking): Ranking {
  const pins = pinsFor(input, own);
  if (pins.length === 0) return rank(input);
  const pinned = new Set(pins.map(({ item }) => item));
  const hidden = { size: pinned.size + (input.hidden?.size ?? 0), has: (id: string) => pinned.has(id) || input.hidden?.has(id) === true };
  return placePins(input, rank({ ...input, hidden }), { pins, own });
}

/** Those that are still to come and may be shown, in the order of their places, no two at one. */
function pinsFor(input: RankInput, { belongs }: PinWith): readonly Pin[] {
  const pins = input.rules?.pins ?? [];
  if (pins.length === 0) return pins;
  const mayShow = newestFor(input);
  const wasShown = ({ item, place }: Pin): boolean => place < 0 && input.hidden?.has(item) === true;
  const comes = ({ item }: Pin): boolean => mayShow(item) && input.filter?.passes(item) !== false && belongs?.(item) !== false;
  const placed: Pin[] = [];
  let coming = 0;
  for (const pin of pins.toSorted((a, b) => a.place - b.place)) {
    const isComing = comes(pin);
    // Those of earlier pages have moved others back.
    if (!isComing && !wasShown(pin)) continue;
    if (isComing && ++coming > MOST_PINNED) break;
    insert(placed, pin);
  }
  return placed.filter((pin) => pin.place >= 0 && comes(pin));
}

/** As into a list: what stands there, and all behind it, moves back. */
function insert(placed: Pin[], pin: Pin): void {
  let at = placed.length;
  for (let last = placed[at - 1]; last !== undefined && last.place >= pin.place; last = placed[at - 1]) placed[--at] = { ...last, place: last.place + 1 };
  placed.splice(at, 0, pin);
}

/** The others move back; the list keeps its length, or grows up to the limit. */
function placePins(input: RankInput, ranking: Ranking, { pins, own }: { readonly pins: readonly Pin[]; readonly own: PinWith }): Ranking {
  const items = [...ranking.items];
  for (const { item: id, place, rule } of pins) {
    if (place >= input.limit && items.length >= input.limit) break;
    const item = scored(input, ranking, { id, own });
    // Chance has no part in its place.
    const certain = ranking.isDrawn === true ? { propensity: 1 } : {};
    items.splice(place, 0, { ...item, ...certain, source: 'pin', ...(item.reasons && { reasons: [...item.reasons, { kind: 'rule', rule, contribution: 0 }] }) });
  }
  return { ...ranking, items: items.slice(0, input.limit) };
}

/** With the score that it would have in the list, and its reasons. */
function scored(input: RankInput, { rung }: Ranking, { id, own }: { readonly id: string; readonly own: PinWith }): RankedItem {
  const { set } = input.model;
  const row = set.rowOf(id);
  const ruled = input.reasons ? ruleParts(input, id) : undefined;
  if (own.explain === undefined || rung === 'trending' || rung === 'newest' || row === undefined || (set.scale[row] ?? 0) === 0) {
    const score = rung === 'trending' ? own.counterOf(id) : 0;
    const kind = own.explain === undefined || score > 0 ? 'trending' : 'newest';
    // Of these lists rules change the order, not the scores.
    return { id, score, ...(ruled && { reasons: [{ kind, contribution: score }, ...ruled.reasons.map((reason) => ({ ...reason, contribution: 0 }))] }) };
  }
  const score = set.scoreOf(row, columnOf(input));
  return { id, score, ...(ruled && { reasons: [...own.explain({ row, score: score - ruled.added }), ...ruled.reasons] }) };
}
