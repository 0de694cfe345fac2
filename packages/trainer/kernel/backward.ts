/**
 * From the slopes of one example to its gradients and its steps: target, history (each row as a candidate, then as a pooled one),
 * constant token, dense weights. A row in several roles takes a step for each.
 *
 * 1. `backward` writes nothing but scratch; an example that is not sound is never moved.
 */
import { dot, madd } from '../../shared/kernel/vector';
import {
  AGE, bucketOf, CONSTANT, constantAt, denseGradient, DENSE, embedding, Example, float, FOLLOW, groupOf, header, isCandidate, NONE, POSITION,
  REPEAT, rowBytes, TYPE, Work,
} from './memory';
import { addDense, rateOf, rowRate, stepBias, stepDense } from './optimizer';
import { dotRows, drawRow, moveRow, sumRows, turnRow } from './rows';

/**
 * In: g = Σ ∂loss/∂cosine · Ê over the sample. Adds target and candidates, then goes through |h|:
 * ∂loss/∂h = (g − (g·ĥ)ĥ)/|h|, in place. `pull`_k = ∂loss/∂h · E[i_k].
 */
export function backward(one: Example, w: Work, user: usize, g: usize): void {
  const sharpness = f32x4.splat(header().sharpness);
  const n = one.length + 1;
  for (let o: usize = 0; o < n << 2; o += 16) {
    v128.store(w.pull + o, f32x4.mul(f32x4.mul(v128.load(w.slope + o), sharpness), v128.load(w.rowInverse + o)));
  }
  sumRows(w.pull, w.scored, n, 1, g);
  const along = f32x4.splat(-dot(g, user, rowBytes));
  const inverse = f32x4.splat(w.inverse);
  for (let o: usize = 0; o < rowBytes; o += 16) {
    v128.store(g + o, f32x4.mul(inverse, madd(along, v128.load(user + o), v128.load(g + o))));
  }
  w.gradient2 = dot(g, g, rowBytes);
  dotRows(g, w.pooled, n, w.pull);
}

/** Whether every number that would be written, or multiplied into what is written, is finite. */
export function isSound(one: Example, w: Work): bool {
  const h = header();
  let sum = w.loss + w.gradient2 + float(w.slope, 0) + w.followSlope + float(w.rowInverse, 0);
  sum += float(h.acc, one.target) + float(h.biasAcc, one.target) + load<f32>(constantAt + rowBytes) + abs(float(w.pull, one.length));
  for (let k: u32 = 0; k < one.length; k++) {
    const row = one.row(k);
    sum += abs(float(w.pull, k)) + float(h.acc, row) + abs(float(h.bias, row)) + float(h.biasAcc, row);
  }
  return isFinite(sum);
}

export function move(one: Example, w: Work, user: usize, g: usize): void {
  memory.fill(denseGradient, 0, DENSE << 2);
  if (one.negative == 0) {
    if (one.repeat != NONE) addDense(REPEAT + one.repeat, float(w.slope, 0));
    addDense(FOLLOW, w.followSlope);
  }
  const step = scoredStep(one.target, w, 0);
  turnRow(embedding(one.target), 1 + step * float(w.cosine, 0) * float(w.rowInverse, 0), step, user);
  moveTokens(one, w, user, g);
  stepDense();
}

/** Target or candidate: ∂loss/∂E = slope/τ · (ĥ − cos Ê)/|E|, whose square is (slope/τ)² (1 − cos²)/|E|². Steps the bias, too. */
// @ts-ignore: decorator
@inline
function scoredStep(row: u32, w: Work, place: u32): f32 {
  const slope = float(w.slope, place);
  const cosine = float(w.cosine, place);
  const pull = slope * header().sharpness * float(w.rowInverse, place);
  const step = rowRate(row, pull * pull * max<f32>(0, 1 - cosine * cosine)) * pull;
  stepBias(row, slope);
  return step;
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
    const scored = one.negative == 0 && isCandidate(mark);
    let step: f32 = 0;
    if (scored) {
      step = scoredStep(row, w, k + 1);
      addDense(REPEAT + bucketOf(mark), float(w.slope, k + 1));
    }
    const rate: f32 = alpha == 0 ? 0 : rowRate(row, alpha * alpha * w.gradient2) * alpha;
    if (scored) moveRow(embedding(row), 1 + step * float(w.cosine, k + 1) * float(w.rowInverse, k + 1), step, user, rate, g);
    else if (rate != 0) drawRow(embedding(row), rate, g);
    if (alpha == 0) continue;
    const slope = alpha * (float(w.pull, k) - mean);
    addDense(POSITION + k, slope);
    addDense(AGE + bucketOf(mark), slope);
    addDense(TYPE + groupOf(mark), slope);
  }
  const alpha = float(w.alpha, n);
  drawRow(constantAt, rateOf(constantAt + rowBytes, alpha * alpha * w.gradient2) * alpha, g);
  addDense(CONSTANT, alpha * (float(w.pull, n) - mean));
}
