/**
 * Watches prequential windows for drift: a hit ratio that fell (ADWIN) or a loss that rose (Page–Hinkley), by more than chance.
 *
 * 1. What it knows is a function of the windows it was given, in order: whoever reads the kept windows again stands where the
 *    trainer stood that wrote them (but for windows that could not be kept).
 * 2. Only changes for the worse are drift. A hit ratio that rises is taken as the new normal.
 * 3. A window's hits are handed on as so many ones, evenly spread among its misses; losses as means over LOSS_EXAMPLES examples or more.
 */
import { createAdwin } from './adwin.js';
import type { DriftDetector } from './drift.js';
import { createPageHinkley } from './page-hinkley.js';

export const DRIFT_SIGNALS = ['hit_ratio', 'loss'] as const;
export type DriftSignal = (typeof DRIFT_SIGNALS)[number];

export interface Drift {
  readonly signal: DriftSignal;
  /** The window that showed it: its last entry, and when that was committed. */
  readonly seq: number;
  readonly at: number;
  readonly before: number;
  readonly after: number;
}

/** What a window must say (ports/quality-log has more). */
export interface WatchedWindow {
  readonly toSeq: number;
  readonly endedAt: number;
  readonly tested: number;
  readonly hits10: number;
  readonly examples: number;
  readonly loss: number;
}

export interface DriftWatch {
  /** The next window; the drifts that it shows. */
  observe(window: WatchedWindow): readonly Drift[];
  /** The detector's statistic as a share of its threshold. */
  statistic(signal: DriftSignal): number;
  /** The newest drift that a window behind entry `seq` has shown. */
  since(seq: number): Drift | undefined;
}

/** Kept windows that are enough to stand where the last process stood: some three hours of one every ten seconds. */
export const WATCHED_WINDOWS = 1_000;
const LOSS_EXAMPLES = 512;
/** Windows follow each other, so their losses do: twice the tolerance that independent values would need. */
const LOSS_TOLERANCE = 0.25;

export function createDriftWatch(): DriftWatch {
  const hits = createAdwin();
  const losses = createPageHinkley({ direction: 'up', tolerance: LOSS_TOLERANCE });
  const gathered = { examples: 0, sum: 0 };
  let newest: Drift | undefined;

  const note = (signal: DriftSignal, { toSeq, endedAt }: WatchedWindow, change: { before: number; after: number }): Drift => {
    newest = { signal, seq: toSeq, at: endedAt, ...change };
    return newest;
  };

  return {
    observe(window) {
      const drifts: Drift[] = [];
      const fall = takeHits(hits, window);
      if (fall !== undefined) drifts.push(note('hit_ratio', window, fall));
      gathered.examples += window.examples;
      gathered.sum += window.examples * window.loss;
      if (gathered.examples < LOSS_EXAMPLES) return drifts;
      const rise = losses.add(gathered.sum / gathered.examples);
      Object.assign(gathered, { examples: 0, sum: 0 });
      if (rise !== undefined) drifts.push(note('loss', window, rise));
      return drifts;
    },
    statistic: (signal) => (signal === 'hit_ratio' ? hits : losses).statistic,
    since: (seq) => (newest !== undefined && newest.seq > seq ? newest : undefined),
  };
}

/** The last fall that the window's events show (guarantees 2 and 3). */
function takeHits(detector: DriftDetector, { tested, hits10 }: WatchedWindow): { before: number; after: number } | undefined {
  let fall: { before: number; after: number } | undefined;
  for (let i = 0; i < tested; i++) {
    const hit = Math.floor(((i + 1) * hits10) / tested) > Math.floor((i * hits10) / tested);
    const change = detector.add(hit ? 1 : 0);
    if (change !== undefined && change.after < change.before) fall = change;
  }
  return fall;
}
