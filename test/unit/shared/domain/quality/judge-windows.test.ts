/** Whether kept windows show that the model beats the floors: with figures that are known, and with chance in them. */
import { type JudgedWindow, judgeWindows } from '@freshet/shared/domain/quality/judge-windows';
import { randomUnit } from '@freshet/shared/domain/random';
import { describe, expect, it } from 'vitest';

interface Ratios {
  readonly model: number;
  readonly popularity: number;
  readonly follow: number;
}

/** `count` windows of `tested` events, each hit by chance with its ratio. */
function windows(count: number, tested: number, { model, popularity, follow }: Ratios, seed = 1): JudgedWindow[] {
  const hits = (ratio: number, window: number, who: number): number => Array.from({ length: tested }, (_, n) => randomUnit(seed, 3 * window + who, n)).filter((draw) => draw < ratio).length;
  return Array.from({ length: count }, (_, window) => {
    const hits10 = hits(model, window, 0);
    return { tested, hits10, ndcg10: hits10 / 2, popularityHits10: hits(popularity, window, 1), followHits10: hits(follow, window, 2) };
  });
}

const codes = (judged: readonly JudgedWindow[]): readonly string[] => judgeWindows(judged, { seed: 1 }).refusals.map(({ code }) => code);

describe('the windows of a day', () => {
  it('tell the model’s figures and the floors’ over all their events, however unequal the windows are', () => {
    const one: JudgedWindow = { tested: 900, hits10: 450, ndcg10: 225, popularityHits10: 90, followHits10: 180 };
    const many = Array.from({ length: 10 }, (): JudgedWindow => ({ tested: 10, hits10: 0, ndcg10: 0, popularityHits10: 1, followHits10: 0 }));
    const judged = judgeWindows([one, ...many], { seed: 1 });
    expect(judged).toMatchObject({ events: 1_000, hitRatio: 0.45, ndcg: 0.225, floors: { popularity: 0.1, follow: 0.18 } });
  });

  it('pass a model that beats both floors, and name the floor that one doesn’t beat', () => {
    expect(codes(windows(60, 100, { model: 0.4, popularity: 0.1, follow: 0.3 }))).toEqual([]);
    expect(codes(windows(60, 100, { model: 0.2, popularity: 0.1, follow: 0.3 }))).toEqual(['below_followers']);
    expect(codes(windows(60, 100, { model: 0.2, popularity: 0.3, follow: 0.1 }))).toEqual(['below_popularity']);
    expect(codes(windows(60, 100, { model: 0.05, popularity: 0.1, follow: 0.3 }))).toEqual(['below_popularity', 'below_followers']);
  });

  it('say nothing with fewer events or windows than it takes', () => {
    expect(codes([])).toEqual(['too_few_events']);
    expect(codes(windows(60, 16, { model: 0.4, popularity: 0.1, follow: 0.1 }))).toEqual(['too_few_events']);
    expect(codes(windows(9, 1_000, { model: 0.4, popularity: 0.1, follow: 0.1 }))).toEqual(['too_few_events']);
    expect(codes(windows(10, 100, { model: 0.4, popularity: 0.1, follow: 0.1 }))).toEqual([]);
  });

  it('pass a model that is no better than a floor no more often than the level allows', () => {
    const passed = Array.from({ length: 200 }, (_, seed) => codes(windows(30, 40, { model: 0.3, popularity: 0.3, follow: 0.1 }, seed + 1))).filter((found) => found.length === 0);
    // 5 % of 200 are 10; 20 would come by chance once in a thousand times.
    expect(passed.length).toBeLessThan(20);
    expect(passed.length).toBeGreaterThan(1);
  });

  it('give the same judgement with the same seed, either way round in time as to the figures', () => {
    const day = windows(60, 100, { model: 0.31, popularity: 0.1, follow: 0.3 });
    expect(judgeWindows(day, { seed: 5 })).toEqual(judgeWindows(day, { seed: 5 }));
    const { refusals: _, ...figures } = judgeWindows(day.toReversed(), { seed: 5 });
    expect(judgeWindows(day, { seed: 5 })).toMatchObject(figures);
  });

  it('that change together for a while count as that while: a stroke of luck doesn’t pass', () => {
    // 1,000 windows; in one run of twenty the model hits all and the floor nothing, else the floor is a little better.
    const day = Array.from({ length: 1_000 }, (_, n): JudgedWindow =>
      n < 20 ? { tested: 10, hits10: 10, ndcg10: 5, popularityHits10: 0, followHits10: 0 } : { tested: 10, hits10: 3, ndcg10: 1, popularityHits10: n % 10 === 0 ? 4 : 3, followHits10: 0 });
    expect(judgeWindows(day, { seed: 1 }).hitRatio).toBeGreaterThan(judgeWindows(day, { seed: 1 }).floors.popularity);
    expect(codes(day)).toContain('below_popularity');
  });
});
