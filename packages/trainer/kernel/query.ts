/**
 * Scores for one user vector over many items, normalised on the fly:
 *   plain score = e^σ cos(ĥ, E[j])/τ + b_j;   extra terms = r[repeat bucket] + Σ_z w_f[z] log(1 + 20 follow(i_z → j))
 * Only the items of the history, past items and the followers of the last three items have extra terms.
 *
 * 1. `ask` gathers those followers, each once, so that the terms of a row are one look-up.
 * 2. A row's plain score has the same bits alone (`plain`) and among four (`plain4`), so it can be counted out again.
 */
import { exp1 } from '../../shared/kernel/scalar';
import { dot } from '../../shared/kernel/vector';
import { logSharpness, pool } from './attention';
import { CELL, cellOf, countAt, endOfCells, firstCell, followerAt, followTerm, ownOf } from './followers';
import { dense, embedding, FOLLOW_SLOTS, float, FOLLOWED, followWeight, header, hitPlace, hitValue, NONE, rowBytes, rowTable, users } from './memory';
import { Example, repeatWeight, work } from './records';
import { measureFour, products4, squares4 } from './rows';

let query: usize = 0; // ĥ
let sharpness: f32 = 0; // e^σ/τ

/** How many followers the last items have; their rows stand in `hitPlace`, their follow terms in `hitValue`. */
export let gathered: u32 = 0;

/** Pools the example's history: the following scores are for its user vector. */
export function ask(one: Example, followScale: f32): void {
  query = users;
  pool(one, work(0), query, 0);
  sharpness = header().sharpness * exp1(logSharpness(one));
  gatherFollowers(one, followScale);
}

function gatherFollowers(one: Example, followScale: f32): void {
  memory.fill(rowTable, 0, FOLLOW_SLOTS << 1);
  gathered = 0;
  for (let z: u32 = 0; z < FOLLOWED; z++) {
    const weight = dense(followWeight(z));
    const end = endOfCells(one, z);
    for (let cell = firstCell(one, z); cell < end; cell += CELL) {
      const row = followerAt(cell);
      if (row == 0) break;
      const at = placeFor(row) << 2;
      store<f32>(hitValue + at, load<f32>(hitValue + at) + weight * followTerm(countAt(cell), 0, followScale));
    }
  }
}

/** The row's place among the followers; a new one, with no terms yet, if it has none. */
function placeFor(row: u32): u32 {
  const slot = slotOf(row);
  const entry: u32 = load<u16>(rowTable + (slot << 1));
  if (entry != 0) return entry - 1;
  store<u16>(rowTable + (slot << 1), <u16>(gathered + 1));
  store<u32>(hitPlace + (gathered << 2), row);
  store<f32>(hitValue + (gathered << 2), 0);
  return gathered++;
}

/** The row's slot in `rowTable`, or the empty one where it would be. */
function slotOf(row: u32): u32 {
  let slot = ((row * 0x9e3779b1) >> 16) & (FOLLOW_SLOTS - 1);
  while (true) {
    const entry: u32 = load<u16>(rowTable + (slot << 1));
    if (entry == 0 || load<u32>(hitPlace + ((entry - 1) << 2)) == row) return slot;
    slot = (slot + 1) & (FOLLOW_SLOTS - 1);
  }
}

export function isFollower(row: u32): bool {
  return load<u16>(rowTable + (slotOf(row) << 1)) != 0;
}

// @ts-ignore: decorator
@inline
export function gatheredRow(i: u32): u32 {
  return load<u32>(hitPlace + (i << 2));
}

/** e^σ cos/τ + b. */
// @ts-ignore: decorator
@inline
export function plain(row: u32): f32 {
  const at = embedding(row);
  return score(dot(query, at, rowBytes), dot(at, at, rowBytes), float(header().bias, row));
}

// @ts-ignore: decorator
@inline
function score(product: f32, square: f32, bias: f32): f32 {
  return product / sqrt(square + 1e-12) * sharpness + bias;
}

/** The repeat and follow terms of a row. */
export function extra(row: u32, bucket: u32): f32 {
  const entry: u32 = load<u16>(rowTable + (slotOf(row) << 1));
  return repeatTerm(bucket) + (entry == 0 ? 0 : float(hitValue, entry - 1));
}

/** The same of the target, without what its own event has added to the counts. */
export function extraOfTarget(one: Example, followScale: f32): f32 {
  let follow: f32 = 0;
  for (let z: u32 = 0; z < FOLLOWED; z++) {
    const cell = cellOf(one, z, one.target);
    if (cell != endOfCells(one, z)) follow += dense(followWeight(z)) * followTerm(countAt(cell), ownOf(one, z), followScale);
  }
  return repeatTerm(one.repeat) + follow;
}

// @ts-ignore: decorator
@inline
function repeatTerm(bucket: u32): f32 {
  return bucket == NONE ? 0 : dense(repeatWeight(bucket));
}

export function inHistory(one: Example, row: u32): bool {
  for (let k: u32 = 0; k < one.length; k++) if (one.row(k) == row) return true;
  return false;
}

/** Repeat bucket of a past item, else NONE. */
export function pastBucketOf(one: Example, row: u32): u32 {
  for (let i: u32 = 0; i < one.past; i++) if (one.pastRow(i) == row) return one.pastBucket(i);
  return NONE;
}

export function isListed(row: u32): bool {
  return load<u8>(header().listed + row) != 0;
}

export function takesPart(row: u32, excluded: u32): bool {
  if (!isListed(row)) return false;
  for (let i: u32 = 0; i < excluded; i++) if (load<u32>(header().selection + (i << 2)) == row) return false;
  return true;
}

/** The plain scores of the four rows listed at `at`. */
// @ts-ignore: decorator
@inline
export function plain4(at: usize): v128 {
  const r0 = load<u32>(at);
  const r1 = load<u32>(at, 4);
  const r2 = load<u32>(at, 8);
  const r3 = load<u32>(at, 12);
  const bias = f32x4(float(header().bias, r0), float(header().bias, r1), float(header().bias, r2), float(header().bias, r3));
  measureFour(query, embedding(r0), embedding(r1), embedding(r2), embedding(r3));
  const length = f32x4.sqrt(f32x4.add(squares4, f32x4.splat(1e-12)));
  return f32x4.add(f32x4.mul(f32x4.div(products4, length), f32x4.splat(sharpness)), bias);
}
