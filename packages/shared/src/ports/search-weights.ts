/**
 * Search's weights: what they are learned from, and what was learned. One order for the whole shop: every process takes the newest version that isn't
 * refused.
 *
 * 1. A version is written once: of several processes that have learned at once, one has written it.
 * 2. Which version is in force follows from what is stored alone, after any restart.
 */
import type { ClickedSearch } from '../domain/search-weights/choice-model.js';
import type { LearnedWeights } from '../domain/search-weights/learn.js';
import type { SearchWeights } from '../domain/search-weights/weights.js';

/** What to learn from: the newest. */
export interface ClickedQuery {
  /** Made at or after this, milliseconds since 1970. */
  readonly since: number;
  readonly limit: number;
  /** Of one shopper; strangers aren't told apart. */
  readonly ofShopper: number;
}

export interface VersionedWeights {
  /** 0: the defaults. */
  readonly version: number;
  readonly weights: SearchWeights;
}

export interface WeightsTrial extends LearnedWeights {
  readonly version: number;
  /** The version in force when it was judged. */
  readonly basedOn: number;
  /** Milliseconds since 1970. */
  readonly learnedAt: number;
}

/** Versions that are kept: more than two years of one a day. The one in force stays whatever its age. */
export const TRIALS_KEPT = 1_000;

export interface SearchWeightsStore {
  /**
   * How often something was taken of searches made at or after this, which texts have answered: no fewer than the searches that `clicked` may give. Read from sums by
   * the hour and by the day, so it costs little.
   */
  takenSince(since: number): Promise<number>;
  /**
   * First pages that the texts have answered and of which something was taken (clicked, put into the cart or bought), in the order in which they were
   * kept.
   */
  clicked(query: ClickedQuery): Promise<readonly ClickedSearch[]>;
  inForce(): Promise<VersionedWeights>;
  /** Newest first. */
  trials(limit: number): Promise<readonly WeightsTrial[]>;
  /** Writes the version after `newest`, the newest there was when learning began; false, and nothing is written, where there is a newer one. */
  add(trial: Omit<WeightsTrial, 'version' | 'learnedAt'>, newest: number): Promise<boolean>;
}
