import { FOLLOW_DEPTH } from '@freshet/shared/domain/model-config';
import { FOLLOW_EPOCH_MS } from '@freshet/shared/domain/tables';
import { openBatches } from '@freshet/trainer/engine/batches';
import { createPoolEngine } from '@freshet/trainer/engine/pool';
import type { Example } from '@freshet/trainer/engine/example';
import type { GradientEngine, Round } from '@freshet/trainer/engine/port';
import { createReferenceEngine } from '@freshet/trainer/engine/reference-engine';
import { createTensorflowEngine } from '@freshet/trainer/engine/tensorflow/engine';
import { createWasmEngine } from '@freshet/trainer/engine/wasm-engine';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tensorflowInstalled } from '../../../support/tensorflow.js';
import { distance, roundOf, type SmallLearner, smallLearner, type SmallLearnerOptions } from '../support/small-learner.js';

const SIZES = [1, 4, 32, 7, 31];
const wasm = (learner: SmallLearner): GradientEngine => createWasmEngine(learner.kernel, learner.parameters);
const reference = (learner: SmallLearner): GradientEngine => createReferenceEngine(learner.parameters);
const tensorflow = (learner: SmallLearner, threads = 0): GradientEngine => {
  const engine = createTensorflowEngine(learner, { threads });
  return { run: async (round) => (await engine).run(round), close: async () => (await engine).close() };
};
const withTensorflow = tensorflowInstalled();
/** TensorFlow's libraries take seconds to load. */
const LOADING = 60_000;
const FAST = [{ name: 'wasm', create: wasm, there: true }, { name: 'tensorflow', create: tensorflow, there: withTensorflow }] as const;
const ALL = [{ name: 'reference', create: reference, there: true }, ...FAST] as const;
const POOLS = [
  { name: 'wasm', alone: wasm, there: true, pool: (l: SmallLearner, threads: number) => createPoolEngine(l.module, l.parameters, { threads }) },
  { name: 'tensorflow', alone: tensorflow, there: withTensorflow, pool: (l: SmallLearner, threads: number) => Promise.resolve(tensorflow(l, threads)) },
] as const;
const TABLES = ['embedding', 'bias', 'acc', 'biasAcc', 'dense'] as const;

