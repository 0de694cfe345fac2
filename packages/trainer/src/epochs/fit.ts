/**
 * A fit: entries or events in log order → training set → epochs → parameters. The set is made by the learner itself, so examples,
 * follow counts (each with its `own` taken out), statistics and histories are those of the live path; only the
 * steps are held back until `train`.
 *
 * 1. The training set is the learner's replay buffer, `maxExamples` large. Beyond it the oldest examples make room; `set()` says how
 *    many did. An example takes 192 bytes and 4 for each past item that the model takes (448 with `past_items` 64), touched when written.
 * 2. `train` may be called again: it goes on from where the parameters are.
 * 3. After `goLive` the same learner learns what it is given at once (a refit that catches up with the log), with the set as
 *    its replay buffer.
 * 4. Only one of `learner.round`, `learner.learn` and `train` runs at a time.
 */
import { DENSE, FOLLOWED_ITEMS, followWeight as followWeightAt } from '@freshet/shared/domain/model-config';
import { FOLLOW_EPOCH_MS, followScale } from '@freshet/shared/domain/tables';
import { UsageError } from '@freshet/shared/errors';
import type { GradientEngine, RoundOutcome } from '../engine/port.js';
import { type LayoutSizes, mostReplayed } from '../parameters/layout.js';
import { assembleLearner, type CreateLearnerOptions } from '../learner/create.js';
import { buildLearner } from '../learner/learner.js';
import type { Learner } from '../learner/port.js';
import { type EpochOptions, type EpochReport, trainEpochs } from './train-epochs.js';

/** With 64 past items 1.8 GB of the learner's 4 GiB. */
export const MOST_EXAMPLES = 4_000_000;

/** What a training set holds at most: MOST_EXAMPLES, or as many as fit beside a model of these sizes. */
export function mostExamples(sizes: LayoutSizes): number {
  return Math.min(MOST_EXAMPLES, mostReplayed(sizes));
}

export interface FitOptions extends CreateLearnerOptions {
  /** Examples that the set holds at most, up to MOST_EXAMPLES. */
  readonly maxExamples: number;
  /** w_f of the last item to begin with, those of the items before it being 0; default: the model's. */
  readonly followWeight?: number;
}

export interface Relation {
  readonly item: string;
  readonly other: string;
  readonly followers: number;
  readonly weight: number;
}

export interface Fit {
  /** Fold the set's entries or events into it, in log order; ranks, cuts and histories are its own as ever. */
  readonly learner: Learner;
  /** Examples in the set, and how many older ones had to make room. */
  set(): { readonly examples: number; readonly dropped: number };
  /**
   * Something the shop says of two items it has described: whoever had `item` may want `other`. It counts as `followers` such events in
   * the follow table and, with a `weight`, as an example that is learned in every epoch.
   */
  relate(relation: Relation): void;
  /** `now`: the moment that decayed follow counts are read at, milliseconds since 1970 (the last event's time). */
  train(options: Omit<EpochOptions, 'eligibleCount' | 'followScale'> & { readonly now: number }): Promise<EpochReport[]>;
  /** From now on events are learned as they come. */
  goLive(): void;
  close(): Promise<void>;
}

export async function createFit({ maxExamples, followWeight, ...options }: FitOptions): Promise<Fit> {
  checkLimit(maxExamples);
  const parts = await assembleLearner({ ...options, model: { ...options.model, replayCapacity: maxExamples } });
  const { engine, parameters, replay, vocabulary, decay } = parts;
  if (followWeight !== undefined) {
    const dense = new Float32Array(parameters.memory.buffer, parameters.layout.dense, DENSE.floats);
    for (let z = 0; z < FOLLOWED_ITEMS; z++) dense[followWeightAt(z)] = z === 0 ? followWeight : 0;
  }
  const held = holdBack(engine);
  const learner = buildLearner({ ...parts, engine: held.engine, keepTexts: true });
  return {
    learner,
    set: () => ({ examples: replay.size, dropped: replay.dropped }),
    relate({ item, other, followers, weight }) {
      const [row, target] = [vocabulary.rowOf(item), vocabulary.rowOf(other)];
      if (row === undefined || target === undefined || row === target) return;
      const own = followers > 0 ? parameters.addFollow(row, target, { ms: FOLLOW_EPOCH_MS, weight: followers }) : 0;
      if (weight <= 0) return;
      parameters.examples.write(0, { target, weight, effect: 'positive', history: [{ row, bucket: 0, group: 0 }], own });
      replay.keep(0, '');
    },
    train({ now, ...epochs }) {
      const { eligibleCount, layout } = parameters;
      return trainEpochs(engine, layout, { first: replay.first, count: replay.size, oldest: replay.first + (replay.dropped % maxExamples) }, { visit: (epoch) => replay.epoch(epochs.seed, epoch), ...epochs, eligibleCount, followScale: decay ? followScale(now) : 1 });
    },
    goLive() {
      held.release();
      learner.refreshTexts();
    },
    close: parts.close,
  };
}

const NOTHING: RoundOutcome = { lossSum: 0, lossExamples: 0, examples: 0, refused: [], abandoned: [] };

/** An engine that learns nothing until it is released: the round's examples are kept in the replay buffer all the same. */
function holdBack(engine: GradientEngine): { readonly engine: GradientEngine; release(): void } {
  let live = false;
  return {
    engine: { run: (round) => (live ? engine.run(round) : Promise.resolve(NOTHING)), close: () => engine.close() },
    release() {
      live = true;
    },
  };
}

function checkLimit(maxExamples: number): void {
  if (Number.isInteger(maxExamples) && maxExamples >= 1 && maxExamples <= MOST_EXAMPLES) return;
  throw new UsageError('option_value', `a training set holds from 1 to ${MOST_EXAMPLES} examples, not ${maxExamples}`);
}
