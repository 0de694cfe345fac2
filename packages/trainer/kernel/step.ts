/**
 * One micro-batch: forward, loss, gradients through both normalisations, Adagrad.
 *
 * The sample is gathered once, its rows move once at the end. The examples go in tiles of four: the gradients of a tile
 * are taken at the same parameters (so that the products with the sample run on four users at a time), then its rows and
 * the dense weights move, example by example: target, candidates, pooled rows. A row in several roles takes a step for each.
 *
 * 1. Nothing of an example is written before all of it is known to be finite: else it is refused (its bit in the batch).
 * 2. With one thread, the same batch on the same memory gives the same bytes.
 * 3. A batch that was ever begun is not trained again: a range may be given to another thread when one has died in it.
 */
import { axpby, axpy, combine4, dot, dots2x4, hsum } from '../../shared/kernel/vector';
import { pool, tokenRow } from './attention';
import { compare, weigh } from './loss';
import {
  AGE, Batch, batch, BEGUN, bucketOf, columns, CONSTANT, denseAt, denseGradient, DENSE, embedding, enter, Example, example, FINISHED, float, FOLLOW,
  gradients, groupOf, header, isCandidate, NONE, POSITION, REPEAT, rowBytes, sampleUnit, stride, TILE, TYPE, users, WAITING, weights, Work, work,
} from './memory';
import { addDense, rowRate, stepBias, stepDense } from './optimizer';
import { drawSample, stepSample } from './sample';

export function train(index: u32, lane: u32, eligible: u32, followScale: f32): void {
  enter(lane);
  const it = batch(index);
  if (it.state != WAITING) return;
  it.state = BEGUN;
  it.refused = 0;
  it.loss = 0;
  if (!isFinite(denseSum())) {
    it.refused = it.count == 32 ? NONE : (1 << it.count) - 1;
  } else {
    const sampled = drawSample(it, eligible);
    for (let first: u32 = 0; first < it.count; first += TILE) trainTile(it, first, sampled, followScale);
    stepSample(sampled, it.count);
  }
  it.state = FINISHED;
}

function denseSum(): f32 {
  let sum = f32x4.splat(0);
  for (let o: usize = 0; o < DENSE << 3; o += 16) sum = f32x4.add(sum, v128.load(denseAt + o));
  return hsum(sum);
}

function trainTile(it: Batch, first: u32, sampled: u32, followScale: f32): void {
  const size = min(TILE, it.count - first);
  const user = users + <usize>first * stride;
  const weight = weights + <usize>first * columns;
  const places = (sampled + 3) & ~3;
  for (let b: u32 = 0; b < size; b++) {
    const one = example(it.slot(first + b));
    pool(one, work(b), user + <usize>b * stride);
    compare(one, work(b), user + <usize>b * stride);
  }
  for (let b = size; b < TILE; b++) forget(user + <usize>b * stride, weight + <usize>b * columns);
  scoreTile(user, weight, places, size);
  for (let b: u32 = 0; b < size; b++) weigh(example(it.slot(first + b)), work(b), weight + <usize>b * columns, places, followScale);
  combine4(weight, columns, 4, sampleUnit, stride, places, rowBytes, gradients);
  for (let b: u32 = 0; b < size; b++) {
    const one = example(it.slot(first + b));
    backward(one, work(b), user + <usize>b * stride, gradients + <usize>b * stride);
    if (isSound(one, work(b))) continue;
    work(b).alive = 0;
    it.refused |= 1 << (first + b);
    forget(user + <usize>b * stride, weight + <usize>b * columns);
  }
  for (let b: u32 = 0; b < size; b++) {
    if (work(b).alive == 0) continue;
    it.loss += work(b).loss;
    move(example(it.slot(first + b)), work(b), user + <usize>b * stride, gradients + <usize>b * stride);
  }
}

/** A lane of the tile without an example: it has no user vector and no weight in the sample's gradient. */
function forget(user: usize, weight: usize): void {
  memory.fill(user, 0, rowBytes);
  memory.fill(weight, 0, columns);
}

/** Cosines of the tile's users with the whole sample. */
function scoreTile(user: usize, weight: usize, places: u32, size: u32): void {
  for (let b: u32 = 0; b < size; b += 2) {
    const x = user + <usize>b * stride;
    const to = weight + <usize>b * columns;
    for (let k: u32 = 0; k < places; k += 4) {
      dots2x4(x, x + stride, sampleUnit + <usize>k * stride, stride, rowBytes, to + (k << 2), to + columns + (k << 2));
    }
  }
}

