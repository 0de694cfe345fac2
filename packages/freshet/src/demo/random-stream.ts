/** A seeded stream of random numbers over the shared counter-based generator: the n-th draw depends on (seed, stream, n) only. */
import { randomNormal, randomUnit } from '@freshet/shared/domain/random';

export interface RandomStream {
  /** A float in [0, 1). */
  unit(): number;
  /** An integer in [0, n). */
  below(n: number): number;
  normal(): number;
  pick<T>(values: readonly [T, ...T[]] | readonly T[]): T;
  /** An index, each with probability in proportion to its weight (≥ 0, not all 0). */
  weighted(weights: ArrayLike<number>): number;
}

export function createRandomStream(seed: number, stream: number): RandomStream {
  let n = 0;
  const unit = (): number => randomUnit(seed, stream, n++);
  const below = (limit: number): number => Math.floor(unit() * limit);
  return {
    unit,
    below,
    normal: () => randomNormal(seed, stream ^ 0x5bd1e995, n++),
    pick: (values) => {
      const value = values[below(values.length)];
      if (value === undefined) throw new RangeError('nothing to pick from');
      return value;
    },
    weighted: (weights) => {
      let total = 0;
      for (let i = 0; i < weights.length; i++) total += weights[i] ?? 0;
      let rest = unit() * total;
      for (let i = 0; i < weights.length - 1; i++) {
        rest -= weights[i] ?? 0;
        if (rest < 0) return i;
      }
      return weights.length - 1;
    },
  };
}
