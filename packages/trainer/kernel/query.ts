/**
 * Scores for one user vector over many items, normalised on the fly:
 *   plain score = e^σ cos(ĥ, E[j])/τ + b_j;   extra terms = r[repeat bucket] + w_f log(1 + 20 follow(i_1 → j))
 * Only the items of the history, past items and the followers of the last item have extra terms.
 *
 * 1. A row's plain score has the same bits alone (`plain`) and among four (`plain4`), so it can be counted out again.
 */
import { exp1 } from '../../shared/kernel/scalar';
import { dot } from '../../shared/kernel/vector';
import { logSharpness, pool } from './attention';
import { cellOf, countAt, endOfCells, followTerm } from './followers';
import { dense, embedding, float, FOLLOW, header, NONE, rowBytes, users } from './memory';
import { Example, repeatWeight, work } from './records';
import { measureFour, products4, squares4 } from './rows';

let query: usize = 0; // ĥ
let sharpness: f32 = 0; // e^σ/τ

/** Pools the example's history: the following scores are for its user vector. */
export function ask(one: Example): void {
  query = users;
  pool(one, work(0), query, 0);
  sharpness = header().sharpness * exp1(logSharpness(one));
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
export function extra(one: Example, row: u32, bucket: u32, own: f32, followScale: f32): f32 {
  const repeat: f32 = bucket == NONE ? 0 : dense(repeatWeight(bucket));
  const cell = cellOf(one, row);
  return cell == endOfCells(one) ? repeat : repeat + dense(FOLLOW) * followTerm(countAt(cell), own, followScale);
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
