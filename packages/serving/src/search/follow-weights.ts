/**
 * Which weights order the searches of this process: the newest version in force, or the defaults where the shop wants fixed ones.
 *
 * 1. A process has read them before it answers, and looks again every `weightsPollMs`: others have the same a moment later, and every answer names its version.
 * 2. Another version takes the place of the one before in one assignment.
 */
import { DEFAULT_VERSION, DEFAULT_WEIGHTS, FEATURES } from '@freshet/shared/domain/search-weights/weights';
import type { ServiceContext } from '@freshet/shared/lifecycle';
import type { Logger } from '@freshet/shared/logger';
import type { Metrics } from '@freshet/shared/metrics';
import type { Clock } from '@freshet/shared/ports/clock';
import type { SearchWeightsStore, VersionedWeights } from '@freshet/shared/ports/search-weights';
import type { ResolvedServingOptions } from '../config.js';
import { startPump } from '../follow/pump.js';

export interface WeightsFollower extends Pick<SearchWeightsStore, 'trials'> {
  /** Ask once an answer. */
  inForce(): VersionedWeights;
  /** The setting. */
  readonly mode: 'learned' | 'fixed';
}

export interface FollowWeightsDeps {
  readonly searchWeights: Pick<SearchWeightsStore, 'inForce' | 'trials'>;
  readonly metrics: Pick<Metrics, 'searchWeight' | 'searchWeightsVersion'>;
  readonly clock: Clock;
  readonly log: Logger;
}

const DEFAULTS: VersionedWeights = { version: DEFAULT_VERSION, weights: DEFAULT_WEIGHTS };

export async function followWeights(options: Pick<ResolvedServingOptions, 'searchWeights' | 'weightsPollMs'>, deps: FollowWeightsDeps, context: Pick<ServiceContext, 'owner' | 'signal'>): Promise<WeightsFollower> {
  const { searchWeights, metrics, clock, log } = deps;
  let now = DEFAULTS;
  const show = (): void => {
    metrics.searchWeightsVersion.set(now.version);
    for (const feature of FEATURES) metrics.searchWeight.set({ feature }, now.weights[feature]);
  };
  show();
  const follower: WeightsFollower = { inForce: () => now, trials: (limit) => searchWeights.trials(limit), mode: options.searchWeights };
  if (follower.mode === 'fixed') return follower;
  const work = async (): Promise<void> => {
    const next = await searchWeights.inForce();
    if (next.version === now.version) return;
    log.info('searches are ordered by other weights', { version: next.version, previous: now.version, ...next.weights });
    now = next;
    show();
  };
  await work();
  const running = startPump({
    clock, work, pollMs: options.weightsPollMs, signal: context.signal,
    failed: (error, retryInMs) => log.warn('search’s weights could not be read; trying again', { retry_ms: retryInMs, error }),
  });
  context.owner.defer('search weights', () => running.done);
  return follower;
}
