/** Prequential windows, watched for drift. */
import { createDriftWatch, type Drift, type DriftWatch, type WatchedWindow } from '@freshet/shared/domain/quality/drift-watch';
import { randomNormal, randomUnit } from '@freshet/shared/domain/random';
import { describe, expect, it } from 'vitest';

/** Windows of 50 tested events and 100 examples each. */
function windows(count: number, { hit, loss, seed, from = 0 }: { hit: number; loss: number; seed: number; from?: number }): WatchedWindow[] {
  return Array.from({ length: count }, (_, i) => {
    const hits10 = Array.from({ length: 50 }, (__, k) => randomUnit(seed, i, k)).filter((unit) => unit < hit).length;
    return { toSeq: from + 10 * (i + 1), endedAt: 1_000 * (from + i), tested: 50, hits10, examples: 100, loss: loss + 0.2 * randomNormal(seed, i, 99) };
  });
}

function feed(watch: DriftWatch, given: readonly WatchedWindow[]): Drift[] {
  return given.flatMap((window) => [...watch.observe(window)]);
}

const STEADY = windows(400, { hit: 0.4, loss: 4, seed: 1 });

describe('the drift watch', () => {
  it('is silent on a steady stream', () => {
    expect(feed(createDriftWatch(), STEADY)).toEqual([]);
  });

  it('reports a fallen hit ratio and a risen loss, with the window that showed it', () => {
    const watch = createDriftWatch();
    feed(watch, STEADY);
    const [fall] = feed(watch, windows(100, { hit: 0.25, loss: 4, seed: 2, from: 4_000 }));
    expect(fall).toMatchObject({ signal: 'hit_ratio' });
    expect(fall?.before).toBeCloseTo(0.4, 1);
    expect(fall?.after).toBeLessThan(0.33);
    expect(fall?.seq).toBeGreaterThan(4_000);
    const drifts = feed(watch, windows(200, { hit: 0.25, loss: 4.4, seed: 3, from: 6_000 }));
    expect(drifts.map(({ signal }) => signal)).toContain('loss');
  });

  it('takes what got better as the new normal, without a word', () => {
    const watch = createDriftWatch();
    feed(watch, STEADY);
    expect(feed(watch, windows(500, { hit: 0.6, loss: 3.5, seed: 2 }))).toEqual([]);
    expect(feed(watch, windows(200, { hit: 0.4, loss: 3.5, seed: 3 })).map(({ signal }) => signal)).toContain('hit_ratio');
  });

  it('isn’t fooled by bunches: events that come ten alike at a time are no more alarming than others', () => {
    const bunched = Array.from({ length: 2_000 }, (_, i): WatchedWindow => {
      const hits10 = 10 * Array.from({ length: 5 }, (__, k) => randomUnit(7, i, k)).filter((unit) => unit < 0.4).length;
      return { toSeq: i, endedAt: i, tested: 50, hits10, examples: 100, loss: 4 + 0.2 * randomNormal(7, i, 99) };
    });
    expect(feed(createDriftWatch(), bunched)).toEqual([]);
  });

  it('finds a fall that takes its time', () => {
    const slow = Array.from({ length: 40 }, (_, step) => windows(40, { hit: 0.5 - 0.005 * step, loss: 4, seed: 50 + step, from: 400 * step })).flat();
    expect(feed(createDriftWatch(), slow).map(({ signal }) => signal)).toContain('hit_ratio');
  });

  it('tells the newest drift behind an entry, and none behind it', () => {
    const watch = createDriftWatch();
    feed(watch, STEADY);
    expect(watch.since(0)).toBeUndefined();
    const drift = feed(watch, windows(100, { hit: 0.2, loss: 4, seed: 2, from: 4_000 })).at(-1);
    expect(watch.since(0)).toEqual(drift);
    expect(watch.since((drift?.seq ?? 0) - 1)).toEqual(drift);
    expect(watch.since(drift?.seq ?? 0)).toBeUndefined();
  });

  it('stands where another stood that saw the same windows', () => {
    const all = [...STEADY, ...windows(300, { hit: 0.3, loss: 4.3, seed: 5, from: 4_000 })];
    const [one, other] = [createDriftWatch(), createDriftWatch()];
    feed(one, all);
    feed(other, all);
    for (const signal of ['hit_ratio', 'loss'] as const) expect(other.statistic(signal)).toBe(one.statistic(signal));
    expect(other.since(0)).toEqual(one.since(0));
  });
});
