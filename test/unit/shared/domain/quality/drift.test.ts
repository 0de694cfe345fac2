/** ADWIN and Page–Hinkley; their delays and false alarms over seeds stand in docs/BENCHMARKS.md (unit/docs/drift-table). */
import { createAdwin } from '@freshet/shared/domain/quality/adwin';
import type { DriftDetector } from '@freshet/shared/domain/quality/drift';
import { createPageHinkley } from '@freshet/shared/domain/quality/page-hinkley';
import { randomUnit } from '@freshet/shared/domain/random';
import { describe, expect, it } from 'vitest';
import { hits, losses, watch } from './streams.js';

const DETECTORS: readonly { name: string; forHits: () => DriftDetector; forLosses: () => DriftDetector }[] = [
  { name: 'ADWIN', forHits: () => createAdwin(), forLosses: () => createAdwin({ range: 4 }) },
  { name: 'Page–Hinkley', forHits: () => createPageHinkley({ direction: 'down' }), forLosses: () => createPageHinkley({ direction: 'up' }) },
];

describe.each(DETECTORS)('$name', ({ forHits, forLosses }) => {
  it('finds a sudden fall of the hit ratio from .4 to .3 within 2,000 events and nothing before it', () => {
    const { falseAlarms, delay } = watch(forHits(), hits('abrupt', 0.1, 11), 'abrupt');
    expect(falseAlarms).toBe(0);
    expect(delay).toBeLessThan(2_000);
  });

  it('finds a fall that takes 5,000 events', () => {
    const { falseAlarms, delay } = watch(forHits(), hits('gradual', 0.1, 12), 'gradual');
    expect(falseAlarms).toBe(0);
    expect(delay).toBeLessThan(5_000);
  });

  it('finds a rise of the loss by one standard deviation within 200 values', () => {
    const { falseAlarms, delay } = watch(forLosses(), losses('abrupt', 0.25, 13), 'abrupt');
    expect(falseAlarms).toBe(0);
    expect(delay).toBeLessThan(200);
  });

  it('says nothing of 20,000 values that don’t change', () => {
    expect(watch(forHits(), hits('none', 0, 14), 'none').falseAlarms).toBe(0);
    expect(watch(forLosses(), losses('none', 0, 15), 'none').falseAlarms).toBe(0);
  });

  it('tells the mean before and after, and is past its threshold only at the change', () => {
    const detector = forHits();
    const before: number[] = [];
    for (const value of hits('abrupt', 0.2, 16)) {
      const change = detector.add(value);
      if (change === undefined) {
        before.push(detector.statistic);
        continue;
      }
      expect(detector.statistic).toBeGreaterThan(1);
      expect(Math.max(...before)).toBeLessThanOrEqual(1);
      expect(change.before).toBeCloseTo(0.4, 1);
      expect(change.after).toBeLessThan(0.33);
      return;
    }
    expect.unreachable('the change was not found');
  });

  it('goes on with what came after the change: a second change is found, too', () => {
    const detector = forLosses();
    const found: number[] = [];
    for (const [level, seed] of [[0, 1], [1, 2], [2, 3]] as const) {
      for (let t = 0; t < 2_000; t++) {
        const change = detector.add(4 + level + 0.5 * (randomUnit(seed, t, 0) - 0.5));
        if (change !== undefined) found.push(level);
      }
    }
    expect([...new Set(found)]).toEqual([1, 2]);
    expect(detector.mean).toBeCloseTo(6, 1);
  });
});

describe('ADWIN', () => {
  it('knows the exact mean of its window and forgets what came before a change', () => {
    const detector = createAdwin();
    for (let t = 0; t < 1_000; t++) detector.add(t % 4 === 0 ? 1 : 0);
    expect(detector).toMatchObject({ count: 1_000, mean: 0.25 });
    for (let t = 0; t < 1_000; t++) detector.add(1);
    expect(detector.mean).toBeGreaterThan(0.9);
    expect(detector.count).toBeLessThan(1_200);
  });

  it('finds the same cut as the definition, taken over every bucket of a window that is written out', () => {
    // One level of 64 zeros and one of 64 ones: σ² = 1/4, m = 32, ln(2/δ') = ln(2·ln 128/.002).
    const detector = createAdwin({ every: 128 });
    for (let t = 0; t < 127; t++) detector.add(t < 64 ? 0 : 1);
    expect(detector.add(1)).toEqual({ before: 0, after: 1 });
    const log = Math.log((2 * Math.log(128)) / 0.002);
    expect(detector.statistic).toBeCloseTo(1 / (Math.sqrt((2 / 32) * 0.25 * log) + (2 / (3 * 32)) * log), 10);
  });

  it('refuses options that mean nothing', () => {
    expect(() => createAdwin({ delta: 0 })).toThrow('0 < delta < 1');
    expect(() => createAdwin({ every: 0 })).toThrow('every ≥ 1');
  });
});

describe('Page–Hinkley', () => {
  it('looks one way only, and a lone wild value is no change', () => {
    const up = createPageHinkley({ direction: 'up' });
    for (const value of losses('none', 0, 17)) up.add(value);
    expect(up.add(1e12)).toBeUndefined();
    const other = createPageHinkley({ direction: 'up' });
    expect(watch(other, losses('abrupt', -0.5, 18), 'abrupt')).toEqual({ falseAlarms: 0, delay: undefined });
  });

  it('only learns from its first values, and leaves out what is no number', () => {
    const detector = createPageHinkley({ direction: 'up', warmUp: 10, threshold: 10 });
    for (let t = 0; t < 10; t++) expect(detector.add(t % 2 === 0 ? 0 : 1e6)).toBeUndefined();
    expect(detector.add(Number.NaN)).toBeUndefined();
    expect(detector).toMatchObject({ count: 10, mean: 5e5 });
  });

  it('refuses options that mean nothing', () => {
    expect(() => createPageHinkley({ direction: 'up', threshold: 1 })).toThrow('threshold > 5');
  });
});
