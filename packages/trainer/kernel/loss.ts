/**
 * One example's loss and its slopes ∂loss/∂s.
 *   s_j = e^σ cos(ĥ, E[j])/τ + b_j + r[repeat bucket of j's last occurrence] + Σ_z w_f[z] log(1 + 20 follow(i_z → j)), z = 1 … 3
 *   positive: loss = −w log softmax(s_target over target, candidates, negatives with − log(K q_j)); slope of j = w (p_j − [j = target])
 *   negative: loss = w log(1 + e^s), s = e^σ cos/τ + b of the target alone; slope = w σ(s): the refused item and the shopper part
 *
 * 1. A sampled negative that is the target or a candidate doesn't take part: it is counted once.
 * 2. A rival that holds a number that isn't finite doesn't take part and isn't written.
 */
import { exp1, exp4, ln } from '../../shared/kernel/scalar';
import { hmax, hsum } from '../../shared/kernel/vector';
import { logSharpness } from './attention';
import { list, listPast } from './candidates';
import { dense, float, FOLLOWED, followWeight, header, hitPlace, hitSource, hitValue, NONE, pastPlace, pastWeight, REPEAT_PAST, sampleOffset } from './memory';
import { Example, repeatWeight, Work } from './records';
import { measureRows } from './rows';
import { LEFT_OUT, nextPlace, placeOf } from './sample';

const TINY: f32 = 1e-12;

/**
 * In: `logits` holds the cosines with the sample. Out: there ∂loss/∂cosine of each place, and in `work` the loss and the
 * slopes of what is scored and of the w_f.
 */
export function weigh(example: Example, work: Work, user: usize, logits: usize, places: u32, followScale: f32): void {
  work.sharpness = header().sharpness * exp1(logSharpness(example));
  hits = list(example, work, followScale);
  compare(work, user);
  memory.fill(work.pastSlope, 0, 32);
  if (example.negative != 0) return refuse(example, work, logits, places);
  past = listPast(example, work);
  softmax(example.weight, work, logits, places);
}

/** Lengths and cosines of what is scored. */
function compare(work: Work, user: usize): void {
  measureRows(user, work.address, work.scored, work.cosine, work.rowInverse);
  for (let o: usize = 0; o < work.scored << 2; o += 16) {
    const inverse = f32x4.div(f32x4.splat(1), f32x4.sqrt(f32x4.add(v128.load(work.rowInverse + o), f32x4.splat(TINY))));
    v128.store(work.rowInverse + o, inverse);
    v128.store(work.cosine + o, f32x4.mul(inverse, v128.load(work.cosine + o)));
  }
}

function refuse(example: Example, work: Work, logits: usize, places: u32): void {
  const score = float(work.cosine, 0) * work.sharpness + float(header().bias, example.target);
  const e = exp1(-abs(score)); // σ and softplus without overflow
  const sigma: f32 = (score > 0 ? <f32>1 : e) / (<f32>1 + e);
  work.loss = example.weight * (max<f32>(score, 0) + ln(1 + e));
  memory.fill(work.followSlope, 0, FOLLOWED << 2);
  store<f32>(work.slope, example.weight * sigma);
  memory.fill(logits, 0, places << 2);
}

let hits: u32 = 0; // followers that stand in the sample, and past items (candidates.ts)
let past: u32 = 0;
let top: f32 = 0; // at least the highest score, and not far above it

function softmax(weight: f32, work: Work, logits: usize, places: u32): void {
  const end = (<usize>places << 2);
  scoreListed(work);
  const target = float(work.slope, 0);
  scoreSample(work, logits, end);
  for (let j: u32 = 0; j < work.scored; j++) {
    for (let place = placeOf(load<u32>(work.row + (j << 2))); place != NONE; place = nextPlace(place)) store<f32>(logits + (place << 2), LEFT_OUT);
  }
  for (let i: u32 = 0; i < hits; i++) raise(load<u32>(hitPlace + (i << 2)), dense(followWeight(sourceOf(i))) * float(hitValue, i), logits);
  for (let i: u32 = 0; i < past; i++) raise(load<u32>(pastPlace + (i << 2)), dense(load<u32>(pastWeight + (i << 2))), logits);

  const total = exponentials(work, logits, end);
  const share = weight / total;
  work.loss = weight * (ln(total) + (top - target));
  for (let j: u32 = 0; j < work.scored; j++) {
    const at = work.slope + (j << 2);
    store<f32>(at, load<f32>(at) * share - (j == 0 ? weight : 0));
  }
  slopeFollows(work, share, logits);
  for (let i: u32 = 0; i < past; i++) {
    const at = work.pastSlope + ((load<u32>(pastWeight + (i << 2)) - REPEAT_PAST) << 2);
    store<f32>(at, load<f32>(at) + powerOf(load<u32>(pastPlace + (i << 2)), logits) * share);
  }
  const factor = f32x4.splat(share * work.sharpness);
  for (let o: usize = 0; o < end; o += 16) v128.store(logits + o, f32x4.mul(factor, v128.load(logits + o)));
}

