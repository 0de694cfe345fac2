import type { RatingErrors } from '../domain/ratings/errors.js';

/**
 * How well the model has predicted events before it learned them, window by window: what the gauges of one process forget.
 * A window covers whole entries; windows of a lineage don't overlap.
 */
export interface QualityWindow {
  readonly fromSeq: number;
  readonly toSeq: number;
  /** The version that learned `toSeq`. */
  readonly version: number;
  /** When its first entry was taken and its last one committed: milliseconds since 1970, the trainer's clock. */
  readonly beganAt: number;
  readonly endedAt: number;
  /** Events ranked before they were learned; at least 1. */
  readonly tested: number;
  /** Of these, in the model's best ten. */
  readonly hits10: number;
  /** Σ 1/log₂(rank + 1) of the hits. */
  readonly ndcg10: number;
  /** New examples of events, and their mean loss before the step, without weights: no refusals, no words, nothing replayed (learner/port). */
  readonly examples: number;
  readonly loss: number;
  /** What lists of ten by popularity alone, and by followers alone, would have hit. */
  readonly popularityHits10: number;
  readonly followHits10: number;
  /** Absent when nobody rated. */
  readonly ratings?: RatingErrors;
}

export interface VersionSpan {
  readonly after: number;
  readonly upTo: number;
}

export interface QualityLog {
  /**
   * Keeps a window whose last entry is learned. False, and nothing is kept, when another leader has taken over since `epoch` or
   * a window that begins there is kept already.
   */
  append(window: QualityWindow, epoch: number): Promise<boolean>;
  /** Newest first; with `before`, of those that begin before that entry. */
  recent(limit: number, before?: number): Promise<readonly QualityWindow[]>;
  /**
   * Newest first, those of versions above `after` up to `upTo`, in the lineage that `upTo` belongs to: none from before the
   * promotion that begins it.
   */
  between(range: VersionSpan, limit: number): Promise<readonly QualityWindow[]>;
  /** Deletes what is older than `maxAgeMs` and, beyond `maxCount`, the oldest. The number deleted. */
  trim(maxCount: number, maxAgeMs: number): Promise<number>;
}
