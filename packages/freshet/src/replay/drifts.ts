/**
 * The drifts that a trainer would have reported on this stream, among the events that are tested. On a recorded stream they say how
 * often an alarm comes on data where nobody knows of a change.
 */
import { createDriftWatch, type DriftSignal } from '@freshet/shared/domain/quality/drift-watch';
import { HIT_RANK } from '@freshet/shared/domain/quality/figures';
import type { RoundReport } from './learner-port.js';

export interface FoundDrift {
  readonly signal: DriftSignal;
  /** How many events had been learned when it was seen. */
  readonly after_events: number;
  readonly before: number;
  readonly after: number;
}

export interface DriftTally {
  /** A round, and how many events have been learned with it. */
  add(report: Pick<RoundReport, 'ranks' | 'lossExamples' | 'loss'>, learned: number): void;
  readonly found: readonly FoundDrift[];
}

export function createDriftTally(): DriftTally {
  const watch = createDriftWatch();
  const found: FoundDrift[] = [];
  return {
    found,
    add({ ranks, lossExamples, loss }, learned) {
      if (ranks.length === 0) return;
      const hits10 = ranks.filter(({ rank }) => rank <= HIT_RANK).length;
      const drifts = watch.observe({ toSeq: learned, endedAt: 0, tested: ranks.length, hits10, examples: lossExamples, loss });
      for (const { signal, seq, before, after } of drifts) found.push({ signal, after_events: seq, before, after });
    },
  };
}
