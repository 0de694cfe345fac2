/**
 * Two models on the same events: is the difference more than chance?
 *
 * `bootstrapDifference`  any figure per event (NDCG@10, squared error, …): a percentile interval of its mean difference
 * `signTest`             hit or miss (McNemar's test, exact): only events on which the two disagree count
 * 1. Seeded: the same differences and seed give the same interval.
 * 2. Events of one shopper aren't independent: with `groups` whole groups are drawn, not events.
 * `pBetter` is the chance of so large an advantage if there were none (small = better), `pWorse` that of so large a disadvantage.
 */
import { UsageError } from '../../errors.js';
import { randomBelow } from '../random.js';

export interface Difference {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
  readonly pBetter: number;
  readonly pWorse: number;
}

export interface BootstrapOptions {
  readonly seed: number;
  readonly resamples?: number;
  /** Of the interval, both sides together. */
  readonly confidence?: number;
  /** For each difference the number of its group. */
  readonly groups?: readonly number[];
}

/** `differences`: of one figure, first model less second, one for each event. */
export function bootstrapDifference(differences: readonly number[], { seed, resamples = 1_000, confidence = 0.95, groups }: BootstrapOptions): Difference {
  if (differences.length === 0) throw new UsageError('no_events', 'there is nothing to compare: no event was ranked by both');
  if (groups !== undefined && groups.length !== differences.length) throw new UsageError('groups', 'each difference has one group');
  const { sums, counts } = grouped(differences, groups);
  const means = new Float64Array(resamples);
  for (let turn = 0; turn < resamples; turn++) {
    let sum = 0;
    let count = 0;
    for (let k = 0; k < sums.length; k++) {
      const drawn = randomBelow(sums.length, seed, turn, k);
      sum += sums[drawn] ?? 0;
      count += counts[drawn] ?? 0;
    }
    means[turn] = sum / count;
  }
  means.sort();
  const tail = (1 - confidence) / 2;
  const at = (share: number): number => means[Math.max(0, Math.min(resamples - 1, Math.round(share * (resamples - 1))))] ?? 0;
  const shareOf = (is: (mean: number) => boolean): number => (1 + means.reduce((count, mean) => count + (is(mean) ? 1 : 0), 0)) / (1 + resamples);
  return {
    mean: sums.reduce((a, b) => a + b, 0) / differences.length,
    low: at(tail),
    high: at(1 - tail),
    pBetter: shareOf((mean) => mean <= 0),
    pWorse: shareOf((mean) => mean >= 0),
  };
}

/** Sum and number of each group's differences; without groups each event is its own. */
function grouped(differences: readonly number[], groups: readonly number[] | undefined): { sums: number[]; counts: number[] } {
  if (groups === undefined) return { sums: [...differences], counts: differences.map(() => 1) };
  const places = new Map<number, number>();
  const sums: number[] = [];
  const counts: number[] = [];
  differences.forEach((difference, i) => {
    const group = groups[i] ?? 0;
    const place = places.get(group) ?? sums.length;
    places.set(group, place);
    sums[place] = (sums[place] ?? 0) + difference;
    counts[place] = (counts[place] ?? 0) + 1;
  });
  return { sums, counts };
}

export interface SignTest {
  /** Events that only the first, and only the second model got right. */
  readonly first: number;
  readonly second: number;
  readonly pBetter: number;
  readonly pWorse: number;
}

/** Exact: under no difference `first` is binomial with n = first + second and ½. */
export function signTest(first: number, second: number): SignTest {
  if (!(Number.isInteger(first) && Number.isInteger(second) && first >= 0 && second >= 0)) throw new UsageError('counts', 'the sign test wants two counts');
  return { first, second, pBetter: halfTail(first, first + second), pWorse: halfTail(second, first + second) };
}

/** P(X ≥ k) for X ~ Binomial(n, ½): terms by their logarithms, so that no n underflows. */
function halfTail(k: number, n: number): number {
  let log = -n * Math.LN2;
  let below = 0;
  for (let i = 0; i < k; i++) {
    below += Math.exp(log);
    log += Math.log((n - i) / (i + 1));
  }
  let above = 0;
  for (let i = k; i <= n; i++) {
    above += Math.exp(log);
    if (i < n) log += Math.log((n - i) / (i + 1));
  }
  // The smaller of the two sums is the exact one.
  return above < below ? above : Math.max(0, 1 - below);
}
