import { describe, expect, it } from 'vitest';
import { createSignificance } from '@freshet/trainer/learner/significance';

describe('the publishing threshold', () => {
  it('stays at 2 % while the byte budget is kept', () => {
    const significance = createSignificance();
    for (let n = 0; n < 100; n++) significance.observe({ bytes: 20_000, events: 20, elapsedMs: 20 });
    expect(significance.epsilon).toBe(0.02);
    expect(significance.biasEpsilon).toBeCloseTo(0.06);
  });

  it('grows while cuts are too large, within its bound, and comes back', () => {
    const significance = createSignificance();
    for (let n = 0; n < 100; n++) significance.observe({ bytes: 200_000, events: 20, elapsedMs: 20 });
    expect(significance.epsilon).toBe(0.5);
    for (let n = 0; n < 200; n++) significance.observe({ bytes: 1_000, events: 20, elapsedMs: 20 });
    expect(significance.epsilon).toBe(0.02);
  });

  it('allows a quiet shop a megabyte and a half each second, however few its events', () => {
    const significance = createSignificance();
    significance.observe({ bytes: 140_000, events: 1, elapsedMs: 100 });
    expect(significance.epsilon).toBe(0.02);
  });
});