for (const { name, create, there } of FAST) describe.skipIf(!there)(`the ${name} engine, as a fast one,`, { timeout: LOADING }, () => {
  it.each(['fastest', 'plain'] as const)('of the %s build moves every number as the reference does, to 1e-4 of the largest, over random models and examples', async (build) => {
    const settings = fc.record({
      seed: fc.nat(100_000),
      items: fc.integer({ min: 12, max: 60 }), // with fewer all rows become parallel, and single precision loses 1 − cos²
      dim: fc.constantFrom(16, 32, 64, 128),
      negatives: fc.constantFrom(4, 12, 32),
      eligible: fc.nat(60),
      followRate: fc.constantFrom(0, 0.01),
      batch: fc.constantFrom(32, 36, 128),
      historyDropout: fc.constantFrom(0, 0.4),
      popularNegatives: fc.constantFrom(0, 0.5),
      rivals: fc.constantFrom(0, 3, 12, 40),
      followers: fc.constantFrom(16, 48, 128),
      pastItems: fc.constantFrom(0, 16, 64),
      optimizer: fc.constantFrom('adagrad', 'sgd', 'adam'),
      l2: fc.constantFrom(0, 0.01),
      rateFloor: fc.constantFrom(0, 0.01),
      words: fc.constantFrom(0, 9),
    });
    await fc.assert(
      fc.asyncProperty(settings, async ({ seed, items, eligible, words, ...model }) => {
        const options: SmallLearnerOptions = { seed, items, words, eligible: Math.min(eligible, items), events: seed % 300, build, model: { ...model, rowRate: model.optimizer === 'adagrad' ? 0.1 : 0.002 } };
        const [fast, plain] = [smallLearner(options), smallLearner(options)];
        // Adam divides a gradient by its own size: where rounding is all there is of it, two engines step apart.
        const [loss, without, most] = model.optimizer === 'adam' ? [5e-3, 0.1, 0.05] : [1e-4, 0.02, 2e-3];
        for (let turn = 0; turn < 2; turn++) {
          const [ours, theirs] = [await create(fast).run(roundOf(fast, SIZES, turn)), await reference(plain).run(roundOf(plain, SIZES, turn))];
          expect(Math.abs(ours.lossSum - theirs.lossSum) / Math.max(theirs.lossSum, theirs.examples)).toBeLessThan(loss);
          expect({ ...ours, lossSum: 0 }).toEqual({ ...theirs, lossSum: 0 });
        }
        // A row that points where its shopper does may lie further off: single precision loses 1 − cos².
        const apart = TABLES.map((table) => ({ table, by: distance(fast.tables[table], plain.tables[table], without) }));
        expect(apart.filter(({ by }) => by > 1e-4)).toEqual([]);
        for (const table of TABLES) expect(distance(fast.tables[table], plain.tables[table])).toBeLessThan(most);
      }),
      { numRuns: 10, seed: 20_261_128 }, // the same cases each time: rounding decides the worst of them
    );
  }, 60_000);

  it('with fewer negatives in a round than it has room for does what one does that has no room for more', async () => {
    const [roomy, small] = [32, 12].map((negatives) => smallLearner({ items: 50, seed: 4, events: 200, model: { negatives, popularNegatives: 0.4 } })) as [SmallLearner, SmallLearner];
    const before = roomy.tables.embedding.slice();
    for (let turn = 0; turn < 2; turn++) {
      const [fewer, all] = [await create(roomy).run({ ...roundOf(roomy, SIZES, turn), negatives: 12 }), await create(small).run(roundOf(small, SIZES, turn))];
      expect(fewer.lossSum).toBeCloseTo(all.lossSum, 3);
    }
    for (const table of TABLES) expect(distance(roomy.tables[table], small.tables[table])).toBeLessThan(1e-5);
    expect(distance(roomy.tables.embedding, before)).toBeGreaterThan(1e-3);
    for (const negatives of [36, 0, 6]) await expect(create(roomy).run({ ...roundOf(roomy, [1]), negatives })).rejects.toThrow(/multiple of 4 up to 32/);
  });

  it('gives the same bytes for the same seed', async () => {
    const [one, other] = [smallLearner({ items: 50, seed: 3 }), smallLearner({ items: 50, seed: 3 })];
    for (const learner of [one, other]) await create(learner).run(roundOf(learner, SIZES));
    expect(Buffer.compare(new Uint8Array(one.memory.buffer), new Uint8Array(other.memory.buffer))).toBe(0);
  });

  it('learns from the first event of a shop with three items', async () => {
    const learner = smallLearner({ items: 3, seed: 1, examples: 1 });
    learner.parameters.examples.write(0, { target: 2, weight: 1, effect: 'positive', history: [{ row: 1, bucket: 0, group: 0 }], own: 0 });
    const engine = create(learner);
    const losses: number[] = [];
    for (let turn = 0; turn < 20; turn++) losses.push((await engine.run(roundOf(learner, [1], turn))).lossSum);
    expect(losses.at(-1)).toBeLessThan((losses[0] ?? 0) / 10);
  });

  it('tells the loss of items predicted from items, each without its weight, and of no micro-batch that is untold', async () => {
    const told = async (change: (example: Example) => Example, untold = false) => {
      const learner = smallLearner({ items: 30, seed: 1, examples: 1, words: 3 });
      learner.parameters.examples.write(0, change({ target: 2, weight: 1, effect: 'positive', history: [{ row: 1, bucket: 0, group: 0 }], own: 0 }));
      const [batch] = roundOf(learner, [1]).batches;
      const { lossSum, lossExamples, examples } = await create(learner).run({ ...roundOf(learner, [1]), batches: batch === undefined ? [] : [{ ...batch, untold }] });
      expect(examples).toBe(1);
      return { lossSum, lossExamples };
    };
    const plain = await told((example) => example);
    expect(plain).toEqual({ lossSum: expect.any(Number) as number, lossExamples: 1 });
    expect(plain.lossSum).toBeGreaterThan(0.5);
    expect((await told((example) => ({ ...example, weight: 7 }))).lossSum).toBeCloseTo(plain.lossSum, 4);
    const nothing = { lossSum: 0, lossExamples: 0 };
    expect(await told((example) => ({ ...example, effect: 'negative' }))).toEqual(nothing);
    expect(await told((example) => ({ ...example, history: [{ row: smallLearner({ items: 30, seed: 1, words: 3 }).layout.rows, bucket: 0, group: 0, word: true }] }))).toEqual(nothing);
    expect(await told((example) => example, true)).toEqual(nothing);
  });

  it('moves a refused item away from the shopper', async () => {
    const learner = smallLearner({ items: 30, seed: 1, examples: 1 });
    learner.parameters.examples.write(0, { target: 2, weight: 2, effect: 'negative', history: [{ row: 1, bucket: 0, group: 0 }], own: 0 });
    const rank = () => learner.examiner.rank({ example: 0, eligibleCount: 30, followScale: 0 });
    const before = rank();
    for (let turn = 0; turn < 5; turn++) await create(learner).run(roundOf(learner, [1], turn));
    expect(before).toBeLessThan(30);
    expect(rank()).toBe(30);
  });
});

