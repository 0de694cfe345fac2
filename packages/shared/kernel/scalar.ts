/** Exponential and logarithm without tables (so that a module has no static data), relative error below 3e-7. */

import { madd, nmadd } from './vector';

const LOG2E: f32 = 1.44269504;
/** ln 2 in two parts, the first with few enough bits that n · LN2_HIGH is exact. */
const LN2_HIGH: f32 = 0.693359375;
const LN2_LOW: f32 = -2.12194440e-4;

/** Added to a float below 2^22 it leaves the nearest integer in the lowest bits. */
const TO_INTEGER: f32 = 12_582_912;

/** e^x of four lanes; 0 below −87 (where a float would lose bits), e^88 above 88. NaN stays NaN. */
// @ts-ignore: decorator
@inline
export function exp4(x: v128): v128 {
  const dead = f32x4.lt(x, f32x4.splat(-87));
  const y = f32x4.pmax(f32x4.pmin(x, f32x4.splat(88)), f32x4.splat(-87)); // a NaN passes both
  const shifted = madd(y, f32x4.splat(LOG2E), f32x4.splat(TO_INTEGER));
  const n = f32x4.sub(shifted, f32x4.splat(TO_INTEGER));
  const r = nmadd(n, f32x4.splat(LN2_LOW), nmadd(n, f32x4.splat(LN2_HIGH), y));
  let p = madd(f32x4.splat(1.0 / 720.0), r, f32x4.splat(1.0 / 120.0));
  p = madd(p, r, f32x4.splat(1.0 / 24.0));
  p = madd(p, r, f32x4.splat(1.0 / 6.0));
  p = madd(p, r, f32x4.splat(0.5));
  p = madd(p, r, f32x4.splat(1));
  p = madd(p, r, f32x4.splat(1));
  const power = i32x4.add(i32x4.shl(shifted, 23), i32x4.splat(127 << 23));
  return v128.andnot(f32x4.mul(p, power), dead);
}

/** e^x. */
// @ts-ignore: decorator
@inline
export function exp1(x: f32): f32 {
  return f32x4.extract_lane(exp4(f32x4.splat(x)), 0);
}

/** ln x for a normal x > 0: x = 2^e · m with m in [√½, √2), ln m = 2 artanh((m − 1)/(m + 1)) as a series. */
// @ts-ignore: decorator
@inline
export function ln(x: f32): f32 {
  const bits = reinterpret<i32>(x);
  const e = (bits - 0x3f3504f3) >> 23;
  const m = reinterpret<f32>(bits - (e << 23));
  const t = (m - 1) / (m + 1);
  const q = t * t;
  const series: f32 = 1 + q * (<f32>(1.0 / 3.0) + q * (<f32>0.2 + q * (<f32>(1.0 / 7.0) + q * <f32>(1.0 / 9.0))));
  return 2 * t * series + <f32>e * LN2_LOW + <f32>e * LN2_HIGH;
}
