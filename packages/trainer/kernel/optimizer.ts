/**
 * Row-wise Adagrad: acc += |g|²/D; row −= η g/√(acc + ε). Biases and dense weights have an accumulator for each number.
 *
 * 1. No step of a row is longer than MAX_STEP. Adagrad itself can't exceed η√D (.8 at D = 64, 1.1 at 128), so the clip
 *    touches nothing in a sound model; it bounds what a wild setting or a damaged accumulator can do.
 * 2. Every row that a step touches is marked dirty.
 */
import { denseAt, denseGradient, denseRates, DENSE, header } from './memory';

const MAX_STEP: f32 = 2;
const ROW_EPSILON: f32 = 1e-8;
const EPSILON: f32 = 1e-6;

/** Adds |g|² to a row's accumulator; returns the rate by which its gradient is to be multiplied. */
// @ts-ignore: decorator
@inline
export function rowRate(row: u32, gradient2: f32): f32 {
  const dirty = header().dirty + row;
  if (load<u8>(dirty) == 0) store<u8>(dirty, 1); // a store would take the cache line from the other threads
  return rateOf(header().acc + (row << 2), gradient2);
}

/** The same for the accumulator at an address. */
// @ts-ignore: decorator
@inline
export function rateOf(at: usize, gradient2: f32): f32 {
  const acc = load<f32>(at) + gradient2 / <f32>header().dim;
  store<f32>(at, acc);
  const rate = header().rowRate / sqrt(acc + ROW_EPSILON);
  const length = rate * sqrt(gradient2);
  return length > MAX_STEP ? (rate * MAX_STEP) / length : rate;
}

// @ts-ignore: decorator
@inline
export function stepBias(row: u32, gradient: f32): void {
  const at = header().biasAcc + (row << 2);
  const acc = load<f32>(at) + gradient * gradient;
  store<f32>(at, acc);
  const bias = header().bias + (row << 2);
  store<f32>(bias, load<f32>(bias) - (header().biasRate * gradient) / sqrt(acc + EPSILON));
}

// @ts-ignore: decorator
@inline
export function addDense(index: u32, gradient: f32): void {
  const at = denseGradient + (index << 2);
  store<f32>(at, load<f32>(at) + gradient);
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
