/** Epochs over slots of the example table: the order, the rounds, and how it stops; with an engine that writes down what it is given. */
import { describe, expect, it } from 'vitest';
import { createEngine } from '@freshet/trainer/engine/create';
import type { GradientEngine, Round, RoundOutcome } from '@freshet/trainer/engine/port';
import { type EpochOptions, trainEpochs } from '@freshet/trainer/epochs/train-epochs';
import { planLayout } from '@freshet/trainer/parameters/layout';
import { smallLearner } from '../support/small-learner.js';
import { SMALL } from '../support/cycle.js';

const layout = planLayout({ model: { ...SMALL, replayCapacity: 10_000 }, maxItems: 20, threads: 0 });
const slots = { first: layout.freshSlots, count: 5_000 };
const OPTIONS: EpochOptions = { epochs: 2, seed: 7, eligibleCount: 20, followScale: 1 };

function recorder(outcome: (round: Round) => Partial<RoundOutcome> = () => ({})) {
  const rounds: Round[] = [];
  const engine: GradientEngine = {
    run(round) {
      rounds.push(round);
      const examples = round.batches.reduce((sum, batch) => sum + batch.examples.length, 0);
      return Promise.resolve({ lossSum: 2 * examples, lossExamples: examples, examples, refused: [], abandoned: [], ...outcome(round) });
    },
    close: () => Promise.resolve(),
  };
  /** The slots in the order they were trained. */
  const order = (): number[] => rounds.flatMap(({ batches }) => batches.flatMap(({ examples }) => examples));
  return { engine, rounds, order };
}

const ascending = (a: number, b: number): number => a - b;

describe('trainEpochs', () => {
  it('visits each example once an epoch, in another order each time', async () => {
    const { engine, order } = recorder();
    await trainEpochs(engine, layout, slots, OPTIONS);
    const all = Array.from({ length: slots.count }, (_, i) => slots.first + i);
    const [first, second] = [order().slice(0, slots.count), order().slice(slots.count)];
    expect([...first].sort(ascending)).toEqual(all);
    expect([...second].sort(ascending)).toEqual(all);
    expect(first).not.toEqual(all);
    expect(second).not.toEqual(first);
  });

  it('visits them in log order where that is asked for, the newest last, wherever the oldest stands', async () => {
    const { engine, order } = recorder();
    await trainEpochs(engine, layout, { ...slots, oldest: slots.first + 3_000 }, { ...OPTIONS, order: 'log' });
    const inLog = Array.from({ length: slots.count }, (_, age) => slots.first + ((3_000 + age) % slots.count));
    expect(order()).toEqual([...inLog, ...inLog]);
  });

  it('visits them in log order in the last epoch alone where that is asked for', async () => {
    const { engine, order } = recorder();
    await trainEpochs(engine, layout, { ...slots, oldest: slots.first + 3_000 }, { ...OPTIONS, epochs: 3, order: 'log-last' });
    const inLog = Array.from({ length: slots.count }, (_, age) => slots.first + ((3_000 + age) % slots.count));
    const shuffled = recorder();
    await trainEpochs(shuffled.engine, layout, { ...slots, oldest: slots.first + 3_000 }, { ...OPTIONS, epochs: 2 });
    expect(order()).toEqual([...shuffled.order(), ...inLog]);
  });

  it('puts what an epoch chooses to visit into log order, too', async () => {
    const { engine, order } = recorder();
    const at = (place: number): number => slots.first + place;
    await trainEpochs(engine, layout, { ...slots, oldest: at(10) }, { ...OPTIONS, epochs: 1, order: 'log', visit: () => Uint32Array.of(at(9), at(4_000), at(10), at(0)) });
    expect(order()).toEqual([at(10), at(4_000), at(0), at(9)]);
  });

  it('gives the same rounds for the same seed, and others for another', async () => {
    const roundsOf = async (seed: number) => {
      const { engine, rounds } = recorder();
      await trainEpochs(engine, layout, slots, { ...OPTIONS, seed });
      return rounds;
    };
    const once = await roundsOf(7);
    expect(await roundsOf(7)).toEqual(once);
    expect(await roundsOf(8)).not.toEqual(once);
  });

  it('draws negatives anew for each micro-batch of each epoch', async () => {
    const { engine, rounds } = recorder();
    await trainEpochs(engine, layout, slots, OPTIONS);
    const seeds = rounds.flatMap(({ batches }) => batches.map(({ seedA, seedB }) => `${seedA} ${seedB}`));
    expect(new Set(seeds).size).toBe(2 * Math.ceil(slots.count / 32));
  });

  it('reports each epoch’s examples, refusals and mean loss, and how far it is', async () => {
    const { engine } = recorder(({ batches }) => ({ refused: batches[0]?.examples.slice(0, 1) ?? [] }));
    const seen: number[] = [];
    const epochs: number[] = [];
    const reports = await trainEpochs(engine, layout, slots, {
      ...OPTIONS,
      onProgress: ({ visited, total }) => seen.push(visited / total),
      onEpoch: ({ epoch }) => void epochs.push(epoch),
    });
    expect(reports).toMatchObject([{ epoch: 1, examples: 5_000, loss: 2, refused: 3 }, { epoch: 2, examples: 5_000, loss: 2 }]);
    expect(seen).toEqual([...seen].sort(ascending));
    expect(seen.at(-1)).toBe(1);
    expect(epochs).toEqual([1, 2]);
  });

  it('stops between two rounds when it is told to, and lets others run between them', async () => {
    const stop = new AbortController();
    const { engine, rounds } = recorder();
    setImmediate(() => setImmediate(() => stop.abort(new Error('enough'))));
    await expect(trainEpochs(engine, layout, slots, { ...OPTIONS, epochs: 1_000, signal: stop.signal })).rejects.toThrow('enough');
    expect(rounds.length).toBeLessThan(10);
  });

  it('rejects when examples were lost with a thread', async () => {
    const { engine } = recorder(() => ({ abandoned: [slots.first] }));
    await expect(trainEpochs(engine, layout, slots, OPTIONS)).rejects.toMatchObject({ code: 'round_lost' });
  });

  it('does nothing for no epochs or no examples, and refuses a number of epochs that is none', async () => {
    const { engine, rounds } = recorder();
    expect(await trainEpochs(engine, layout, slots, { ...OPTIONS, epochs: 0 })).toEqual([]);
    expect(await trainEpochs(engine, layout, { first: 0, count: 0 }, { ...OPTIONS, epochs: 1 })).toMatchObject([{ examples: 0, loss: 0 }]);
    expect(rounds).toEqual([]);
    for (const epochs of [-1, 1.5, 1_001, Number.NaN]) {
      await expect(trainEpochs(engine, layout, slots, { ...OPTIONS, epochs })).rejects.toMatchObject({ code: 'option_value' });
    }
  });

  it.each(['wasm', 'reference'] as const)('lowers the loss from epoch to epoch with the %s engine', async (name) => {
    const learner = smallLearner({ items: 30, seed: 3, examples: 60 });
    const engine = await createEngine(learner, { engine: name, threads: 0 });
    const reports = await trainEpochs(engine, learner.layout, { first: 0, count: 60 }, { ...OPTIONS, epochs: 6 });
    const losses = reports.map(({ loss }) => loss);
    expect(losses.at(-1)).toBeLessThan(0.8 * (losses[0] ?? 0));
  });
});
