/**
 * Which share of a round's events is ranked before it is learned: all of them while that costs little, fewer when the
 * catalogue is large or much comes in.
 *
 * 1. Ranking takes at most `time` of the time that passes (saved up to BURST_MS), whatever the rate and the items are.
 * 2. It takes about ROUND_MS of a round at most: events are ranked before they are learned, so this is what it costs in freshness.
 * 3. The share is fixed before the round, so every event of it has the same chance: the first ones aren't preferred.
 */
export interface Sampler {
  /** For a round of so many events that could be ranked. */
  share(events: number, now: number): number;
  /** What the round's ranking took. */
  spent(tested: number, ms: number): void;
}

export interface SamplerOptions {
  /** The largest share of events. */
  readonly most: number;
  /** The largest share of time. */
  readonly time: number;
}

const BURST_MS = 100;
const ROUND_MS = 5;
/** Of one rank, before there is a measurement. */
const FIRST_COST_MS = 0.05;
const SMOOTHING = 0.2;

export function createSampler({ most, time }: SamplerOptions): Sampler {
  let budgetMs = BURST_MS;
  let costMs = FIRST_COST_MS;
  let last: number | undefined;
  return {
    share(events, now) {
      budgetMs = Math.min(BURST_MS, budgetMs + Math.max(0, now - (last ?? now)) * time);
      last = now;
      if (events === 0 || budgetMs <= 0) return 0;
      return Math.min(most, Math.min(budgetMs, ROUND_MS) / (costMs * events));
    },
    spent(tested, ms) {
      budgetMs -= ms;
      if (tested > 0) costMs += (ms / tested - costMs) * SMOOTHING;
    },
  };
}
