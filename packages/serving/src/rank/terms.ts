/**
 * The two terms of a score that depend on the shopper and single items (MODEL.md, Forward):
 * r[age bucket of j's last occurrence] (r_past when that lies before the pooled history) and Σ_z w_f[z] · log(1 + 20 · follow(i_z → j)).
 *
 * 1. z goes over the shopper's last FOLLOWED_ITEMS events, each item once, with the weight of its newest event. A weight of 0 (of a model
 *    that was learned without it) is no term: nothing is looked through for it.
 */
import type { HistoryEvent } from '@freshet/shared/domain/history';
import { DENSE, FOLLOWED_ITEMS, followWeight } from '@freshet/shared/domain/model-config';
import { followScale } from '@freshet/shared/domain/tables';
import type { TableSet } from '../store/table-set.js';
import type { Query } from './query.js';

const FOLLOW_GAIN = 20;

/** What one item's repeat term rests on. */
export interface Repeat {
  readonly term: number;
  /** When the item was had last, milliseconds since 1970. */
  readonly ts: number;
  /** What was done with it then, where the pooled history says so. */
  readonly event?: HistoryEvent;
}

/** r for every distinct item of the history (its newest event is its last occurrence), then r_past for every past item. */
export function eachRepeat(set: TableSet, query: Query, take: (row: number, term: number) => void): void {
  for (let k = 0; k < query.count; k++) {
    const row = query.rows[k] ?? 0;
    if (query.rows.indexOf(row) === k) take(row, repeatTerm(set, query, k));
  }
  for (let i = 0; i < query.pastCount; i++) take(query.pastRows[i] ?? 0, pastTerm(set, query, i));
}

/** The same of one item, undefined if the shopper hasn't had it. */
export function repeatOf(set: TableSet, query: Query, row: number): Repeat | undefined {
  const k = query.rows.subarray(0, query.count).indexOf(row);
  const event = k < 0 ? undefined : query.events[k];
  if (event !== undefined) return { term: repeatTerm(set, query, k), ts: event.ts, event };
  const past = query.pastRows.subarray(0, query.pastCount).indexOf(row);
  return past < 0 ? undefined : { term: pastTerm(set, query, past), ts: query.pastTimes[past] ?? 0 };
}

function repeatTerm({ dense }: TableSet, { ages }: Query, k: number): number {
  return dense[DENSE.repeat + (ages[k] ?? 0)] ?? 0;
}

function pastTerm({ dense }: TableSet, { pastAges }: Query, i: number): number {
  return dense[DENSE.repeatPast + (pastAges[i] ?? 0)] ?? 0;
}

export interface FollowQuery {
  readonly query: Query;
  readonly now: number;
}

/** One of the last items and its part of an item's follow term. */
export interface FollowPart {
  readonly item: number;
  readonly term: number;
}

/** The follow terms of all items that have followed one of the last items; those that have followed several come several times. */
export function eachFollow(set: TableSet, { query, now }: FollowQuery, take: (row: number, term: number) => void): void {
  const scale = followScale(now);
  const { slots } = set.layout;
  eachFollowed(set, query, (item, weight) => {
    for (let cell = item * slots; cell < (item + 1) * slots; cell++) {
      const follower = set.followers[cell] ?? 0;
      if (follower === 0 || follower >= set.rows) continue;
      take(follower, weight * logOf(set, cell, scale));
    }
  });
}

/** The same of one item, by the items that it has followed. */
export function followParts(set: TableSet, { query, now }: FollowQuery, row: number): FollowPart[] {
  const scale = followScale(now);
  const { slots } = set.layout;
  const parts: FollowPart[] = [];
  eachFollowed(set, query, (item, weight) => {
    for (let cell = item * slots; cell < (item + 1) * slots && row !== 0; cell++) {
      if (set.followers[cell] === row) parts.push({ item, term: weight * logOf(set, cell, scale) });
    }
  });
  return parts;
}

/** The last items and w_f of each. */
function eachFollowed({ dense }: TableSet, { rows, count }: Query, take: (item: number, weight: number) => void): void {
  for (let z = 0; z < Math.min(FOLLOWED_ITEMS, count); z++) {
    const item = rows[z] ?? 0;
    const weight = dense[followWeight(z)] ?? 0;
    if (weight !== 0 && rows.indexOf(item) === z) take(item, weight);
  }
}

function logOf({ followCounts }: TableSet, cell: number, scale: number): number {
  return Math.log(1 + FOLLOW_GAIN * (followCounts[cell] ?? 0) * scale);
}
