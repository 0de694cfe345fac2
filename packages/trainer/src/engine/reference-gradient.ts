/**
 * The loss of one example and its gradient, as MODEL.md writes them: the plain reading that the kernel is held against.
 *
 * α_k ∝ exp(w_pos[k] + w_age[bucket_k] + w_type[group_k]), a word's ∝ exp(w_word), α_c ∝ exp(w_c);   h = Σ α_k E[i_k] + α_c E[0],   ĥ = h/|h|
 * s_j = e^σ cos(ĥ, E[j])/τ + b_j + r[repeat bucket of j's last occurrence] + Σ_z w_f[z] log(1 + 20 follow(i_z → j)), σ = σ_length + σ_age,
 * z = 1 … FOLLOWED_ITEMS as far as i_z is an item and none of the newer ones
 * positive: loss = −w log softmax(s_target) over target, history, rivals, sample;  a refused item: loss = w log(1 + e^s), s = e^σ cos/τ + b
 * Where i_1 is a word there are no follow terms, no rival, and σ = 0.
 */
import { DENSE, FOLLOW_DEPTH, FOLLOWED_ITEMS, followWeight, lengthBucket, type ModelConfig } from '@freshet/shared/domain/model-config';
import { type Example, isCandidate, NO_BUCKET, PAST_BUCKET, type PooledEvent, repeatBucket } from './example.js';

const TINY = 1e-12;

/** f32 as stored, or f64 where a test needs the digits. */
export type Vector = Float32Array | Float64Array;

/** The parameters as the formulas name them. */
export interface Parameters {
  embedding(row: number): Vector;
  bias(row: number): number;
  /** Stored count of “item, then follower”; 0 when it isn't kept. */
  follow(item: number, follower: number): number;
  /** Followers of the item that may be rivals, those with the largest counts first: at most `most` beside the rows of `without`. */
  rivals(item: number, most: number, without: ReadonlySet<number>): readonly number[];
  readonly dense: Vector;
}

/** An item as it is scored. */
export interface Item {
  readonly row: number;
  readonly embedding: ArrayLike<number>;
  readonly bias: number;
}

/** A negative of the micro-batch's sample, as it was when the sample was drawn. */
export interface Negative extends Item {
  /** −log(K q), q its probability in a draw, or 0 when the sample is everything. */
  readonly correction: number;
}

export interface Setting {
  readonly model: ModelConfig;
  readonly followScale: number;
  /** Whether the k-th event of the history is left out of the pooling (α = 0). */
  readonly isDropped?: (k: number) => boolean;
}

/** An item with its score's slope. ∂loss/∂E = slope e^σ/τ · (ĥ − cos Ê)/|E|, ∂loss/∂b = slope. */
export interface Scored extends Item {
  readonly cosine: number;
  /** |E|. */
  readonly length: number;
  /** ∂loss/∂s. */
  readonly slope: number;
}

export interface Gradient {
  readonly loss: number;
  /** e^σ/τ. */
  readonly sharpness: number;
  /** ĥ. */
  readonly user: readonly number[];
  readonly target: Scored;
  readonly candidates: readonly Scored[];
  readonly sample: readonly Scored[];
  /** ∂loss/∂E[i_k] of the pooled rows (α_k > 0) in their role as history: α_k ∂loss/∂h. */
  readonly pooled: readonly { readonly row: number; readonly gradient: readonly number[] }[];
  /** ∂loss/∂(dense weights). */
  readonly dense: readonly number[];
}

export function gradientOf(example: Example, sample: readonly Negative[], parameters: Parameters, setting: Setting): Gradient {
  const pooled = pool(example, parameters, setting);
  const sharpness = Math.exp(logSharpness(example, parameters)) / setting.model.temperature;
  const scores = scoreAll(example, sample, { parameters, setting, sharpness, user: pooled.user });
  const { loss, slopes } = example.effect === 'positive' ? softmax(example.weight, scores) : refusal(example.weight, scores);
  const scored = scores.map((score, i): Scored => ({ ...score, slope: slopes[i] ?? 0 }));
  const byUser = userGradient(scored, pooled, sharpness);
  const dense = new Array<number>(DENSE.weights).fill(0);
  addAttention(dense, example, { ...pooled, byUser, parameters });
  if (example.effect === 'positive') addTerms(dense, scores, slopes);
  addSharpness(dense, example, scored.reduce((sum, { slope, cosine }) => sum + slope * sharpness * cosine, 0));
  return {
    loss,
    sharpness,
    user: pooled.user,
    target: scored[0] as Scored,
    candidates: scored.filter((_, i) => scores[i]?.role === 'candidate'),
    sample: scored.filter((_, i) => scores[i]?.role === 'sample'),
    pooled: pooled.rows.flatMap((row, k) => (pooled.alpha[k] === 0 ? [] : [{ row, gradient: byUser.map((g) => (pooled.alpha[k] ?? 0) * g) }])),
    dense,
  };
}

