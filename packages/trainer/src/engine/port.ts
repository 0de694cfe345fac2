/**
 * The gradient engine: takes rounds of micro-batches and moves the parameters. What it computes is MODEL.md's loss;
 * `reference-engine.ts` is its plain reading, `wasm-engine.ts` and `pool.ts` are the fast ones.
 *
 * 1. An example is checked before anything of it is written: one whose loss or gradient isn't finite is *refused* and
 *    changes nothing.
 * 2. A micro-batch is trained at most once. When a thread dies in the middle of one, its examples are *abandoned*: they may
 *    have moved some rows and are never tried again. To be exact, drop the memory and load the last published state.
 * 3. Between two rounds nobody writes: `run` resolves when all threads have finished and dense weights are summed.
 * 4. With at most one thread the same round on the same state gives the same bytes.
 */

/** At most `model.batch` examples that share K negatives, drawn by random32(seedA, seedB, k). */
export interface MicroBatch {
  readonly seedA: number;
  readonly seedB: number;
  /** Slots of the example table. */
  readonly examples: readonly number[];
  /**
   * The dense weights stay as they are. They say how much to trust what the rows and the follow counts say of an example that is new to them:
   * those of one that was learned before (replayed, of a later epoch) would say too much. Default: they learn.
   */
  readonly denseHeld?: boolean;
  /** Its losses are left out of the outcome's: its examples are no new events (replayed ones, those of texts). Default: they are told. */
  readonly untold?: boolean;
}

export interface Round {
  readonly batches: readonly MicroBatch[];
  /** N_seen: negatives are drawn from the first so many of the eligible list. */
  readonly eligibleCount: number;
  /** A stored follow count times this is today's (domain/tables `followScale`). */
  readonly followScale: number;
  /** K of this round: a multiple of 4 up to the model's, which is the default. */
  readonly negatives?: number;
}

export interface RoundOutcome {
  /**
   * Σ loss, each before its step and without its weight, over the trained examples that predict an item from items (`tellsLoss`: no refusal, no
   * words) in micro-batches that are told of; and how many these are. What kinds of events there were must not show as a change of the model.
   */
  readonly lossSum: number;
  readonly lossExamples: number;
  /** How many were trained. */
  readonly examples: number;
  /** Slots of the refused examples (guarantee 1) and of the abandoned ones (guarantee 2). */
  readonly refused: readonly number[];
  readonly abandoned: readonly number[];
}

export interface GradientEngine {
  /** Never call it again before the promise has settled. It rejects only when no thread can be made to work. */
  run(round: Round): Promise<RoundOutcome>;
  close(): Promise<void>;
}

/** What must be known to rank one event's item among all eligible ones before it is learned. */
export interface RankQuery {
  /** Slot of an example: its history, its target, its `own` contribution to be taken out. */
  readonly example: number;
  readonly eligibleCount: number;
  readonly followScale: number;
  /** Rows left out of the ranking (a shop that never repeats). */
  readonly exclude?: readonly number[];
  /** Ranks above it are all reported as `limit` + 1, which is faster. Default: exact. */
  readonly limit?: number;
}

export interface Significance {
  /** The rows looked at: from the first, 0 by default, to before the end. */
  readonly from?: number;
  readonly end: number;
  /** Share of its norm that an embedding must have moved since it was published, and the same of a bias (absolute). */
  readonly epsilon: number;
  readonly biasEpsilon: number;
  /** Look at all of them, not only at those written since last looked at. */
  readonly everything?: boolean;
}

/** Reads parameters on the calling thread, between rounds. */
export interface Examiner {
  /** 1 + how many eligible rows score above the target; 0 when the target isn't eligible or a number isn't finite. */
  rank(query: RankQuery): number;
  /** The best `count` ≤ 128 eligible rows for the example's history, best first (a copy). */
  top(query: Omit<RankQuery, 'limit'>, count: number): Uint32Array;
  /** Rows that have moved significantly since they were published (a copy). They are looked at once: until something writes them again. */
  significant(options: Significance): Uint32Array;
}
