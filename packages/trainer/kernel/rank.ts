/**
 * The rank of an event's item among all eligible ones, before it is learned: 1 + how many score above it.
 *
 * Only the items of the history and the followers of the last one have terms beside cosine and bias. They are put right
 * first; then one pass over all rows counts those whose plain score is higher.
 */
import { dot, hsum, hsum4 } from '../../shared/kernel/vector';
import { pool } from './attention';
import { followTerm } from './loss';
import {
  bucketOf, dense, embedding, enter, Example, example, float, FOLLOW, FOLLOWERS, header, isCandidate, NONE, REPEAT, rowBytes, users, work,
} from './memory';

let query: usize = 0; // ĥ
let above: f32 = 0; // the target's score

/**
 * `excluded` rows (distinct) stand at the start of `selection`. Counting ends at `limit`, which is then returned + 1.
 * 0: the target isn't eligible, or a number isn't finite.
 */
export function rank(slot: u32, eligible: u32, followScale: f32, excluded: u32, limit: u32): u32 {
  enter(0);
  const one = example(slot);
  if (!isListed(one.target)) return 0;
  query = users;
  pool(one, work(0), query);
  above = plain(one.target) + extra(one, one.target, one.repeat, one.own, followScale);
  if (!isFinite(above)) return 0;

  let count = plain(one.target) > above ? -1 : 0; // the pass below counts it
  for (let i: u32 = 0; i < excluded; i++) {
    const row = load<u32>(header().selection + (i << 2));
    if (row != one.target && isListed(row) && plain(row) > above) count--;
  }
  count += adjustCandidates(one, followScale, excluded);
  count += adjustFollowers(one, followScale, excluded);
  return <u32>max(0, countAbove(eligible, count, <i32>limit)) + 1;
}

/** cos/τ + b. */
// @ts-ignore: decorator
@inline
function plain(row: u32): f32 {
  const at = embedding(row);
  return score(dot(query, at, rowBytes), dot(at, at, rowBytes), float(header().bias, row));
}

// @ts-ignore: decorator
@inline
function score(product: f32, square: f32, bias: f32): f32 {
  return product / sqrt(square + 1e-12) * header().sharpness + bias;
}

/** The repeat and follow terms of a row. */
function extra(one: Example, row: u32, bucket: u32, own: f32, followScale: f32): f32 {
  const repeat: f32 = bucket == NONE ? 0 : dense(REPEAT + bucket);
  if (one.length == 0) return repeat;
  const cells = (one.row(0) * FOLLOWERS) << 2;
  for (let o: u32 = 0; o < FOLLOWERS << 2; o += 4) {
    if (load<u32>(header().follower + cells + o) != row) continue;
    return repeat + dense(FOLLOW) * followTerm(load<f32>(header().followCount + cells + o), own, followScale);
  }
  return repeat;
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
  if (one.length == 0) return 0;
  let change = 0;
  const cells = (one.row(0) * FOLLOWERS) << 2;
  for (let o: u32 = 0; o < FOLLOWERS << 2; o += 4) {
    const row = load<u32>(header().follower + cells + o);
    if (row == 0 || row == one.target || inHistory(one, row) || !takesPart(row, excluded)) continue;
    change += adjustment(one, row, NONE, followScale);
  }
  return change;
}

function inHistory(one: Example, row: u32): bool {
  for (let k: u32 = 0; k < one.length; k++) if (one.row(k) == row) return true;
  return false;
}

function isListed(row: u32): bool {
  return load<u8>(header().listed + row) != 0;
}

function takesPart(row: u32, excluded: u32): bool {
  if (!isListed(row)) return false;
  for (let i: u32 = 0; i < excluded; i++) if (load<u32>(header().selection + (i << 2)) == row) return false;
  return true;
}

/** `count` + how many eligible rows have a plain score above the target; four rows at a time. */
function countAbove(eligible: u32, count: i32, limit: i32): i32 {
  const list = header().eligible;
  const even = eligible & ~3;
  let i: u32 = 0;
  for (; i < even; i += 4) {
    const at = list + (i << 2);
    const r0 = load<u32>(at);
    const r1 = load<u32>(at, 4);
    const r2 = load<u32>(at, 8);
    const r3 = load<u32>(at, 12);
    const bias = f32x4(float(header().bias, r0), float(header().bias, r1), float(header().bias, r2), float(header().bias, r3));
    count += i32.popcnt(i32x4.bitmask(f32x4.gt(plain4(r0, r1, r2, r3, bias), f32x4.splat(above))));
    if (count >= limit) return limit;
  }
  for (; i < eligible; i++) count += i32(plain(load<u32>(list + (i << 2))) > above);
  return min(count, limit);
}

// @ts-ignore: decorator
@inline
function plain4(r0: u32, r1: u32, r2: u32, r3: u32, bias: v128): v128 {
  const e0 = embedding(r0);
  const e1 = embedding(r1);
  const e2 = embedding(r2);
  const e3 = embedding(r3);
  let p0 = f32x4.splat(0);
  let p1 = p0;
  let p2 = p0;
  let p3 = p0;
  let q0 = p0;
  let q1 = p0;
  let q2 = p0;
  let q3 = p0;
  for (let o: usize = 0; o < rowBytes; o += 16) {
    const h = v128.load(query + o);
    let e = v128.load(e0 + o);
    p0 = f32x4.add(p0, f32x4.mul(h, e));
    q0 = f32x4.add(q0, f32x4.mul(e, e));
    e = v128.load(e1 + o);
    p1 = f32x4.add(p1, f32x4.mul(h, e));
    q1 = f32x4.add(q1, f32x4.mul(e, e));
    e = v128.load(e2 + o);
    p2 = f32x4.add(p2, f32x4.mul(h, e));
    q2 = f32x4.add(q2, f32x4.mul(e, e));
    e = v128.load(e3 + o);
    p3 = f32x4.add(p3, f32x4.mul(h, e));
    q3 = f32x4.add(q3, f32x4.mul(e, e));
  }
  const length = f32x4.sqrt(f32x4.add(hsum4(q0, q1, q2, q3), f32x4.splat(1e-12)));
  return f32x4.add(f32x4.mul(f32x4.div(hsum4(p0, p1, p2, p3), length), f32x4.splat(header().sharpness)), bias);
}
