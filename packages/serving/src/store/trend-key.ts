/**
 * Decayed counters on one scale, without touching them as time passes.
 *
 * A counter is c at the time `lastSeen` and c · 2^−((now − lastSeen)/half-life) now. Its logarithm less the common
 * term now/half-life doesn't depend on now: key = log₂ c + (lastSeen − EPOCH)/half-life. Ranking by the key is ranking
 * by the counter at any time. (Single precision: .4 % of a counter with the shortest half-life in 2030.)
 */
import { NOT_SERVED } from './layout.js';

/** Half-lives in seconds of the windows 1h, 1d and 7d, in the order of the stat row's words. */
const TREND_HALF_LIFE_S: readonly [number, number, number] = [3_600, 86_400, 604_800];
/** 2020-01-01, in seconds. */
const EPOCH_S = 1_577_836_800;

export function trendKey(counter: number, lastSeenS: number, window: number): number {
  return counter > 0 ? Math.log2(counter) + (lastSeenS - EPOCH_S) / (TREND_HALF_LIFE_S[window] ?? 1) : NOT_SERVED;
}

/** The counter as it stands at `nowS`. */
export function decayed(counter: number, ageS: number, window: number): number {
  return counter * 2 ** (-Math.max(0, ageS) / (TREND_HALF_LIFE_S[window] ?? 1));
}
