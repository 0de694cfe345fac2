/**
 * Exact top-k over N rows of floats.
 *
 * `scan`: score[j] = dot(q, E[j]) · scale[j] + bias[j], j = 0 … N − 1, E being N rows of D floats (D a multiple of 16).
 * `top`:  score[j] = value[j], of the rows whose bias says that they may be served.
 * `rescore`: the score of `scan`, of the rows that are listed.
 * All leave the best k as (ids, scores), sorted, and return how many there are.
 *
 * 1. Exact and deterministic: the higher score first, of equal scores the lower row.
 * 2. Four rows go through the registers at once, so the columns are read up to N rounded up to a multiple of 4; rows
 *    behind N must hold a bias below FLOOR.
 * 3. A row scores the same bits in `scan` and in `rescore`.
 */
import { hsum4 } from '../../shared/kernel/vector';
import { cut, finish, FLOOR, push4 } from './top-k';

export function scan(query: usize, rows: usize, scale: usize, bias: usize, count: i32, dim: i32, k: i32, ids: usize, scores: usize, capacity: i32): i32 {
  const stride = <usize>dim << 2;
  let kept = 0;
  let threshold = f32x4.splat(FLOOR);
  for (let j = 0; j < count; j += 4) {
    const column = <usize>j << 2;
    const s = f32x4.add(f32x4.mul(consecutive(query, rows + <usize>j * stride, stride), v128.load(scale + column)), v128.load(bias + column));
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

/**
 * The k best of the `listed` rows whose numbers are in `ids`, by their scores, which are written beside them.
 * Room for 3 more numbers behind the last one is used.
 */
export function rescore(query: usize, rows: usize, scale: usize, bias: usize, dim: i32, k: i32, ids: usize, scores: usize, listed: i32): i32 {
  const stride = <usize>dim << 2;
  for (let place = listed; place & 3; place++) store<i32>(ids + (<usize>place << 2), 0);
  for (let place = 0; place < listed; place += 4) {
    const numbers = ids + (<usize>place << 2);
    const a = <usize>load<i32>(numbers);
    const b = <usize>load<i32>(numbers, 4);
    const c = <usize>load<i32>(numbers, 8);
    const d = <usize>load<i32>(numbers, 12);
    const dots = dots4(query, rows + a * stride, rows + b * stride, rows + c * stride, rows + d * stride, stride);
    v128.store(scores + (<usize>place << 2), f32x4.add(f32x4.mul(dots, gather(scale, a, b, c, d)), gather(bias, a, b, c, d)));
  }
  return finish(ids, scores, listed, k);
}

// @ts-ignore: decorator
@inline
function gather(column: usize, a: usize, b: usize, c: usize, d: usize): v128 {
  const low = v128.load32_lane(column + (b << 2), v128.load32_zero(column + (a << 2)), 1);
  return v128.load32_lane(column + (d << 2), v128.load32_lane(column + (c << 2), low, 2), 3);
}

/** Dot products of q with four rows. */
// @ts-ignore: decorator
@inline
function dots4(q: usize, r0: usize, r1: usize, r2: usize, r3: usize, stride: usize): v128 {
  let a0 = f32x4.splat(0);
  let a1 = a0;
  let a2 = a0;
  let a3 = a0;
  for (let o: usize = 0; o < stride; o += 32) {
    const h = v128.load(q + o);
    a0 = f32x4.add(a0, f32x4.mul(h, v128.load(r0 + o)));
    a1 = f32x4.add(a1, f32x4.mul(h, v128.load(r1 + o)));
    a2 = f32x4.add(a2, f32x4.mul(h, v128.load(r2 + o)));
    a3 = f32x4.add(a3, f32x4.mul(h, v128.load(r3 + o)));
    const g = v128.load(q + o, 16);
    a0 = f32x4.add(a0, f32x4.mul(g, v128.load(r0 + o, 16)));
    a1 = f32x4.add(a1, f32x4.mul(g, v128.load(r1 + o, 16)));
    a2 = f32x4.add(a2, f32x4.mul(g, v128.load(r2 + o, 16)));
    a3 = f32x4.add(a3, f32x4.mul(g, v128.load(r3 + o, 16)));
  }
  return hsum4(a0, a1, a2, a3);
}

/** Dot products of q with four rows that follow each other. */
// @ts-ignore: decorator
@inline
export function consecutive(q: usize, row: usize, stride: usize): v128 {
  return dots4(q, row, row + stride, row + 2 * stride, row + 3 * stride, stride);
}
