/**
 * From a history to the user vector:
 *   α_k ∝ exp(w_pos[k] + w_age[bucket_k] + w_type[group_k]), a word's ∝ exp(w_word), the constant token's ∝ exp(w_c), Σ α = 1
 *   h = Σ α_k E[i_k] + α_c E[0],   ĥ = h/|h|
 *
 * 1. A dropped event has α = 0 exactly. At least one event of a history stays.
 */
import { random32 } from '../../shared/kernel/random';
import { exp4 } from '../../shared/kernel/scalar';
import { dot, hmax, hsum, scale } from '../../shared/kernel/vector';
import { AGE, CONSTANT, constantAt, dense, embedding, header, POSITION, rowBytes, SHARP_AGE, SHARP_LENGTH, TYPE, WORD_WEIGHT } from './memory';
import { Batch, bucketOf, Example, groupOf, hasLast, isWord, Work } from './records';
import { sumRows } from './rows';

const TINY: f32 = 1e-12;
const LOW: f32 = -1e30;
/** Coordinate that sets the numbers of dropout apart from those of the sample, which are below it. */
const DROPOUT: u32 = 0x8000_0000;

/** 1/|x| for a squared length; the small number keeps a zero vector finite. */
// @ts-ignore: decorator
@inline
export function inverseLength(square: f32): f32 {
  return 1 / sqrt(square + TINY);
}

/** One bit for each event that the b-th example of a micro-batch is trained without. */
export function dropped(batch: Batch, b: u32, length: u32): u32 {
  const threshold = header().dropout;
  if (threshold == 0 || length == 0) return 0;
  const seed = random32(batch.seedA, batch.seedB, DROPOUT | b);
  let bits: u32 = 0;
  for (let k: u32 = 0; k < length; k++) if (random32(seed, k, 0) < threshold) bits |= 1 << k;
  return bits == (1 << length) - 1 ? bits & ~1 : bits;
}

/** Writes the addresses of the tokens, α, 1/|h| and ĥ (to `user`); leaves out the events of `without`. */
export function pool(example: Example, work: Work, user: usize, without: u32): void {
  attend(example, work, without);
  const n = example.length;
  for (let k: u32 = 0; k < n; k++) store<u32>(work.token + (k << 2), embedding(example.row(k)));
  store<u32>(work.token + (n << 2), constantAt);
  sumRows(work.alpha, work.token, n + 1, 0, user);
  work.inverse = inverseLength(dot(user, user, rowBytes));
  scale(work.inverse, user, user, rowBytes);
}

function attend(example: Example, work: Work, without: u32): void {
  const n = example.length;
  const alpha = work.alpha;
  for (let k: u32 = 0; k < n; k++) {
    const mark = example.mark(k);
    const logit = isWord(mark) ? dense(WORD_WEIGHT) : dense(POSITION + k) + dense(AGE + bucketOf(mark)) + dense(TYPE + groupOf(mark));
    store<f32>(alpha + (k << 2), ((without >> k) & 1) != 0 ? LOW : logit);
  }
  store<f32>(alpha + (n << 2), dense(CONSTANT));
  for (let k = n + 1; (k & 3) != 0; k++) store<f32>(alpha + (k << 2), LOW);

  const end = (((n + 4) & ~3) as usize) << 2;
  let highest = v128.load(alpha);
  for (let o: usize = 16; o < end; o += 16) highest = f32x4.max(highest, v128.load(alpha + o));
  const top = f32x4.splat(hmax(highest));
  let sum = f32x4.splat(0);
  for (let o: usize = 0; o < end; o += 16) {
    const e = exp4(f32x4.sub(v128.load(alpha + o), top));
    v128.store(alpha + o, e);
    sum = f32x4.add(sum, e);
  }
  const share = f32x4.splat(1 / hsum(sum));
  for (let o: usize = 0; o < end; o += 16) v128.store(alpha + o, f32x4.mul(share, v128.load(alpha + o)));
}

/** log of what multiplies 1/τ for this history: σ by its length and by the age of its last event; 0 without a history, or for words. */
export function logSharpness(example: Example): f32 {
  const n = example.length;
  return !hasLast(example) ? 0 : dense(SHARP_LENGTH + lengthBucket(n)) + dense(SHARP_AGE + bucketOf(example.mark(0)));
}

/** Bucket 0 … 6 of a history's length: LENGTH_EDGES of model-config.ts. */
export function lengthBucket(n: u32): u32 {
  return u32(n >= 2) + u32(n >= 3) + u32(n >= 4) + u32(n >= 6) + u32(n >= 10) + u32(n >= 16);
}
