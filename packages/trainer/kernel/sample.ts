/**
 * The K negatives that a micro-batch shares, normalised once, found again by row: a share s of them are items of events drawn from
 * the last ones, the others are drawn uniformly from the rows eligible so far. Row j is drawn with probability
 * q_j = (1 − s)/N + s · (its share of the last events), and − log(K q_j) is added to its score. When no more than K rows are eligible, each is taken once: then the softmax is exact, and a shop with three
 * items learns from its first event.
 *
 * 1. A row that holds a number that isn't finite is left out: its place has no weight and it isn't written.
 */
import { random32, randomBelow } from '../../shared/kernel/random';
import { ln } from '../../shared/kernel/scalar';
import { dot, hsum, madd, nmadd, scale } from '../../shared/kernel/vector';
import { inverseLength } from './attention';
import {
  columns, embedding, float, gradients, header, NONE, rowBytes, sampleGradients, sampleInverse, sampleNext, sampleOffset, sampleRow, sampleTable,
  sampleUnit, stride, tableMask, temperatures, weights,
} from './memory';
import { isAdam, rowRate, stepAdam, stepBias } from './optimizer';
import { Batch, round } from './records';

/** Logit of a place that doesn't take part: e to its power is 0. */
export const LEFT_OUT: f32 = -1e30;

/** Draws and gathers. Returns how many places are filled; the next multiple of four is made harmless. */
export function drawSample(batch: Batch, eligible: u32): u32 {
  const most = round().negatives;
  const count = min(most, eligible);
  memory.fill(sampleTable, 0, (tableMask + 1) << 2);
  for (let k: u32 = 0; k < count; k++) store<u32>(sampleRow + (k << 2), eligible > most ? draw(batch, k, eligible) : rowAt(header().eligible, k));
  touch(count);
  for (let k: u32 = 0; k < count; k++) {
    const row = rowAt(sampleRow, k);
    gather(k, row, eligible > most ? correction(row, eligible) : 0);
  }
  for (let k = count; (k & 3) != 0; k++) leaveOut(k);
  return count;
}

/** Coordinate that sets the numbers which choose between the two ways of drawing apart from those that draw. */
const CHOICE: u32 = 0x4000_0000;

// @ts-ignore: decorator
@inline
function draw(batch: Batch, k: u32, eligible: u32): u32 {
  const events = popularEvents();
  if (events > 0 && random32(batch.seedA, batch.seedB, CHOICE | k) < header().popular) {
    return rowAt(header().popularRows + 4, randomBelow(events, batch.seedA, batch.seedB, k));
  }
  return rowAt(header().eligible, randomBelow(eligible, batch.seedA, batch.seedB, k));
}

/** − log(K q). */
// @ts-ignore: decorator
@inline
function correction(row: u32, eligible: u32): f32 {
  const events = popularEvents();
  const share: f32 = events > 0 ? <f32>header().popular / <f32>4294967296 : 0;
  const popularity: f32 = events > 0 ? <f32>rowAt(header().popularCounts, row) / <f32>events : 0;
  return -ln(<f32>round().negatives * ((1 - share) / <f32>eligible + share * popularity));
}

// @ts-ignore: decorator
@inline
function popularEvents(): u32 {
  return load<u32>(header().popularRows);
}

// @ts-ignore: decorator
@inline
function rowAt(list: usize, index: u32): u32 {
  return load<u32>(list + (index << 2));
}

/**
 * Reads a number of each cache line of the sampled rows. They are scattered over the tables, and loads that don't wait for one
 * another fetch them side by side: with 100,000 items an example gets a tenth faster.
 */
function touch(count: u32): void {
  let sum: f32 = 0;
  for (let k: u32 = 0; k < count; k++) {
    const row = load<u32>(sampleRow + (k << 2));
    const at = embedding(row);
    for (let o: usize = 0; o < rowBytes; o += 64) sum += load<f32>(at + o);
    sum += float(header().bias, row) + float(header().acc, row) + float(header().biasAcc, row);
  }
  store<f32>(gradients, sum); // so that the compiler keeps the loads
}

