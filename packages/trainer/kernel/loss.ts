/**
 * One example's loss and its slopes ∂loss/∂s.
 *   s_j = cos(ĥ, E[j])/τ + b_j + r[bucket of j's last occurrence] + w_f log(1 + 20 follow(i_1 → j))
 *   positive: loss = −w log softmax(s_target over target, history candidates, negatives with + log(N/K));
 *             slope of j = w (p_j − [j = target])
 *   negative: loss = w log(1 + e^s), s = cos/τ + b of the target alone; slope = w σ(s): the refused item and the shopper part
 */
import { exp1, exp4, ln } from '../../shared/kernel/scalar';
import { hmax, hsum } from '../../shared/kernel/vector';
import { inverseLength } from './attention';
import {
  bucketOf, dense, embedding, Example, float, FOLLOW, FOLLOWERS, header, hitPlace, hitValue, isCandidate, NONE, REPEAT, rowBytes,
  sampleOffset, Work,
} from './memory';
import { LEFT_OUT, nextPlace, placeOf } from './sample';

const FOLLOW_GAIN: f32 = 20;

/** log(1 + 20 follow) for a stored count, of which `own` is taken out. */
// @ts-ignore: decorator
@inline
export function followTerm(stored: f32, own: f32, followScale: f32): f32 {
  const count = max<f32>(0, stored - own) * followScale;
  return count > 0 ? ln(1 + FOLLOW_GAIN * count) : 0;
}

/** Cosines of the target and of the candidates; reads rows, so it comes before any step of the tile. */
export function compare(example: Example, work: Work, user: usize): void {
  measure(user, embedding(example.target));
  work.targetInverse = inverse;
  work.targetCosine = cosine;
  for (let k: u32 = 0; k < example.length; k++) {
    if (!isCandidate(example.mark(k))) continue;
    measure(user, embedding(example.row(k)));
    store<f32>(work.rowInverse + (k << 2), inverse);
    store<f32>(work.cosine + (k << 2), cosine);
  }
}

let inverse: f32 = 0; // what `measure` found: 1/|E|
let cosine: f32 = 0;

/** Length of a row and its cosine with ĥ, in one pass. */
// @ts-ignore: decorator
@inline
function measure(user: usize, row: usize): void {
  let product = f32x4.splat(0);
  let square = product;
  for (let o: usize = 0; o < rowBytes; o += 16) {
    const e = v128.load(row + o);
    product = f32x4.add(product, f32x4.mul(e, v128.load(user + o)));
    square = f32x4.add(square, f32x4.mul(e, e));
  }
  inverse = inverseLength(hsum(square));
  cosine = hsum(product) * inverse;
}

/**
 * In: `logits` holds the cosines with the sample. Out: there ∂loss/∂cosine of each place, and in `work` the loss and the
 * slopes of target, candidates and w_f.
 */
export function weigh(example: Example, work: Work, logits: usize, places: u32, followScale: f32): void {
  const score = work.targetCosine * header().sharpness + float(header().bias, example.target);
  if (example.negative != 0) refuse(example, work, score, logits, places);
  else softmax(example, work, score, logits, places, followScale);
}

function refuse(example: Example, work: Work, score: f32, logits: usize, places: u32): void {
  const e = exp1(-abs(score)); // σ and softplus without overflow
  const sigma: f32 = (score > 0 ? <f32>1 : e) / (<f32>1 + e);
  work.loss = example.weight * (max<f32>(score, 0) + ln(1 + e));
  work.targetSlope = example.weight * sigma;
  work.followSlope = 0;
  memory.fill(work.slope, 0, example.length << 2);
  memory.fill(logits, 0, places << 2);
}

function softmax(example: Example, work: Work, score: f32, logits: usize, places: u32, followScale: f32): void {
  const end = (<usize>places << 2);
  scoreSample(logits, end);
  scoreCandidates(example, work);
  const hits = addFollowers(example, work, logits, followScale);
  const targetFollow = work.followSlope; // left there by addFollowers
  let target = score + dense(FOLLOW) * targetFollow;
  if (example.repeat != NONE) target += dense(REPEAT + example.repeat);
  for (let place = placeOf(example.target); place != NONE; place = nextPlace(place)) store<f32>(logits + (place << 2), LEFT_OUT);

  const top = highest(example, work, target, logits, end);
  const targetPower = exp1(target - top);
  const total = targetPower + exponentials(example, work, top, logits, end);
  const share = example.weight / total;
  work.loss = example.weight * (ln(total) + (top - target));
  work.targetSlope = targetPower * share - example.weight;

  let followSlope = work.targetSlope * targetFollow;
  for (let k: u32 = 0; k < example.length; k++) {
    const at = work.slope + (k << 2);
    const slope = load<f32>(at) * share;
    store<f32>(at, slope);
    followSlope += slope * float(work.pull, k);
  }
  for (let i: u32 = 0; i < hits; i++) followSlope += float(logits, load<u32>(hitPlace + (i << 2))) * share * float(hitValue, i);
  work.followSlope = followSlope;
  const factor = f32x4.splat(share * header().sharpness);
  for (let o: usize = 0; o < end; o += 16) v128.store(logits + o, f32x4.mul(factor, v128.load(logits + o)));
}

