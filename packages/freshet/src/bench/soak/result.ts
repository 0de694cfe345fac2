/** The JSON document of `bench soak`. */
import type { BenchResult } from '../bench.js';
import { describeMachine } from '../machine.js';
import type { Ledger } from '../target/ledger.js';
import type { HourFigures } from './sizes.js';

export interface SoakMeasured {
  readonly hours: readonly HourFigures[];
  readonly seconds: number;
  readonly accepted: number;
  /** Catalogue changes sent. */
  readonly items: number;
  readonly ledger: Ledger;
}

interface SoakShape {
  readonly hours: number;
  readonly hourSeconds: number;
  readonly rate: number;
  readonly postsPerSecond: number;
  readonly speed: number;
  readonly probeSeconds: number;
  readonly logMaxMb: number;
  readonly activeUsers: number;
  readonly seed: number;
}

export function describeSoak(options: SoakShape, { hours, seconds, accepted, items, ledger }: SoakMeasured): BenchResult {
  const [first, last] = [hours[0], hours.at(-1)];
  return {
    bench: 'soak',
    measures: 'a demo shop’s hours one after the other, at speed: after each the memory of the process, the size of its data directory, and freshness at the true rate (202 → the served model that has learned it, seen by the client)',
    not_measured: [
      'what depends on hours of real time: rotation of seen ids (24 h), forgetting sessions (7 days), idle histories (1 h; the limit of histories in memory stands for it), the operating system’s caches',
      'requests of shoppers beside the probes',
    ],
    machine: describeMachine(),
    seconds,
    hours,
    first_to_last: {
      rss_mb: [first?.rss_mb, last?.rss_mb],
      disk_mb: [first?.disk_mb, last?.disk_mb],
      lag_p50_ms: [first?.lag_ms.p50, last?.lag_ms.p50],
    },
    highest: { rss_mb: highest(hours, (hour) => hour.rss_mb), disk_mb: highest(hours, (hour) => hour.disk_mb), lag_ms: highest(hours, (hour) => hour.lag_ms.max) },
    accepted,
    // The log's oldest part is gone, so what came in is counted by the ids seen.
    lost: Math.max(0, accepted + items - ledger.ids),
    doubled: Math.max(0, ledger.ids - accepted - items),
    learned: { last_sequence: ledger.last, applied: ledger.applied, breaks: ledger.breaks, versions: ledger.versions },
    simulated_hours: options.hours,
    hour_seconds: options.hourSeconds,
    rate: options.rate,
    posts_per_second: options.postsPerSecond,
    speed: options.speed,
    probe_seconds: options.probeSeconds,
    log_max_mb: options.logMaxMb,
    active_users: options.activeUsers,
    seed: options.seed,
  };
}

function highest(hours: readonly HourFigures[], of: (hour: HourFigures) => number): number {
  return hours.reduce((most, hour) => Math.max(most, of(hour)), 0);
}
