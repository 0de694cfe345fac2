/** What happened to the versions that answer, with its reason: capped in number and age. */

/**
 * `pinned`, `unpinned`: somebody's decision, for all processes: answers, or what a promotion keeps; `labelled`, `unlabelled`: the same
 * of `canary` and `shadow`, whose name the reason begins with. `loaded`: a process answers from another model than the chain
 * of deltas led to (a pinned one, the newest again, a snapshot past a refused version, a promoted one), or holds a labelled one beside it; `released`: it has let that one go;
 * `probed`: what it found when it tried such a model before it answers. `refused`: a process
 * can't use a version, or the gate has kept a candidate out. `promoted`: a candidate has taken the model's place. `evaluated`: how well the
 * newest version has predicted the last events, beside the floors, by the clock.
 * Deltas applied in order are no events: each is a row of the delta log.
 */
export const MODEL_EVENT_KINDS = ['pinned', 'unpinned', 'labelled', 'unlabelled', 'probed', 'loaded', 'released', 'refused', 'promoted', 'evaluated'] as const;
export type ModelEventKind = (typeof MODEL_EVENT_KINDS)[number];

export interface ModelEvent {
  readonly kind: ModelEventKind;
  readonly version: number;
  /** The version before it, where there is one. */
  readonly previous?: number;
  /** The process it happened in; empty for a decision. */
  readonly replica: string;
  readonly reason: string;
}

export interface StoredModelEvent extends ModelEvent {
  readonly id: number;
  /** Milliseconds since 1970. */
  readonly at: number;
}

export const REASON_CHARS = 500;

export interface ModelEvents {
  add(event: ModelEvent): Promise<void>;
  /** False, and nothing is kept, where one of its kind is younger than `withinMs`, however many processes try at once. */
  addOnce(event: ModelEvent, withinMs: number): Promise<boolean>;
  /** Newest first, those with id < `before`. */
  list(limit: number, before?: number): Promise<readonly StoredModelEvent[]>;
  /** Deletes what is older than `maxAgeMs` and, beyond `maxCount`, the oldest. The number deleted. */
  trim(maxCount: number, maxAgeMs: number): Promise<number>;
}