interface Pooled {
  /** i_1 … i_n, then the constant token. */
  readonly rows: readonly number[];
  readonly alpha: readonly number[];
  readonly user: readonly number[];
  /** |h|. */
  readonly length: number;
}

function pool({ history }: Example, { dense, embedding }: Parameters, { isDropped = () => false }: Setting): Pooled {
  const at = (index: number): number => dense[index] ?? 0;
  const logits = history.map((token, k) =>
    isDropped(k) ? Number.NEGATIVE_INFINITY : weightsOf(token, k).reduce((sum, w) => sum + at(w), 0),
  );
  logits.push(at(DENSE.constant));
  const top = Math.max(...logits);
  const powers = logits.map((logit) => Math.exp(logit - top));
  const total = powers.reduce((sum, power) => sum + power, 0);
  const alpha = powers.map((power) => power / total);
  const rows = [...history.map(({ row }) => row), 0];
  const h = Array.from(embedding(0), () => 0);
  rows.forEach((row, k) => embedding(row).forEach((e, d) => (h[d] = (h[d] ?? 0) + (alpha[k] ?? 0) * e)));
  const length = Math.sqrt(dot(h, h) + TINY);
  return { rows, alpha, user: h.map((x) => x / length), length };
}

/** The dense weights whose sum is the logit of the k-th token. */
function weightsOf({ bucket, group, word }: PooledEvent, k: number): readonly number[] {
  return word === true ? [DENSE.word] : [DENSE.position + k, DENSE.age + bucket, DENSE.type + group];
}

interface Score extends Item {
  readonly role: 'target' | 'candidate' | 'sample';
  readonly cosine: number;
  readonly length: number;
  readonly value: number;
  readonly bucket: number;
  /** log(1 + 20 follow) of each of the last items. */
  readonly followTerms: readonly number[];
}

interface ScoreContext {
  readonly sharpness: number;
  readonly parameters: Parameters;
  readonly setting: Setting;
  readonly user: readonly number[];
}

/** i_1, if it is an item. */
function lastOf({ history: [last] }: Example): PooledEvent | undefined {
  return last?.word === true ? undefined : last;
}

/** An item whose followers have a term, with its place in the history from 0. */
interface Followed {
  readonly row: number;
  readonly z: number;
}

function followedItems(example: Example): readonly Followed[] {
  const { history } = example;
  if (lastOf(example) === undefined) return [];
  const last = history.slice(0, FOLLOWED_ITEMS).map(({ row, word }, z) => ({ row, z, word }));
  return last.filter(({ row, z, word }) => word !== true && history.findIndex((event) => event.row === row) === z);
}

/** What the example's own event has added to “item, then target”, in stored units. */
function ownOf({ own, target, history }: Example, item: number): number {
  if (item === target) return 0;
  return history.slice(0, FOLLOW_DEPTH).reduce((sum, { row }, k) => sum + (row === item ? own / (k + 1) : 0), 0);
}

/** σ; 0 without a last item. */
function logSharpness(example: Example, { dense }: Parameters): number {
  const { history } = example;
  const last = lastOf(example);
  return last === undefined ? 0 : (dense[DENSE.sharpLength + lengthBucket(history.length)] ?? 0) + (dense[DENSE.sharpAge + last.bucket] ?? 0);
}

/** Target first, then candidates (history, rivals), then the sample (where those are masked by −∞). */
function scoreAll(example: Example, sample: readonly Negative[], context: ScoreContext): Score[] {
  const { target, history } = example;
  const item = (row: number): Item => ({ row, embedding: context.parameters.embedding(row), bias: context.parameters.bias(row) });
  if (example.effect === 'negative') return [scoreOf(item(target), 'target', context)];
  const last = lastOf(example)?.row;
  const scores = [scoreOf(item(target), 'target', context, { bucket: repeatBucket(example), example })];
  history.forEach(({ row, bucket }, k) => {
    if (isCandidate(example, k)) scores.push(scoreOf(item(row), 'candidate', context, { bucket, example }));
  });
  const rows = new Set([target, ...history.map(({ row }) => row)]);
  const past = new Map((example.past ?? []).map(({ row, bucket }) => [row, PAST_BUCKET + bucket]));
  for (const row of last === undefined ? [] : context.parameters.rivals(last, context.setting.model.rivals, rows)) {
    scores.push(scoreOf(item(row), 'candidate', context, { bucket: past.get(row), example }));
    rows.add(row);
  }
  for (const negative of sample) {
    const correction = rows.has(negative.row) ? Number.NEGATIVE_INFINITY : negative.correction;
    scores.push(scoreOf(negative, 'sample', context, { bucket: past.get(negative.row), example, correction }));
  }
  return scores;
}

interface Terms {
  readonly bucket?: number | undefined;
  /** Without it no follow terms. */
  readonly example?: Example;
  readonly correction?: number;
}

