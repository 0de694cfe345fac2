import { describe, expect, it } from 'vitest';
import { lagOf, meanBetween, readHistogram } from '@freshet/console/lag';

const START = Date.UTC(2026, 0, 1);
const time = (ms: number): string => new Date(START + ms).toISOString();
const version = (n: number, [taken, trained, committed, applied]: readonly [number, number, number, number]) => ({
  version: n, received_at: time(0), taken_at: time(taken), trained_at: time(trained), committed_at: time(committed), applied_at: time(applied),
});

describe('lagOf', () => {
  it('has the stages one after the other, adding up to the median, with accept at the beginning', () => {
    const lag = lagOf([version(1, [5, 8, 10, 11]), version(2, [5, 8, 10, 11]), version(3, [100, 200, 300, 400])], 2.5);
    expect(lag?.spans).toEqual({
      accept: { from: 0, to: 2.5 }, queue: { from: 0, to: 5 }, train: { from: 5, to: 8 }, commit: { from: 8, to: 10 }, apply: { from: 10, to: 11 }, total: { from: 0, to: 11 },
    });
    expect(lag).toMatchObject({ median: 11, p99: 400, versions: 3 });
  });

  it('leaves out accept where nobody knows it, and versions without their times', () => {
    const lag = lagOf([{ version: 9 }, version(1, [1, 2, 3, 4])], undefined);
    expect(lag).toMatchObject({ median: 4, versions: 1 });
    expect(lag?.spans).not.toHaveProperty('accept');
    expect(lagOf([], 1)).toBeUndefined();
    expect(lagOf([{ version: 9, received_at: 'never' }], 1)).toBeUndefined();
  });

  it('never shows a stage as negative, whatever the clocks say', () => {
    const lag = lagOf([version(1, [5, 3, 10, 8])], undefined);
    for (const { from, to } of Object.values(lag?.spans ?? {})) expect(to).toBeGreaterThanOrEqual(from);
  });
});

describe('the histogram of a stage', () => {
  const scrape = (sum: number, count: number): string =>
    `# TYPE freshet_update_lag_seconds histogram\nfreshet_update_lag_seconds_bucket{le="0.1",stage="accept"} 1\nfreshet_update_lag_seconds_sum{stage="queue"} 7\nfreshet_update_lag_seconds_sum{stage="accept"} ${sum}\nfreshet_update_lag_seconds_count{stage="accept"} ${count}\n`;

  it('is read from the text format, and is missing where the stage has none', () => {
    expect(readHistogram(scrape(0.5, 100), 'accept')).toEqual({ sum: 0.5, count: 100 });
    expect(readHistogram(scrape(0, 0), 'accept')).toBeUndefined();
    expect(readHistogram('', 'accept')).toBeUndefined();
  });

  it('gives the mean of what came between two readings, also when the process was started anew', () => {
    expect(meanBetween(undefined, { sum: 0.5, count: 100 })).toBeCloseTo(5);
    expect(meanBetween({ sum: 0.5, count: 100 }, { sum: 0.7, count: 110 })).toBeCloseTo(20);
    expect(meanBetween({ sum: 0.5, count: 100 }, { sum: 0.5, count: 100 })).toBeCloseTo(5);
    expect(meanBetween({ sum: 0.5, count: 100 }, { sum: 0.02, count: 10 })).toBeCloseTo(2);
  });
});
