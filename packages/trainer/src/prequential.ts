/**
 * Decayed means of what the model would have answered before it learned (predict, then learn): one value per metric, the
 * last thousand samples or so. HR@10 = share with rank ≤ 10; NDCG@10 = 1/log2(rank + 1) for those. Beside it the same of the
 * two floors (parameters/floors).
 *
 * A process that starts goes on from the windows that are kept (`resume`), so a restart doesn't show as a fall.
 */
import { gainOf, HIT_RANK } from '@freshet/shared/domain/quality/figures';
import type { RatingErrors } from '@freshet/shared/domain/ratings/errors';
import type { Metrics } from '@freshet/shared/metrics';
import type { QualityWindow } from '@freshet/shared/ports/quality-log';
import type { RoundReport } from './learner/port.js';

/** Weight of one new sample in the means. */
const SAMPLE_WEIGHT = 0.001;

export interface Prequential {
  observe(report: RoundReport): void;
  /** Kept windows, newest first. Nothing is done once something has been observed here. */
  resume(windows: readonly QualityWindow[]): void;
}

export function createPrequential(metrics: Metrics): Prequential {
  const hits = shownMean((value) => metrics.prequentialHitRatio.set(value));
  const gains = shownMean((value) => metrics.prequentialNdcg.set(value));
  const losses = shownMean((value) => metrics.prequentialLoss.set(value));
  const popularity = shownMean((value) => metrics.prequentialFloorHitRatio.set({ floor: 'popularity' }, value));
  const follow = shownMean((value) => metrics.prequentialFloorHitRatio.set({ floor: 'follow' }, value));
  const squares = shownMean((value) => metrics.prequentialRatingRmse.set(Math.sqrt(value)));
  const absolutes = shownMean((value) => metrics.prequentialRatingMae.set(value));
  const addRatings = (ratings: RatingErrors | undefined): void => {
    if (ratings === undefined) return;
    squares.add(ratings.squares / ratings.count, ratings.count);
    absolutes.add(ratings.absolutes / ratings.count, ratings.count);
  };
  let started = false;
  return {
    observe(report) {
      started ||= report.examples > 0;
      for (const { rank, floors } of report.ranks) {
        hits.add(rank <= HIT_RANK ? 1 : 0);
        gains.add(gainOf(rank));
        if (floors === undefined) continue;
        popularity.add(floors.popularity ? 1 : 0);
        follow.add(floors.follow ? 1 : 0);
      }
      if (report.lossExamples > 0) losses.add(report.loss);
      addRatings(report.ratings);
    },
    resume(windows) {
      if (started) return;
      for (const window of windows.toReversed()) {
        const { tested } = window;
        hits.add(window.hits10 / tested, tested);
        gains.add(window.ndcg10 / tested, tested);
        popularity.add(window.popularityHits10 / tested, tested);
        follow.add(window.followHits10 / tested, tested);
        if (window.examples > 0) losses.add(window.loss);
        addRatings(window.ratings);
      }
    },
  };
}

interface Mean {
  /** `value` of so many samples. */
  add(value: number, samples?: number): void;
}

/** A plain mean until it has seen 1/SAMPLE_WEIGHT samples, an exponential one from then on. */
function shownMean(show: (mean: number) => void): Mean {
  let mean = 0;
  let count = 0;
  return {
    add(value, samples = 1) {
      count += samples;
      mean += (value - mean) * Math.max(1 - (1 - SAMPLE_WEIGHT) ** samples, samples / count);
      show(mean);
    },
  };
}
