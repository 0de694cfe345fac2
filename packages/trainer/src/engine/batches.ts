/**
 * A round in the learner's memory: its record, its micro-batches as descriptors the kernel reads, each lane's copy of what all
 * examples touch (dense weights, the constant token's row), and what is read back after the barrier.
 *
 * 1. A descriptor's state says how far it has come (waiting, begun, finished): what is begun is never begun again.
 * 2. Dense weights and the constant token: each lane trains a copy; afterwards the sum of the lanes' changes is added.
 */
import { DENSE } from '@freshet/shared/domain/model-config';
import { CONSTANT_ROW } from '@freshet/shared/domain/tables';
import { CapacityError } from '@freshet/shared/errors';
import type { Layout } from '../parameters/layout.js';
import type { MicroBatch, Round, RoundOutcome } from './port.js';

/** Words of the round's record and of a descriptor, and the states it goes through (kernel/records.ts `Round`, `Batch`). */
const ROUND = { next: 0, count: 1, eligible: 2, followScale: 3, negatives: 4, words: 5 } as const;
const BATCH = { seedA: 0, seedB: 1, count: 2, state: 3, sampled: 4, loss: 5, denseHeld: 6, told: 7, slots: 8 } as const;
const STATE = { waiting: 0, begun: 1, finished: 2 } as const;
const REFUSED = 0x8000_0000;

/** What an engine that isn't the kernel reports of a micro-batch. */
export interface BatchResult {
  /** Positions of the refused examples. */
  readonly refused: readonly number[];
  /** Σ loss/weight over the examples that are told of (`tellsLoss`), and how many these are. */
  readonly loss: number;
  readonly told: number;
}

export interface BatchTable {
  /** Writes a round's descriptors and gives what all examples touch to `lanes`. */
  begin(round: Round, lanes: readonly number[]): void;
  /** Lets the kernel's `next` look at all micro-batches again: those that are still waiting. */
  rewind(): void;
  /** A lane's copy of the dense weights, then their accumulators; and of the constant token's row, then its accumulator. */
  dense(lane: number): Float32Array;
  constant(lane: number): Float32Array;
  /** For an engine that isn't the kernel: the micro-batch is finished. */
  finish(index: number, result: BatchResult): void;
  /** How many examples a micro-batch has, and whether any of them was refused so far. */
  size(index: number): number;
  isAnyRefused(index: number): boolean;
  /** Sums the changes of the lanes and collects what became of each example. */
  end(round: Round, lanes: readonly number[]): RoundOutcome;
}

export function openBatches(layout: Layout, buffer: ArrayBufferLike): BatchTable {
  const { batchWords, maxBatches, model, lane: region } = layout;
  const words = new Uint32Array(buffer, layout.batches, maxBatches * batchWords);
  const losses = new Float32Array(buffer, layout.batches, maxBatches * batchWords);
  const record = new Uint32Array(buffer, layout.round, ROUND.words);
  const shared = openShared(layout, buffer);
  const laneFloats = (lane: number, at: number, length: number): Float32Array => new Float32Array(buffer, layout.scratch + lane * region.bytes + at, length);
  const dense = (lane: number): Float32Array => laneFloats(lane, region.dense, DENSE.floats);
  const constant = (lane: number): Float32Array => laneFloats(lane, region.constant, model.dim + 1);

  return {
    begin(round, lanes) {
      checkRound(round, layout);
      record.set([0, round.batches.length, round.eligibleCount]);
      new Float32Array(buffer, layout.round, ROUND.words)[ROUND.followScale] = round.followScale;
      record[ROUND.negatives] = round.negatives ?? layout.model.negatives;
      round.batches.forEach((batch, index) => describe(words, index * batchWords, batch));
      for (const lane of lanes) {
        dense(lane).set(shared.dense);
        constant(lane).set(shared.constant());
      }
    },
    rewind() {
      Atomics.store(record, ROUND.next, 0);
    },
    dense,
    constant,
    finish(index, { refused, loss, told }) {
      const at = index * batchWords;
      words[at + BATCH.state] = STATE.finished;
      for (const b of refused) words[at + BATCH.slots + b] = ((words[at + BATCH.slots + b] ?? 0) | REFUSED) >>> 0;
      losses[at + BATCH.loss] = loss;
      words[at + BATCH.told] = told;
    },
    size: (index) => words[index * batchWords + BATCH.count] ?? 0,
    isAnyRefused(index) {
      const at = index * batchWords;
      return words.subarray(at + BATCH.slots, at + BATCH.slots + (words[at + BATCH.count] ?? 0)).some((slot) => slot >= REFUSED);
    },
    end(round, lanes) {
      addChanges(shared.dense, lanes.map(dense));
      shared.addToConstant(lanes.map(constant));
      let lossSum = 0;
      let lossExamples = 0;
      let examples = 0;
      const refused: number[] = [];
      const abandoned: number[] = [];
      round.batches.forEach((batch, index) => {
        const at = index * batchWords;
        if (words[at + BATCH.state] !== STATE.finished) return void abandoned.push(...batch.examples);
        const out = batch.examples.filter((_, b) => (words[at + BATCH.slots + b] ?? 0) >= REFUSED);
        refused.push(...out);
        examples += batch.examples.length - out.length;
        if (batch.untold === true) return;
        lossSum += losses[at + BATCH.loss] ?? 0;
        lossExamples += words[at + BATCH.told] ?? 0;
      });
      return { lossSum, lossExamples, examples, refused, abandoned };
    },
  };
}

