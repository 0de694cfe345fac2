/**
 * The sizes that a round may have, from everything to the least: first the replay ratio R falls, by a quarter of the model's at a time, then the
 * negatives K, by a quarter of the model's.
 *
 * 1. The first rung has the model's sizes, the last one the least ones; R is a multiple of 1/16 but for the first rung, K one of 4
 *    (codec/delta `RoundSizes`).
 * 2. From rung to rung exactly one of both falls, and K not before R is at its least: replay is shed first, negatives second, events never.
 */
import type { RoundSizes } from '@freshet/shared/codec/delta';

/** Steps of each size from the model's to nothing; those below the least are left out. */
const STEPS = 4;

export interface LeastSizes {
  /** R. */
  readonly replay: number;
  /** K, a multiple of 4. */
  readonly negatives: number;
}

/**
 * Time of an example that doesn't depend on K (pooling, candidates, rivals), in negatives. By `bench train --engine wasm`: 12.9 µs of a
 * processor at K 64, 18.4 at K 256.
 */
const FIXED_COST = 384;

export interface Rung {
  readonly sizes: RoundSizes;
  /** Time that a new example takes with these sizes, relative to the first rung's. */
  readonly cost: number;
}

export function createLadder(model: RoundSizes, least: LeastSizes): readonly Rung[] {
  const replays = falling(model.replay, least.replay, 1 / 16);
  const negatives = falling(model.negatives, least.negatives, 4);
  const lastReplay = Math.floor(16 * (replays.at(-1) ?? model.replay)) / 16;
  const all = [...replays.map((replay) => ({ replay, negatives: model.negatives })), ...negatives.slice(1).map((count) => ({ replay: lastReplay, negatives: count }))];
  return all.map((sizes) => ({ sizes, cost: costOf(sizes) / costOf(model) }));
}

/** From `most` by quarters of it, in multiples of `unit`, to the first one that is no less than `least`. */
function falling(most: number, least: number, unit: number): number[] {
  const end = Math.min(most, unit * Math.ceil(least / unit));
  const values = Array.from({ length: STEPS + 1 }, (_, step) => (step === 0 ? most : Math.max(end, unit * Math.floor((most * (STEPS - step)) / STEPS / unit))));
  return values.filter((value, at) => at === 0 || value < (values[at - 1] ?? 0));
}

function costOf({ replay, negatives }: RoundSizes): number {
  return (1 + replay) * (negatives + FIXED_COST);
}
