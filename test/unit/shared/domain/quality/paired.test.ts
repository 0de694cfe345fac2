/** Paired bootstrap and sign test. */
import { bootstrapDifference, bootstrapInTurns, signTest } from '@freshet/shared/domain/quality/paired';
import { randomNormal, randomUnit } from '@freshet/shared/domain/random';
import { describe, expect, it } from 'vitest';

describe('the paired bootstrap', () => {
  const normal = (n: number, mean: number, seed: number): number[] => Array.from({ length: n }, (_, i) => mean + randomNormal(seed, i, 0));

  it('comes to the same in turns', async () => {
    let rests = 0;
    const rest = (): Promise<void> => Promise.resolve(void rests++);
    for (const count of [40, 3_000, 20_000]) {
      rests = 0;
      const options = { seed: 3, resamples: 45 };
      expect(await bootstrapInTurns(normal(count, 0.1, 1), options, rest)).toEqual(bootstrapDifference(normal(count, 0.1, 1), options));
      // Ten thousand drawings at a stretch, and a resample at least.
      expect(rests).toBe(Math.ceil(45 / Math.max(1, Math.floor(10_000 / count))));
    }
  });

  it('gives the interval of the mean that theory gives: ± 1.96/√n', () => {
    const { mean, low, high } = bootstrapDifference(normal(2_500, 0.1, 1), { seed: 3, resamples: 2_000 });
    expect(high - low).toBeCloseTo((2 * 1.96) / 50, 2);
    expect((low + high) / 2).toBeCloseTo(mean, 2);
  });

  it('covers the true difference in some 95 of 100 repetitions, and calls it better in some 5 of 100 without any', () => {
    const turns = Array.from({ length: 200 }, (_, turn) => bootstrapDifference(normal(100, 0, 100 + turn), { seed: turn, resamples: 300 }));
    const covered = turns.filter(({ low, high }) => low <= 0 && high >= 0).length;
    expect(covered).toBeGreaterThan(178);
    expect(covered).toBeLessThan(199);
    const better = turns.filter(({ pBetter }) => pBetter < 0.05).length;
    expect(better).toBeGreaterThan(2);
    expect(better).toBeLessThan(22);
  });

  it('tells better from worse', () => {
    const better = bootstrapDifference(normal(400, 0.3, 5), { seed: 1 });
    expect(better.low).toBeGreaterThan(0);
    expect([better.pBetter < 0.01, better.pWorse > 0.99]).toEqual([true, true]);
    const worse = bootstrapDifference(normal(400, -0.3, 5), { seed: 1 });
    expect([worse.pWorse < 0.01, worse.pBetter > 0.99]).toEqual([true, true]);
  });

  it('is the same for the same seed, and another for another', () => {
    const differences = normal(50, 0, 9);
    expect(bootstrapDifference(differences, { seed: 4 })).toEqual(bootstrapDifference(differences, { seed: 4 }));
    expect(bootstrapDifference(differences, { seed: 4 })).not.toEqual(bootstrapDifference(differences, { seed: 5 }));
  });

  it('draws whole groups: twenty events each of fifty shoppers, all alike, tell no more than fifty events', () => {
    const perShopper = normal(50, 0, 2);
    const events = perShopper.flatMap((value) => Array.from({ length: 20 }, () => value));
    const groups = events.map((_, i) => Math.floor(i / 20));
    const width = ({ low, high }: { low: number; high: number }): number => high - low;
    const apart = width(bootstrapDifference(events, { seed: 1, resamples: 2_000 }));
    const together = width(bootstrapDifference(events, { seed: 1, resamples: 2_000, groups }));
    expect(together / apart).toBeGreaterThan(3.5);
    expect(together / width(bootstrapDifference(perShopper, { seed: 1, resamples: 2_000 }))).toBeCloseTo(1, 1);
  });

  it('refuses to compare nothing', () => {
    expect(() => bootstrapDifference([], { seed: 1 })).toThrow('nothing to compare');
    expect(() => bootstrapDifference([1, 2], { seed: 1, groups: [1] })).toThrow('one group');
  });
});

describe('the sign test', () => {
  it('is the binomial’s exact tail', () => {
    expect(signTest(8, 2).pBetter).toBeCloseTo((45 + 10 + 1) / 1_024, 12);
    expect(signTest(8, 2).pWorse).toBeCloseTo((1_024 - 11) / 1_024, 12);
    expect(signTest(0, 0)).toMatchObject({ pBetter: 1, pWorse: 1 });
    expect(signTest(0, 5).pWorse).toBeCloseTo(1 / 32, 12);
  });

  it('doesn’t underflow with many events', () => {
    expect(signTest(50_000, 50_000).pBetter).toBeCloseTo(0.5, 2);
    expect(signTest(51_000, 49_000).pBetter).toBeLessThan(1e-9);
    expect(signTest(51_000, 49_000).pBetter).toBeGreaterThan(0);
    expect(signTest(2_000, 0).pBetter).toBeGreaterThanOrEqual(0);
  });

  it('agrees with the bootstrap on the same events', () => {
    const differences = Array.from({ length: 1_000 }, (_, i) => (randomUnit(1, i, 0) < 0.5 ? 0 : randomUnit(1, i, 1) < 0.54 ? 1 : -1));
    const first = differences.filter((one) => one > 0).length;
    const second = differences.filter((one) => one < 0).length;
    expect(bootstrapDifference(differences, { seed: 1, resamples: 4_000 }).pBetter).toBeCloseTo(signTest(first, second).pBetter, 1);
  });

  it('refuses what is no count', () => {
    expect(() => signTest(-1, 2)).toThrow('two counts');
  });
});