/** s = cos/τ + b + log(N/K). */
// @ts-ignore: decorator
@inline
function scoreSample(logits: usize, end: usize): void {
  const sharpness = f32x4.splat(header().sharpness);
  for (let o: usize = 0; o < end; o += 16) {
    v128.store(logits + o, f32x4.add(f32x4.mul(sharpness, v128.load(logits + o)), v128.load(sampleOffset + o)));
  }
}

/** Scores of the candidates without the follow term, to `slope`; LEFT_OUT for the other events. Clears `pull`. */
// @ts-ignore: decorator
@inline
function scoreCandidates(example: Example, work: Work): void {
  for (let k: u32 = 0; k < example.length; k++) {
    const mark = example.mark(k);
    let score = LEFT_OUT;
    if (isCandidate(mark)) {
      score = float(work.cosine, k) * header().sharpness + float(header().bias, example.row(k)) + dense(REPEAT + bucketOf(mark));
    }
    store<f32>(work.slope + (k << 2), score);
    store<f32>(work.pull + (k << 2), 0);
  }
}

/**
 * Adds w_f log(1 + 20 follow) to the logits of those followers of i_1 that take part. The terms are left in
 * `hitPlace`/`hitValue` (sample; their number is returned), `pull` (candidates) and `followSlope` (target).
 */
function addFollowers(example: Example, work: Work, logits: usize, followScale: f32): u32 {
  work.followSlope = 0;
  if (example.length == 0) return 0;
  const weight = dense(FOLLOW);
  const history = historyMask(example);
  const cells = (example.row(0) * FOLLOWERS) << 2;
  let hits: u32 = 0;
  for (let o: u32 = 0; o < FOLLOWERS << 2; o += 4) {
    const row = load<u32>(header().follower + cells + o);
    if (row == 0) break;
    const stored = load<f32>(header().followCount + cells + o);
    if (row == example.target) {
      work.followSlope = followTerm(stored, example.own, followScale);
      continue;
    }
    const candidate = mayHold(history, row) ? candidateOf(example, row) : NONE;
    let place = placeOf(row);
    if (candidate == NONE && place == NONE) continue;
    const term = followTerm(stored, 0, followScale);
    if (candidate != NONE) {
      store<f32>(work.pull + (candidate << 2), term);
      const at = work.slope + (candidate << 2);
      store<f32>(at, load<f32>(at) + weight * term);
    }
    for (; place != NONE && hits < header().negatives; place = nextPlace(place)) {
      store<u32>(hitPlace + (hits << 2), place);
      store<f32>(hitValue + (hits << 2), term);
      hits++;
      const at = logits + (place << 2);
      store<f32>(at, load<f32>(at) + weight * term);
    }
  }
  return hits;
}

/** One bit for each row of the history, by its last six bits: most followers are ruled out without a search. */
// @ts-ignore: decorator
@inline
function historyMask(example: Example): u64 {
  let mask: u64 = 0;
  for (let k: u32 = 0; k < example.length; k++) mask |= <u64>1 << (example.row(k) & 63);
  return mask;
}

// @ts-ignore: decorator
@inline
function mayHold(mask: u64, row: u32): bool {
  return ((mask >> (row & 63)) & 1) != 0;
}

// @ts-ignore: decorator
@inline
function candidateOf(example: Example, row: u32): u32 {
  for (let k: u32 = 0; k < example.length; k++) if (example.row(k) == row) return isCandidate(example.mark(k)) ? k : NONE;
  return NONE;
}

// @ts-ignore: decorator
@inline
function highest(example: Example, work: Work, target: f32, logits: usize, end: usize): f32 {
  let top4 = f32x4.splat(target);
  for (let o: usize = 0; o < end; o += 16) top4 = f32x4.max(top4, v128.load(logits + o));
  let top = hmax(top4);
  for (let k: u32 = 0; k < example.length; k++) top = max(top, float(work.slope, k));
  return top;
}

/** Puts e^(s − top) in the place of every score; returns their sum. */
// @ts-ignore: decorator
@inline
function exponentials(example: Example, work: Work, top: f32, logits: usize, end: usize): f32 {
  const top4 = f32x4.splat(top);
  let sum = f32x4.splat(0);
  for (let o: usize = 0; o < end; o += 16) {
    const e = exp4(f32x4.sub(v128.load(logits + o), top4));
    v128.store(logits + o, e);
    sum = f32x4.add(sum, e);
  }
  let candidates: f32 = 0;
  for (let k: u32 = 0; k < example.length; k++) {
    const at = work.slope + (k << 2);
    const e = exp1(load<f32>(at) - top);
    store<f32>(at, e);
    candidates += e;
  }
  return hsum(sum) + candidates;
}
