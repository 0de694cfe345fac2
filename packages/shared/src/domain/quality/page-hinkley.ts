/**
 * The Page–Hinkley test (Page 1954, Hinkley 1971) on standardised values: has the mean moved in the direction that hurts?
 *
 * z_t = ±(x_t − mean_t)/σ_t with mean and variance of the values since the last change (x_t's own included in neither);
 * m_t = Σ (z_i − tolerance), M_t = min m_i; a change when m_t − M_t > threshold.
 * 1. Values of any unit will do: tolerance and threshold count in standard deviations.
 * 2. The first `warmUp` values after the start and after a change only teach mean and variance.
 * 3. A single value counts for OUTLIER standard deviations at most, so no lone one is a change.
 * Without a change, values that are independent and normal go on for some e^(2·tolerance·threshold)/(2·tolerance²) until a false alarm;
 * a mean that moves by s standard deviations is found after some threshold/(s − tolerance).
 */
import { UsageError } from '../../errors.js';
import type { DriftDetector } from './drift.js';

export interface PageHinkleyOptions {
  /** Which way is a change: `up` (a loss), `down` (a hit ratio). */
  readonly direction: 'up' | 'down';
  readonly tolerance?: number;
  readonly threshold?: number;
  readonly warmUp?: number;
}

const OUTLIER = 5;

export function createPageHinkley({ direction, tolerance = 0.1, threshold = 50, warmUp = 30 }: PageHinkleyOptions): DriftDetector {
  if (!(tolerance >= 0 && threshold > OUTLIER && warmUp >= 2)) throw new UsageError('drift_options', `Page–Hinkley wants tolerance ≥ 0, threshold > ${OUTLIER} and warmUp ≥ 2`);
  const sign = direction === 'up' ? 1 : -1;
  const start = { count: 0, mean: 0, spread: 0, sum: 0, least: 0, sinceLeast: 0, totalSinceLeast: 0 };
  let state = { ...start };
  let statistic = 0;
  return {
    add(value) {
      if (!Number.isFinite(value)) return undefined;
      const known = { mean: state.mean, deviation: Math.sqrt(state.spread / Math.max(1, state.count - 1)) };
      const warm = state.count >= warmUp && known.deviation > 0;
      teach(state, value);
      if (!warm) return undefined;
      const z = (sign * (value - known.mean)) / known.deviation;
      state.sum += Math.max(-OUTLIER, Math.min(OUTLIER, z)) - tolerance;
      state.sinceLeast++;
      state.totalSinceLeast += value;
      if (state.sum <= state.least) state = { ...state, least: state.sum, sinceLeast: 0, totalSinceLeast: 0 };
      statistic = (state.sum - state.least) / threshold;
      if (statistic <= 1) return undefined;
      const after = state.totalSinceLeast / state.sinceLeast;
      const before = (state.mean * state.count - state.totalSinceLeast) / Math.max(1, state.count - state.sinceLeast);
      state = { ...start };
      return { before, after };
    },
    get statistic() {
      return statistic;
    },
    get mean() {
      return state.mean;
    },
    get count() {
      return state.count;
    },
  };
}

/** Welford's mean and Σ (x − mean)². */
function teach(state: { count: number; mean: number; spread: number }, value: number): void {
  state.count++;
  const apart = value - state.mean;
  state.mean += apart / state.count;
  state.spread += apart * (value - state.mean);
}
