/**
 * Who clicks, where nobody has: a shopper who searches for what she will buy, by a position-based model. Place k is looked at with a chance of k^−BIAS; what she will buy
 * is clicked where it is looked at, anything else there with a chance of NOISE. Pure; the same (seed, number) gives the same clicks.
 */
import { randomUnit } from '@freshet/shared/domain/random';

export const BIAS = 1.3;
export const NOISE = 0.05;

/** Places, from 1. */
export function madeClicks(ids: readonly string[], wanted: string, { seed, number }: { readonly seed: number; readonly number: number }): readonly number[] {
  const looks = (i: number): boolean => randomUnit(seed, number, 2 * i) < (i + 1) ** -BIAS;
  const clicks = (i: number): boolean => ids[i] === wanted || randomUnit(seed, number, 2 * i + 1) < NOISE;
  return ids.flatMap((_, i) => (looks(i) && clicks(i) ? [i + 1] : []));
}
