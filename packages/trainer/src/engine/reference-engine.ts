/**
 * The gradient engine in plain TypeScript: slow, without a trick, equal to the kernel to 1e-4. Parameters are the same f32
 * in the same memory and the negatives are the same draws; only sums are taken in double precision.
 *
 * The order of things is the kernel's (kernel/step.ts): examples in tiles of four, gradients of a tile at the same
 * parameters, then its rows move example by example; the sample's rows move at the end of the micro-batch.
 */
import type { ModelConfig } from '@freshet/shared/domain/model-config';
import { randomBelow } from '@freshet/shared/domain/random';
import type { ParameterStore } from '../parameters/parameters.js';
import { type BatchResult, openBatches } from './batches.js';
import type { ExampleTable } from './example.js';
import type { GradientEngine, MicroBatch, Round } from './port.js';
import { dot, type Gradient, gradientOf, type Negative } from './reference-gradient.js';
import { openRows, type Rows } from './reference-rows.js';

const TILE = 4;
const LANE = 0;

interface Setting {
  readonly model: ModelConfig;
  readonly examples: ExampleTable;
  readonly rows: Rows;
  readonly round: Round;
}

export function createReferenceEngine({ layout, memory, examples }: Pick<ParameterStore, 'layout' | 'memory' | 'examples'>): GradientEngine {
  const batches = openBatches(layout, memory.buffer);
  const rows = openRows(layout, memory.buffer, batches.dense(LANE));
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
  const { length } = batch.examples;
  if (!rows.dense.every(Number.isFinite)) return { refused: 2 ** length - 1, loss: 0 };
  const sample = drawSample(batch, setting);
  const learned: Gradient[] = [];
  let refused = 0;
  for (let first = 0; first < length; first += TILE) {
    const tile = batch.examples.slice(first, first + TILE).map((slot) => examples.read(slot));
    const gradients = tile.map((example) => gradientOf(example, sample, rows, { ...setting, followScale: setting.round.followScale }));
    for (const [b, gradient] of gradients.entries()) {
      if (!isSound(gradient, rows)) refused += 2 ** (first + b);
      else learned.push(gradient);
    }
    for (const gradient of gradients) if (learned.includes(gradient)) move(gradient, setting);
  }
  sample.forEach((negative, place) => moveNegative(negative, place, learned, setting));
  return { refused, loss: learned.reduce((sum, { loss }) => sum + loss, 0) };
}

/** All eligible rows when there are no more than K, else K drawn with replacement; rows that aren't finite are left out. */
function drawSample({ seedA, seedB }: MicroBatch, { model, rows, round }: Setting): Negative[] {
  const { eligibleCount } = round;
  const all = eligibleCount <= model.negatives;
  const correction = all ? 0 : Math.log(eligibleCount / model.negatives);
  const sample: Negative[] = [];
  for (let k = 0; k < Math.min(model.negatives, eligibleCount); k++) {
    const row = rows.eligible(all ? k : randomBelow(eligibleCount, seedA, seedB, k));
    if (rows.isFinite(row)) sample.push({ row, embedding: rows.embedding(row).slice(), bias: rows.bias(row), correction });
  }
  return sample;
}

function isSound({ loss, target, candidates, pooled, dense }: Gradient, rows: Rows): boolean {
  const touched = [target.row, ...pooled.map(({ row }) => row)];
  const numbers = [loss, target.slope, ...candidates.map(({ slope }) => slope), ...pooled.flatMap(({ gradient }) => gradient), ...dense];
  return numbers.every(Number.isFinite) && touched.every((row) => rows.isFinite(row));
}

/** One example's own rows, each role a step of its own: target, candidates, pooled rows; then the dense weights. */
function move({ user, target, candidates, pooled, dense }: Gradient, { model, rows }: Setting): void {
  for (const { row, slope, cosine, length } of [target, ...candidates]) {
    const embedding = rows.embedding(row);
    const pull = slope / model.temperature / length;
    const square = pull ** 2 * Math.max(0, 1 - cosine ** 2);
    rows.step(row, user.map((h, d) => pull * (h - (cosine * (embedding[d] ?? 0)) / length)), square);
    rows.stepBias(row, slope);
  }
  for (const { row, gradient } of pooled) rows.step(row, gradient);
  rows.stepDense(dense);
}

/** n = Σ_b slope_b/τ ĥ_b over the examples; ∂loss/∂E = (n − (n·Ê)Ê)/|E|, ∂loss/∂b = Σ slope_b. */
function moveNegative(negative: Negative, place: number, learned: readonly Gradient[], { model, rows }: Setting): void {
  const n = Array.from(negative.embedding, () => 0);
  let slopes = 0;
  for (const { user, sample } of learned) {
    const slope = sample[place]?.slope ?? 0;
    slopes += slope;
    user.forEach((h, d) => (n[d] = (n[d] ?? 0) + (slope / model.temperature) * h));
  }
  if (slopes === 0) return;
  const square = dot(negative.embedding, negative.embedding);
  const along = dot(n, negative.embedding) / square;
  rows.step(negative.row, n.map((x, d) => (x - along * (negative.embedding[d] ?? 0)) / Math.sqrt(square)));
  rows.stepBias(negative.row, slopes);
}
