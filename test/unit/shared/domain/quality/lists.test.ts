/** Overlap of lists, distance of distributions. */
import { ksDistance, populationStabilityIndex } from '@freshet/shared/domain/quality/distribution';
import { overlapAt, rankBiasedOverlap } from '@freshet/shared/domain/quality/lists';
import { randomUnit } from '@freshet/shared/domain/random';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const lists = fc.uniqueArray(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 20 });

describe('overlap', () => {
  it('is the share of items that stay, order aside', () => {
    expect(overlapAt([1, 2, 3, 4], [4, 3, 9, 8], 4)).toBe(0.5);
    expect(overlapAt([1, 2, 3, 4], [1, 9, 3, 4], 1)).toBe(1);
    expect(overlapAt(['a', 'b'], ['b', 'a'], 20)).toBe(1);
    expect(overlapAt([1, 2], [1, 2, 3, 4], 20)).toBe(0.5);
    expect(overlapAt([], [], 20)).toBe(1);
  });

  it('weighted by rank: what changes at the top counts more', () => {
    expect(rankBiasedOverlap([1, 2, 3, 4], [1, 2, 3, 9])).toBeGreaterThan(rankBiasedOverlap([1, 2, 3, 4], [9, 2, 3, 4]));
    // By hand, p = .9: X = 1, 1, 2; (2/3)·.729 + (1/9)·(.9 + .5·.81 + (2/3)·.729).
    expect(rankBiasedOverlap([1, 2, 3], [1, 3, 9])).toBeCloseTo((2 / 3) * 0.729 + (0.9 + 0.405 + (2 / 3) * 0.729) / 9, 12);
    expect(rankBiasedOverlap([], [])).toBe(1);
    expect(rankBiasedOverlap([], [1])).toBe(0);
  });

  it('is 1 for a list with itself, 0 for strangers, between the two and the same both ways otherwise', () => {
    fc.assert(
      fc.property(lists, lists, (a, b) => {
        for (const overlap of [(x: number[], y: number[]) => overlapAt(x, y, 20), (x: number[], y: number[]) => rankBiasedOverlap(x, y)]) {
          expect(overlap(a, a)).toBeCloseTo(1, 12);
          expect(overlap(a, b.map((item) => item + 100))).toBe(0);
          expect(overlap(a, b)).toBeCloseTo(overlap(b, a), 12);
          expect(overlap(a, b)).toBeGreaterThanOrEqual(0);
          expect(overlap(a, b)).toBeLessThanOrEqual(1 + 1e-12);
        }
      }),
    );
  });
});

describe('a distribution’s distance', () => {
  const sample = (seed: number, shift = 0): number[] => Array.from({ length: 2_000 }, (_, i) => randomUnit(seed, i, 0) + shift);

  it('is small for two samples of one distribution and grows as it moves', () => {
    expect(ksDistance(sample(1), sample(2))).toBeLessThan(0.05);
    expect(ksDistance(sample(1), sample(2, 0.3))).toBeCloseTo(0.3, 1);
    expect(ksDistance(sample(1), sample(2, 5))).toBe(1);
    expect(populationStabilityIndex(sample(1), sample(2))).toBeLessThan(0.02);
    expect(populationStabilityIndex(sample(1), sample(2, 0.3))).toBeGreaterThan(0.25);
    expect(populationStabilityIndex(sample(1), sample(2, 5))).toBeLessThan(100);
  });

  it('is 0 for the same values, equal ones and different sizes included', () => {
    expect(ksDistance([1, 1, 2, 2], [2, 1])).toBe(0);
    expect(ksDistance([3, 3], [3])).toBe(0);
    expect(ksDistance([0, 1], [1, 2])).toBe(0.5);
    expect(populationStabilityIndex([1, 2, 3], [3, 2, 1])).toBe(0);
  });

  it('is refused for no values and for what is no number', () => {
    expect(() => ksDistance([], [1])).toThrow('at least one');
    expect(() => populationStabilityIndex([1], [Number.NaN])).toThrow('finite');
  });
});
