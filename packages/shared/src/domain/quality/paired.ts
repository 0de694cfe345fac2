/**
 * Two models on the same events: is the difference more than chance?
 *
 * `bootstrapDifference`  any figure per event (NDCG@10, squared error, …): a percentile interval of its mean difference;
 *                        `bootstrapInTurns` is the same with a rest after every TURN drawings
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
export function bootstrapDifference(differences: readonly number[], options: BootstrapOptions): Difference {
  const bootstrap = begin(differences, options);
  bootstrap.draw(bootstrap.resamples);
  return bootstrap.difference();
}

export async function bootstrapInTurns(differences: readonly number[], options: BootstrapOptions, rest: () => Promise<void>): Promise<Difference> {
  const bootstrap = begin(differences, options);
  const each = Math.max(1, Math.floor(TURN / bootstrap.groups));
  for (let drawn = 0; drawn < bootstrap.resamples; drawn += each) {
    bootstrap.draw(Math.min(bootstrap.resamples, drawn + each));
    await rest();
  }
  return bootstrap.difference();
}

/** One or two milliseconds of drawing. */
const TURN = 10_000;

interface Bootstrap {
  readonly groups: number;
  readonly resamples: number;
  /** Draws resamples until there are so many. */
  draw(upTo: number): void;
  /** To be asked once all are drawn. */
  difference(): Difference;
}

function begin(differences: readonly number[], { seed, resamples = 1_000, confidence = 0.95, groups }: BootstrapOptions): Bootstrap {
  if (differences.length === 0) throw new UsageError('no_events', 'there is nothing to compare: no event was ranked by both');
  if (groups !== undefined && groups.length !== differences.length) throw new UsageError('groups', 'each difference has one group');
  const { sums, counts } = grouped(differences, groups);
  const means = new Float64Array(resamples);
  let turn = 0;
  const draw = (upTo: number): void => {
    for (; turn < upTo; turn++) {
      let sum = 0;
      let count = 0;
      for (let k = 0; k < sums.length; k++) {
        const drawn = randomBelow(sums.length, seed, turn, k);
        sum += sums[drawn] ?? 0;
        count += counts[drawn] ?? 0;
      }
      means[turn] = sum / count;
    }
  };
  const mean = sums.reduce((a, b) => a + b, 0) / differences.length;
  return { groups: sums.length, resamples, draw, difference: () => differenceOf(mean, means.sort(), (1 - confidence) / 2) };
}

/** `means`: of the resamples, in order. */
function differenceOf(mean: number, means: Float64Array, tail: number): Difference {
  const resamples = means.length;
  const at = (share: number): number => means[Math.max(0, Math.min(resamples - 1, Math.round(share * (resamples - 1))))] ?? 0;
  const shareOf = (is: (one: number) => boolean): number => (1 + means.reduce((count, one) => count + (is(one) ? 1 : 0), 0)) / (1 + resamples);
  return {
    mean,
    low: at(tail),
    high: at(1 - tail),
    pBetter: shareOf((one) => one <= 0),
    pWorse: shareOf((one) => one >= 0),
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
