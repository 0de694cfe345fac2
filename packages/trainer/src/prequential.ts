/**
 * Decayed means of what the model would have answered before it learned (predict, then learn): one value per metric, the
 * last thousand samples or so. HR@10 = share with rank ≤ 10; NDCG@10 = 1/log2(rank + 1) for those.
 */
import type { Metrics } from '@freshet/shared/metrics';
import type { RoundReport } from './learner/port.js';

/** Weight of one new sample in the means. */
const SAMPLE_WEIGHT = 0.001;

export interface Prequential {
  observe(report: RoundReport): void;
}

export function createPrequential(metrics: Metrics): Prequential {
  const hits = decayedMean();
  const gains = decayedMean();
  const losses = decayedMean();
  return {
    observe(report) {
      for (const { rank } of report.ranks) {
        metrics.prequentialHitRatio.set(hits(rank <= 10 ? 1 : 0));
        metrics.prequentialNdcg.set(gains(rank <= 10 ? 1 / Math.log2(rank + 1) : 0));
      }
      if (report.examples > 0) metrics.prequentialLoss.set(losses(report.loss));
    },
  };
}

/** A plain mean until it has seen 1/SAMPLE_WEIGHT samples, an exponential one from then on. */
function decayedMean(): (value: number) => number {
  let mean = 0;
  let count = 0;
  return (value) => {
    count++;
    mean += (value - mean) * Math.max(SAMPLE_WEIGHT, 1 / count);
    return mean;
  };
}
