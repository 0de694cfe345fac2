/**
 * How rows and weights step along their gradients.
 *   adagrad   acc += |g|²/D; row −= max(η/√(acc + ε), floor) g         (one accumulator a row)
 *   sgd       row −= η g
 *   adam      m = .9 m + .1 g, acc = .999 acc + .001 |g|²/D; row −= η m/√(acc + ε)   (both begin at the first gradient itself)
 * Biases go by Adagrad or, with sgd, by it; dense weights by Adagrad. Each has an accumulator of its own.
 *
 * 1. No step of a row is longer than MAX_STEP. Adagrad itself can't exceed η√D (.8 at D = 64, 1.1 at 128), so the clip
 *    touches nothing in a sound model; it bounds what a wild setting or a damaged accumulator can do.
 * 2. Every row that a step touches is marked dirty.
 */
import { hsum, madd, nmadd } from '../../shared/kernel/vector';
import { DENSE, denseAt, denseGradient, denseRates, float, header, rowBytes } from './memory';

const SGD: u32 = 1;
const ADAM: u32 = 2;
const MAX_STEP: f32 = 2;
const ROW_EPSILON: f32 = 1e-8;
const EPSILON: f32 = 1e-6;
/** How much of its past Adam's averages keep. */
const KEPT_MOMENT: f32 = 0.9;
const KEPT_SQUARE: f32 = 0.999;

// @ts-ignore: decorator
@inline
export function isAdam(): bool {
  return header().optimizer == ADAM;
}

/** Counts |g|² in; returns the rate by which the row's gradient is to be multiplied. Not for Adam. */
// @ts-ignore: decorator
@inline
export function rowRate(row: u32, gradient2: f32): f32 {
  mark(row);
  return rateOf(header().acc + (row << 2), gradient2);
}

// @ts-ignore: decorator
@inline
function mark(row: u32): void {
  const dirty = header().dirty + row;
  if (load<u8>(dirty) == 0) store<u8>(dirty, 1); // a store would take the cache line from the other threads
}

/** The same for the accumulator at an address. */
// @ts-ignore: decorator
@inline
export function rateOf(at: usize, gradient2: f32): f32 {
  if (header().optimizer == SGD) return clipped(header().rowRate, gradient2);
  const acc = load<f32>(at) + gradient2 / <f32>header().dim;
  store<f32>(at, acc);
  return clipped(max(header().rowRate / sqrt(acc + ROW_EPSILON), header().rateFloor), gradient2);
}

// @ts-ignore: decorator
@inline
function clipped(rate: f32, gradient2: f32): f32 {
  const length = rate * sqrt(gradient2);
  return length > MAX_STEP ? (rate * MAX_STEP) / length : rate;
}

/** One step of Adam for the embedding at `to` with its accumulator at `at`, along g = s x + r y − b · embedding. */
export function stepAdam(row: u32, to: usize, at: usize, b: f32, s: f32, x: usize, r: f32, y: usize): void {
  mark(row);
  const moment = header().moments + <usize>row * rowBytes;
  const before = load<f32>(at);
  const kept: f32 = before == 0 ? 0 : KEPT_MOMENT;
  let square4 = f32x4.splat(0);
  let length4 = square4;
  for (let o: usize = 0; o < rowBytes; o += 16) {
    let g = nmadd(f32x4.splat(b), v128.load(to + o), f32x4.mul(f32x4.splat(s), v128.load(x + o)));
    g = madd(f32x4.splat(r), v128.load(y + o), g);
    const m = madd(f32x4.splat(kept), v128.load(moment + o), f32x4.mul(f32x4.splat(1 - kept), g));
    v128.store(moment + o, m);
    square4 = madd(g, g, square4);
    length4 = madd(m, m, length4);
  }
  const square = hsum(square4) / <f32>header().dim;
  const acc = before == 0 ? square : KEPT_SQUARE * before + (1 - KEPT_SQUARE) * square;
  store<f32>(at, acc);
  const rate = f32x4.splat(clipped(header().rowRate / sqrt(acc + ROW_EPSILON), hsum(length4)));
  for (let o: usize = 0; o < rowBytes; o += 16) v128.store(to + o, nmadd(rate, v128.load(moment + o), v128.load(to + o)));
}

// @ts-ignore: decorator
@inline
export function stepBias(row: u32, slope: f32): void {
  const bias = header().bias + (row << 2);
  const gradient = slope + header().l2 * load<f32>(bias);
  if (header().optimizer == SGD) return store<f32>(bias, load<f32>(bias) - header().biasRate * gradient);
  const at = header().biasAcc + (row << 2);
  const acc = load<f32>(at) + gradient * gradient;
  store<f32>(at, acc);
  store<f32>(bias, load<f32>(bias) - (header().biasRate * gradient) / sqrt(acc + EPSILON));
}

// @ts-ignore: decorator
@inline
export function addDense(index: u32, gradient: f32): void {
  const at = denseGradient + (index << 2);
  store<f32>(at, float(at, 0) + gradient);
}

/** Steps this thread's dense weights along `denseGradient`. */
// @ts-ignore: decorator
@inline
export function stepDense(): void {
  const rates = denseRates();
  for (let o: usize = 0; o < DENSE << 2; o += 16) {
    const g = v128.load(denseGradient + o);
    const acc = f32x4.add(v128.load(denseAt + (DENSE << 2) + o), f32x4.mul(g, g));
    v128.store(denseAt + (DENSE << 2) + o, acc);
    const step = f32x4.div(f32x4.mul(v128.load(rates + o), g), f32x4.sqrt(f32x4.add(acc, f32x4.splat(EPSILON))));
    v128.store(denseAt + o, f32x4.sub(v128.load(denseAt + o), step));
  }
}
