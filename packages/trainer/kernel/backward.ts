/**
 * From the slopes of one example to its gradients and its steps: target, history (each row as a candidate, then as a pooled one),
 * constant token, rivals, dense weights. A row in several roles takes a step for each.
 *
 * 1. `backward` writes nothing but scratch; an example that is not sound is never moved.
 */
import { dot, madd } from '../../shared/kernel/vector';
import { lengthBucket } from './attention';
import {
  AGE, CONSTANT, constantAt, DENSE, denseGradient, embedding, float, FOLLOWED, followWeight, header, NONE, POSITION, REPEAT_PAST, rowBytes, SHARP_AGE,
  SHARP_LENGTH, TYPE, WORD_WEIGHT,
} from './memory';
import { addDense, isAdam, rateOf, rowRate, stepAdam, stepBias } from './optimizer';
import { bucketOf, Example, groupOf, hasLast, isWord, repeatWeight, Work } from './records';
import { dotRows, drawRow, moveRow, sumRows, turnRow } from './rows';

/**
 * In: g = Σ ∂loss/∂cosine · Ê over the sample. Adds what is scored, then goes through |h|:
 * ∂loss/∂h = (g − (g·ĥ)ĥ)/|h|, in place. `pull`_k = ∂loss/∂h · E[i_k].
 */
export function backward(one: Example, w: Work, user: usize, g: usize): void {
  const sharpness = f32x4.splat(w.sharpness);
  for (let o: usize = 0; o < w.scored << 2; o += 16) {
    v128.store(w.share + o, f32x4.mul(f32x4.mul(v128.load(w.slope + o), sharpness), v128.load(w.rowInverse + o)));
  }
  sumRows(w.share, w.address, w.scored, 1, g);
  w.sharpnessSlope = dot(g, user, rowBytes); // Σ ∂loss/∂cosine · cosine over all that is scored
  const along = f32x4.splat(-w.sharpnessSlope);
  const inverse = f32x4.splat(w.inverse);
  for (let o: usize = 0; o < rowBytes; o += 16) {
    v128.store(g + o, f32x4.mul(inverse, madd(along, v128.load(user + o), v128.load(g + o))));
  }
  w.gradient2 = dot(g, g, rowBytes);
  dotRows(g, w.token, one.length + 1, w.pull);
}

/** Whether every number that would be written, or multiplied into what is written, is finite. */
export function isSound(one: Example, w: Work): bool {
  const h = header();
  let sum = w.loss + w.gradient2 + w.sharpnessSlope + float(w.slope, 0) + float(w.rowInverse, 0);
  for (let z: u32 = 0; z < FOLLOWED; z++) sum += float(w.followSlope, z);
  sum += float(h.acc, one.target) + float(h.biasAcc, one.target) + load<f32>(constantAt + rowBytes) + abs(float(w.pull, one.length));
  for (let k: u32 = 0; k < one.length; k++) {
    const row = one.row(k);
    sum += abs(float(w.pull, k)) + float(h.acc, row) + abs(float(h.bias, row)) + float(h.biasAcc, row);
  }
  return isFinite(sum);
}

/** Moves all of the example's rows; leaves the gradient of the dense weights in `denseGradient`. */
export function move(one: Example, w: Work, user: usize, g: usize): void {
  memory.fill(denseGradient, 0, DENSE << 2);
  for (let z: u32 = 0; z < FOLLOWED; z++) addDense(followWeight(z), float(w.followSlope, z));
  for (let age: u32 = 0; age < 8; age++) addDense(REPEAT_PAST + age, float(w.pastSlope, age));
  if (hasLast(one)) {
    addDense(SHARP_LENGTH + lengthBucket(one.length), w.sharpnessSlope);
    addDense(SHARP_AGE + bucketOf(one.mark(0)), w.sharpnessSlope);
  }
  turn(w, 0, one.negative == 0, user);
  moveTokens(one, w, user, g);
  for (let j = w.firstRival; j < w.scored; j++) if (load<u32>(w.row + (j << 2)) != NONE) turn(w, j, true, user);
}

