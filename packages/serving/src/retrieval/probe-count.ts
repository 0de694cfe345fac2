/**
 * How many of the nearest lists are read: as few as find TARGET of the exact answers, by the recall that is sampled all the time.
 * Rows move, catalogues grow and shops differ, so no fixed number is right: 32 find .986 of 73,000 trained rows, 144 find .98 of a million (`bench scan`).
 */
/** Share of the exact best k, in the mean, that the lists should find. */
const TARGET = 0.99;
/** Above it fewer lists are tried: half of what may be missed isn't. */
const AMPLE = 1 - (1 - TARGET) / 2;
const START = 64;
const FEWEST = 16;
export const MOST_PROBES = 512;
/** Samples from which one step is judged. */
const SAMPLES = 16;

export interface ProbeCount {
  readonly count: number;
  /** Recall of one answer. */
  measured(recall: number): void;
  restore(count: number): void;
  reset(): void;
}

export function createProbeCount(): ProbeCount {
  let count = START;
  let sum = 0;
  let samples = 0;
  return {
    get count() {
      return count;
    },
    measured(recall) {
      sum += recall;
      if (++samples < SAMPLES) return;
      const mean = sum / samples;
      sum = samples = 0;
      // Up by a half, down by a tenth: too little is found for moments, too much is read for minutes.
      if (mean < TARGET) count = Math.min(MOST_PROBES, Math.ceil(count * 1.5));
      else if (mean > AMPLE) count = Math.max(FEWEST, Math.floor(count * 0.9));
    },
    restore(saved) {
      count = saved;
    },
    reset() {
      count = START;
      sum = samples = 0;
    },
  };
}
