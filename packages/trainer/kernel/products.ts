/**
 * The three products of a micro-batch with its sample, on the matrices of a lane (rows of B rounded up to four, the rows
 * that are too many are 0; columns of K rounded up to four):
 *   weights = Ĥ Ŝᵀ        gradients = W Ŝ        sampleGradients = Wᵀ Ĥ
 * An engine that has something faster computes them itself (src/engine/port.ts `MicroBatch` phases).
 *
 * 1. Tiles of two by four and four by eight sums stay in registers; blocks are chosen so that what runs in the inner loop
 *    stays in the first-level cache: a sampled row is loaded once for a block of examples.
 * 2. The order of additions doesn't depend on B or the other examples: an example's gradient has the same bits in any company.
 */
import { hsum4, madd } from '../../shared/kernel/vector';
import { columns, gradients, rowBytes, sampleGradients, sampleUnit, stride, users, weights } from './memory';

/** Examples whose users stay in cache while the sample runs past them. */
const BLOCK: u32 = 32;
/** What a block of sampled rows may take of the first-level cache. */
const BLOCK_BYTES: usize = 16_384;

/** Cosines of `examples` users (a multiple of four) with `places` sampled rows. */
export function multiplyCosines(examples: u32, places: u32): void {
  for (let first: u32 = 0; first < examples; first += BLOCK) {
    const end = min(examples, first + BLOCK);
    for (let k: u32 = 0; k < places; k += 4) {
      const y = sampleUnit + <usize>k * stride;
      for (let b = first; b < end; b += 2) dots2x4(users + <usize>b * stride, y, weights + <usize>b * columns + (k << 2));
    }
  }
}

/** Σ_k w_k Ê_k of each example. */
export function multiplyUserGradients(examples: u32, places: u32): void {
  const block = max<u32>(16, <u32>(BLOCK_BYTES / stride) & ~3);
  if (places == 0) memory.fill(gradients, 0, <usize>examples * stride);
  for (let first: u32 = 0; first < places; first += block) {
    const count = min(block, places - first);
    for (let b: u32 = 0; b < examples; b += 4) {
      const w = weights + <usize>b * columns + (first << 2);
      const out = gradients + <usize>b * stride;
      for (let o: usize = 0; o < rowBytes; o += 32) rows4(w, sampleUnit + <usize>first * stride + o, count, out + o, first > 0);
    }
  }
}

/** Σ_b w_b ĥ_b of the sampled rows k … k + 3. */
export function multiplySampleGradients(k: u32, examples: u32): void {
  const out = sampleGradients + <usize>k * stride;
  for (let o: usize = 0; o < rowBytes; o += 32) columns4(weights + (k << 2), users + o, examples, out + o);
}

/** The dot products of two x with four y. */
// @ts-ignore: decorator
@inline
function dots2x4(x0: usize, y: usize, out: usize): void {
  const x1 = x0 + stride;
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
  for (let o: usize = 0; o < rowBytes; o += 32) {
    let a = v128.load(x0 + o);
    let b = v128.load(x1 + o);
    let w = v128.load(y + o);
    s00 = madd(a, w, s00);
    s10 = madd(b, w, s10);
    w = v128.load(y1 + o);
    s01 = madd(a, w, s01);
    s11 = madd(b, w, s11);
    w = v128.load(y2 + o);
    s02 = madd(a, w, s02);
    s12 = madd(b, w, s12);
    w = v128.load(y3 + o);
    s03 = madd(a, w, s03);
    s13 = madd(b, w, s13);
    a = v128.load(x0 + o, 16);
    b = v128.load(x1 + o, 16);
    w = v128.load(y + o, 16);
    s00 = madd(a, w, s00);
    s10 = madd(b, w, s10);
    w = v128.load(y1 + o, 16);
    s01 = madd(a, w, s01);
    s11 = madd(b, w, s11);
    w = v128.load(y2 + o, 16);
    s02 = madd(a, w, s02);
    s12 = madd(b, w, s12);
    w = v128.load(y3 + o, 16);
    s03 = madd(a, w, s03);
    s13 = madd(b, w, s13);
  }
  v128.store(out, hsum4(s00, s01, s02, s03));
  v128.store(out + columns, hsum4(s10, s11, s12, s13));
}

/** Eight floats of four examples' sums Σ_k w[b, k] y_k, added to what stands there when `more`. `count` is a multiple of four. */
// @ts-ignore: decorator
@inline
function rows4(w0: usize, y: usize, count: u32, out: usize, more: bool): void {
  const out1 = out + stride;
  const out2 = out1 + stride;
  const out3 = out2 + stride;
  const w1 = w0 + columns;
  const w2 = w1 + columns;
  const w3 = w2 + columns;
  const zero = f32x4.splat(0);
  let s00 = more ? v128.load(out) : zero;
  let s01 = more ? v128.load(out, 16) : zero;
  let s10 = more ? v128.load(out1) : zero;
  let s11 = more ? v128.load(out1, 16) : zero;
  let s20 = more ? v128.load(out2) : zero;
  let s21 = more ? v128.load(out2, 16) : zero;
  let s30 = more ? v128.load(out3) : zero;
  let s31 = more ? v128.load(out3, 16) : zero;
  const end = <usize>count << 2;
  for (let k: usize = 0; k < end; k += 4) {
    const left = v128.load(y);
    const right = v128.load(y, 16);
    let c = v128.load32_splat(w0 + k);
    s00 = madd(c, left, s00);
    s01 = madd(c, right, s01);
    c = v128.load32_splat(w1 + k);
    s10 = madd(c, left, s10);
    s11 = madd(c, right, s11);
    c = v128.load32_splat(w2 + k);
    s20 = madd(c, left, s20);
    s21 = madd(c, right, s21);
    c = v128.load32_splat(w3 + k);
    s30 = madd(c, left, s30);
    s31 = madd(c, right, s31);
    y += stride;
  }
  v128.store(out, s00);
  v128.store(out, s01, 16);
  v128.store(out1, s10);
  v128.store(out1, s11, 16);
  v128.store(out2, s20);
  v128.store(out2, s21, 16);
  v128.store(out3, s30);
  v128.store(out3, s31, 16);
}

/** Eight floats of four places' sums Σ_b w[b, k] x_b. */
// @ts-ignore: decorator
@inline
function columns4(w: usize, x: usize, count: u32, out: usize): void {
  let s00 = f32x4.splat(0);
  let s01 = s00;
  let s10 = s00;
  let s11 = s00;
  let s20 = s00;
  let s21 = s00;
  let s30 = s00;
  let s31 = s00;
  for (let b: u32 = 0; b < count; b++) {
    const left = v128.load(x);
    const right = v128.load(x, 16);
    let c = v128.load32_splat(w);
    s00 = madd(c, left, s00);
    s01 = madd(c, right, s01);
    c = v128.load32_splat(w, 4);
    s10 = madd(c, left, s10);
    s11 = madd(c, right, s11);
    c = v128.load32_splat(w, 8);
    s20 = madd(c, left, s20);
    s21 = madd(c, right, s21);
    c = v128.load32_splat(w, 12);
    s30 = madd(c, left, s30);
    s31 = madd(c, right, s31);
    x += stride;
    w += columns;
  }
  v128.store(out, s00);
  v128.store(out, s01, 16);
  out += stride;
  v128.store(out, s10);
  v128.store(out, s11, 16);
  out += stride;
  v128.store(out, s20);
  v128.store(out, s21, 16);
  out += stride;
  v128.store(out, s30);
  v128.store(out, s31, 16);
}
