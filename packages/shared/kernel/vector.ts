/**
 * Vectors of f32 in linear memory, four lanes at a time. Addresses and lengths are in bytes; every vector is 16-byte
 * aligned and its length a multiple of 64 (16 floats).
 *
 * 1. The same inputs give the same bits everywhere, because the order of additions is fixed and nothing is fused; but for
 *    a build with relaxed SIMD, where `madd` rounds once or twice, as the processor has it: the same on processors of one family.
 * 2. `dot` adds its lanes in the order of `hsum4`, so a row scores the same alone and among four.
 */

/** a b + c. */
// @ts-ignore: decorator
@inline
export function madd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(c, f32x4.mul(a, b));
}

/** c − a b. */
// @ts-ignore: decorator
@inline
export function nmadd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_nmadd(a, b, c);
  return f32x4.sub(c, f32x4.mul(a, b));
}

/** (v0 + v1) + (v2 + v3). */
// @ts-ignore: decorator
@inline
export function hsum(v: v128): f32 {
  return f32x4.extract_lane(v, 0) + f32x4.extract_lane(v, 1) + (f32x4.extract_lane(v, 2) + f32x4.extract_lane(v, 3));
}

/** The horizontal sums of four vectors, as one vector. */
// @ts-ignore: decorator
@inline
export function hsum4(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = f32x4.add(v128.shuffle<f32>(a, b, 0, 2, 4, 6), v128.shuffle<f32>(a, b, 1, 3, 5, 7)); // a01 a23 b01 b23
  const cd = f32x4.add(v128.shuffle<f32>(c, d, 0, 2, 4, 6), v128.shuffle<f32>(c, d, 1, 3, 5, 7));
  return f32x4.add(v128.shuffle<f32>(ab, cd, 0, 2, 4, 6), v128.shuffle<f32>(ab, cd, 1, 3, 5, 7));
}

/** Largest lane. */
// @ts-ignore: decorator
@inline
export function hmax(v: v128): f32 {
  return max(
    max(f32x4.extract_lane(v, 0), f32x4.extract_lane(v, 1)),
    max(f32x4.extract_lane(v, 2), f32x4.extract_lane(v, 3)),
  );
}

/** x · y. */
// @ts-ignore: decorator
@inline
export function dot(x: usize, y: usize, bytes: usize): f32 {
  let sum = f32x4.splat(0);
  for (let o: usize = 0; o < bytes; o += 16) sum = madd(v128.load(x + o), v128.load(y + o), sum);
  return hsum(sum);
}

/** out = a x. */
// @ts-ignore: decorator
@inline
export function scale(a: f32, x: usize, out: usize, bytes: usize): void {
  const a4 = f32x4.splat(a);
  for (let o: usize = 0; o < bytes; o += 16) v128.store(out + o, f32x4.mul(a4, v128.load(x + o)));
}
