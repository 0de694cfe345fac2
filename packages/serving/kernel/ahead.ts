/**
 * How many rows come before a given one in the order of `scan`: those of a higher score, and of equal score the lower rows.
 *
 * `countAhead` reads the floats. `countAheadCoded` reads the codes and looks closer, at the floats, only where a coded score lies
 * within `margin` of the given one; with a margin that bounds the difference (retrieval/coded-scan.ts) both count the same.
 * Rows behind N must hold a bias below FLOOR, as in `scan`.
 */
import { codeDots4 } from './codes';
import { consecutive } from './scan';

export function countAhead(query: usize, rows: usize, scale: usize, bias: usize, count: i32, dim: i32, score: f32, row: i32): i32 {
  const stride = <usize>dim << 2;
  const score4 = f32x4.splat(score);
  let ahead = 0;
  for (let j = 0; j < count; j += 4) {
    const column = <usize>j << 2;
    const s = f32x4.add(f32x4.mul(consecutive(query, rows + <usize>j * stride, stride), v128.load(scale + column)), v128.load(bias + column));
    ahead += aheadOf(s, score4, j, row);
  }
  return ahead;
}

export function countAheadCoded(
  query: usize, rows: usize, scale: usize, bias: usize, count: i32, dim: i32, score: f32, row: i32,
  queryCode: usize, step: f32, codes: usize, codeScale: usize, margin: f32,
): i32 {
  const stride = <usize>dim << 2;
  const step4 = f32x4.splat(step);
  const score4 = f32x4.splat(score);
  const upper = f32x4.splat(score + margin);
  const lower = f32x4.splat(score - margin);
  let ahead = 0;
  for (let j = 0; j < count; j += 4) {
    const column = <usize>j << 2;
    const dots = f32x4.convert_i32x4_s(codeDots4(queryCode, codes + <usize>j * <usize>dim, <usize>dim));
    const coded = f32x4.add(f32x4.mul(f32x4.mul(dots, step4), v128.load(codeScale + column)), v128.load(bias + column));
    const reached = i32x4.bitmask(f32x4.ge(coded, lower));
    if (reached == 0) continue;
    const above = i32x4.bitmask(f32x4.gt(coded, upper));
    if (above == reached) {
      ahead += popcnt(above);
      continue;
    }
    const s = f32x4.add(f32x4.mul(consecutive(query, rows + <usize>j * stride, stride), v128.load(scale + column)), v128.load(bias + column));
    ahead += aheadOf(s, score4, j, row);
  }
  return ahead;
}

/** Of rows j … j + 3. The row itself is equal, and not ahead of itself. */
// @ts-ignore: decorator
@inline
function aheadOf(s: v128, score: v128, j: i32, row: i32): i32 {
  const higher = i32x4.bitmask(f32x4.gt(s, score));
  if (j >= row) return popcnt(higher);
  const before = row - j >= 4 ? 0xf : (1 << (row - j)) - 1;
  return popcnt(higher | (i32x4.bitmask(f32x4.eq(s, score)) & before));
}
