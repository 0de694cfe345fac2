/**
 * The compute budget: which replay ratio and how many negatives the next round has, by how far training is behind. Pure: time is an argument.
 *
 * In, after each round: how long it trained, whether it left events waiting, how old its oldest live event is. Out: a rung of the ladder.
 * 1. Pressed: two rounds trained for most of the time, and left events waiting or found them later than LATE_MS and no younger than the
 *    round before. Then one rung down; each round that is full and later than FAR_MS: two. Lag that training less can't mend (a slow
 *    database, a stretched gap between deltas) sheds nothing.
 * 2. Calm for the patience: no round left events waiting, lag stayed below PROMPT_MS, and the rung above, by its cost, would leave time to
 *    spare. Then one rung up.
 * 3. No oscillation: a rung that was given up within RELAPSE_MS of being taken doubles the patience, up to MOST_PATIENCE_MS, until one
 *    has held for as long. Between PROMPT_MS and LATE_MS nothing changes.
 * 4. Back-filled events are in no hurry: a full round without a live event changes nothing.
 */
import type { RoundSizes } from '@freshet/shared/codec/delta';
import { createLadder, type LeastSizes } from './ladder.js';

/** What a round was like. Times in milliseconds; `at` only ever grows. */
export interface RoundLoad {
  /** When its training ended. */
  readonly at: number;
  /** How long it trained. */
  readonly trainedMs: number;
  /** It was as large as a round can be, so that more may be waiting. */
  readonly full: boolean;
  /** Age of its oldest live event when it was trained; undefined when it had none: only back-filled ones, heartbeats, the catalogue's. */
  readonly lagMs: number | undefined;
}

export interface Budget {
  /** For the next round; undefined: the model's sizes. */
  sizes(): RoundSizes | undefined;
  observe(load: RoundLoad): void;
  /** A new term: time has passed that no round tells of. */
  restart(at: number): void;
}

/** Of the objective of 250 ms in all (metric-catalogue OBJECTIVES), what committing and swapping leave. */
const LATE_MS = 150;
const PROMPT_MS = 75;
const FAR_MS = 1_000;
/** Share of the time that is spent on training: above it training less helps, and below it there is time to spare. */
const BUSY = 0.6;
const SPARE = 0.45;
const PRESSED_ROUNDS = 2;
const PATIENCE_MS = 2_000;
const MOST_PATIENCE_MS = 120_000;
const RELAPSE_MS = 10_000;
/** The share of time is a mean with this time constant. */
const MEMORY_MS = 500;

export function createBudget(model: RoundSizes, least: LeastSizes): Budget {
  const ladder = createLadder(model, least);
  const share = createShare();
  let at = 0;
  let pressed = 0;
  let lastLagMs = 0;
  let calmSince: number | undefined;
  let climbedAt: number | undefined;
  let patience = PATIENCE_MS;

  const shed = (now: number, rungs: number): void => {
    if (climbedAt !== undefined && now - climbedAt < RELAPSE_MS) patience = Math.min(MOST_PATIENCE_MS, 2 * patience);
    climbedAt = undefined;
    pressed = 0;
    calmSince = undefined;
    at = Math.min(ladder.length - 1, at + rungs);
  };

  const climb = (now: number): void => {
    climbedAt = now;
    calmSince = now;
    at--;
  };

  return {
    sizes: () => (at === 0 ? undefined : ladder[at]?.sizes),
    observe({ at: now, trainedMs, full, lagMs: age }) {
      const busy = share.observe(trainedMs, now);
      if (age === undefined && full) return;
      const lagMs = age ?? 0;
      const behind = full || lagMs >= LATE_MS;
      const recovers = !full && lagMs < lastLagMs;
      lastLagMs = lagMs;
      if (!behind || busy < BUSY) pressed = 0;
      else if (!recovers) pressed++;
      if (full && lagMs >= FAR_MS && busy >= BUSY) return shed(now, 2);
      if (pressed >= PRESSED_ROUNDS) return shed(now, 1);
      if (full || lagMs > PROMPT_MS || !leavesTime(busy)) calmSince = undefined;
      else calmSince ??= now;
      if (calmSince === undefined) return;
      if (climbedAt !== undefined && now - climbedAt >= RELAPSE_MS) patience = PATIENCE_MS;
      if (at > 0 && now - calmSince >= patience) climb(now);
    },
    restart: share.restart,
  };

  /** Whether the rung above would. */
  function leavesTime(busy: number): boolean {
    const [here, above] = [ladder[at]?.cost ?? 1, ladder[Math.max(0, at - 1)]?.cost ?? 1];
    return (busy * above) / here <= SPARE;
  }
}

/** Which share of the time since the last round it trained, over rounds as they fade. */
function createShare() {
  let last: number | undefined;
  let trained = 0;
  let passed = 0;
  return {
    observe(trainedMs: number, now: number): number {
      const since = Math.max(trainedMs, now - (last ?? now - trainedMs));
      last = now;
      const kept = Math.exp(-since / MEMORY_MS);
      trained = trained * kept + trainedMs;
      passed = passed * kept + since;
      return passed === 0 ? 0 : trained / passed;
    },
    restart(now: number): void {
      last = now;
    },
  };
}

/** As the options say. */
export function budgetOf({ model, budget }: { readonly model: RoundSizes; readonly budget: 'fixed' | LeastSizes }): Budget {
  return budget === 'fixed' ? FIXED_BUDGET : createBudget({ replay: model.replay, negatives: model.negatives }, budget);
}

/** The model's sizes, whatever happens. */
const FIXED_BUDGET: Budget = { sizes: () => undefined, observe: () => undefined, restart: () => undefined };
