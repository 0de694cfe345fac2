/** What a model swap tells the operator: lag by stage, stall, version. */
import type { Metrics } from '@freshet/shared/metrics';
import type { UpdateStage } from '@freshet/shared/metric-catalogue';
import type { DeltaTimings } from '@freshet/shared/ports/delta-log';

export interface ModelMetrics {
  /** Deltas applied before this call were catching up; they say nothing about freshness. */
  caughtUp(): void;
  applied(swap: { readonly timings: DeltaTimings; readonly now: number }): void;
  /** So long one step of a swap held the event loop. */
  stalled(ms: number): void;
  /** The view was replaced by a model that was loaded aside, or one is held beside it. `prepared`: promoted, and loaded before it was. */
  loaded(reason: 'snapshot' | 'promoted' | 'prepared' | 'pinned' | 'unpinned' | 'canary' | 'shadow'): void;
  /** The version that this label holds beside the one that answers; undefined: none. */
  holds(label: 'canary' | 'shadow', version: number | undefined): void;
  refused(reason: string): void;
  /** Answers come from a pinned version, whose newest entry was received then (0 = not known); undefined: from the newest version. */
  answersFrom(pinnedMs: number | undefined): void;
}

/** Shown as 0 from the start, so that the first refusal is a rise; other reasons appear when they happen. */
const COMMON_REFUSALS = ['delta_checksum', 'delta_config', 'delta_format', 'delta_gap', 'delta_value', 'format_newer', 'max_items'];

export function createModelMetrics(metrics: Metrics): ModelMetrics {
  const lag = (stage: UpdateStage) => metrics.updateLag.labels({ stage });
  const stages = { queue: lag('queue'), train: lag('train'), commit: lag('commit'), apply: lag('apply'), total: lag('total') };
  const applied = metrics.modelSwaps.labels({ result: 'applied', reason: '' });
  for (const reason of COMMON_REFUSALS) metrics.modelSwaps.inc({ result: 'refused', reason }, 0);
  for (const label of ['canary', 'shadow'] as const) metrics.servingLabelledVersion.set({ label }, 0);
  let live = false;
  let pinned = false;

  return {
    caughtUp() {
      live = true;
    },
    stalled: (ms) => metrics.swapStall.observe(ms / 1000),
    applied({ timings, now }) {
      applied.inc();
      if (timings.receivedAt === 0) return;
      if (!pinned) metrics.servingLearnedUntil.set(timings.receivedAt / 1000);
      if (!live) return;
      stages.queue.observe(seconds(timings.receivedAt, timings.takenAt));
      stages.train.observe(seconds(timings.takenAt, timings.trainedAt));
      stages.commit.observe(seconds(timings.trainedAt, timings.committedAt));
      stages.apply.observe(seconds(timings.committedAt, now));
      stages.total.observe(seconds(timings.receivedAt, now));
    },
    loaded: (reason) => metrics.modelSwaps.inc({ result: 'applied', reason }),
    holds: (label, version) => metrics.servingLabelledVersion.set({ label }, version ?? 0),
    answersFrom(pinnedMs) {
      pinned = pinnedMs !== undefined;
      if (pinnedMs !== undefined && pinnedMs > 0) metrics.servingLearnedUntil.set(pinnedMs / 1000);
    },
    refused: (reason) => metrics.modelSwaps.inc({ result: 'refused', reason }),
  };
}

/** Clocks of two machines may disagree: a lag is never negative. */
function seconds(from: number, to: number): number {
  return Math.max(0, to - from) / 1000;
}
