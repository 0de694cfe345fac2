/**
 * Exact top-k over N rows, in WebAssembly SIMD on one unshared imported memory.
 *
 * `scan`: score[j] = dot(q, E[j]) · scale[j] + bias[j], j = 0 … N − 1, E being N rows of D floats (D a multiple of 16).
 * `top`:  score[j] = value[j], of the rows whose bias says that they may be served.
 * Both leave the best k as (ids, scores), sorted, and return how many there are.
 *
 * 1. Exact and deterministic: the higher score first, of equal scores the lower row.
 * 2. A row whose score is not above FLOOR is never returned: that is how a bias of −3e38 hides a row.
 * 3. Four rows go through the registers at once, so the columns are read up to N rounded up to a multiple of 4; rows
 *    behind N must hold a bias below FLOOR.
 *
 * Technique: a score above a running threshold goes to a buffer; when the buffer is full it is cut back to the best k
 * by quickselect, and the threshold rises to the k-th best. Rows come in ascending order, so a later row of the same
 * score as the k-th best loses the tie: comparing with > keeps guarantee 1.
 */
import { hsum4 } from '../../shared/kernel/vector';

const FLOOR: f32 = -1e38;

export function scan(query: usize, rows: usize, scale: usize, bias: usize, count: i32, dim: i32, k: i32, ids: usize, scores: usize, capacity: i32): i32 {
  const stride = <usize>dim << 2;
  let kept = 0;
  let threshold = f32x4.splat(FLOOR);
  for (let j = 0; j < count; j += 4) {
    const column = <usize>j << 2;
    const s = f32x4.add(f32x4.mul(dots4(query, rows + <usize>j * stride, stride), v128.load(scale + column)), v128.load(bias + column));
    const above = i32x4.bitmask(f32x4.gt(s, threshold));
    if (above == 0) continue;
    kept = push4(s, above, j, ids, scores, kept);
    if (kept > capacity - 4) {
      threshold = f32x4.splat(cut(ids, scores, kept, k));
      kept = k;
    }
  }
  return finish(ids, scores, kept, k);
}

export function top(values: usize, bias: usize, count: i32, k: i32, ids: usize, scores: usize, capacity: i32): i32 {
  const floor = f32x4.splat(FLOOR);
  let kept = 0;
  let threshold = floor;
  for (let j = 0; j < count; j += 4) {
    const column = <usize>j << 2;
    const s = v128.load(values + column);
    const above = i32x4.bitmask(v128.and(f32x4.gt(s, threshold), f32x4.gt(v128.load(bias + column), floor)));
    if (above == 0) continue;
    kept = push4(s, above, j, ids, scores, kept);
    if (kept > capacity - 4) {
      threshold = f32x4.splat(cut(ids, scores, kept, k));
      kept = k;
    }
  }
  return finish(ids, scores, kept, k);
}

/** Dot products of q with four rows that follow each other. */
// @ts-ignore: decorator
@inline
function dots4(q: usize, row: usize, stride: usize): v128 {
  const r1 = row + stride;
  const r2 = r1 + stride;
  const r3 = r2 + stride;
  let a0 = f32x4.splat(0);
  let a1 = a0;
  let a2 = a0;
  let a3 = a0;
  for (let o: usize = 0; o < stride; o += 32) {
    const h = v128.load(q + o);
    a0 = f32x4.add(a0, f32x4.mul(h, v128.load(row + o)));
    a1 = f32x4.add(a1, f32x4.mul(h, v128.load(r1 + o)));
    a2 = f32x4.add(a2, f32x4.mul(h, v128.load(r2 + o)));
    a3 = f32x4.add(a3, f32x4.mul(h, v128.load(r3 + o)));
    const g = v128.load(q + o, 16);
    a0 = f32x4.add(a0, f32x4.mul(g, v128.load(row + o, 16)));
    a1 = f32x4.add(a1, f32x4.mul(g, v128.load(r1 + o, 16)));
    a2 = f32x4.add(a2, f32x4.mul(g, v128.load(r2 + o, 16)));
    a3 = f32x4.add(a3, f32x4.mul(g, v128.load(r3 + o, 16)));
  }
  return hsum4(a0, a1, a2, a3);
}

// @ts-ignore: decorator
@inline
function push4(s: v128, above: i32, row: i32, ids: usize, scores: usize, kept: i32): i32 {
  if (above & 1) put(ids, scores, kept++, row, f32x4.extract_lane(s, 0));
  if (above & 2) put(ids, scores, kept++, row + 1, f32x4.extract_lane(s, 1));
  if (above & 4) put(ids, scores, kept++, row + 2, f32x4.extract_lane(s, 2));
  if (above & 8) put(ids, scores, kept++, row + 3, f32x4.extract_lane(s, 3));
  return kept;
}

// @ts-ignore: decorator
@inline
function put(ids: usize, scores: usize, place: i32, row: i32, score: f32): void {
  store<i32>(ids + (<usize>place << 2), row);
  store<f32>(scores + (<usize>place << 2), score);
}

// @ts-ignore: decorator
@inline
function idAt(ids: usize, place: i32): i32 {
  return load<i32>(ids + (<usize>place << 2));
}

// @ts-ignore: decorator
@inline
function scoreAt(scores: usize, place: i32): f32 {
  return load<f32>(scores + (<usize>place << 2));
}

/** Whether (score a, row i) comes before (score b, row j) in the answer. */
// @ts-ignore: decorator
@inline
function precedes(a: f32, i: i32, b: f32, j: i32): bool {
  return a > b || (a == b && i < j);
}

/** Quickselect (Hoare): moves the best k of n to the front, in any order; returns the k-th best score. k ≤ n. */
function cut(ids: usize, scores: usize, n: i32, k: i32): f32 {
  let low = 0;
  let high = n - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    const pivot = scoreAt(scores, middle);
    const pivotId = idAt(ids, middle);
    let i = low;
    let j = high;
    while (i <= j) {
      while (precedes(scoreAt(scores, i), idAt(ids, i), pivot, pivotId)) i++;
      while (precedes(pivot, pivotId, scoreAt(scores, j), idAt(ids, j))) j--;
      if (i <= j) swap(ids, scores, i++, j--);
    }
    if (k - 1 <= j) high = j;
    else if (k - 1 >= i) low = i;
    else break;
  }
  let worst = scoreAt(scores, 0);
  for (let i = 1; i < k; i++) worst = min(worst, scoreAt(scores, i));
  return worst;
}

function swap(ids: usize, scores: usize, i: i32, j: i32): void {
  const id = idAt(ids, i);
  const score = scoreAt(scores, i);
  put(ids, scores, i, idAt(ids, j), scoreAt(scores, j));
  put(ids, scores, j, id, score);
}

/** The best k, sorted (insertion sort: k ≤ some hundred). */
function finish(ids: usize, scores: usize, kept: i32, k: i32): i32 {
  if (kept > k) {
    cut(ids, scores, kept, k);
    kept = k;
  }
  for (let i = 1; i < kept; i++) {
    const id = idAt(ids, i);
    const score = scoreAt(scores, i);
    let place = i;
    while (place > 0 && precedes(score, id, scoreAt(scores, place - 1), idAt(ids, place - 1))) {
      put(ids, scores, place, idAt(ids, place - 1), scoreAt(scores, place - 1));
      place--;
    }
    put(ids, scores, place, id, score);
  }
  return kept;
}
