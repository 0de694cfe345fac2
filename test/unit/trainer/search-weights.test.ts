/** The job that learns search's weights: by what is stored, once a day, kept in force or refused; nothing of it twice. */
import { memoryRecommendationLog } from '@freshet/shared/adapters/memory/recommendation-log';
import { memorySearchWeights } from '@freshet/shared/adapters/memory/search-weights';
import { systemClock } from '@freshet/shared/adapters/system-clock';
import type { UserRef } from '@freshet/shared/domain/event';
import type { ClickedSearch } from '@freshet/shared/domain/search-weights/choice-model';
import { decodeFeature, DEFAULT_WEIGHTS, FEATURES, type Features } from '@freshet/shared/domain/search-weights/weights';
import { silentLogger } from '@freshet/shared/logger';
import { createMetrics } from '@freshet/shared/metrics';
import type { SearchWeightsStore } from '@freshet/shared/ports/search-weights';
import { schedulesOf } from '@freshet/trainer/maintenance';
import { createSearchWeightsJob } from '@freshet/trainer/search-weights';
import { describe, expect, it } from 'vitest';
import { makeSearches } from '../shared/domain/search-weights/made-searches.js';

const HOUR_MS = 3_600_000;
const TRUTH = { text: 1, words: 0.4, shopper: 0.8, popularity: 0.05, unavailable: 0.5 };

function site() {
  let now = Date.now();
  const clock = { ...systemClock, now: () => now };
  const recommendations = memoryRecommendationLog(clock);
  const searchWeights = memorySearchWeights(recommendations, clock);
  const metrics = createMetrics({ processMetrics: false });
  let reads = 0;
  const counted: SearchWeightsStore = { ...searchWeights, clicked: (query) => (reads++, searchWeights.clicked(query)) };
  /** Of another process. */
  const another = (): (() => Promise<void>) => createSearchWeightsJob({ searchWeights: counted, metrics, clock, log: silentLogger });
  const run = another();
  const count = async (result: string): Promise<number> => Number(new RegExp(`freshet_search_weights_trials_total\\{result="${result}"\\} (\\d+)`).exec(await metrics.render())?.[1] ?? 0);
  let place = 0;
  const search = async (searches: readonly ClickedSearch[]): Promise<void> => {
    const name = ({ id }: ClickedSearch): string => `q_${id}`;
    await recommendations.append(searches.map((one) => ({
      name: name(one), madeAt: now - 1_000_000 + one.id, person: one.shopper as UserRef, context: 'search', method: 'search', rung: 'text', version: 1, label: 'newest', skipped: 0,
      items: Array.from({ length: one.features.length / FEATURES.length }, (_, i) => ({ id: `item-${i}`, score: 1, propensity: 1, source: 'text', features: featuresAt(one, i) })),
    })));
    await recommendations.join({ after: place, upTo: ++place }, searches.flatMap((one) => one.taken.map((taken, index) => ({ list: name(one), item: `item-${taken - 1}`, kind: 'click' as const, at: now, seq: one.id, index, revenue: 0 }))));
  };
  return { run, another, count, search, searchWeights, reads: () => reads, wait: (ms: number) => (now += ms) };
}

function featuresAt({ features }: ClickedSearch, place: number): Features {
  const [text = 0, words = 0, shopper = 0, popularity = 0, unavailable = 0] = FEATURES.map((_, f) => decodeFeature(features, place, f));
  return { text, words, shopper, popularity, unavailable };
}

describe('the job that learns search’s weights', () => {
  it('puts better ones into force, once a day however often it comes, and judges the next against them', { timeout: 60_000 }, async () => {
    const { run, another, count, search, searchWeights, wait } = site();
    await search(makeSearches({ count: 3_000, truth: TRUTH, bias: 1, seed: 11 }));
    await Promise.all([run(), another()()]);
    await run();
    const learned = await searchWeights.inForce();
    expect(learned.version).toBe(1);
    expect(learned.weights.shopper).toBeGreaterThan(1.4 * DEFAULT_WEIGHTS.shopper);
    expect(learned.weights.popularity).toBeLessThan(DEFAULT_WEIGHTS.popularity);
    expect(await count('in_force')).toBe(1);
    wait(23 * HOUR_MS);
    await run();
    expect(await searchWeights.trials(10)).toHaveLength(1);
    wait(HOUR_MS);
    await run();
    // The same searches teach the same weights, which are no better than themselves.
    expect(await searchWeights.trials(10)).toMatchObject([{ version: 2, basedOn: 1, weights: learned.weights, refusal: { code: 'uncertain' } }, { version: 1, basedOn: 0 }]);
    expect(await searchWeights.inForce()).toEqual(learned);
    expect(await count('uncertain')).toBe(1);
  });

  it('keeps nothing of too few searches, or of searches too long ago', async () => {
    const { run, count, search, searchWeights, wait } = site();
    await search(makeSearches({ count: 900, truth: TRUTH, bias: 1, seed: 12 }));
    await run();
    await search(makeSearches({ count: 900, truth: TRUTH, bias: 1, seed: 13, from: 10_000 }));
    wait(31 * 24 * HOUR_MS);
    await run();
    expect(await searchWeights.trials(10)).toEqual([]);
    expect(await count('too_few_searches')).toBe(2);
  });

  it('reads no searches while too little was taken at all, and none for a day where it has read too few', async () => {
    const { run, another, count, search, searchWeights, reads, wait } = site();
    await search(makeSearches({ count: 600, truth: TRUTH, bias: 1, seed: 15, shoppers: 20 }));
    for (let hour = 0; hour < 3; hour++, wait(HOUR_MS)) await run();
    expect([await count('too_few_searches'), reads()]).toEqual([3, 0]);
    // Enough is taken now, but twenty shoppers' searches don't count without end.
    await search(makeSearches({ count: 1_500, truth: TRUTH, bias: 1, seed: 16, shoppers: 20, from: 10_000 }));
    for (let hour = 0; hour < 24; hour++, wait(HOUR_MS)) await run();
    expect([await count('too_few_searches'), reads()]).toEqual([27, 1]);
    await another()();
    expect(reads()).toBe(2);
    await search(makeSearches({ count: 2_000, truth: TRUTH, bias: 1, seed: 17, shoppers: 300, from: 20_000 }));
    await run();
    expect(reads()).toBe(3);
    expect(await searchWeights.trials(10)).toHaveLength(1);
  });

  it('isn’t turned by one shopper who clicks all day', async () => {
    const { run, count, search } = site();
    await search(makeSearches({ count: 2_000, truth: TRUTH, bias: 1, seed: 14, shoppers: 40 }));
    await run();
    expect(await count('too_few_searches')).toBe(1);
  });

  it('comes only where weights are learned', () => {
    const jobs = (searchWeights: boolean): string[] => schedulesOf({ strategy: 'incremental', everyHours: 24, searchWeights }).map(({ job }) => job);
    expect(jobs(true)).toEqual([...jobs(false), 'search_weights']);
  });
});
