/**
 * What keeps an item out of a list, whatever its score: every rule that the ranking follows, asked about one item. A new rule of the
 * ranking gets its question here, its code in OBSTACLES and its sentences in messages.ts, which the compiler asks for.
 *
 * 1. An item that may be in the list has no obstacle. One with an obstacle is not in the list.
 * 2. All obstacles are named, not the first alone: who removes one should know of the next.
 */
import type { Mark } from '@freshet/shared/domain/history';
import { isEligible, STAT, USERS_MASK, USERS_NEEDED } from '@freshet/shared/domain/tables';
import { isNarrowed } from '../rules/compile.js';
import type { RankInput, Rung } from './input.js';
import { historyOf } from './working-history.js';

/**
 * `unknown_item`: neither catalogue nor model know it. `withdrawn`: deleted from the catalogue. `unavailable`: not for sale now.
 * `not_learned`: described, but this version of the model has no vector for it. `too_few_shoppers`: nobody has described it, and too few
 * shoppers have touched it. `filtered`: doesn't pass
 * the request's filter. `ruled_out`: a rule of the shop leaves it out. `not_demanded`: a rule wants others only. `excluded`: by the request's ids. `shown_before`:
 * on an earlier page (told by the route: to the ranking both are ids left out). `looked_at`: the request's own item. `refused`: disliked, returned,
 * removed or rated badly by the shopper. `seen`: had by the shopper, and the request excludes that.
 */
export const OBSTACLES = ['unknown_item', 'withdrawn', 'unavailable', 'not_learned', 'too_few_shoppers', 'filtered', 'ruled_out', 'not_demanded', 'excluded', 'shown_before', 'looked_at', 'refused', 'seen'] as const;
export type ObstacleCode = (typeof OBSTACLES)[number];

export interface Obstacle {
  readonly code: ObstacleCode;
  /** Of `refused` and `seen`: what he did, where it is known, and how long ago. */
  readonly event_type?: string;
  readonly age_seconds?: number;
  /** Of `ruled_out` and `not_demanded`: the rule's id. */
  readonly rule?: string;
  /** Of `too_few_shoppers`: how many have touched it (up to three are told apart), and how many are needed. */
  readonly shoppers?: number;
  readonly needed?: number;
}

export function obstaclesOf(input: RankInput, id: string, rung: Rung): Obstacle[] {
  return [...shopSays(input, id, rung), ...requestSays(input, id), ...rulesSay(input, id), ...shopperSays(input, id)];
}

function* shopSays({ model: { set }, shelf, anyAvailability }: RankInput, id: string, rung: Rung): Generator<Obstacle> {
  const state = shelf.state(id);
  const row = set.rowOf(id);
  if (state === 'deleted') yield { code: 'withdrawn' };
  if (state === 'unavailable' && !anyAvailability) yield { code: 'unavailable' };
  if (state === 'undescribed') {
    const users = row === undefined ? 0 : (set.stat[row * STAT.words + STAT.users] ?? 0);
    if (row === undefined) yield { code: 'unknown_item' };
    else if (!isEligible(users)) yield { code: 'too_few_shoppers', shoppers: users & USERS_MASK, needed: USERS_NEEDED };
  }
  const hasVector = row !== undefined && (set.scale[row] ?? 0) > 0;
  // What nobody has learned is shown for being new, where the list has come to that.
  if (!hasVector && state !== 'deleted' && (row !== undefined || state !== 'undescribed') && rung !== 'trending' && rung !== 'newest') yield { code: 'not_learned' };
}

function* requestSays({ excludeIds, item, filter, shelf }: RankInput, id: string): Generator<Obstacle> {
  const asked = filter !== undefined && isNarrowed(filter.filter) ? filter.filter.asked : filter?.filter;
  if (asked?.passes(shelf.catalogue.look(id)) === false) yield { code: 'filtered' };
  if (excludeIds.includes(id)) yield { code: 'excluded' };
  if (item === id) yield { code: 'looked_at' };
}

/** A demand holds where the list was not made without it. */
function* rulesSay({ rules, filter }: RankInput, id: string): Generator<Obstacle> {
  if (rules === undefined) return;
  for (const rule of rules.excludedBy(id)) yield { code: 'ruled_out', rule };
  if (filter === undefined || !isNarrowed(filter.filter) || !filter.filter.demands) return;
  for (const rule of rules.unmetBy(id)) yield { code: 'not_demanded', rule };
}

function* shopperSays(input: RankInput, id: string): Generator<Obstacle> {
  const mark = input.session.marks.get(id) ?? input.history?.seen.get(id);
  if (mark === undefined) return;
  if (mark.refused) yield { code: 'refused', ...whatAndWhen(input, mark, mark.type) };
  else if (input.excludeSeen) yield { code: 'seen', ...whatAndWhen(input, mark, historyOf(input).find((event) => event.item === id)?.type) };
}

function whatAndWhen({ now }: RankInput, { ts }: Mark, type: string | undefined): Pick<Obstacle, 'event_type' | 'age_seconds'> {
  return { ...(type === undefined ? {} : { event_type: type }), age_seconds: Math.max(0, Math.floor((now - ts) / 1000)) };
}
