/** What the page has read so far beside lists: rates, lag and quality, gathered from one reading to the next. */
import type { Latest, QualityWindow, Version } from './answers.js';
import { type Histogram, type Lag, lagOf, meanBetween, readHistogram } from './lag.js';
import { curveOf, joinWindows, type Point } from './quality.js';

export interface Readings {
  models(serving: Latest, versions: readonly Version[], now: number): void;
  scrape(text: string): void;
  quality(windows: readonly QualityWindow[]): void;
  readonly latest: Latest | undefined;
  /** Events a second; undefined until there are two readings. */
  readonly rate: number | undefined;
  readonly lag: Lag | undefined;
  readonly curve: { readonly points: readonly Point[]; readonly tested: number };
}

/** Versions that the lag is of: about a minute of the demo. */
const VERSIONS = 240;
export const WINDOWS = 120;
/** The rate is of about this long. */
const RATE_MS = 10_000;

export function createReadings(): Readings {
  const versions = new Map<number, Version>();
  let counts: readonly { readonly at: number; readonly events: number }[] = [];
  let windows: readonly QualityWindow[] = [];
  let latest: Latest | undefined;
  let histogram: Histogram | undefined;
  let acceptMs: number | undefined;
  return {
    models(serving, came, now) {
      // Counting from 0 again: another process answers.
      const anew = (serving.events ?? 0) < (counts.at(-1)?.events ?? 0);
      const kept = anew ? [] : counts.filter(({ at }) => now - at < RATE_MS);
      counts = serving.events === undefined ? [] : [...kept, { at: now, events: serving.events }];
      latest = serving;
      if (anew) versions.clear();
      for (const version of came) versions.set(version.version, version);
      for (const version of [...versions.keys()].sort((a, b) => b - a).slice(VERSIONS)) versions.delete(version);
    },
    scrape(text) {
      const found = readHistogram(text, 'accept');
      acceptMs = found === undefined ? undefined : meanBetween(histogram, found);
      histogram = found;
    },
    quality(came) {
      windows = joinWindows(windows, came, WINDOWS);
    },
    get latest() {
      return latest;
    },
    get rate() {
      const [first, last] = [counts[0], counts.at(-1)];
      return first === undefined || last === undefined || last.at === first.at ? undefined : ((last.events - first.events) / (last.at - first.at)) * 1_000;
    },
    get lag() {
      return lagOf([...versions.values()], acceptMs);
    },
    get curve() {
      return { points: curveOf(windows), tested: windows.reduce((sum, { tested }) => sum + tested, 0) };
    },
  };
}
