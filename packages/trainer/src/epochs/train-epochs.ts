/**
 * Many passes over a fixed set of examples that stand in the example table: what a refit and an offline evaluation do, where the
 * live learner makes one pass.
 *
 * In: an engine, its layout, the slots of the set. Out: for each epoch what it learned; the parameters have moved.
 * 1. Each epoch visits every example once (or those that `visit` names): shuffled, in an order of its own that is a pure function of
 *    (seed, epoch), or in log order, the newest last, or the last epoch alone so; the negatives are a pure function of (seed, epoch), too.
 *    The same set, seed and engine on one thread give the same bytes.
 * 2. The dense weights learn in the first epoch only: in it every example is new to the rows (engine/port `denseHeld`).
 * 3. Between two rounds it yields to the event loop, looks at the signal, and reports: a round is at most `ROUND_BATCHES`
 *    micro-batches, some tens of milliseconds.
 * 4. Aborted, it rejects with the signal's reason after the round that runs; what was learned so far stays in the memory.
 * 5. When a thread died in the middle of a micro-batch it rejects (`round_lost`), as a round of the learner does.
 */
import { setImmediate } from 'node:timers/promises';
import { random32, randomBelow } from '@freshet/shared/domain/random';
import { FreshetError, UsageError } from '@freshet/shared/errors';
import type { GradientEngine, MicroBatch } from '../engine/port.js';
import type { Layout } from '../parameters/layout.js';

/** Consecutive slots of the example table. */
export interface ExampleSlots {
  readonly first: number;
  readonly count: number;
  /** Where the oldest stands; default the first. The others follow in log order, from the last slot on to the first. */
  readonly oldest?: number;
}

export const EPOCH_ORDERS = ['shuffled', 'log', 'log-last'] as const;
/** `log-last`: shuffled but for the last epoch. */
export type EpochOrder = (typeof EPOCH_ORDERS)[number];

export interface EpochOptions {
  readonly epochs: number;
  readonly seed: number;
  /** Negatives are drawn from the first so many of the eligible list. */
  readonly eligibleCount: number;
  /** As of a round (engine/port). */
  readonly followScale: number;
  /** Default shuffled: for a fixed set of one moment. In log order what is newest is learned last, as in a stream. */
  readonly order?: EpochOrder;
  /** The slots that an epoch visits, where it isn't each one once; slots of the set. */
  readonly visit?: (epoch: number) => Uint32Array | undefined;
  readonly signal?: AbortSignal | undefined;
  /** After every round. */
  readonly onProgress?: ((progress: EpochProgress) => void) | undefined;
  /** After every epoch, between rounds: what a validation set needs. */
  readonly onEpoch?: ((report: EpochReport) => void | Promise<void>) | undefined;
}

export interface EpochProgress {
  /** From 1. */
  readonly epoch: number;
  /** Examples of all epochs visited so far, and of how many in all. */
  readonly visited: number;
  readonly total: number;
}

export interface EpochReport {
  /** From 1. */
  readonly epoch: number;
  /** Examples learned, and refused because a number wasn't finite. */
  readonly examples: number;
  readonly refused: number;
  /** Mean loss before the step, without weights, of the examples that predict an item from items (engine/port). */
  readonly loss: number;
  readonly seconds: number;
}

const MAX_EPOCHS = 1_000;
/** Micro-batches of a round at most: enough for every thread, few enough to stop soon. */
const ROUND_BATCHES = 64;
/** Keeps the order of a set apart from the draws of its negatives. */
const ORDER = 0x6f72_6465;

export async function trainEpochs(engine: GradientEngine, layout: Layout, slots: ExampleSlots, options: EpochOptions): Promise<EpochReport[]> {
  checkEpochs(options.epochs);
  const { first, count, oldest = first } = slots;
  let order: Uint32Array = Uint32Array.from({ length: count }, (_, age) => first + ((oldest - first + age) % count));
  const reports: EpochReport[] = [];
  for (let epoch = 1; epoch <= options.epochs; epoch++) {
    const chosen = options.visit?.(epoch);
    order = chosen ?? order;
    if (options.order === 'log' || (options.order === 'log-last' && epoch === options.epochs)) {
      if (chosen !== undefined || options.order === 'log-last') sortByLog(order, slots); // else all of them stand in the log's order already
    } else shuffle(order, options.seed, epoch);
    const report = await trainEpoch(engine, layout, order, { ...options, epoch, count: slots.count });
    reports.push(report);
    await options.onEpoch?.(report);
  }
  return reports;
}

interface Epoch extends EpochOptions {
  readonly epoch: number;
  /** Examples of the set. */
  readonly count: number;
}

async function trainEpoch(engine: GradientEngine, layout: Layout, order: Uint32Array, options: Epoch): Promise<EpochReport> {
  const { epoch, epochs, count, eligibleCount, followScale, signal, onProgress } = options;
  const began = performance.now();
  const totals = { examples: 0, refused: 0, lossSum: 0, lossExamples: 0 };
  const roundExamples = layout.model.batch * Math.min(ROUND_BATCHES, layout.maxBatches);
  for (let from = 0; from < order.length; from += roundExamples) {
    await setImmediate();
    signal?.throwIfAborted();
    const visited = Math.min(from + roundExamples, order.length);
    const outcome = await engine.run({ batches: batchesOf(order.subarray(from, visited), layout.model.batch, { ...options, from }), eligibleCount, followScale });
    if (outcome.abandoned.length > 0) {
      throw new FreshetError('round_lost', `${outcome.abandoned.length} examples were lost with a training thread`, { retryable: true });
    }
    totals.examples += outcome.examples;
    totals.refused += outcome.refused.length;
    totals.lossSum += outcome.lossSum;
    totals.lossExamples += outcome.lossExamples;
    onProgress?.({ epoch, visited: (epoch - 1) * count + Math.round((visited / order.length) * count), total: epochs * count });
  }
  const { examples, refused, lossSum, lossExamples } = totals;
  return { epoch, examples, refused, loss: lossExamples === 0 ? 0 : lossSum / lossExamples, seconds: (performance.now() - began) / 1_000 };
}

/** Micro-batches of `size` over a round's examples, whose first stands at place `from` of the order, a multiple of `size`. */
function batchesOf(examples: Uint32Array, size: number, { seed, epoch, from }: Epoch & { readonly from: number }): MicroBatch[] {
  const batches: MicroBatch[] = [];
  for (let at = 0; at < examples.length; at += size) {
    batches.push({ seedA: random32(seed, epoch, (from + at) / size), seedB: epoch, examples: [...examples.subarray(at, at + size)], denseHeld: epoch > 1 });
  }
  return batches;
}

function sortByLog(order: Uint32Array, { first, count, oldest = first }: ExampleSlots): void {
  const age = (slot: number): number => (slot - oldest + count) % count;
  order.sort((a, b) => age(a) - age(b));
}

/** Fisher–Yates, from the order of the epoch before. */
function shuffle(order: Uint32Array, seed: number, epoch: number): void {
  for (let i = order.length - 1; i > 0; i--) {
    const j = randomBelow(i + 1, seed ^ ORDER, epoch, i);
    const kept = order[i] ?? 0;
    order[i] = order[j] ?? 0;
    order[j] = kept;
  }
}

function checkEpochs(epochs: number): void {
  if (Number.isInteger(epochs) && epochs >= 0 && epochs <= MAX_EPOCHS) return;
  throw new UsageError('option_value', `the number of epochs must be a whole number from 0 to ${MAX_EPOCHS}, not ${epochs}`);
}
