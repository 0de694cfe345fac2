/**
 * The biased factor model of ratings (Koren 2009; Funk 2006): r̂ = μ + b_u + b_i + p_u·q_i, a number on the scale of `rate`.
 * A shopper or an item that nothing is known of counts as 0. Pure; rows are views into tables (rating-tables.ts).
 */
import { randomNormal } from '../random.js';

/** F: floats of p_u and q_i. */
export const FACTORS = 8;

/** Five stars, as domain/event reads them. Values outside are kept in the log and not learned. */
const SCALE = { least: 1, most: 5 } as const;

/** Where a bias stands in floats, its F factors behind it. */
export interface Side {
  readonly floats: Float32Array;
  readonly at: number;
}

export function isRating(value: number | undefined): value is number {
  return value !== undefined && value >= SCALE.least && value <= SCALE.most;
}

/** r̂, within the scale. */
export function predictRating(mean: number, user: Side | undefined, item: Side | undefined): number {
  return Math.max(SCALE.least, Math.min(SCALE.most, rawRating(mean, user, item)));
}

/** r̂ as the model has it, whose error is learned. */
export function rawRating(mean: number, user: Side | undefined, item: Side | undefined): number {
  let sum = mean + biasOf(user) + biasOf(item);
  if (user === undefined || item === undefined) return sum;
  for (let k = 1; k <= FACTORS; k++) sum += (user.floats[user.at + k] ?? 0) * (item.floats[item.at + k] ?? 0);
  return sum;
}

function biasOf(side: Side | undefined): number {
  return side === undefined ? 0 : (side.floats[side.at] ?? 0);
}

/** Spread of the first factors: small, so that biases speak first; not 0, or p and q could never leave it. */
const FIRST_FACTOR = 0.1;

/** A new row: no bias, factors N(0, .1²), a pure function of (seed, a, b). */
export function initialiseSide({ floats, at }: Side, seed: number, key: { readonly a: number; readonly b: number }): void {
  floats[at] = 0;
  for (let k = 0; k < FACTORS; k++) floats[at + 1 + k] = FIRST_FACTOR * randomNormal(seed ^ key.a, key.b, k);
}
