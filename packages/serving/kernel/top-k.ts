/**
 * The best k of scores that come one after the other: a score above a running threshold goes to a buffer; when the buffer
 * is full it is cut back to the best k by quickselect, and the threshold rises to the k-th best. Rows come in ascending
 * order, so a later row of the same score as the k-th best loses the tie: comparing with > keeps the lower row.
 *
 * The buffer is two columns, row numbers (i32) and scores (f32).
 */
/** A row whose score is not above it is never returned: that is how a bias of −3e38 hides a row. */
export const FLOOR: f32 = -1e38;

/** The lanes of s whose bit is set join the buffer as rows row … row + 3; returns how many it holds then. */
// @ts-ignore: decorator
@inline
export function push4(s: v128, above: i32, row: i32, ids: usize, scores: usize, kept: i32): i32 {
  if (above & 1) put(ids, scores, kept++, row, f32x4.extract_lane(s, 0));
  if (above & 2) put(ids, scores, kept++, row + 1, f32x4.extract_lane(s, 1));
  if (above & 4) put(ids, scores, kept++, row + 2, f32x4.extract_lane(s, 2));
  if (above & 8) put(ids, scores, kept++, row + 3, f32x4.extract_lane(s, 3));
  return kept;
}

// @ts-ignore: decorator
@inline
export function put(ids: usize, scores: usize, place: i32, row: i32, score: f32): void {
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
export function cut(ids: usize, scores: usize, n: i32, k: i32): f32 {
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
export function finish(ids: usize, scores: usize, kept: i32, k: i32): i32 {
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
