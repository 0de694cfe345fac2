import { describe, expect, it } from 'vitest';
import { createReadings } from '@freshet/console/readings';

const serving = (events: number) => ({ version: 1, learned_until: 1, history_seq: 1, items: 1, events });

describe('readings', () => {
  it('tell the rate of events between readings, and begin anew with another process', () => {
    const readings = createReadings();
    expect(readings.rate).toBeUndefined();
    readings.models(serving(100), [], 0);
    expect(readings.rate).toBeUndefined();
    readings.models(serving(140), [], 2_000);
    expect(readings.rate).toBe(20);
    readings.models(serving(5), [], 4_000);
    expect(readings.rate).toBeUndefined();
    readings.models(serving(15), [], 5_000);
    expect(readings.rate).toBe(10);
  });

  it('keep some seconds for the rate and a bounded number of versions for the lag', () => {
    const readings = createReadings();
    for (let n = 0; n < 100; n++) readings.models(serving(n < 50 ? 0 : (n - 50) * 30), [], n * 1_000);
    expect(readings.rate).toBeCloseTo(30, 0);
    const times = { received_at: '2026-01-01T00:00:00.000Z', taken_at: '2026-01-01T00:00:00.001Z', trained_at: '2026-01-01T00:00:00.002Z', committed_at: '2026-01-01T00:00:00.003Z', applied_at: '2026-01-01T00:00:00.004Z' };
    for (let n = 0; n < 1_000; n++) readings.models(serving(5_000), [{ version: n, ...times }], 200_000);
    expect(readings.lag?.versions).toBe(240);
  });
});
