/**
 * Drift while this process leads: the windows it keeps, watched (shared/domain/quality/drift-watch), shown as metrics and logged.
 *
 * A term begins with what the kept windows say, so a restart neither forgets how it was nor alarms twice: drifts of kept windows
 * count for `since`, not for the metrics. Without them it begins anew.
 */
import { createDriftWatch, type Drift, DRIFT_SIGNALS, type DriftWatch } from '@freshet/shared/domain/quality/drift-watch';
import type { Logger } from '@freshet/shared/logger';
import type { Metrics } from '@freshet/shared/metrics';
import type { QualityWindow } from '@freshet/shared/ports/quality-log';

export interface DriftReport {
  /** A term begins: `windows` are the kept ones, newest first. */
  resume(windows: readonly QualityWindow[]): void;
  /** A window has been closed. */
  observe(window: QualityWindow): void;
  /** The newest drift that was seen behind entry `seq`. */
  since(seq: number): Drift | undefined;
}

export function createDriftReport({ metrics, log }: { readonly metrics: Metrics; readonly log: Logger }): DriftReport {
  let watch: DriftWatch = createDriftWatch();
  // Shown as 0 from the start, so that the first one is a rise.
  for (const signal of DRIFT_SIGNALS) metrics.driftDetected.inc({ signal }, 0);
  return {
    resume(windows) {
      watch = createDriftWatch();
      for (const window of windows.toReversed()) watch.observe(window);
    },
    observe(window) {
      for (const { signal, seq, before, after } of watch.observe(window)) {
        metrics.driftDetected.inc({ signal });
        log.warn('drift: the model predicts worse than it did', { signal, seq, before, after });
      }
      for (const signal of DRIFT_SIGNALS) metrics.driftStatistic.set({ signal }, watch.statistic(signal));
    },
    since: (seq) => watch.since(seq),
  };
}
