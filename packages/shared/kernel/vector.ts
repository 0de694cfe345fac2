/**
 * Vectors of f32 in linear memory, four lanes at a time. Addresses and lengths are in bytes; every vector is 16-byte
 * aligned and its length a multiple of 64 (16 floats).
 *
 * 1. The same inputs give the same bits everywhere: the order of additions is fixed and nothing is fused.
 * 2. `dot` adds its lanes in the order that `dots1x4` and `dots2x4` do, so a row scores the same alone and in a tile.
 */

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
  for (let o: usize = 0; o < bytes; o += 16) sum = f32x4.add(sum, f32x4.mul(v128.load(x + o), v128.load(y + o)));
  return hsum(sum);
}

/** y += a x. */
// @ts-ignore: decorator
@inline
export function axpy(a: f32, x: usize, y: usize, bytes: usize): void {
  const a4 = f32x4.splat(a);
  for (let o: usize = 0; o < bytes; o += 16) v128.store(y + o, f32x4.add(v128.load(y + o), f32x4.mul(a4, v128.load(x + o))));
}

/** y = a x + b y. */
// @ts-ignore: decorator
@inline
export function axpby(a: f32, x: usize, b: f32, y: usize, bytes: usize): void {
  const a4 = f32x4.splat(a);
  const b4 = f32x4.splat(b);
  for (let o: usize = 0; o < bytes; o += 16) {
    v128.store(y + o, f32x4.add(f32x4.mul(a4, v128.load(x + o)), f32x4.mul(b4, v128.load(y + o))));
  }
}

/** out = a x. */
// @ts-ignore: decorator
@inline
export function scale(a: f32, x: usize, out: usize, bytes: usize): void {
  const a4 = f32x4.splat(a);
  for (let o: usize = 0; o < bytes; o += 16) v128.store(out + o, f32x4.mul(a4, v128.load(x + o)));
}

/** The dot products of two x with four y, to out0[0 … 3] and out1[0 … 3]: eight sums live in registers. */
// @ts-ignore: decorator
@inline
export function dots2x4(x0: usize, x1: usize, y: usize, stride: usize, bytes: usize, out0: usize, out1: usize): void {
  const y1 = y + stride;
  const y2 = y1 + stride;
  const y3 = y2 + stride;
  let s00 = f32x4.splat(0);
  let s01 = s00;
  let s02 = s00;
  let s03 = s00;
  let s10 = s00;
  let s11 = s00;
  let s12 = s00;
  let s13 = s00;
  for (let o: usize = 0; o < bytes; o += 16) {
    const a = v128.load(x0 + o);
    const b = v128.load(x1 + o);
    let w = v128.load(y + o);
    s00 = f32x4.add(s00, f32x4.mul(a, w));
    s10 = f32x4.add(s10, f32x4.mul(b, w));
    w = v128.load(y1 + o);
    s01 = f32x4.add(s01, f32x4.mul(a, w));
    s11 = f32x4.add(s11, f32x4.mul(b, w));
    w = v128.load(y2 + o);
    s02 = f32x4.add(s02, f32x4.mul(a, w));
    s12 = f32x4.add(s12, f32x4.mul(b, w));
    w = v128.load(y3 + o);
    s03 = f32x4.add(s03, f32x4.mul(a, w));
    s13 = f32x4.add(s13, f32x4.mul(b, w));
  }
  v128.store(out0, hsum4(s00, s01, s02, s03));
  v128.store(out1, hsum4(s10, s11, s12, s13));
}

/**
 * Four sums of n weighted rows: out_m = Σ_i a[m, i] · y_i for m = 0 … 3, a[m, i] at a + m·aColumn + i·aRow.
 * A block of eight floats of the four sums stays in registers while i runs.
 */
// @ts-ignore: decorator
@inline
export function combine4(a: usize, aColumn: usize, aRow: usize, y: usize, stride: usize, n: usize, bytes: usize, out: usize): void {
  const a1 = aColumn;
  const a2 = a1 + aColumn;
  const a3 = a2 + aColumn;
  const end = a + n * aRow;
  for (let o: usize = 0; o < bytes; o += 32) {
    let s00 = f32x4.splat(0);
    let s01 = s00;
    let s10 = s00;
    let s11 = s00;
    let s20 = s00;
    let s21 = s00;
    let s30 = s00;
    let s31 = s00;
    let row = y + o;
    for (let at = a; at < end; at += aRow) {
      const left = v128.load(row);
      const right = v128.load(row, 16);
      let c = v128.load32_splat(at);
      s00 = f32x4.add(s00, f32x4.mul(c, left));
      s01 = f32x4.add(s01, f32x4.mul(c, right));
      c = v128.load32_splat(at + a1);
      s10 = f32x4.add(s10, f32x4.mul(c, left));
      s11 = f32x4.add(s11, f32x4.mul(c, right));
      c = v128.load32_splat(at + a2);
      s20 = f32x4.add(s20, f32x4.mul(c, left));
      s21 = f32x4.add(s21, f32x4.mul(c, right));
      c = v128.load32_splat(at + a3);
      s30 = f32x4.add(s30, f32x4.mul(c, left));
      s31 = f32x4.add(s31, f32x4.mul(c, right));
      row += stride;
    }
    let to = out + o;
    v128.store(to, s00);
    v128.store(to, s01, 16);
    to += stride;
    v128.store(to, s10);
    v128.store(to, s11, 16);
    to += stride;
    v128.store(to, s20);
    v128.store(to, s21, 16);
    to += stride;
    v128.store(to, s30);
    v128.store(to, s31, 16);
  }
}
