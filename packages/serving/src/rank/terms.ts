/**
 * The two terms of a score that depend on the shopper and single items (MODEL.md, Forward):
 * r[age bucket of j's last occurrence] (r_past when that lies before the pooled history) and w_f · log(1 + 20 · follow(i_1 → j)).
 */
import { DENSE } from '@freshet/shared/domain/model-config';
import { followScale } from '@freshet/shared/domain/tables';
import type { TableSet } from '../store/table-set.js';
import type { Query } from './query.js';

const FOLLOW_GAIN = 20;

/** r for every distinct item of the history (its newest event is its last occurrence), then r_past for every past item. */
export function eachRepeat(set: TableSet, query: Query, take: (row: number, term: number) => void): void {
  for (let k = 0; k < query.count; k++) {
    const row = query.rows[k] ?? 0;
    let first = 0;
    while (query.rows[first] !== row) first++;
    if (first === k) take(row, set.dense[DENSE.repeat + (query.ages[k] ?? 0)] ?? 0);
  }
  for (let i = 0; i < query.pastCount; i++) take(query.pastRows[i] ?? 0, set.dense[DENSE.repeatPast + (query.pastAges[i] ?? 0)] ?? 0);
}

/** The follow term of every item that has followed `row`. */
export function eachFollow(set: TableSet, from: { readonly row: number; readonly now: number }, take: (row: number, term: number) => void): void {
  const weight = set.dense[DENSE.follow] ?? 0;
  const scale = followScale(from.now);
  const { slots } = set.layout;
  const start = from.row * slots;
  for (let cell = start; cell < start + slots; cell++) {
    const follower = set.followers[cell] ?? 0;
    if (follower === 0 || follower >= set.rows) continue;
    take(follower, weight * Math.log(1 + FOLLOW_GAIN * (set.followCounts[cell] ?? 0) * scale));
  }
}