/** What all lanes have a copy of. */
function openShared(layout: Layout, buffer: ArrayBufferLike) {
  const { dim } = layout.model;
  const dense = new Float32Array(buffer, layout.dense, DENSE.floats);
  const embedding = new Float32Array(buffer, layout.embedding + CONSTANT_ROW * dim * 4, dim);
  const acc = new Float32Array(buffer, layout.acc + CONSTANT_ROW * 4, 1);
  const dirty = new Uint8Array(buffer, layout.dirty, CONSTANT_ROW + 1);
  const constant = (): Float32Array => Float32Array.of(...embedding, ...acc);
  return {
    dense,
    constant,
    addToConstant(copies: readonly Float32Array[]) {
      const sum = constant();
      addChanges(sum, copies);
      if (sum[dim] !== acc[0]) dirty[CONSTANT_ROW] = 1;
      embedding.set(sum.subarray(0, dim));
      acc.set(sum.subarray(dim));
    },
  };
}

function describe(words: Uint32Array, at: number, batch: MicroBatch): void {
  words[at + BATCH.seedA] = batch.seedA;
  words[at + BATCH.seedB] = batch.seedB;
  words[at + BATCH.count] = batch.examples.length;
  words[at + BATCH.state] = STATE.waiting;
  words[at + BATCH.sampled] = 0;
  words[at + BATCH.loss] = 0;
  words[at + BATCH.told] = 0;
  words[at + BATCH.denseHeld] = batch.denseHeld === true ? 1 : 0;
  words.set(batch.examples, at + BATCH.slots);
}

/** values += Σ over lanes (copy − values). */
function addChanges(values: Float32Array, copies: readonly Float32Array[]): void {
  for (let i = 0; i < values.length; i++) {
    const before = values[i] ?? 0;
    values[i] = copies.reduce((sum, copy) => sum + ((copy[i] ?? 0) - before), before);
  }
}

function checkRound(round: Round, layout: Layout): void {
  const { batch, negatives: room } = layout.model;
  const { negatives = room } = round;
  if (negatives < 4 || negatives > room || negatives % 4 !== 0) throw new CapacityError('round_too_large', `a round’s negatives are a multiple of 4 up to ${room}, not ${negatives}`);
  if (round.batches.length > layout.maxBatches) {
    throw new CapacityError('round_too_large', `a round holds at most ${layout.maxBatches} micro-batches, not ${round.batches.length}`);
  }
  for (const { examples } of round.batches) {
    if (examples.length > batch) throw new CapacityError('round_too_large', `a micro-batch holds at most ${batch} examples, not ${examples.length}`);
    if (!examples.every((slot) => slot >= 0 && slot < layout.exampleSlots)) throw new CapacityError('round_too_large', 'a micro-batch names a slot outside the example table');
  }
}