/**
 * In: g = Σ ∂loss/∂cosine · Ê over the sample. Adds target and candidates, then goes through |h|:
 * ∂loss/∂h = (g − (g·ĥ)ĥ)/|h|, in place. `pull`_k = ∂loss/∂h · E[i_k].
 */
function backward(one: Example, w: Work, user: usize, g: usize): void {
  const sharpness = header().sharpness;
  w.alive = 1;
  axpy(w.targetSlope * sharpness * w.targetInverse, embedding(one.target), g, rowBytes);
  for (let k: u32 = 0; k < one.length; k++) {
    if (!isCandidate(one.mark(k))) continue;
    axpy(float(w.slope, k) * sharpness * float(w.rowInverse, k), embedding(one.row(k)), g, rowBytes);
  }
  const along = dot(g, user, rowBytes);
  axpby(-along * w.inverse, user, w.inverse, g, rowBytes);
  w.gradient2 = dot(g, g, rowBytes);
  for (let k: u32 = 0; k <= one.length; k++) store<f32>(w.pull + (k << 2), dot(g, embedding(tokenRow(one, k)), rowBytes));
}

/** Whether every number that would be written, or multiplied into what is written, is finite. */
function isSound(one: Example, w: Work): bool {
  const h = header();
  let sum = w.loss + w.gradient2 + w.targetSlope + w.followSlope + w.targetInverse;
  sum += float(h.acc, one.target) + float(h.biasAcc, one.target);
  for (let k: u32 = 0; k <= one.length; k++) {
    const row = tokenRow(one, k);
    sum += abs(float(w.pull, k)) + float(h.acc, row);
  }
  for (let k: u32 = 0; k < one.length; k++) sum += float(h.bias, one.row(k)) + float(h.biasAcc, one.row(k));
  return isFinite(sum);
}

function move(one: Example, w: Work, user: usize, g: usize): void {
  memory.fill(denseGradient, 0, DENSE << 2);
  moveScored(one.target, w.targetSlope, w.targetCosine, w.targetInverse, user);
  if (one.negative == 0) {
    if (one.repeat != NONE) addDense(REPEAT + one.repeat, w.targetSlope);
    for (let k: u32 = 0; k < one.length; k++) {
      const mark = one.mark(k);
      if (!isCandidate(mark)) continue;
      moveScored(one.row(k), float(w.slope, k), float(w.cosine, k), float(w.rowInverse, k), user);
      addDense(REPEAT + bucketOf(mark), float(w.slope, k));
    }
    addDense(FOLLOW, w.followSlope);
  }
  movePooled(one, w, g);
  stepDense();
}

/** Target or candidate: ∂loss/∂E = slope/τ · (ĥ − cos Ê)/|E|, whose square is (slope/τ)² (1 − cos²)/|E|². */
function moveScored(row: u32, slope: f32, cosine: f32, inverse: f32, user: usize): void {
  const pull = slope * header().sharpness * inverse;
  const step = rowRate(row, pull * pull * max<f32>(0, 1 - cosine * cosine)) * pull;
  axpby(-step, user, 1 + step * cosine * inverse, embedding(row), rowBytes);
  stepBias(row, slope);
}

/** ∂loss/∂E[i_k] = α_k ∂loss/∂h; of the weights in the exponent: α_k (pull_k − Σ α pull). */
function movePooled(one: Example, w: Work, g: usize): void {
  let mean: f32 = 0;
  for (let k: u32 = 0; k <= one.length; k++) mean += float(w.alpha, k) * float(w.pull, k);
  for (let k: u32 = 0; k <= one.length; k++) {
    const alpha = float(w.alpha, k);
    const row = tokenRow(one, k);
    const rate = rowRate(row, alpha * alpha * w.gradient2);
    axpy(-rate * alpha, g, embedding(row), rowBytes);
    const slope = alpha * (float(w.pull, k) - mean);
    if (k == one.length) {
      addDense(CONSTANT, slope);
      continue;
    }
    const mark = one.mark(k);
    addDense(POSITION + k, slope);
    addDense(AGE + bucketOf(mark), slope);
    addDense(TYPE + groupOf(mark), slope);
  }
}