describe('the kernel', () => {
  it('trains the same in phases, with products that something else computed', async () => {
    const [whole, phased] = [smallLearner({ items: 50, seed: 8 }), smallLearner({ items: 50, seed: 8 })];
    await wasm(whole).run(roundOf(whole, SIZES));
    const batches = openBatches(phased.layout, phased.memory.buffer);
    batches.begin(roundOf(phased, SIZES), [0]);
    trainInPhases(phased);
    batches.end(roundOf(phased, SIZES), [0]);
    const apart = TABLES.map((table) => ({ table, by: distance(phased.tables[table], whole.tables[table]) }));
    expect(apart.filter(({ by }) => by > 1e-4)).toEqual([]);
  });
});

/** All micro-batches of the round, the products taken in double precision from the lane's matrices. */
function trainInPhases({ kernel, layout, memory, model }: SmallLearner): void {
  const { lane, scratch } = layout;
  const matrix = (at: number, stride: number) => (row: number, column: number) => new Float32Array(memory.buffer, scratch + at + row * stride + column * 4, 1);
  const users = matrix(lane.users, lane.stride);
  const sample = matrix(lane.sampleUnit, lane.stride);
  const weights = matrix(lane.weights, lane.columns);
  const gradients = matrix(lane.gradients, lane.stride);
  const sampleGradients = matrix(lane.sampleGradients, lane.stride);
  const sum = (n: number, term: (i: number) => number): number => Array.from({ length: n }, (_, i) => term(i)).reduce((a, b) => a + b, 0);
  const at = ([x]: Float32Array): number => x ?? Number.NaN;
  const fill = (to: typeof users, [rows, columns]: readonly [number, number], value: (row: number, column: number) => number): void => {
    for (let row = 0; row < rows; row++) for (let column = 0; column < columns; column++) to(row, column)[0] = value(row, column);
  };
  for (let index = kernel.next(); index >= 0; index = kernel.next()) {
    const rows = Math.ceil((SIZES[index] ?? 0) / 4) * 4;
    const places = kernel.prepare(index, 0);
    fill(weights, [rows, places], (b, k) => sum(model.dim, (d) => at(users(b, d)) * at(sample(k, d))));
    kernel.weigh(index, 0);
    fill(gradients, [rows, model.dim], (b, d) => sum(places, (k) => at(weights(b, k)) * at(sample(k, d))));
    kernel.move(index, 0);
    fill(sampleGradients, [places, model.dim], (k, d) => sum(rows, (b) => at(weights(b, k)) * at(users(b, d))));
    kernel.stepSample(index, 0);
  }
}

