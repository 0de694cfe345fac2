/**
 * A round in the learner's memory: its micro-batches as descriptors the kernel reads, each lane's copy of the dense weights,
 * and what is read back after the barrier.
 *
 * 1. A descriptor's state says how far it has come (waiting, begun, finished): what is begun is never begun again.
 * 2. Dense weights: each lane trains a copy; afterwards the sum of the lanes' changes is added to the weights.
 */
import { DENSE, MICRO_BATCH } from '@freshet/shared/domain/model-config';
import { CapacityError } from '@freshet/shared/errors';
import { BATCH_WORDS, type Layout } from '../parameters/layout.js';
import type { MicroBatch, Round, RoundOutcome } from './port.js';

/** Words of a descriptor, and the states it goes through (kernel/memory.ts `Batch`). */
const BATCH = { seedA: 0, seedB: 1, count: 2, state: 3, refused: 4, loss: 5, slots: 8 } as const;
const STATE = { waiting: 0, begun: 1, finished: 2 } as const;

/** What an engine that isn't the kernel reports of a micro-batch. */
export interface BatchResult {
  /** One bit for each refused example. */
  readonly refused: number;
  readonly loss: number;
}

export interface BatchTable {
  /** Writes a round's descriptors and gives the dense weights to `lanes`. */
  begin(round: Round, lanes: readonly number[]): void;
  /** A lane's copy of the dense weights, then their accumulators. */
  dense(lane: number): Float32Array;
  /** For an engine that isn't the kernel: the micro-batch is finished. */
  finish(index: number, result: BatchResult): void;
  /** Sums the dense changes of the lanes and collects what became of each example. */
  end(round: Round, lanes: readonly number[]): RoundOutcome;
}

export function openBatches(layout: Layout, buffer: ArrayBufferLike): BatchTable {
  const words = new Uint32Array(buffer, layout.batches, layout.maxBatches * BATCH_WORDS);
  const floats = new Float32Array(buffer, layout.batches, layout.maxBatches * BATCH_WORDS);
  const dense = new Float32Array(buffer, layout.dense, DENSE.floats);
  const laneDense = (lane: number): Float32Array => new Float32Array(buffer, layout.scratch + lane * layout.laneBytes, DENSE.floats);
  const state = (index: number): number => words[index * BATCH_WORDS + BATCH.state] ?? STATE.waiting;

  return {
    begin(round, lanes) {
      checkRound(round, layout);
      round.batches.forEach((batch, index) => describe(words, index * BATCH_WORDS, batch));
      for (const lane of lanes) laneDense(lane).set(dense);
    },
    dense: laneDense,
    finish(index, { refused, loss }) {
      const at = index * BATCH_WORDS;
      words[at + BATCH.state] = STATE.finished;
      words[at + BATCH.refused] = refused;
      floats[at + BATCH.loss] = loss;
    },
    end(round, lanes) {
      sumDense(dense, lanes.map(laneDense));
      let lossSum = 0;
      let examples = 0;
      const refused: number[] = [];
      const abandoned: number[] = [];
      round.batches.forEach((batch, index) => {
        if (state(index) !== STATE.finished) return abandoned.push(...batch.examples);
        const bits = words[index * BATCH_WORDS + BATCH.refused] ?? 0;
        const out = batch.examples.filter((_, b) => ((bits >>> b) & 1) === 1);
        refused.push(...out);
        examples += batch.examples.length - out.length;
        return (lossSum += floats[index * BATCH_WORDS + BATCH.loss] ?? 0);
      });
      return { lossSum, examples, refused, abandoned };
    },
  };
}

function describe(words: Uint32Array, at: number, batch: MicroBatch): void {
  words[at + BATCH.seedA] = batch.seedA;
  words[at + BATCH.seedB] = batch.seedB;
  words[at + BATCH.count] = batch.examples.length;
  words[at + BATCH.state] = STATE.waiting;
  words[at + BATCH.refused] = 0;
  words[at + BATCH.loss] = 0;
  words.set(batch.examples, at + BATCH.slots);
}

/** dense += Σ over lanes (copy − dense). */
function sumDense(dense: Float32Array, copies: readonly Float32Array[]): void {
  for (let w = 0; w < DENSE.floats; w++) {
    const before = dense[w] ?? 0;
    dense[w] = copies.reduce((sum, copy) => sum + ((copy[w] ?? 0) - before), before);
  }
}

function checkRound(round: Round, layout: Layout): void {
  if (round.batches.length > layout.maxBatches) {
    throw new CapacityError('round_too_large', `a round holds at most ${layout.maxBatches} micro-batches, not ${round.batches.length}`);
  }
  for (const { examples } of round.batches) {
    if (examples.length > MICRO_BATCH) throw new CapacityError('round_too_large', `a micro-batch holds at most ${MICRO_BATCH} examples, not ${examples.length}`);
    if (!examples.every((slot) => slot >= 0 && slot < layout.exampleSlots)) throw new CapacityError('round_too_large', 'a micro-batch names a slot outside the example table');
  }
}