function scoreOf(item: Item, role: Score['role'], { parameters, setting, sharpness, user }: ScoreContext, terms: Terms = {}): Score {
  const { row, embedding, bias } = item;
  const { bucket = NO_BUCKET, example, correction = 0 } = terms;
  const length = Math.sqrt(dot(embedding, embedding) + TINY);
  const cosine = dot(user, embedding) / length;
  const followTerms = new Array<number>(FOLLOWED_ITEMS).fill(0);
  if (example !== undefined) {
    for (const { row: followed, z } of followedItems(example)) {
      const own = role === 'target' ? ownOf(example, followed) : 0;
      followTerms[z] = Math.log(1 + 20 * Math.max(0, parameters.follow(followed, row) - own) * setting.followScale);
    }
  }
  const repeat = bucket === NO_BUCKET ? 0 : (parameters.dense[repeatWeight(bucket)] ?? 0);
  const follow = followTerms.reduce((sum, term, z) => sum + (parameters.dense[followWeight(z)] ?? 0) * term, 0);
  const value = cosine * sharpness + bias + repeat + follow + correction;
  return { row, embedding, bias, role, cosine, length, value, bucket, followTerms };
}

/** Index of a repeat bucket's dense weight. */
function repeatWeight(bucket: number): number {
  return bucket < PAST_BUCKET ? DENSE.repeat + bucket : DENSE.repeatPast + bucket - PAST_BUCKET;
}

interface Loss {
  readonly loss: number;
  /** ∂loss/∂s of each score. */
  readonly slopes: readonly number[];
}

/** −w log softmax of the first score; slopes w (p_j − [j is the first]). */
export function softmax(weight: number, scores: readonly { readonly value: number }[]): Loss {
  const top = Math.max(...scores.map(({ value }) => value));
  const powers = scores.map(({ value }) => Math.exp(value - top));
  const total = powers.reduce((sum, power) => sum + power, 0);
  const slopes = powers.map((power, j) => weight * (power / total - (j === 0 ? 1 : 0)));
  return { loss: weight * (Math.log(total) + top - (scores[0]?.value ?? 0)), slopes };
}

/** w log(1 + e^s) of the only score; slope w σ(s). */
function refusal(weight: number, [score]: readonly Score[]): Loss {
  const s = score?.value ?? 0;
  const sigma = 1 / (1 + Math.exp(-s));
  return { loss: weight * (Math.max(s, 0) + Math.log1p(Math.exp(-Math.abs(s)))), slopes: [weight * sigma] };
}

/** ∂loss/∂h = (g − (g·ĥ)ĥ)/|h| with g = Σ slope/τ · Ê. */
function userGradient(scored: readonly Scored[], { user, length }: Pooled, sharpness: number): number[] {
  const g = user.map(() => 0);
  for (const { embedding, slope, length: norm } of scored) {
    for (let d = 0; d < g.length; d++) g[d] = (g[d] ?? 0) + ((slope * sharpness) / norm) * (embedding[d] ?? 0);
  }
  const along = dot(g, user);
  return g.map((x, d) => (x - along * (user[d] ?? 0)) / length);
}

/** Of the weights in the exponent: α_k (∂loss/∂h · E[i_k] − mean). */
function addAttention(dense: number[], { history }: Example, context: Pooled & { readonly byUser: readonly number[]; readonly parameters: Parameters }): void {
  const { rows, alpha, byUser, parameters } = context;
  const pull = rows.map((row) => dot(byUser, parameters.embedding(row)));
  const mean = dot(alpha, pull);
  const slope = (k: number): number => (alpha[k] ?? 0) * ((pull[k] ?? 0) - mean);
  history.forEach((token, k) => {
    for (const w of weightsOf(token, k)) dense[w] = (dense[w] ?? 0) + slope(k);
  });
  dense[DENSE.constant] = slope(history.length);
}

/** Of σ: what all cosines together pull. */
function addSharpness(dense: number[], example: Example, slope: number): void {
  const { history } = example;
  const last = lastOf(example);
  if (last === undefined) return;
  dense[DENSE.sharpLength + lengthBucket(history.length)] = slope;
  dense[DENSE.sharpAge + last.bucket] = slope;
}

/** Of r and the w_f. */
function addTerms(dense: number[], scores: readonly Score[], slopes: readonly number[]): void {
  scores.forEach(({ bucket, followTerms }, i) => {
    const slope = slopes[i] ?? 0;
    followTerms.forEach((term, z) => (dense[followWeight(z)] = (dense[followWeight(z)] ?? 0) + slope * term));
    if (bucket !== NO_BUCKET) dense[repeatWeight(bucket)] = (dense[repeatWeight(bucket)] ?? 0) + slope;
  });
}

export function dot(x: ArrayLike<number>, y: ArrayLike<number>): number {
  let sum = 0;
  for (let d = 0; d < x.length; d++) sum += (x[d] ?? 0) * (y[d] ?? 0);
  return sum;
}
