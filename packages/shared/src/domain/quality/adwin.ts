/**
 * ADWIN, an adaptive window (Bifet & Gavaldà, “Learning from Time-Changing Data with Adaptive Windowing”, 2007, ADWIN2):
 * the longest window of latest values of which no two parts have means that differ by more than chance allows.
 *
 * A window W of n values is cut into an older part of n₀ and a newer one of n₁. With 1/m = 1/n₀ + 1/n₁, δ' = δ/ln n and σ² the
 * variance of W, a cut shows a change when |μ₀ − μ₁| > ε = √(2/m · σ² · ln(2/δ')) + 2R/(3m) · ln(2/δ'), R being the values' range.
 * 1. The window is an exponential histogram: at most BUCKETS buckets of each size 2^r, so memory is O(log n), whatever n.
 * 2. Cuts are looked at between buckets, every `every` values, both parts having `least` values or more.
 * 3. At a change the oldest buckets go until no cut shows one.
 */
import { UsageError } from '../../errors.js';
import type { Change, DriftDetector } from './drift.js';

export interface AdwinOptions {
  /** δ: bounds the chance of a false alarm at one look, for independent values. */
  readonly delta?: number;
  /** R: largest value less smallest value. */
  readonly range?: number;
  readonly every?: number;
  readonly least?: number;
}

/** M of the paper. */
const BUCKETS = 5;

interface Bucket {
  readonly count: number;
  readonly sum: number;
  /** Σ (x − mean)². */
  readonly spread: number;
}

export function createAdwin({ delta = 0.002, range = 1, every = 32, least = 32 }: AdwinOptions = {}): DriftDetector {
  if (!(delta > 0 && delta < 1 && range > 0 && every >= 1 && least >= 1)) throw new UsageError('drift_options', 'ADWIN wants 0 < delta < 1, range > 0, every ≥ 1 and least ≥ 1');
  /** rows[r]: buckets of 2^r values, oldest first. */
  const rows: Bucket[][] = [];
  let sinceLook = 0;
  let statistic = 0;
  let all: Bucket = { count: 0, sum: 0, spread: 0 };

  const look = (): Cut | undefined => {
    const buckets = rows.toReversed().flat();
    all = buckets.reduce(merge, { count: 0, sum: 0, spread: 0 });
    const cut = largestCut(buckets, all, { delta, range, least });
    statistic = cut?.statistic ?? 0;
    return cut;
  };

  return {
    add(value) {
      push(rows, { count: 1, sum: value, spread: 0 });
      all = merge(all, { count: 1, sum: value, spread: 0 });
      if (++sinceLook < every) return undefined;
      sinceLook = 0;
      const first = look();
      if (first === undefined || first.statistic <= 1) return undefined;
      for (let cut: Cut | undefined = first; cut !== undefined && cut.statistic > 1; cut = look()) dropOldest(rows);
      statistic = first.statistic;
      return first.change;
    },
    get statistic() {
      return statistic;
    },
    get mean() {
      return all.count === 0 ? 0 : all.sum / all.count;
    },
    get count() {
      return all.count;
    },
  };
}

/** A new bucket; where a size has one too many, its two oldest become one of the next size. */
function push(rows: Bucket[][], bucket: Bucket): void {
  let added = bucket;
  for (let r = 0; ; r++) {
    const row = (rows[r] ??= []);
    row.push(added);
    if (row.length <= BUCKETS) return;
    const [a, b] = row.splice(0, 2);
    if (a === undefined || b === undefined) return;
    added = merge(a, b);
  }
}

function dropOldest(rows: Bucket[][]): void {
  rows.at(-1)?.shift();
  if (rows.at(-1)?.length === 0) rows.pop();
}

interface Cut {
  readonly statistic: number;
  readonly change: Change;
}

/** Of all cuts the one with the largest |μ₀ − μ₁|/ε. */
function largestCut(buckets: readonly Bucket[], all: Bucket, { delta, range, least }: Required<Omit<AdwinOptions, 'every'>>): Cut | undefined {
  let largest: Cut | undefined;
  let older: Bucket = { count: 0, sum: 0, spread: 0 };
  const log = Math.log((2 * Math.max(1, Math.log(all.count))) / delta);
  for (const bucket of buckets) {
    older = merge(older, bucket);
    const newer = { count: all.count - older.count, sum: all.sum - older.sum };
    if (older.count < least) continue;
    if (newer.count < least) break;
    const inverse = 1 / older.count + 1 / newer.count;
    const epsilon = Math.sqrt(2 * inverse * (all.spread / all.count) * log) + (2 / 3) * range * inverse * log;
    const change = { before: older.sum / older.count, after: newer.sum / newer.count };
    const statistic = Math.abs(change.before - change.after) / epsilon;
    if (largest === undefined || statistic > largest.statistic) largest = { statistic, change };
  }
  return largest;
}

function merge(a: Bucket, b: Bucket): Bucket {
  const count = a.count + b.count;
  const apart = a.count === 0 || b.count === 0 ? 0 : ((a.count * b.count) / count) * (a.sum / a.count - b.sum / b.count) ** 2;
  return { count, sum: a.sum + b.sum, spread: a.spread + b.spread + apart };
}