/** ∂loss/∂w_f of each of the last items: by what is scored, then by what stands in the sample. */
// @ts-ignore: decorator
@inline
function slopeFollows(work: Work, share: f32, logits: usize): void {
  for (let z: u32 = 0; z < FOLLOWED; z++) {
    let slope: f32 = 0;
    for (let j: u32 = 0; j < work.scored; j++) slope += float(work.slope, j) * float(work.follow(z), j);
    store<f32>(work.followSlope + (z << 2), slope);
  }
  for (let i: u32 = 0; i < hits; i++) {
    const at = work.followSlope + (sourceOf(i) << 2);
    store<f32>(at, load<f32>(at) + powerOf(load<u32>(hitPlace + (i << 2)), logits) * share * float(hitValue, i));
  }
}

// @ts-ignore: decorator
@inline
function sourceOf(hit: u32): u32 {
  return load<u32>(hitSource + (hit << 2));
}

/** Scores of what is listed, to `slope`. */
// @ts-ignore: decorator
@inline
function scoreListed(work: Work): void {
  top = -f32.MAX_VALUE;
  for (let j: u32 = 0; j < work.scored; j++) {
    const row = load<u32>(work.row + (j << 2));
    const bucket = load<u32>(work.bucket + (j << 2));
    let score = float(work.cosine, j) * work.sharpness + float(header().bias, row);
    for (let z: u32 = 0; z < FOLLOWED; z++) score += dense(followWeight(z)) * float(work.follow(z), j);
    if (bucket != NONE) score += dense(repeatWeight(bucket));
    if (j >= work.firstRival && !isFinite(score + float(work.rowInverse, j) + float(header().acc, row) + float(header().biasAcc, row))) {
      score = leaveOut(work, j);
    }
    top = max(top, score);
    store<f32>(work.slope + (j << 2), score);
  }
}

/** A rival that isn't sound: in its place stands the target's row with no weight. */
function leaveOut(work: Work, j: u32): f32 {
  store<u32>(work.row + (j << 2), NONE);
  store<u32>(work.address + (j << 2), load<u32>(work.address));
  store<f32>(work.rowInverse + (j << 2), 0);
  store<f32>(work.cosine + (j << 2), 0);
  return LEFT_OUT;
}

/** s = e^σ cos/τ + b − log(K q). */
// @ts-ignore: decorator
@inline
function scoreSample(work: Work, logits: usize, end: usize): void {
  const sharpness = f32x4.splat(work.sharpness);
  let highest = f32x4.splat(top);
  for (let o: usize = 0; o < end; o += 16) {
    const score = f32x4.add(f32x4.mul(sharpness, v128.load(logits + o)), v128.load(sampleOffset + o));
    v128.store(logits + o, score);
    highest = f32x4.pmax(highest, score);
  }
  top = hmax(highest);
}

/** Adds to the scores of a place and of the others with the same row. */
// @ts-ignore: decorator
@inline
function raise(first: u32, by: f32, logits: usize): void {
  for (let place = first; place != NONE; place = nextPlace(place)) {
    const score = float(logits, place) + by;
    store<f32>(logits + (place << 2), score);
    top = max(top, score);
  }
}

// @ts-ignore: decorator
@inline
function powerOf(first: u32, logits: usize): f32 {
  let sum: f32 = 0;
  for (let place = first; place != NONE; place = nextPlace(place)) sum += float(logits, place);
  return sum;
}

/** Puts e^(s − top) in the place of every score; returns their sum. */
// @ts-ignore: decorator
@inline
function exponentials(work: Work, logits: usize, end: usize): f32 {
  const top4 = f32x4.splat(top);
  let sum = f32x4.splat(0);
  for (let o: usize = 0; o < end; o += 16) {
    const e = exp4(f32x4.sub(v128.load(logits + o), top4));
    v128.store(logits + o, e);
    sum = f32x4.add(sum, e);
  }
  for (let j = work.scored; (j & 3) != 0; j++) store<f32>(work.slope + (j << 2), LEFT_OUT);
  for (let o: usize = 0; o < work.scored << 2; o += 16) {
    const e = exp4(f32x4.sub(v128.load(work.slope + o), top4));
    v128.store(work.slope + o, e);
    sum = f32x4.add(sum, e);
  }
  return hsum(sum);
}
