/**
 * Search's weights, learned by the clock (job `search_weights`): what was taken of the searches of the last WINDOW_DAYS teaches and judges them
 * (shared/domain/search-weights/learn), and what came out is kept as the next version, in force or refused with its reason.
 *
 * 1. Recomputed from what is stored, never learned on: a job that comes twice, or again after its process was killed, comes to the same weights, and of several
 *    only one is kept (the store decides).
 * 2. Once in EVERY_MS at most, by the last version kept. With too few searches nothing is kept: while too little was taken at all, which sums by the hour tell, each job
 *    looks at those alone; a process that has read the searches and found too few reads them again after EVERY_MS.
 * 3. The event loop has a turn every few milliseconds: the trainer learns events meanwhile.
 * Limits: MOST_SEARCHES searches, the newest, and OF_SHOPPER of one shopper, so that nobody turns a shop's order by clicking much.
 */
import { setImmediate } from 'node:timers/promises';
import { LEAST_SEARCHES, learnWeights } from '@freshet/shared/domain/search-weights/learn';
import type { Logger } from '@freshet/shared/logger';
import type { Metrics } from '@freshet/shared/metrics';
import type { Clock } from '@freshet/shared/ports/clock';
import type { SearchWeightsStore } from '@freshet/shared/ports/search-weights';

export interface SearchWeightsParts {
  readonly searchWeights: SearchWeightsStore;
  readonly metrics: Pick<Metrics, 'searchWeightsTrials'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Logger;
}

export const WEIGHTS_RESULTS = ['in_force', 'worse', 'uncertain', 'too_few_searches'] as const;

const HOUR_MS = 3_600_000;
const WINDOW_DAYS = 30;
/** Jobs come by the hour; one may come some minutes early. */
const EVERY_MS = 23.5 * HOUR_MS;
export const MOST_SEARCHES = 10_000;
export const OF_SHOPPER = 20;

/** The job, to be called as often as it comes. */
export function createSearchWeightsJob(parts: SearchWeightsParts): () => Promise<void> {
  /** When this process has read too few. */
  let tooFewAt = Number.NEGATIVE_INFINITY;
  return async () => {
    const { searchWeights, metrics, clock } = parts;
    const now = clock.now();
    const since = now - WINDOW_DAYS * 24 * HOUR_MS;
    const [last] = await searchWeights.trials(1);
    if (last !== undefined && now - last.learnedAt < EVERY_MS) return;
    const mayBeEnough = now - tooFewAt >= EVERY_MS && (await searchWeights.takenSince(since)) >= LEAST_SEARCHES;
    if (mayBeEnough && (await learnAnew(parts, since, last?.version ?? 0))) return;
    if (mayBeEnough) tooFewAt = now;
    metrics.searchWeightsTrials.inc({ result: 'too_few_searches' });
  };
}

/** `newest`: the newest version there is. False: of too few searches. */
async function learnAnew({ searchWeights, metrics, log }: SearchWeightsParts, since: number, newest: number): Promise<boolean> {
  const [{ version: basedOn, weights: inForce }, searches] = await Promise.all([searchWeights.inForce(), searchWeights.clicked({ since, limit: MOST_SEARCHES, ofShopper: OF_SHOPPER })]);
  const learned = await learnWeights(searches, { inForce, rest: () => setImmediate() });
  if (learned.result === 'too_few_searches') return false;
  const { result: _, ...trial } = learned;
  if (!(await searchWeights.add({ ...trial, basedOn }, newest))) return true;
  const { weights, refusal } = trial;
  metrics.searchWeightsTrials.inc({ result: refusal?.code ?? 'in_force' });
  const version = newest + 1;
  if (refusal === undefined) log.info('search’s weights were learned and are in force', { version, ...weights });
  else log.info('search’s weights were learned and refused', { version, ...weights, refusal: refusal.message });
  return true;
}
