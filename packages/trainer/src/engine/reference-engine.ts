/**
 * The gradient engine in plain TypeScript: slow, without a trick, equal to the kernel to 1e-4. Parameters are the same f32
 * in the same memory and the negatives are the same draws; only sums are taken in double precision.
 *
 * The order of things is the kernel's (kernel/step.ts): all gradients of a micro-batch at the same parameters, then its rows
 * move example by example, and the sample's rows last.
 */
import type { ModelConfig } from '@freshet/shared/domain/model-config';
import { random32, randomBelow } from '@freshet/shared/domain/random';
import { thresholdOf } from '../parameters/layout.js';
import type { ParameterStore } from '../parameters/parameters.js';
import { type BatchResult, openBatches } from './batches.js';
import { type ExampleTable, tellsLoss } from './example.js';
import type { GradientEngine, MicroBatch, Round } from './port.js';
import { dot, type Gradient, gradientOf, type Negative } from './reference-gradient.js';
import { openRows, type Rows } from './reference-rows.js';

const LANE = 0;
/** Coordinates that set the numbers of dropout, and of the choice between two ways to draw, apart from those that draw. */
const DROPOUT = 0x8000_0000;
const CHOICE = 0x4000_0000;

interface Setting {
  readonly model: ModelConfig;
  readonly examples: ExampleTable;
  readonly rows: Rows;
  readonly round: Round;
}

export function createReferenceEngine({ layout, memory, examples }: Pick<ParameterStore, 'layout' | 'memory' | 'examples'>): GradientEngine {
  const batches = openBatches(layout, memory.buffer);
  const rows = openRows(layout, memory.buffer, { dense: batches.dense(LANE), constant: batches.constant(LANE) });
  return {
    async run(round) {
      batches.begin(round, [LANE]);
      for (const [index, batch] of round.batches.entries()) {
        batches.finish(index, trainBatch(batch, { model: layout.model, examples, rows, round }));
      }
      return batches.end(round, [LANE]);
    },
    close: () => Promise.resolve(),
  };
}

function trainBatch(batch: MicroBatch, setting: Setting): BatchResult {
  const { examples, rows } = setting;
  if (!rows.dense.every(Number.isFinite)) return { refused: batch.examples.map((_, b) => b), loss: 0, told: 0 };
  const sample = drawSample(batch, setting);
  const gradients = batch.examples.map((slot, b) => {
    const example = examples.read(slot);
    const isDropped = dropout(batch, { b, length: example.history.length, model: setting.model });
    return gradientOf(example, sample, rows, { model: setting.model, followScale: setting.round.followScale, isDropped });
  });
  const sound = gradients.map((gradient) => isSound(gradient, rows));
  const learned = gradients.filter((_, b) => sound[b]);
  for (const gradient of learned) {
    move(gradient, setting);
    if (batch.denseHeld !== true) rows.stepDense(gradient.dense);
  }
  sample.forEach((negative, place) => moveNegative(negative, place, learned, setting));
  const refused = gradients.flatMap((_, b) => (sound[b] === true ? [] : [b]));
  const told = gradients.flatMap(({ loss }, b) => {
    const example = examples.read(batch.examples[b] ?? 0);
    return sound[b] === true && tellsLoss(example) ? [loss / example.weight] : [];
  });
  return { refused, loss: told.reduce((sum, loss) => sum + loss, 0), told: told.length };
}

/** Which events of the b-th example are left out; never all of them: the newest stays. */
function dropout({ seedA, seedB }: MicroBatch, { b, length, model }: { b: number; length: number; model: ModelConfig }): (k: number) => boolean {
  const seed = random32(seedA, seedB, (DROPOUT | b) >>> 0);
  const out = Array.from({ length }, (_, k) => random32(seed, k, 0) < thresholdOf(model.historyDropout));
  if (out.every(Boolean)) out[0] = false;
  return (k) => out[k] === true;
}

/** All eligible rows when there are no more than K, else K drawn with replacement, a share by popularity; rows that aren't finite are left out. */
function drawSample({ seedA, seedB }: MicroBatch, { model, rows, round }: Setting): Negative[] {
  const { eligibleCount, negatives = model.negatives } = round;
  const all = eligibleCount <= negatives;
  const { popularity } = rows;
  const threshold = popularity.events === 0 ? 0 : thresholdOf(model.popularNegatives);
  const share = threshold / 2 ** 32;
  const sample: Negative[] = [];
  for (let k = 0; k < Math.min(negatives, eligibleCount); k++) {
    const draw = (below: number): number => randomBelow(below, seedA, seedB, k);
    const byPopularity = !all && random32(seedA, seedB, (CHOICE | k) >>> 0) < threshold;
    const row = byPopularity ? popularity.row(draw(popularity.events)) : rows.eligible(all ? k : draw(eligibleCount));
    const probability = (1 - share) / eligibleCount + (share === 0 ? 0 : (share * popularity.count(row)) / popularity.events);
    const correction = all ? 0 : -Math.log(negatives * probability);
    if (rows.isFinite(row)) sample.push({ row, embedding: rows.embedding(row).slice(), bias: rows.bias(row), correction });
  }
  return sample;
}

function isSound({ loss, target, candidates, pooled, dense }: Gradient, rows: Rows): boolean {
  const touched = [target.row, ...pooled.map(({ row }) => row)];
  const numbers = [loss, target.slope, ...candidates.map(({ slope }) => slope), ...pooled.flatMap(({ gradient }) => gradient), ...dense];
  return numbers.every(Number.isFinite) && touched.every((row) => rows.isFinite(row));
}

/** One example's own rows, each role a step of its own: target, candidates, pooled rows. */
function move({ user, sharpness, target, candidates, pooled }: Gradient, { rows }: Setting): void {
  for (const { row, slope, cosine, length } of [target, ...candidates]) {
    const embedding = rows.embedding(row);
    const pull = (slope * sharpness) / length;
    const square = pull ** 2 * Math.max(0, 1 - cosine ** 2);
    rows.step(row, user.map((h, d) => pull * (h - (cosine * (embedding[d] ?? 0)) / length)), { square, length });
    rows.stepBias(row, slope);
  }
  for (const { row, gradient } of pooled) rows.step(row, gradient);
}

/** n = Σ_b slope_b e^σ_b/τ ĥ_b over the examples; ∂loss/∂E = (n − (n·Ê)Ê)/|E|, ∂loss/∂b = Σ slope_b. */
function moveNegative(negative: Negative, place: number, learned: readonly Gradient[], { rows }: Setting): void {
  const n = Array.from(negative.embedding, () => 0);
  let slopes = 0;
  for (const { user, sharpness, sample } of learned) {
    const slope = sample[place]?.slope ?? 0;
    slopes += slope;
    user.forEach((h, d) => (n[d] = (n[d] ?? 0) + slope * sharpness * h));
  }
  if (slopes === 0) return;
  const square = dot(negative.embedding, negative.embedding);
  const along = dot(n, negative.embedding) / square;
  rows.step(negative.row, n.map((x, d) => (x - along * (negative.embedding[d] ?? 0)) / Math.sqrt(square)), { length: Math.sqrt(square) });
  rows.stepBias(negative.row, slopes);
}
