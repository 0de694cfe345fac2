/** A drift detector: takes one value after the other and says when their mean has changed. Pure: no clock, no chance. */

/** The mean before and after; which of the two is worse is the caller's to say. */
export interface Change {
  readonly before: number;
  readonly after: number;
}

export interface DriftDetector {
  /** Takes the next value; the change that it shows, if any. The detector then goes on with what came after the change. */
  add(value: number): Change | undefined;
  /** The test's statistic as a share of its threshold, as of its last look: above 1 is a change. */
  readonly statistic: number;
  /** Mean of the values it still compares with, and how many they are. */
  readonly mean: number;
  readonly count: number;
}