function gather(place: u32, row: u32, correction: f32): void {
  const at = place << 2;
  const source = embedding(row);
  const unit = sampleUnit + <usize>place * stride;
  const square = dot(source, source, rowBytes);
  const bias = float(header().bias, row);
  const sound = square + bias + float(header().acc, row) + float(header().biasAcc, row);
  if (!isFinite(sound)) return leaveOut(place);
  const inverse = inverseLength(square);
  scale(inverse, source, unit, rowBytes);
  store<f32>(sampleInverse + at, inverse);
  store<f32>(sampleOffset + at, bias + correction);
  remember(place, row);
}

function leaveOut(place: u32): void {
  store<f32>(sampleInverse + (place << 2), 0);
  store<f32>(sampleOffset + (place << 2), LEFT_OUT);
  memory.fill(sampleUnit + <usize>place * stride, 0, rowBytes);
}

// @ts-ignore: decorator
@inline
function slotOf(row: u32): u32 {
  return ((row * 0x9e3779b1) >> 16) & tableMask;
}

/** First place of a row, or NONE; the others follow through `sampleNext`. */
// @ts-ignore: decorator
@inline
export function placeOf(row: u32): u32 {
  let slot = slotOf(row);
  while (true) {
    const place = load<u32>(sampleTable + (slot << 2));
    if (place == 0) return NONE;
    if (load<u32>(sampleRow + ((place - 1) << 2)) == row) return place - 1;
    slot = (slot + 1) & tableMask;
  }
}

/** The place after `place` with the same row, or NONE. */
// @ts-ignore: decorator
@inline
export function nextPlace(place: u32): u32 {
  return load<u32>(sampleNext + (place << 2)) - 1;
}

function remember(place: u32, row: u32): void {
  let slot = slotOf(row);
  let first = load<u32>(sampleTable + (slot << 2));
  while (first != 0 && load<u32>(sampleRow + ((first - 1) << 2)) != row) {
    slot = (slot + 1) & tableMask;
    first = load<u32>(sampleTable + (slot << 2));
  }
  store<u32>(sampleNext + (place << 2), first);
  store<u32>(sampleTable + (slot << 2), place + 1);
}

/**
 * One step for each of the sampled rows k … k + 3 (as far as there are `count`), along n = Σ_b p_b ĥ_b, which stands in
 * `sampleGradients`, where `weights` holds p_b = ∂loss_b/∂cosine:
 * ∂loss/∂E = (n − (n·Ê)Ê)/|E| + l2 E, ∂loss/∂b = Σ_b p_b τ/e^σ_b.
 */
export function stepFour(k: u32, count: u32, examples: u32): void {
  const column = weights + (k << 2);
  let total = f32x4.splat(0);
  for (let b: u32 = 0; b < examples; b++) total = madd(v128.load(column + <usize>b * columns), v128.load32_splat(temperatures + (b << 2)), total);
  v128.store(sampleOffset + (k << 2), total);
  for (let place = k; place < min(k + 4, count); place++) stepRow(place, float(sampleOffset, place));
}

// @ts-ignore: decorator
@inline
function stepRow(place: u32, biasGradient: f32): void {
  const inverse = float(sampleInverse, place);
  const n = sampleGradients + <usize>place * stride;
  const unit = sampleUnit + <usize>place * stride;
  let along4 = f32x4.splat(0);
  let square4 = f32x4.splat(0);
  for (let o: usize = 0; o < rowBytes; o += 16) {
    const g = v128.load(n + o);
    along4 = madd(g, v128.load(unit + o), along4);
    square4 = madd(g, g, square4);
  }
  const along = hsum(along4);
  const square = hsum(square4);
  const gradient2 = (square - along * along) * inverse * inverse;
  if (!(gradient2 > 0 && gradient2 < f32.MAX_VALUE)) return;
  const row = load<u32>(sampleRow + (place << 2));
  const to = embedding(row);
  stepBias(row, biasGradient);
  if (isAdam()) return stepAdam(row, to, header().acc + (row << 2), -header().l2, inverse, n, -inverse * along, unit);
  const decay = header().l2 / inverse;
  const rate = rowRate(row, gradient2 + decay * decay);
  const kept = f32x4.splat(1 - rate * header().l2);
  const a = f32x4.splat(rate * inverse);
  const b = f32x4.splat(rate * inverse * along);
  for (let o: usize = 0; o < rowBytes; o += 16) {
    const moved = nmadd(a, v128.load(n + o), f32x4.mul(kept, v128.load(to + o)));
    v128.store(to + o, madd(b, v128.load(unit + o), moved));
  }
}
