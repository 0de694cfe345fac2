/**
 * The rank of an event's item among all eligible ones, before it is learned: 1 + how many score above it.
 *
 * The few items with extra terms (query.ts) are put right first; then one pass over all rows counts those whose plain score is higher.
 */
import { examine, header } from './memory';
import { ask, extra, extraOfTarget, gathered, gatheredRow, inHistory, isFollower, isListed, pastBucketOf, plain, plain4, takesPart } from './query';
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
  ask(one, followScale);
  above = plain(one.target) + extraOfTarget(one, followScale);
  if (!isFinite(above)) return 0;

  let count = plain(one.target) > above ? -1 : 0; // the pass below counts it
  for (let i: u32 = 0; i < excluded; i++) {
    const row = load<u32>(header().selection + (i << 2));
    if (row != one.target && isListed(row) && plain(row) > above) count--;
  }
  count += adjustCandidates(one, excluded);
  count += adjustFollowers(one, excluded);
  count += adjustPast(one, excluded);
  return <u32>max(0, countAbove(eligible, count, <i32>limit)) + 1;
}

/** What a row's extra terms change in the count: +1 when they lift it above the target, −1 when they push it below. */
function adjustment(row: u32, bucket: u32): i32 {
  const base = plain(row);
  return i32(base + extra(row, bucket) > above) - i32(base > above);
}

function adjustCandidates(one: Example, excluded: u32): i32 {
  let change = 0;
  for (let k: u32 = 0; k < one.length; k++) {
    if (!isCandidate(one.mark(k)) || !takesPart(one.row(k), excluded)) continue;
    change += adjustment(one.row(k), bucketOf(one.mark(k)));
  }
  return change;
}

function adjustFollowers(one: Example, excluded: u32): i32 {
  let change = 0;
  for (let i: u32 = 0; i < gathered; i++) {
    const row = gatheredRow(i);
    if (row == one.target || inHistory(one, row) || !takesPart(row, excluded)) continue;
    change += adjustment(row, pastBucketOf(one, row));
  }
  return change;
}

/** The past items that aren't followers as well. */
function adjustPast(one: Example, excluded: u32): i32 {
  let change = 0;
  for (let i: u32 = 0; i < one.past; i++) {
    const row = one.pastRow(i);
    if (row == one.target || isFollower(row) || !takesPart(row, excluded)) continue;
    change += adjustment(row, one.pastBucket(i));
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