/** Target or candidate: ∂loss/∂E = slope e^σ/τ · (ĥ − cos Ê)/|E| + l2 E, whose first part's square is (…)² (1 − cos²). */
function turn(w: Work, j: u32, repeats: bool, user: usize): void {
  const row = load<u32>(w.row + (j << 2));
  const address = load<u32>(w.address + (j << 2));
  const pull = stepTerms(w, j, repeats);
  const along = pull * float(w.cosine, j) * float(w.rowInverse, j);
  if (isAdam()) return stepAdam(row, address, header().acc + (row << 2), along - header().l2, pull, user, 0, user);
  const rate = scoredRate(row, w, j);
  turnRow(address, 1 + rate * (along - header().l2), rate * pull, user);
}

/** Steps bias and repeat weight; returns what multiplies ĥ in the gradient. */
// @ts-ignore: decorator
@inline
function stepTerms(w: Work, j: u32, repeats: bool): f32 {
  const bucket = load<u32>(w.bucket + (j << 2));
  if (repeats && bucket != NONE) addDense(repeatWeight(bucket), float(w.slope, j));
  stepBias(load<u32>(w.row + (j << 2)), float(w.slope, j));
  return float(w.share, j);
}

// @ts-ignore: decorator
@inline
function scoredRate(row: u32, w: Work, j: u32): f32 {
  const cosine = float(w.cosine, j);
  const pull = float(w.share, j);
  const decay = header().l2 / float(w.rowInverse, j);
  return rowRate(row, pull * pull * max<f32>(0, 1 - cosine * cosine) + decay * decay);
}

/** Pooled rows: ∂loss/∂E[i_k] = α_k ∂loss/∂h; of the weights in the exponent: α_k (pull_k − Σ α pull). */
function moveTokens(one: Example, w: Work, user: usize, g: usize): void {
  const n = one.length;
  let mean: f32 = 0;
  for (let k: u32 = 0; k <= n; k++) mean += float(w.alpha, k) * float(w.pull, k);
  for (let k: u32 = 0; k < n; k++) {
    const mark = one.mark(k);
    const alpha = float(w.alpha, k);
    const row = one.row(k);
    const j = one.negative == 0 ? load<u32>(w.place + (k << 2)) : NONE;
    if (isAdam()) {
      if (j != NONE) turn(w, j, true, user);
      if (alpha != 0) stepAdam(row, embedding(row), header().acc + (row << 2), 0, alpha, g, 0, g);
    } else {
      moveToken(row, w, j, alpha, user, g);
    }
    if (alpha == 0) continue;
    const slope = alpha * (float(w.pull, k) - mean);
    if (isWord(mark)) {
      addDense(WORD_WEIGHT, slope);
      continue;
    }
    addDense(POSITION + k, slope);
    addDense(AGE + bucketOf(mark), slope);
    addDense(TYPE + groupOf(mark), slope);
  }
  const alpha = float(w.alpha, n);
  if (isAdam()) stepAdam(0, constantAt, constantAt + rowBytes, 0, alpha, g, 0, g);
  else drawRow(constantAt, rateOf(constantAt + rowBytes, alpha * alpha * w.gradient2) * alpha, g);
  addDense(CONSTANT, alpha * (float(w.pull, n) - mean));
}

/** A row of the history, as a candidate (unless j is NONE), then as a pooled one: two steps, one pass over its numbers. */
// @ts-ignore: decorator
@inline
function moveToken(row: u32, w: Work, j: u32, alpha: f32, user: usize, g: usize): void {
  if (j == NONE) {
    if (alpha != 0) drawRow(embedding(row), rowRate(row, alpha * alpha * w.gradient2) * alpha, g);
    return;
  }
  const pull = stepTerms(w, j, true);
  const rate = scoredRate(row, w, j);
  const turned: f32 = 1 + rate * (pull * float(w.cosine, j) * float(w.rowInverse, j) - header().l2);
  const drawn: f32 = alpha == 0 ? 0 : rowRate(row, alpha * alpha * w.gradient2) * alpha;
  moveRow(embedding(row), turned, rate * pull, user, drawn, g);
}
