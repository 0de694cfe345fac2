import { describe, expect, it } from 'vitest';
import { createMetrics } from 'freshet/replay/metrics';

describe('createMetrics', () => {
  it('follows the definitions', () => {
    const metrics = createMetrics();
    for (const rank of [1, 3, 10, 11, 20, 21, Infinity, 2]) metrics.add(rank);
    expect(metrics.figures(0)).toEqual({
      tested: 8,
      hr_10: 4 / 8,
      ndcg_10: (1 + 1 / 2 + 1 / Math.log2(11) + 1 / Math.log2(3)) / 8,
      hr_20: 6 / 8,
      mrr_20: expect.closeTo((1 + 1 / 3 + 1 / 10 + 1 / 11 + 1 / 20 + 1 / 2) / 8, 12),
      coverage: 0,
    });
  });

  it('counts as covered what stood in any list', () => {
    const metrics = createMetrics();
    metrics.add(1, ['a', 'b']);
    metrics.add(2, ['b', 'c']);
    metrics.add(3);
    expect(metrics.figures(12).coverage).toBe(3 / 12);
  });

  it('is 0 throughout when nothing was tested', () => {
    expect(createMetrics().figures(5)).toEqual({ tested: 0, hr_10: 0, ndcg_10: 0, hr_20: 0, mrr_20: 0, coverage: 0 });
  });
});
