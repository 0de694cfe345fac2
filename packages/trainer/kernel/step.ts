/**
 * One micro-batch: forward, loss, gradients through both normalisations, the optimizer's steps.
 *
 * All its gradients are taken at the same parameters; then its rows and the dense weights move, example by example, and the
 * sampled rows last. It is cut into phases, each over the whole micro-batch, so that an engine can put its own products
 * (products.ts) between them:
 *   next → prepare → [cosines] → weigh → [userGradients] → move → [sampleGradients] → stepSample
 * `train` does everything from `prepare` on.
 *
 * 1. Nothing of an example is written before all of it is known to be finite: else it is refused (marked in its slot).
 * 2. With one thread, the same batch on the same memory gives the same bytes.
 * 3. `next` gives out each waiting micro-batch to one thread only; what was begun is never given out again, even when the
 *    thread that had it is dead.
 */
import { hsum } from '../../shared/kernel/vector';
import { dropped, pool } from './attention';
import { backward, isSound, move as moveExample } from './backward';
import { weigh as weighExample } from './loss';
import { columns, DENSE, denseAt, enter, gradients, rowBytes, stride, temperatures, users, weights } from './memory';
import { stepDense } from './optimizer';
import { multiplyCosines, multiplySampleGradients, multiplyUserGradients } from './products';
import { Batch, batch, BEGUN, example, FINISHED, round, WAITING, work, tellsLoss } from './records';
import { drawSample, stepFour } from './sample';

const NOTHING: i32 = -1;

/** Claims the next waiting micro-batch of the round; its index, or -1 when there is none. */
export function next(): i32 {
  const all = round();
  while (true) {
    const index = atomic.add<u32>(changetype<usize>(all), 1);
    if (index >= all.count) return NOTHING;
    const state = changetype<usize>(batch(index)) + offsetof<Batch>('state');
    if (atomic.cmpxchg<u32>(state, WAITING, BEGUN) == WAITING) return index;
  }
}

/**
 * Draws and gathers the sample, pools the users. Returns the number of columns of the products (a multiple of four), or -1 when all of the micro-batch was refused and it is finished.
 */
export function prepare(index: u32, lane: u32): i32 {
  enter(lane);
  const it = batch(index);
  it.loss = 0;
  it.told = 0;
  it.sampled = 0;
  if (!isFinite(denseSum())) {
    for (let b: u32 = 0; b < it.count; b++) it.refuse(b);
    finish(it);
    return NOTHING;
  }
  it.sampled = drawSample(it, round().eligible);
  for (let b: u32 = 0; b < it.count; b++) {
    const one = example(it.slot(b));
    pool(one, work(b), users + <usize>b * stride, dropped(it, b, one.length));
  }
  for (let b = it.count; b < rowsOf(it); b++) forget(b);
  return placesOf(it);
}

/** Product 1. In: users, sampleUnit. Out: weights, as cosines. */
export function cosines(index: u32, lane: u32): void {
  enter(lane);
  multiplyCosines(rowsOf(batch(index)), placesOf(batch(index)));
}

/** In: weights, as cosines; users. Out: weights, as ∂loss/∂cosine. */
export function weigh(index: u32, lane: u32): void {
  enter(lane);
  const it = batch(index);
  for (let b: u32 = 0; b < it.count; b++) {
    weighExample(example(it.slot(b)), work(b), users + <usize>b * stride, weights + <usize>b * columns, placesOf(it), round().followScale);
    store<f32>(temperatures + (b << 2), 1 / work(b).sharpness);
  }
}

/** Product 2. In: weights, sampleUnit. Out: gradients. */
export function userGradients(index: u32, lane: u32): void {
  enter(lane);
  multiplyUserGradients(rowsOf(batch(index)), placesOf(batch(index)));
}

/** In: gradients. Moves the examples' own rows; the users and weights of those that are refused become 0. */
export function move(index: u32, lane: u32): void {
  enter(lane);
  const it = batch(index);
  for (let b: u32 = 0; b < it.count; b++) {
    const one = example(it.slot(b));
    backward(one, work(b), users + <usize>b * stride, gradients + <usize>b * stride);
    if (isSound(one, work(b))) continue;
    it.refuse(b);
    forget(b);
  }
  for (let b: u32 = 0; b < it.count; b++) {
    if (it.isRefused(b)) continue;
    const one = example(it.slot(b));
    if (tellsLoss(one)) {
      it.loss += work(b).loss / one.weight;
      it.told++;
    }
    moveExample(one, work(b), users + <usize>b * stride, gradients + <usize>b * stride);
    if (it.denseHeld == 0) stepDense();
  }
}

/** Product 3. In: weights, users. Out: sampleGradients. */
export function sampleGradients(index: u32, lane: u32): void {
  enter(lane);
  const it = batch(index);
  for (let k: u32 = 0; k < it.sampled; k += 4) multiplySampleGradients(k, it.count);
}

/** In: sampleGradients, weights. Moves the sampled rows; the micro-batch is finished. */
export function stepSample(index: u32, lane: u32): void {
  enter(lane);
  const it = batch(index);
  for (let k: u32 = 0; k < it.sampled; k += 4) stepFour(k, it.sampled, it.count);
  finish(it);
}

export function train(index: u32, lane: u32): void {
  if (prepare(index, lane) == NOTHING) return;
  cosines(index, lane);
  weigh(index, lane);
  userGradients(index, lane);
  move(index, lane);
  const it = batch(index);
  for (let k: u32 = 0; k < it.sampled; k += 4) {
    multiplySampleGradients(k, it.count);
    stepFour(k, it.sampled, it.count); // while they are in cache
  }
  finish(it);
}

function finish(it: Batch): void {
  atomic.store<u32>(changetype<usize>(it) + offsetof<Batch>('state'), FINISHED);
}

// @ts-ignore: decorator
@inline
function rowsOf(it: Batch): u32 {
  return (it.count + 3) & ~3;
}

// @ts-ignore: decorator
@inline
function placesOf(it: Batch): u32 {
  return (it.sampled + 3) & ~3;
}

function denseSum(): f32 {
  let sum = f32x4.splat(0);
  for (let o: usize = 0; o < DENSE << 3; o += 16) sum = f32x4.add(sum, v128.load(denseAt + o));
  return hsum(sum);
}

/** A row of the matrices without an example, or of a refused one: no user vector, no weight in the sample's gradient. */
function forget(b: u32): void {
  memory.fill(users + <usize>b * stride, 0, rowBytes);
  memory.fill(weights + <usize>b * columns, 0, columns);
}
