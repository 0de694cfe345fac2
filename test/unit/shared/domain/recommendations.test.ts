import { type LogEvent } from '@freshet/shared/domain/event';
import { ANSWERING_LABELS, ATTRIBUTION_MS, countsOf, EARLY_MS, feedbackOf, isInTime, type LoggedList, revenueOf, sumShown } from '@freshet/shared/domain/recommendations';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const event = (more: Partial<LogEvent>): LogEvent => ({ id: 'e', type: 'click', user: '0000000000000001' as LogEvent['user'], ts: 5, item: 'mug', recommendation_id: 'rec_a', ...more });
const at = { seq: 3, index: 4 };

describe('feedback', () => {
  it('is what a click, a view, a cart or a purchase says that names its list and its item', () => {
    expect(feedbackOf(event({}), at)).toEqual({ list: 'rec_a', item: 'mug', kind: 'click', at: 5, seq: 3, index: 4, revenue: 0 });
    expect(feedbackOf(event({ type: 'view' }), at)?.kind).toBe('click');
    expect(feedbackOf(event({ type: 'cart', price: 4 }), at)).toMatchObject({ kind: 'cart', revenue: 0 });
    expect(feedbackOf(event({ type: 'purchase', price: 4, quantity: 3 }), at)).toMatchObject({ kind: 'purchase', revenue: 12 });
    for (const type of ['impression', 'like', 'return', 'constructor', '__proto__']) expect(feedbackOf(event({ type }), at)).toBeUndefined();
    const { recommendation_id: _, ...unnamed } = event({});
    expect(feedbackOf(unnamed, at)).toBeUndefined();
    expect(feedbackOf({ ...unnamed, query_id: 'q_1' }, at)).toMatchObject({ list: 'q_1', kind: 'click' });
    expect(feedbackOf(event({ query_id: 'q_1' }), at)?.list).toBe('rec_a');
  });

  it('has the revenue that was paid, else price by quantity, else the value', () => {
    expect(revenueOf({ amount: 7, price: 4, quantity: 3, value: 1 })).toBe(7);
    expect(revenueOf({ price: 4, value: 1 })).toBe(4);
    expect(revenueOf({ price: 4, quantity: -2 })).toBe(-8);
    expect(revenueOf({ value: 1 })).toBe(1);
    expect(revenueOf({})).toBe(0);
  });

  it('counts what came back as no purchase', () => {
    expect(countsOf({ kind: 'purchase', revenue: -8 })).toMatchObject({ purchases: 0, revenue: -8 });
    expect(countsOf({ kind: 'purchase', revenue: 0 })).toMatchObject({ purchases: 1 });
    const back = (more: Partial<LogEvent>) => feedbackOf(event({ type: 'purchase', ...more }), at)?.revenue;
    expect(back({ quantity: -1, price: 4 })).toBe(-4);
    expect(back({ quantity: -1, amount: 30 })).toBe(-30);
    expect(back({ quantity: 2, amount: -30 })).toBe(-30);
    expect(back({ quantity: -1, value: 10 })).toBe(-10);
    // Nothing is said to have been paid back, and nothing was bought.
    expect(back({ quantity: -1 })).toBeUndefined();
    expect(back({})).toBe(0);
  });

  it('belongs to a list from five minutes before it to seven days after it', () => {
    for (const [offset, counts] of [[-EARLY_MS - 1, false], [-EARLY_MS, true], [ATTRIBUTION_MS, true], [ATTRIBUTION_MS + 1, false]] as const) {
      expect(isInTime({ at: 1e12 + offset }, { madeAt: 1e12 })).toBe(counts);
    }
  });
});

describe('sums of what was shown', () => {
  const source = fc.constantFrom('personal', 'newest', 'trending');
  const list = fc.record({
    name: fc.string(), madeAt: fc.integer({ min: 0, max: 2e7 }), person: fc.constant(undefined), context: fc.constantFrom('home', 'cart'), method: fc.constant('rank'),
    rung: source, version: fc.integer({ min: 0, max: 5_000 }), label: fc.constantFrom(...ANSWERING_LABELS), skipped: fc.nat(),
    items: fc.array(source.map((from) => ({ id: 'x', score: 1, propensity: 1, source: from }))),
  }) as fc.Arbitrary<LoggedList>;

  it('hold every list and every item once, each key once, and versions of one thousand', () => {
    fc.assert(
      fc.property(fc.array(list), (lists) => {
        const sums = sumShown(lists);
        expect(sums.reduce((sum, one) => sum + one.lists, 0)).toBe(lists.length);
        expect(sums.reduce((sum, one) => sum + one.items, 0)).toBe(lists.reduce((sum, { items }) => sum + items.length, 0));
        const keys = sums.map(({ hour, context, method, rung, source: from, versions, label }) => [hour, context, method, rung, from, versions, label].join());
        expect(new Set(keys).size).toBe(keys.length);
        for (const { versions, versionFrom, versionTo } of sums) expect([Math.floor(versionFrom / 1_000), Math.floor(versionTo / 1_000)]).toEqual([versions, versions]);
      }),
    );
  });
});
