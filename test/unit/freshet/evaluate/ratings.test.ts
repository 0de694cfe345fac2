import { describe, expect, it } from 'vitest';
import type { LogEvent, UserRef } from '@freshet/shared/domain/event';
import { ratingError } from 'freshet/evaluate/ratings';

const rate = (user: string, item: string, value?: number): LogEvent => ({
  id: `${user} ${item}`, type: 'rate', user: user as UserRef, item, ts: 0, ...(value === undefined ? {} : { value }),
});

describe('ratingError', () => {
  it('is the mean square of what μ + b_u + b_i is off by, worked out by hand', () => {
    // One user, one item, ratings 5 and 3: μ = 4, all biases 0. A stranger's 5 on a new item is off by 1, the user's 2 by 2.
    const train = [rate('a', 'x', 5), rate('a', 'x', 3)];
    expect(ratingError(train, [rate('b', 'y', 5), rate('a', 'x', 2)])).toBeCloseTo((1 + 4) / 2, 12);
  });

  it('knows users who rate high and items that are rated low', () => {
    const train = ['u', 'v'].flatMap((user) => ['p', 'q'].flatMap((item) => Array.from({ length: 50 }, () => rate(user, item, 3 + (user === 'u' ? 1 : -1) + (item === 'p' ? 0.5 : -0.5)))));
    // Biases shrink a little towards 0 (λ = 5 beside 100 ratings each), so the rating 4.5 is missed by a little.
    const error = ratingError(train, [rate('u', 'p', 4.5)]) ?? 1;
    expect(error).toBeGreaterThan(0);
    expect(error).toBeLessThan(0.01);
  });

  it('is null where a file has no rating', () => {
    expect(ratingError([rate('a', 'x')], [rate('a', 'x', 3)])).toBeNull();
    expect(ratingError([rate('a', 'x', 3)], [rate('a', 'x')])).toBeNull();
  });
});
