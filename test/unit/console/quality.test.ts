import { describe, expect, it } from 'vitest';
import { curveOf, joinWindows } from '@freshet/console/quality';

const START = Date.UTC(2026, 0, 1);
const window = (n: number, hits: number, tested = 100) => ({
  from_seq: n, from: new Date(START + n * 10_000).toISOString(), to: new Date(START + (n + 1) * 10_000).toISOString(), tested, hit_ratio_10: hits, floors: { popularity: { hit_ratio_10: hits / 4 }, follow: { hit_ratio_10: hits / 2 } },
});

describe('curveOf', () => {
  it('is in the order of time, each point the mean of as many tested events as wanted', () => {
    const points = curveOf([window(3, 0.6), window(1, 0.2), window(2, 0.4)], 200);
    expect(points.map(({ at }) => (at - START) / 10_000)).toEqual([2, 3, 4]);
    expect(points.map(({ model }) => model)).toEqual([0.2, expect.closeTo(0.3), expect.closeTo(0.5)]);
    expect(points.at(-1)).toMatchObject({ follow: expect.closeTo(0.25), popularity: expect.closeTo(0.125) });
  });

  it('weighs windows by what they tested and leaves out those that tested nothing', () => {
    const points = curveOf([window(1, 1, 10), window(2, 0, 90), window(3, 0.5, 0)], 1_000);
    expect(points).toHaveLength(2);
    expect(points.at(-1)?.model).toBeCloseTo(0.1);
    expect(curveOf([])).toEqual([]);
  });
});

describe('joinWindows', () => {
  it('has each window once, the newest reading of it, and no more than the limit', () => {
    const joined = joinWindows([window(2, 0.1), window(1, 0.1)], [window(3, 0.3), window(2, 0.2)], 2);
    expect(joined.map(({ from_seq, hit_ratio_10 }) => [from_seq, hit_ratio_10])).toEqual([[3, 0.3], [2, 0.2]]);
  });
});
