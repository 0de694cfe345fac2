/**
 * From a history to the user vector:
 *   α_k ∝ exp(w_pos[k] + w_age[bucket_k] + w_type[group_k]), the constant token's ∝ exp(w_c), Σ α = 1
 *   h = Σ α_k E[i_k] + α_c E[0],   ĥ = h/|h|
 */
import { exp4 } from '../../shared/kernel/scalar';
import { hmax, hsum } from '../../shared/kernel/vector';
import { AGE, bucketOf, CONSTANT, dense, embedding, Example, float, groupOf, POSITION, rowBytes, TYPE, Work } from './memory';

const TINY: f32 = 1e-12;
const LOW: f32 = -1e30;

/** Row of the k-th pooled token: the history's, then the constant token's. */
// @ts-ignore: decorator
@inline
export function tokenRow(example: Example, k: u32): u32 {
  return k < example.length ? example.row(k) : 0;
}

/** 1/|x| for a squared length; the small number keeps a zero vector finite. */
// @ts-ignore: decorator
@inline
export function inverseLength(square: f32): f32 {
  return 1 / sqrt(square + TINY);
}

/** Writes α, 1/|h| and ĥ (to `user`). */
export function pool(example: Example, work: Work, user: usize): void {
  attend(example, work);
  const tokens = example.length + 1;
  let square = f32x4.splat(0);
  for (let o: usize = 0; o < rowBytes; o += 64) {
    let h0 = f32x4.splat(0);
    let h1 = h0;
    let h2 = h0;
    let h3 = h0;
    for (let k: u32 = 0; k < tokens; k++) {
      const a = v128.load32_splat(work.alpha + (k << 2));
      const row = embedding(tokenRow(example, k)) + o;
      h0 = f32x4.add(h0, f32x4.mul(a, v128.load(row)));
      h1 = f32x4.add(h1, f32x4.mul(a, v128.load(row, 16)));
      h2 = f32x4.add(h2, f32x4.mul(a, v128.load(row, 32)));
      h3 = f32x4.add(h3, f32x4.mul(a, v128.load(row, 48)));
    }
    v128.store(user + o, h0);
    v128.store(user + o, h1, 16);
    v128.store(user + o, h2, 32);
    v128.store(user + o, h3, 48);
    const s01 = f32x4.add(f32x4.mul(h0, h0), f32x4.mul(h1, h1));
    square = f32x4.add(square, f32x4.add(s01, f32x4.add(f32x4.mul(h2, h2), f32x4.mul(h3, h3))));
  }
  work.inverse = inverseLength(hsum(square));
  const inverse = f32x4.splat(work.inverse);
  for (let o: usize = 0; o < rowBytes; o += 16) v128.store(user + o, f32x4.mul(inverse, v128.load(user + o)));
}

function attend(example: Example, work: Work): void {
  const n = example.length;
  const alpha = work.alpha;
  for (let k: u32 = 0; k < n; k++) {
    const mark = example.mark(k);
    store<f32>(alpha + (k << 2), dense(POSITION + k) + dense(AGE + bucketOf(mark)) + dense(TYPE + groupOf(mark)));
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
