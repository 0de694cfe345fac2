/** How far a distribution has moved: two samples of one number, before and after. */
import { UsageError } from '../../errors.js';

/** Kolmogorov–Smirnov distance: the largest difference of the two distribution functions, 0 … 1. */
export function ksDistance(before: readonly number[], after: readonly number[]): number {
  const [a, b] = [ascending(before), ascending(after)];
  let [i, j, largest] = [0, 0, 0];
  while (i < a.length && j < b.length) {
    const value = Math.min(a[i] ?? 0, b[j] ?? 0);
    while (i < a.length && a[i] === value) i++;
    while (j < b.length && b[j] === value) j++;
    largest = Math.max(largest, Math.abs(i / a.length - j / b.length));
  }
  return largest;
}

/** Usual reading: below .1 the same, above .25 another distribution. */
const BINS = 10;

/**
 * Population stability index Σ (q_k − p_k)·ln(q_k/p_k) over ten bins that hold equal shares of `before`; half a value is added
 * to each bin, so that an empty one isn't infinite.
 */
export function populationStabilityIndex(before: readonly number[], after: readonly number[]): number {
  const [a, b] = [ascending(before), ascending(after)];
  const edges = Array.from({ length: BINS - 1 }, (_, k) => a[Math.floor(((k + 1) * a.length) / BINS)] ?? 0);
  const share = (sample: Float64Array): number[] => {
    const counts = Array.from({ length: BINS }, () => 0.5);
    for (const value of sample) {
      const bin = edges.filter((edge) => value >= edge).length;
      counts[bin] = (counts[bin] ?? 0) + 1;
    }
    return counts.map((count) => count / (sample.length + BINS / 2));
  };
  const [p, q] = [share(a), share(b)];
  return q.reduce((sum, after, k) => sum + (after - (p[k] ?? 0)) * Math.log(after / (p[k] ?? 1)), 0);
}

function ascending(sample: readonly number[]): Float64Array {
  if (sample.length === 0 || !sample.every((value) => Number.isFinite(value))) throw new UsageError('sample', 'a distribution needs finite values, at least one');
  return Float64Array.from(sample).sort();
}
