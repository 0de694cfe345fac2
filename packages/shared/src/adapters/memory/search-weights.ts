/** Search's weights in memory, on a recommendation log in memory: for unit tests. */
import { encodeFeatures, DEFAULT_VERSION, DEFAULT_WEIGHTS } from '../../domain/search-weights/weights.js';
import type { Clock } from '../../ports/clock.js';
import { type SearchWeightsStore, TRIALS_KEPT, type WeightsTrial } from '../../ports/search-weights.js';
import type { MemoryRecommendationLog } from './recommendation-log.js';

export function memorySearchWeights(recommendations: Pick<MemoryRecommendationLog, 'lists' | 'taken'>, clock: Pick<Clock, 'now'>): SearchWeightsStore {
  let trials: readonly WeightsTrial[] = [];
  const inForce = (): WeightsTrial | undefined => trials.findLast(({ refusal }) => refusal === undefined);
  return {
    takenSince: (since) => Promise.resolve(recommendations.lists().filter(({ method, rung, madeAt }) => method === 'search' && rung === 'text' && madeAt >= since).reduce((sum, list) => sum + recommendations.taken(list).length, 0)),
    clicked({ since, limit, ofShopper }) {
      const counts = new Map<string, number>();
      const newestFirst = recommendations.lists().map((list, i) => ({ list, id: i + 1 })).reverse();
      const chosen = newestFirst.flatMap(({ list, id }) => {
        const { method, rung, skipped, madeAt, person, items } = list;
        const taken = recommendations.taken(list);
        const features = items.flatMap((item) => (item.features === undefined ? [] : encodeFeatures(item.features)));
        if (method !== 'search' || rung !== 'text' || skipped !== 0 || madeAt < since || taken.length === 0 || features.length === 0) return [];
        const nth = (counts.get(person ?? '') ?? 0) + 1;
        counts.set(person ?? '', nth);
        return person === undefined || nth <= ofShopper ? [{ id, madeAt, shopper: person, taken, features }] : [];
      });
      return Promise.resolve(chosen.slice(0, limit).reverse());
    },
    inForce() {
      const found = inForce();
      return Promise.resolve({ version: found?.version ?? DEFAULT_VERSION, weights: found?.weights ?? DEFAULT_WEIGHTS });
    },
    trials: (limit) => Promise.resolve([...trials].reverse().slice(0, limit)),
    add(trial, newest) {
      if (trials.some(({ version }) => version > newest)) return Promise.resolve(false);
      trials = [...trials, { ...trial, version: newest + 1, learnedAt: clock.now() }];
      const kept = inForce()?.version;
      trials = trials.filter(({ version }) => version > newest + 1 - TRIALS_KEPT || version === kept);
      return Promise.resolve(true);
    },
  };
}
