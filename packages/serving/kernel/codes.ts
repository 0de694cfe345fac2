/**
 * Rows as bytes: a quarter of the memory that a scan has to read, so a scan of many rows is as many times faster.
 *
 * A row E[j] of floats is coded as c = round(E[j] / step), step = max |E[j]| / 127; E[j] = step · c + e.
 * `encode` writes the code and leaves (step, |e|). `scanCodes` ranks all rows by the score that the codes give,
 *   s'[j] = step_q · dot(q', c[j]) · codeScale[j] + bias[j],   q' = round(q / step_q) in 16 bits, codeScale[j] = step[j] / (|E[j]| τ),
 * and leaves the best k in no order. How far s' may lie from the true score follows from |e| (store/coded-scan.ts), which
 * is how the caller knows whether the true best are among them.
 * Sums are whole numbers of 32 bits: |q'| ≤ 16,383 keeps them exact up to D = 1,008.
 */
import { hmax, hsum } from '../../shared/kernel/vector';
import { cut, FLOOR, push4 } from './top-k';

const QUERY_STEPS: f32 = 16_383;
const ROW_STEPS: f32 = 127;

/** `out`: two floats, the step and the length of what rounding left over. A row of zeros has step 0. */
export function encode(row: usize, dim: i32, code: usize, out: usize): void {
  const bytes = <usize>dim << 2;
  const largest = largestOf(row, bytes);
  const step = largest / ROW_STEPS;
  const inverse = f32x4.splat(largest > 0 ? ROW_STEPS / largest : 0);
  const step4 = f32x4.splat(step);
  let rest = f32x4.splat(0);
  for (let o: usize = 0; o < bytes; o += 64) {
    const a = rounded(row + o, inverse);
    const b = rounded(row + o + 16, inverse);
    const c = rounded(row + o + 32, inverse);
    const d = rounded(row + o + 48, inverse);
    rest = addRest(addRest(addRest(addRest(rest, row + o, a, step4), row + o + 16, b, step4), row + o + 32, c, step4), row + o + 48, d, step4);
    v128.store(code + (o >> 2), i8x16.narrow_i16x8_s(narrow(a, b), narrow(c, d)));
  }
  store<f32>(out, step);
  store<f32>(out, sqrt<f32>(hsum(rest)), 4);
}

/** The same for a query, in 16 bits. */
export function encodeQuery(query: usize, dim: i32, code: usize, out: usize): void {
  const bytes = <usize>dim << 2;
  const largest = largestOf(query, bytes);
  const step = largest / QUERY_STEPS;
  const inverse = f32x4.splat(largest > 0 ? QUERY_STEPS / largest : 0);
  const step4 = f32x4.splat(step);
  let rest = f32x4.splat(0);
  for (let o: usize = 0; o < bytes; o += 32) {
    const a = rounded(query + o, inverse);
    const b = rounded(query + o + 16, inverse);
    rest = addRest(addRest(rest, query + o, a, step4), query + o + 16, b, step4);
    v128.store(code + (o >> 1), narrow(a, b));
  }
  store<f32>(out, step);
  store<f32>(out, sqrt<f32>(hsum(rest)), 4);
}

/** Leaves the best k rows by s', unsorted, and returns how many there are; `threshold` gets the score that every other row is not above. */
export function scanCodes(query: usize, step: f32, codes: usize, codeScale: usize, bias: usize, count: i32, dim: i32, k: i32, ids: usize, scores: usize, capacity: i32, threshold: usize): i32 {
  const stride = <usize>dim;
  const step4 = f32x4.splat(step);
  let kept = 0;
  let worst = FLOOR;
  let worst4 = f32x4.splat(FLOOR);
  for (let j = 0; j < count; j += 4) {
    const column = <usize>j << 2;
    const dots = f32x4.convert_i32x4_s(codeDots4(query, codes + <usize>j * stride, stride));
    const s = f32x4.add(f32x4.mul(f32x4.mul(dots, step4), v128.load(codeScale + column)), v128.load(bias + column));
    const above = i32x4.bitmask(f32x4.gt(s, worst4));
    if (above == 0) continue;
    kept = push4(s, above, j, ids, scores, kept);
    if (kept > capacity - 4) {
      worst = cut(ids, scores, kept, k);
      worst4 = f32x4.splat(worst);
      kept = k;
    }
  }
  if (kept > k) {
    worst = cut(ids, scores, kept, k);
    kept = k;
  }
  store<f32>(threshold, worst);
  return kept;
}

/** Dot products of q' with the codes of four rows that follow each other. */
// @ts-ignore: decorator
@inline
export function codeDots4(q: usize, row: usize, stride: usize): v128 {
  const r1 = row + stride;
  const r2 = r1 + stride;
  const r3 = r2 + stride;
  let a0 = i32x4.splat(0);
  let a1 = a0;
  let a2 = a0;
  let a3 = a0;
  for (let o: usize = 0; o < stride; o += 16) {
    const low = v128.load(q + (o << 1));
    const high = v128.load(q + (o << 1), 16);
    a0 = dot16(v128.load(row + o), low, high, a0);
    a1 = dot16(v128.load(r1 + o), low, high, a1);
    a2 = dot16(v128.load(r2 + o), low, high, a2);
    a3 = dot16(v128.load(r3 + o), low, high, a3);
  }
  const ab = i32x4.add(v128.shuffle<i32>(a0, a1, 0, 2, 4, 6), v128.shuffle<i32>(a0, a1, 1, 3, 5, 7));
  const cd = i32x4.add(v128.shuffle<i32>(a2, a3, 0, 2, 4, 6), v128.shuffle<i32>(a2, a3, 1, 3, 5, 7));
  return i32x4.add(v128.shuffle<i32>(ab, cd, 0, 2, 4, 6), v128.shuffle<i32>(ab, cd, 1, 3, 5, 7));
}

// @ts-ignore: decorator
@inline
function dot16(code: v128, low: v128, high: v128, sum: v128): v128 {
  const first = i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_s(code), low);
  return i32x4.add(sum, i32x4.add(first, i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_s(code), high)));
}

// @ts-ignore: decorator
@inline
function largestOf(vector: usize, bytes: usize): f32 {
  let largest = f32x4.splat(0);
  for (let o: usize = 0; o < bytes; o += 16) largest = f32x4.max(largest, f32x4.abs(v128.load(vector + o)));
  return hmax(largest);
}

/** Four numbers as whole numbers of 32 bits, each still a float. */
// @ts-ignore: decorator
@inline
function rounded(from: usize, inverse: v128): v128 {
  return f32x4.nearest(f32x4.mul(v128.load(from), inverse));
}

// @ts-ignore: decorator
@inline
function narrow(a: v128, b: v128): v128 {
  return i16x8.narrow_i32x4_s(i32x4.trunc_sat_f32x4_s(a), i32x4.trunc_sat_f32x4_s(b));
}

// @ts-ignore: decorator
@inline
function addRest(sum: v128, from: usize, whole: v128, step: v128): v128 {
  const rest = f32x4.sub(v128.load(from), f32x4.mul(whole, step));
  return f32x4.add(sum, f32x4.mul(rest, rest));
}
