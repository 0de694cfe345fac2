/**
 * The update lag by stage, from the versions a process has applied: pure.
 *
 * `accept` received → durable; `queue` received → taken by the trainer; `train` → round done; `commit` → durable and seen by serving;
 * `apply` → in the served model; `total` = queue + train + commit + apply (docs/decisions/005). `accept` is part of `queue`
 * and isn't in a version: it comes from the process's metrics, where ingest runs in it.
 */
import type { Version } from './answers.js';

export const STAGES = ['accept', 'queue', 'train', 'commit', 'apply', 'total'] as const;
export type Stage = (typeof STAGES)[number];

/** Milliseconds from the beginning. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

export interface Lag {
  readonly spans: Readonly<Partial<Record<Stage, Span>>>;
  readonly median: number;
  readonly p99: number;
  readonly versions: number;
}

/** Share of the versions around the median whose stages are shown: their sum is the median, which a mean of all is not. */
const MIDDLE = 0.2;

/** Undefined while no version has its times. */
export function lagOf(versions: readonly Version[], acceptMs: number | undefined): Lag | undefined {
  const rows = versions.map(timesOf).filter((times) => times !== undefined).sort((a, b) => total(a) - total(b));
  if (rows.length === 0) return undefined;
  const half = Math.floor((rows.length * MIDDLE) / 2);
  const middle = rows.slice(Math.floor(rows.length / 2) - half, Math.floor(rows.length / 2) + half + 1);
  const [queue = 0, train = 0, commit = 0, apply = 0] = [0, 1, 2, 3].map((stage) => mean(middle.map((row) => between(row, stage, stage + 1))));
  const [taken, trained, committed, applied] = [queue, queue + train, queue + train + commit, queue + train + commit + apply];
  return {
    spans: {
      ...(acceptMs === undefined ? {} : { accept: { from: 0, to: acceptMs } }),
      queue: { from: 0, to: taken },
      train: { from: taken, to: trained },
      commit: { from: trained, to: committed },
      apply: { from: committed, to: applied },
      total: { from: 0, to: applied },
    },
    median: applied,
    p99: total(rows[Math.min(rows.length - 1, Math.floor(0.99 * rows.length))] ?? []),
    versions: rows.length,
  };
}

function between(times: readonly number[], from: number, to: number): number {
  return Math.max(0, (times[to] ?? 0) - (times[from] ?? 0));
}

function total(times: readonly number[]): number {
  return between(times, 0, 4);
}

/** Received, taken, trained, committed, applied; undefined when one is missing (back-filled entries have no receipt). */
function timesOf({ received_at, taken_at, trained_at, committed_at, applied_at }: Version): readonly number[] | undefined {
  const times = [received_at, taken_at, trained_at, committed_at, applied_at].map((time) => (time === undefined ? Number.NaN : Date.parse(time)));
  return times.every(Number.isFinite) ? times : undefined;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}

/** Sum and count of one stage's histogram in Prometheus's text format. */
export interface Histogram {
  readonly sum: number;
  readonly count: number;
}

export function readHistogram(scrape: string, stage: Stage): Histogram | undefined {
  const value = (suffix: string): number => {
    const row = scrape.split('\n').find((line) => line.startsWith(`freshet_update_lag_seconds_${suffix}{stage="${stage}"}`));
    return row === undefined ? Number.NaN : Number(row.slice(row.lastIndexOf(' ') + 1));
  };
  const found = { sum: value('sum'), count: value('count') };
  return Number.isFinite(found.sum) && found.count > 0 ? found : undefined;
}

/** Mean in milliseconds of what came between two readings; of everything when nothing did. */
export function meanBetween(earlier: Histogram | undefined, later: Histogram): number {
  const count = later.count - (earlier?.count ?? 0);
  // A process that was started anew counts from 0 again.
  if (earlier === undefined || count <= 0) return (later.sum / later.count) * 1_000;
  return ((later.sum - earlier.sum) / count) * 1_000;
}
