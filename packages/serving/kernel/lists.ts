/**
 * The scan of the codes over some of the rows: those of the lists that were found (retrieval/lists.ts).
 *
 * A list is a chain of blocks: `first` has its first block, `next` the one behind each; −1 ends it. (Lists are kept so that the
 * blocks of a chain mostly lie one behind the other: memory is read ahead then.)
 * A block is 16 slots, each with a row's code, its codeScale, its bias and its number; an empty slot has a bias below FLOOR.
 * A slot whose score passes the threshold is looked at closer: its row is left out when `marked` or when the request's own
 * bias column hides it, and else scored with that column's bias. So what a request hides takes nobody's place; a row whose bias
 * it raises has to be marked and scored apart.
 */
import { codeDots4 } from './codes';
import { cut, FLOOR, put } from './top-k';

const SLOTS = 16;

/** Columns by slot, then columns by row; `lists` has `count` list numbers. Leaves the best k in no order and returns how many there are. */
export function scanLists(
  query: usize, step: f32, dim: i32,
  codes: usize, scales: usize, biases: usize, rows: usize,
  column: usize, marked: usize,
  lists: usize, count: i32, first: usize, next: usize,
  k: i32, ids: usize, scores: usize, capacity: i32,
): i32 {
  const stride = <usize>dim;
  const step4 = f32x4.splat(step);
  let kept = 0;
  let worst = FLOOR;
  let worst4 = f32x4.splat(FLOOR);
  let list = 0;
  let block = -1;
  while (true) {
    while (block < 0 && list < count) {
      const number = load<i32>(lists + (<usize>list << 2));
      block = load<i32>(first + (<usize>number << 2));
      list++;
    }
    if (block < 0) break;
    const start = block * SLOTS;
    block = load<i32>(next + (<usize>block << 2));
    for (let slot = start; slot < start + SLOTS; slot += 4) {
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
