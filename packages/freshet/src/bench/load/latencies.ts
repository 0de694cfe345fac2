/** Latencies in bounded memory: microseconds in a histogram of three significant digits, up to an hour. */
import { createHistogram } from 'node:perf_hooks';

export interface LatencySummary {
  readonly p50: number;
  readonly p90: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

export interface Latencies {
  /** Milliseconds. */
  record(ms: number): void;
  /** Milliseconds; 0 when nothing was recorded. */
  percentile(percent: number): number;
  summary(): LatencySummary;
  readonly count: number;
}

const HOUR_US = 3_600_000_000;

export function createLatencies(): Latencies {
  const histogram = createHistogram({ lowest: 1, highest: HOUR_US, figures: 3 });
  const percentile = (percent: number): number => (histogram.count === 0 ? 0 : histogram.percentile(percent) / 1_000);
  return {
    record: (ms) => histogram.record(Math.min(HOUR_US, Math.max(1, Math.round(ms * 1_000)))),
    percentile,
    summary: () => ({ p50: percentile(50), p90: percentile(90), p95: percentile(95), p99: percentile(99), max: percentile(100) }),
    get count() {
      return histogram.count;
    },
  };
}
