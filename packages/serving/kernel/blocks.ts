/**
 * The scan of the codes over some of the rows: those in the blocks that are listed (retrieval/lists.ts).
 *
 * A block is 64 slots, each with a row's code, its codeScale, its bias and its number; an empty slot has a bias below FLOOR.
 * A slot whose score passes the threshold is looked at closer: its row is left out when `marked` or when the request's own
 * bias column hides it, and else scored with that column's bias. So what a request hides takes nobody's place; a row whose bias
 * it raises has to be marked and scored apart.
 */
import { codeDots4 } from './codes';
import { cut, FLOOR, put } from './top-k';

const SLOTS = 64;

/** Columns by slot, then columns by row; `blocks` has `count` block numbers. Leaves the best k in no order and returns how many there are. */
export function scanBlocks(
  query: usize, step: f32, dim: i32,
  codes: usize, scales: usize, biases: usize, rows: usize,
  column: usize, marked: usize,
  blocks: usize, count: i32,
  k: i32, ids: usize, scores: usize, capacity: i32,
): i32 {
  const stride = <usize>dim;
  const step4 = f32x4.splat(step);
  let kept = 0;
  let worst = FLOOR;
  let worst4 = f32x4.splat(FLOOR);
  for (let b = 0; b < count; b++) {
    const first = load<i32>(blocks + (<usize>b << 2)) * SLOTS;
    for (let slot = first; slot < first + SLOTS; slot += 4) {
      const at = <usize>slot << 2;
      const dots = f32x4.convert_i32x4_s(codeDots4(query, codes + <usize>slot * stride, stride));
      const bias = v128.load(biases + at);
      const cosines = f32x4.mul(f32x4.mul(dots, step4), v128.load(scales + at));
      let above = i32x4.bitmask(f32x4.gt(f32x4.add(cosines, bias), worst4));
      if (above == 0) continue;
      if (above & 1) kept = consider(rows + at, f32x4.extract_lane(cosines, 0), column, marked, worst, ids, scores, kept);
      if (above & 2) kept = consider(rows + at + 4, f32x4.extract_lane(cosines, 1), column, marked, worst, ids, scores, kept);
      if (above & 4) kept = consider(rows + at + 8, f32x4.extract_lane(cosines, 2), column, marked, worst, ids, scores, kept);
      if (above & 8) kept = consider(rows + at + 12, f32x4.extract_lane(cosines, 3), column, marked, worst, ids, scores, kept);
      if (kept > capacity - 4) {
        worst = cut(ids, scores, kept, k);
        worst4 = f32x4.splat(worst);
        kept = k;
      }
    }
  }
  if (kept > k) {
    cut(ids, scores, kept, k);
    kept = k;
  }
  return kept;
}

// @ts-ignore: decorator
@inline
function consider(rowAt: usize, cosine: f32, column: usize, marked: usize, worst: f32, ids: usize, scores: usize, kept: i32): i32 {
  const row = load<i32>(rowAt);
  if (load<u8>(marked + <usize>row) != 0) return kept;
  const score = cosine + load<f32>(column + (<usize>row << 2));
  if (score <= worst) return kept;
  put(ids, scores, kept, row, score);
  return kept + 1;
}
