/**
 * Watches prequential windows for drift: a hit ratio that fell, or a loss that rose, by more than windows differ anyway.
 *
 * 1. What it knows is a function of the windows it was given, in order: whoever reads the kept windows again stands where the
 *    trainer stood that wrote them (but for windows that could not be kept).
 * 2. Only changes for the worse are drift. What gets better by as much is taken as the new normal.
 * 3. Windows are joined until they hold VALUE_TESTED events, and their hit ratio and mean loss are one value each. Events one by one
 *    would not do: shoppers' events come in bunches, and a test for independent ones then alarms all the time
 *    (docs/decisions/015).
 * Each signal has a Page–Hinkley test, which is the sooner one; the hit ratio has ADWIN beside it, for changes so slow that a mean
 * of all that was follows them.
 */
import { createAdwin } from './adwin.js';
import type { Change, DriftDetector } from './drift.js';
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
  /** The Page–Hinkley statistic as a share of its threshold. */
  statistic(signal: DriftSignal): number;
  /** The newest drift that a window behind entry `seq` has shown. */
  since(seq: number): Drift | undefined;
}

/** Kept windows that are enough to stand where the last process stood: some three hours of one every ten seconds. */
export const WATCHED_WINDOWS = 1_000;
const VALUE_TESTED = 500;
/** In standard deviations of the values: consecutive ones resemble each other, so more than independent ones would need. */
const PAGE_HINKLEY = { tolerance: 0.25, threshold: 20 } as const;
/** Hit ratios of hundreds of events stay within half of 0 … 1. */
const ADWIN = { range: 0.5, every: 1, least: 5 } as const;

const NOTHING = { tested: 0, hits: 0, examples: 0, lossSum: 0 };

export function createDriftWatch(): DriftWatch {
  let fallen = createAdwin(ADWIN);
  const tests = { hit_ratio: createOneWay('down'), loss: createOneWay('up') };
  let gathered = NOTHING;
  let newest: Drift | undefined;

  const changeOf = (signal: DriftSignal): Change | undefined => {
    const { tested, hits, examples, lossSum } = gathered;
    if (signal === 'loss') return examples === 0 ? undefined : tests.loss.add(lossSum / examples);
    const ratio = hits / tested;
    const slow = fallen.add(ratio);
    const change = tests.hit_ratio.add(ratio) ?? (slow !== undefined && slow.after < slow.before ? slow : undefined);
    // One drift is told once: what found it, and what would find it later, both begin with what came after.
    if (change !== undefined) {
      fallen = createAdwin(ADWIN);
      tests.hit_ratio.restart();
    }
    return change;
  };

  return {
    observe({ toSeq, endedAt, tested, hits10, examples, loss }) {
      gathered = {
        tested: gathered.tested + tested,
        hits: gathered.hits + hits10,
        examples: gathered.examples + examples,
        lossSum: gathered.lossSum + examples * loss,
      };
      if (gathered.tested < VALUE_TESTED) return [];
      const drifts = DRIFT_SIGNALS.flatMap((signal): Drift[] => {
        const change = changeOf(signal);
        return change === undefined ? [] : [{ signal, seq: toSeq, at: endedAt, ...change }];
      });
      gathered = NOTHING;
      newest = drifts.at(-1) ?? newest;
      return drifts;
    },
    statistic: (signal) => tests[signal].statistic,
    since: (seq) => (newest !== undefined && newest.seq > seq ? newest : undefined),
  };
}

/** Page–Hinkley for the worse; the same for the better makes it begin anew (guarantee 2). */
function createOneWay(worse: 'up' | 'down'): Pick<DriftDetector, 'add' | 'statistic'> & { restart(): void } {
  const create = (direction: 'up' | 'down'): DriftDetector => createPageHinkley({ direction, ...PAGE_HINKLEY });
  const better = worse === 'up' ? 'down' : 'up';
  let bad = create(worse);
  let good = create(better);
  const restart = (): void => {
    bad = create(worse);
    good = create(better);
  };
  return {
    add(value) {
      const change = bad.add(value);
      if (good.add(value) !== undefined) bad = create(worse);
      if (change !== undefined) restart();
      return change;
    },
    restart,
    get statistic() {
      return bad.statistic;
    },
  };
}
