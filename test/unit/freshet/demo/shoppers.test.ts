import { describe, expect, it } from 'vitest';
import { cleanEvent } from '@freshet/ingest/clean/event';
import { demoCatalogue } from 'freshet/demo/catalogue';
import { createShoppers } from 'freshet/demo/shoppers';
import { fashionOf, trendAt, TREND_MS } from 'freshet/demo/tastes';
import { createFloors } from 'freshet/replay/floors';

const START = Date.UTC(2026, 0, 1);
const items = demoCatalogue(1);

function events(seed: number, count: number, stepMs = 1_000) {
  const shoppers = createShoppers(seed, items);
  return Array.from({ length: count }, (_, n) => shoppers.next(START + n * stepMs));
}

describe('createShoppers', () => {
  it('does the same for the same seed and something else for another', () => {
    expect(events(1, 500)).toEqual(events(1, 500));
    expect(events(2, 500)).not.toEqual(events(1, 500));
  });

  it('makes events that the API accepts, with ids of their own and the time asked for', () => {
    const made = events(3, 3_000);
    expect(new Set(made.map((event) => event.id)).size).toBe(made.length);
    for (const [n, event] of made.entries()) {
      const clean = cleanEvent(event, { receivedAt: START + n * 1_000, customTypes: {}, makeId: () => 'none' });
      expect(clean).toMatchObject({ ok: true, value: { dropped: 0, event: { ts: START + n * 1_000 } } });
    }
  });

  it('looks, carts, buys and searches in believable shares, signed in or not', () => {
    const made = events(4, 10_000);
    const share = (type: string): number => made.filter((event) => event.type === type).length / made.length;
    expect(share('view')).toBeGreaterThan(0.6);
    expect(share('cart')).toBeGreaterThan(share('purchase'));
    expect(share('purchase')).toBeGreaterThan(0.03);
    expect(share('search')).toBeGreaterThan(0.005);
    const anonymous = made.filter((event) => event.user_id === undefined);
    expect(anonymous.length / made.length).toBeGreaterThan(0.05);
    expect(anonymous.length / made.length).toBeLessThan(0.3);
  });

  it('buys things again that are used up', () => {
    const bought = new Map<string, number>();
    for (const { type, user_id, item_id } of events(5, 30_000)) {
      if (type === 'purchase' && user_id !== undefined) bought.set(`${user_id} ${item_id}`, (bought.get(`${user_id} ${item_id}`) ?? 0) + 1);
    }
    expect([...bought.values()].filter((times) => times > 1).length).toBeGreaterThan(30);
  });

  it('follows a trend that shifts', () => {
    const trends = Array.from({ length: 20 }, (_, n) => trendAt(1, START + n * TREND_MS));
    expect(new Set(trends.map((trend) => trend.category)).size).toBeGreaterThan(5);
    const during = events(1, 4_000, TREND_MS / 4_000).filter((event) => event.type === 'view');
    const fashionable = items.filter((item) => item.category === trends[0]?.category);
    const ids = new Set(fashionable.map((item) => item.id));
    const share = during.filter((event) => ids.has(event.item_id ?? '')).length / during.length;
    expect(share).toBeGreaterThan(2 * (fashionable.length / items.length));
  });

  it('lifts a handful of things to the top within minutes, and others with the next trend', () => {
    const perSecond = 20;
    const made = events(1, (2 * TREND_MS * perSecond) / 1_000, 1_000 / perSecond);
    const half = made.length / 2;
    const best = (part: typeof made): string[] => {
      const counts = new Map<string, number>();
      for (const { item_id: id } of part) if (id !== undefined) counts.set(id, (counts.get(id) ?? 0) + 1);
      return [...counts].sort((a, b) => b[1] - a[1]).slice(0, 4).map(([id]) => id);
    };
    const wanted = [0, 1].map((n) => {
      const fashion = fashionOf(items, trendAt(1, START + n * TREND_MS));
      const most = Math.max(...fashion);
      return new Set(items.filter((_, row) => fashion[row] === most).map(({ id }) => id));
    });
    expect(wanted.map((ids) => ids.size)).toEqual([4, 4]);
    const [first, second] = [best(made.slice(0, 180 * perSecond)), best(made.slice(half, half + 180 * perSecond))];
    expect(first.filter((id) => wanted[0]?.has(id)).length).toBeGreaterThanOrEqual(3);
    expect(second.filter((id) => wanted[1]?.has(id)).length).toBeGreaterThanOrEqual(3);
    expect(second.filter((id) => wanted[0]?.has(id)).length).toBeLessThan(2);
  });

  it('can be learned: what followed last time beats what is popular by far', () => {
    const made = events(6, 20_000, 3_600);
    const floors = createFloors({ noRepeats: false });
    for (const [n, { user_id, session_id, item_id, type }] of made.entries()) {
      if (item_id !== undefined && type !== 'search') floors.observe({ user: user_id ?? session_id ?? '', item: item_id, ts: START + n * 3_600 }, n > 16_000);
    }
    const { tested, popularity, follow } = floors.figures();
    expect(tested).toBeGreaterThan(3_000);
    expect(follow.hr_10).toBeGreaterThan(3 * popularity.hr_10);
    expect(follow.ndcg_10).toBeGreaterThan(3 * popularity.ndcg_10);
  });
});