for (const { name, create, there } of ALL) describe.skipIf(!there)(`the ${name} engine`, { timeout: LOADING }, () => {
  const poisons = [
    ['a NaN in the target row', (l: SmallLearner) => (l.tables.embedding[7 * l.model.dim] = Number.NaN)],
    ['an infinite bias of the target', (l: SmallLearner) => (l.tables.bias[7] = Number.POSITIVE_INFINITY)],
    ['a NaN in the accumulator of a history row', (l: SmallLearner) => (l.tables.acc[8] = Number.NaN)],
    ['a NaN in a dense weight', (l: SmallLearner) => (l.tables.dense[0] = Number.NaN)],
  ] as const;

  it.each(poisons)('refuses the example with %s and writes nothing of it', async (_, poison) => {
    const learner = smallLearner({ items: 20, seed: 2, eligible: 0, examples: 1 });
    learner.parameters.examples.write(0, { target: 7, weight: 1, effect: 'positive', history: [{ row: 8, bucket: 1, group: 0 }], own: 0 });
    poison(learner);
    const numbers = () => TABLES.map((table) => learner.tables[table].map((x) => x + 0)); // −0 is 0
    const before = numbers();
    const outcome = await create(learner).run(roundOf(learner, [1]));
    expect(outcome).toEqual({ lossSum: 0, lossExamples: 0, examples: 0, refused: [0], abandoned: [] });
    expect(numbers()).toEqual(before);
  });

  it.each([[[3, 5, 9]], [[3, 3, 5, 3]], [[3, 2, 9, 3]], [[2, 5, 5, 6, 7, 8, 9, 3, 4, 10, 5]]])('takes out of each count what the example’s own event has added, after items %j', async (rows) => {
    const [counted, uncounted, greedy] = [1, 0, 1].map((followScale, i) => {
      const learner = smallLearner({ items: 12, seed: 6, examples: 1 });
      for (const at of [learner.layout.follower, learner.layout.followCount]) new Uint32Array(learner.memory.buffer, at, learner.layout.rows * learner.model.followers).fill(0);
      learner.parameters.examples.write(0, { target: 2, weight: 1, effect: 'positive', history: rows.map((row) => ({ row, bucket: 1, group: 0 })), own: i === 2 ? 0 : 1 });
      rows.slice(0, FOLLOW_DEPTH).forEach((row, z) => row !== 2 && learner.parameters.addFollow(row, 2, { ms: FOLLOW_EPOCH_MS, weight: 1 / (z + 1) }));
      return { learner, round: { ...roundOf(learner, [1]), followScale } };
    }) as [{ learner: SmallLearner; round: Round }, { learner: SmallLearner; round: Round }, { learner: SmallLearner; round: Round }];
    const losses = [];
    for (const { learner, round } of [counted, uncounted, greedy]) losses.push((await create(learner).run(round)).lossSum);
    expect(losses[0]).toBeCloseTo(losses[1] ?? NaN, 4);
    expect(losses[2]).toBeLessThan((losses[0] ?? 0) - 0.05);
    for (const table of TABLES) expect(distance(counted.learner.tables[table], uncounted.learner.tables[table])).toBeLessThan(1e-5);
  });

  it('refuses examples with a weight that is not finite and learns their neighbours', async () => {
    const learner = smallLearner({ items: 40, seed: 4, model: { batch: 64 } });
    const untouched = smallLearner({ items: 40, seed: 4 });
    for (const slot of [2, 40]) learner.parameters.examples.write(slot, { ...learner.parameters.examples.read(slot), weight: Number.NaN });
    const outcome = await create(learner).run(roundOf(learner, [42]));
    expect(outcome.refused).toEqual([2, 40]);
    expect(outcome.examples).toBe(40);
    expect(learner.tables.embedding.every(Number.isFinite)).toBe(true);
    expect(distance(learner.tables.embedding, untouched.tables.embedding)).toBeGreaterThan(0.01);
  });

  it('leaves a sampled row that is not finite alone', async () => {
    const learner = smallLearner({ items: 10, seed: 4, examples: 1 });
    learner.parameters.examples.write(0, { target: 7, weight: 1, effect: 'positive', history: [{ row: 8, bucket: 1, group: 0 }], own: 0 });
    learner.tables.embedding[3 * learner.model.dim] = Number.NaN;
    const outcome = await create(learner).run(roundOf(learner, [1]));
    expect(outcome.examples).toBe(1);
    expect(learner.tables.embedding.filter((x) => Number.isNaN(x))).toHaveLength(1);
  });

  it('rejects a round that the memory has no room for', async () => {
    const learner = smallLearner({ items: 10, seed: 4 });
    await expect(create(learner).run(roundOf(learner, [33]))).rejects.toMatchObject({ code: 'round_too_large' });
  });
});

for (const { name, alone: onCaller, there, pool } of POOLS) describe.skipIf(!there)(`the threads of the ${name} engine`, { timeout: LOADING }, () => {
  it('with one thread train as the calling thread does, byte for byte in the tables', async () => {
    const [alone, threaded] = [smallLearner({ items: 50, seed: 3 }), smallLearner({ items: 50, seed: 3, threads: 1 })];
    const engine = await pool(threaded, 1);
    for (let turn = 0; turn < 3; turn++) {
      const [ours, theirs] = [await engine.run(roundOf(threaded, SIZES, turn)), await onCaller(alone).run(roundOf(alone, SIZES, turn))];
      expect(ours).toEqual(theirs);
    }
    await engine.close();
    for (const table of TABLES) expect(threaded.tables[table]).toEqual(alone.tables[table]);
  });

  it('two at once keep every number finite and the loss falls', async () => {
    const learner = smallLearner({ items: 40, seed: 6, threads: 2 });
    const engine = await pool(learner, 2);
    const losses: number[] = [];
    for (let turn = 0; turn < 30; turn++) losses.push((await engine.run(roundOf(learner, SIZES, turn))).lossSum);
    await engine.close();
    expect(losses.at(-1)).toBeLessThan((losses[0] ?? 0) / 2);
    for (const table of TABLES) expect(learner.tables[table].every(Number.isFinite)).toBe(true);
  });

  it('that trap in a micro-batch lose that one, finish the others elsewhere and go on', async () => {
    const learner = smallLearner({ items: 40, seed: 6, threads: 1 });
    const engine = await pool(learner, 1);
    const sound = learner.parameters.examples.read(5);
    // A row far outside of the memory: the kernel traps at its first read.
    learner.parameters.examples.write(5, { ...sound, target: 0xf000_0000 / (4 * learner.model.dim) });
    const outcome = await engine.run(roundOf(learner, SIZES));
    expect(outcome).toMatchObject({ examples: 43, refused: [], abandoned: Array.from({ length: 32 }, (_, k) => 5 + k) });
    learner.parameters.examples.write(5, sound);
    expect(await engine.run(roundOf(learner, SIZES, 1))).toMatchObject({ examples: 75, abandoned: [] });
    await engine.close();
  });
});
