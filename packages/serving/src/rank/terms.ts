/**
 * The two terms of a score that depend on the shopper and single items (MODEL.md, Forward):
 * r[age bucket of j's last occurrence] (r_past when that lies before the pooled history) and w_f · log(1 + 20 · follow(i_1 → j)).
 */
import type { HistoryEvent } from '@freshet/shared/domain/history';
import { DENSE } from '@freshet/shared/domain/model-config';
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

interface FollowFrom {
  readonly row: number;
  readonly now: number;
}

/** The follow term of every item that has followed `row`. */
export function eachFollow(set: TableSet, from: FollowFrom, take: (row: number, term: number) => void): void {
  const scale = followScale(from.now);
  const { slots } = set.layout;
  const start = from.row * slots;
  for (let cell = start; cell < start + slots; cell++) {
    const follower = set.followers[cell] ?? 0;
    if (follower === 0 || follower >= set.rows) continue;
    take(follower, followTerm(set, cell, scale));
  }
}

/** The same of one item; 0 if it hasn't followed. */
export function followOf(set: TableSet, from: FollowFrom, row: number): number {
  const scale = followScale(from.now);
  const { slots } = set.layout;
  const start = from.row * slots;
  let sum = 0;
  for (let cell = start; cell < start + slots && row !== 0; cell++) {
    if (set.followers[cell] === row) sum += followTerm(set, cell, scale);
  }
  return sum;
}

function followTerm({ dense, followCounts }: TableSet, cell: number, scale: number): number {
  return (dense[DENSE.follow] ?? 0) * Math.log(1 + FOLLOW_GAIN * (followCounts[cell] ?? 0) * scale);
}
