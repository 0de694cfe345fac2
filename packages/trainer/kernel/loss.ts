/**
 * One example's loss and its slopes ∂loss/∂s.
 *   s_j = cos(ĥ, E[j])/τ + b_j + r[bucket of j's last occurrence] + w_f log(1 + 20 follow(i_1 → j))
 *   positive: loss = −w log softmax(s_target over target, history candidates, negatives with + log(N/K));
 *             slope of j = w (p_j − [j = target])
 *   negative: loss = w log(1 + e^s), s = cos/τ + b of the target alone; slope = w σ(s): the refused item and the shopper part
 */
import { exp1, exp4, ln } from '../../shared/kernel/scalar';
import { hmax, hsum } from '../../shared/kernel/vector';
import {
  bucketOf, dense, Example, float, FOLLOW, FOLLOWERS, header, hitPlace, hitValue, isCandidate, NONE, REPEAT, sampleOffset, Work,
} from './memory';
import { measureRows } from './rows';
import { LEFT_OUT, nextPlace, placeOf } from './sample';

const FOLLOW_GAIN: f32 = 20;
const TINY: f32 = 1e-12;

/** log(1 + 20 follow) for a stored count, of which `own` is taken out. */
// @ts-ignore: decorator
@inline
export function followTerm(stored: f32, own: f32, followScale: f32): f32 {
  const count = max<f32>(0, stored - own) * followScale;
  return count > 0 ? ln(1 + FOLLOW_GAIN * count) : 0;
}

/** Lengths and cosines of the target and of the history's rows. */
export function compare(example: Example, work: Work, user: usize): void {
  const n = example.length + 1;
  measureRows(user, work.scored, n, work.cosine, work.rowInverse);
  for (let o: usize = 0; o < n << 2; o += 16) {
    const inverse = f32x4.div(f32x4.splat(1), f32x4.sqrt(f32x4.add(v128.load(work.rowInverse + o), f32x4.splat(TINY))));
    v128.store(work.rowInverse + o, inverse);
    v128.store(work.cosine + o, f32x4.mul(inverse, v128.load(work.cosine + o)));
  }
}

/**
 * In: `logits` holds the cosines with the sample. Out: there ∂loss/∂cosine of each place, and in `work` the loss and the
 * slopes of target, candidates and w_f.
 */
export function weigh(example: Example, work: Work, logits: usize, places: u32, followScale: f32): void {
  const score = float(work.cosine, 0) * header().sharpness + float(header().bias, example.target);
  if (example.negative != 0) refuse(example, work, score, logits, places);
  else softmax(example, work, score, logits, places, followScale);
}

function refuse(example: Example, work: Work, score: f32, logits: usize, places: u32): void {
  const e = exp1(-abs(score)); // σ and softplus without overflow
  const sigma: f32 = (score > 0 ? <f32>1 : e) / (<f32>1 + e);
  work.loss = example.weight * (max<f32>(score, 0) + ln(1 + e));
  work.followSlope = 0;
  memory.fill(work.slope, 0, (example.length + 1) << 2);
  store<f32>(work.slope, example.weight * sigma);
  memory.fill(logits, 0, places << 2);
}

let top: f32 = 0; // at least the highest score, and not far above it

function softmax(example: Example, work: Work, score: f32, logits: usize, places: u32, followScale: f32): void {
  const end = (<usize>places << 2);
  top = score;
  scoreSample(logits, end);
  scoreCandidates(example, work);
  const hits = addFollowers(example, work, logits, followScale);
  let target = score + dense(FOLLOW) * work.targetFollow;
  if (example.repeat != NONE) target += dense(REPEAT + example.repeat);
  top = max(top, target);
  for (let place = placeOf(example.target); place != NONE; place = nextPlace(place)) store<f32>(logits + (place << 2), LEFT_OUT);

  const targetPower = exp1(target - top);
  const total = targetPower + exponentials(example, work, logits, end);
  const share = example.weight / total;
  const targetSlope = targetPower * share - example.weight;
  work.loss = example.weight * (ln(total) + (top - target));
  store<f32>(work.slope, targetSlope);

  let followSlope = targetSlope * work.targetFollow;
  for (let k: u32 = 0; k < example.length; k++) {
    const at = work.slope + (k << 2) + 4;
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
  let highest = f32x4.splat(top);
  for (let o: usize = 0; o < end; o += 16) {
    const score = f32x4.add(f32x4.mul(sharpness, v128.load(logits + o)), v128.load(sampleOffset + o));
    v128.store(logits + o, score);
    highest = f32x4.max(highest, score);
  }
  top = hmax(highest);
}

/** Scores of the candidates without the follow term, to `slope`; LEFT_OUT for the other events. Clears `pull`. */
// @ts-ignore: decorator
@inline
function scoreCandidates(example: Example, work: Work): void {
  for (let k: u32 = 0; k < example.length; k++) {
    const mark = example.mark(k);
    let score = LEFT_OUT;
    if (isCandidate(mark)) {
      score = float(work.cosine, k + 1) * header().sharpness + float(header().bias, example.row(k)) + dense(REPEAT + bucketOf(mark));
    }
    top = max(top, score);
    store<f32>(work.slope + (k << 2) + 4, score);
    store<f32>(work.pull + (k << 2), 0);
  }
}

/**
 * Adds w_f log(1 + 20 follow) to the logits of those followers of i_1 that take part. The terms are left in
 * `hitPlace`/`hitValue` (sample; their number is returned), `pull` (candidates) and `targetFollow`.
 */
function addFollowers(example: Example, work: Work, logits: usize, followScale: f32): u32 {
  work.targetFollow = 0;
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
      work.targetFollow = followTerm(stored, example.own, followScale);
      continue;
    }
    const candidate = mayHold(history, row) ? candidateOf(example, row) : NONE;
    let place = placeOf(row);
    if (candidate == NONE && place == NONE) continue;
    const term = followTerm(stored, 0, followScale);
    if (candidate != NONE) {
      store<f32>(work.pull + (candidate << 2), term);
      raise(work.slope + (candidate << 2) + 4, weight * term);
    }
    for (; place != NONE && hits < header().negatives; place = nextPlace(place)) {
      store<u32>(hitPlace + (hits << 2), place);
      store<f32>(hitValue + (hits << 2), term);
      hits++;
      raise(logits + (place << 2), weight * term);
    }
  }
  return hits;
}

// @ts-ignore: decorator
@inline
function raise(at: usize, by: f32): void {
  const score = load<f32>(at) + by;
  store<f32>(at, score);
  top = max(top, score);
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

/** Puts e^(s − top) in the place of every score; returns their sum. */
// @ts-ignore: decorator
@inline
function exponentials(example: Example, work: Work, logits: usize, end: usize): f32 {
  const top4 = f32x4.splat(top);
  let sum = f32x4.splat(0);
  for (let o: usize = 0; o < end; o += 16) {
    const e = exp4(f32x4.sub(v128.load(logits + o), top4));
    v128.store(logits + o, e);
    sum = f32x4.add(sum, e);
  }
  let candidates: f32 = 0;
  for (let k: u32 = 0; k < example.length; k++) {
    const at = work.slope + (k << 2) + 4;
    const e = exp1(load<f32>(at) - top);
    store<f32>(at, e);
    candidates += e;
  }
  return hsum(sum) + candidates;
}
