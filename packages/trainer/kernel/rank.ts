/**
 * The rank of an event's item among all eligible ones, before it is learned: 1 + how many score above it.
 *
 * The few items with extra terms (query.ts) are put right first; then one pass over all rows counts those whose plain score is higher.
 */
import { CELL, endOfCells, firstCell, followerAt, isFollower } from './followers';
import { examine, header } from './memory';
import { ask, extra, inHistory, isListed, pastBucketOf, plain, plain4, takesPart } from './query';
import { bucketOf, example, Example, isCandidate } from './records';

let above: f32 = 0; // the target's score

/**
 * `excluded` rows (distinct) stand at the start of `selection`. Counting ends at `limit`, which is then returned + 1.
 * 0: the target isn't eligible, or a number isn't finite.
 */
export function rank(slot: u32, eligible: u32, followScale: f32, excluded: u32, limit: u32): u32 {
  examine();
  const one = example(slot);
  if (!isListed(one.target)) return 0;
  ask(one);
  above = plain(one.target) + extra(one, one.target, one.repeat, one.own, followScale);
  if (!isFinite(above)) return 0;

  let count = plain(one.target) > above ? -1 : 0; // the pass below counts it
  for (let i: u32 = 0; i < excluded; i++) {
    const row = load<u32>(header().selection + (i << 2));
    if (row != one.target && isListed(row) && plain(row) > above) count--;
  }
  count += adjustCandidates(one, followScale, excluded);
  count += adjustFollowers(one, followScale, excluded);
  count += adjustPast(one, followScale, excluded);
  return <u32>max(0, countAbove(eligible, count, <i32>limit)) + 1;
}

/** What a row's extra terms change in the count: +1 when they lift it above the target, −1 when they push it below. */
function adjustment(one: Example, row: u32, bucket: u32, followScale: f32): i32 {
  const base = plain(row);
  return i32(base + extra(one, row, bucket, 0, followScale) > above) - i32(base > above);
}

function adjustCandidates(one: Example, followScale: f32, excluded: u32): i32 {
  let change = 0;
  for (let k: u32 = 0; k < one.length; k++) {
    if (!isCandidate(one.mark(k)) || !takesPart(one.row(k), excluded)) continue;
    change += adjustment(one, one.row(k), bucketOf(one.mark(k)), followScale);
  }
  return change;
}

function adjustFollowers(one: Example, followScale: f32, excluded: u32): i32 {
  let change = 0;
  for (let cell = firstCell(one); cell < endOfCells(one); cell += CELL) {
    const row = followerAt(cell);
    if (row == 0) break;
    if (row == one.target || inHistory(one, row) || !takesPart(row, excluded)) continue;
    change += adjustment(one, row, pastBucketOf(one, row), followScale);
  }
  return change;
}

/** The past items that aren't followers as well. */
function adjustPast(one: Example, followScale: f32, excluded: u32): i32 {
  let change = 0;
  for (let i: u32 = 0; i < one.past; i++) {
    const row = one.pastRow(i);
    if (row == one.target || isFollower(one, row) || !takesPart(row, excluded)) continue;
    change += adjustment(one, row, one.pastBucket(i), followScale);
  }
  return change;
}

/** `count` + how many eligible rows have a plain score above the target; four rows at a time. */
function countAbove(eligible: u32, count: i32, limit: i32): i32 {
  const list = header().eligible;
  const even = eligible & ~3;
  let i: u32 = 0;
  for (; i < even; i += 4) {
    count += i32.popcnt(i32x4.bitmask(f32x4.gt(plain4(list + (i << 2)), f32x4.splat(above))));
    if (count >= limit) return limit;
  }
  for (; i < eligible; i++) count += i32(plain(load<u32>(list + (i << 2))) > above);
  return min(count, limit);
}

