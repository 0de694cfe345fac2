import { describe, expect, it } from 'vitest';
import { demoCatalogue } from 'freshet/demo/catalogue';
import { describeTrend, listShoppers } from 'freshet/demo/roster';
import { createShoppers } from 'freshet/demo/shoppers';
import { trendAt, TREND_MS } from 'freshet/demo/tastes';
import { CATEGORIES } from 'freshet/demo/words';

const START = Date.UTC(2026, 0, 1);
const items = demoCatalogue(1);

describe('the roster', () => {
  it('names shoppers who come, by what they look at most', () => {
    const roster = new Map(listShoppers(1, 400).map((entry) => [entry.id, entry]));
    expect(roster.size).toBe(400);
    const categoryOf = new Map(items.map(({ id, category }) => [id, CATEGORIES[category]?.name ?? '']));
    const shoppers = createShoppers(1, items);
    let views = 0;
    let liked = 0;
    for (let n = 0; n < 20_000; n++) {
      const { type, user_id, item_id } = shoppers.next(START + n * 1_000);
      if (type !== 'view' || user_id === undefined) continue;
      const entry = roster.get(user_id);
      if (entry === undefined) throw new Error(`${user_id} is not in the roster`);
      views++;
      if (entry.likes.includes(categoryOf.get(item_id ?? '') ?? '')) liked++;
    }
    // The rest is fashion, and what goes with the last thing.
    const byChance = [...roster.values()].reduce((sum, { likes }) => sum + likes.length, 0) / roster.size / CATEGORIES.length;
    expect(liked / views).toBeGreaterThan(2.5 * byChance);
  });

  it('says what each likes in both languages, at most three things, and is the same each time', () => {
    const roster = listShoppers(1, 24);
    expect(listShoppers(1, 24)).toEqual(roster);
    for (const { likes, likes_zh } of roster) {
      expect(likes.length).toBeGreaterThan(0);
      expect(likes.length).toBeLessThanOrEqual(3);
      expect(likes_zh).toEqual(likes.map((name) => CATEGORIES.find((words) => words.name === name)?.chinese));
    }
    expect(new Set(roster.map(({ likes }) => likes.join())).size).toBeGreaterThan(15);
  });

  it('tells what is in fashion and when that ends', () => {
    const now = START + 61_000;
    const trend = describeTrend(1, now);
    expect(trend.category).toBe(CATEGORIES[trendAt(1, now).category]?.name);
    expect(trend.category_zh).toBe(CATEGORIES[trendAt(1, now).category]?.chinese);
    expect(Date.parse(trend.until)).toBe(START + TREND_MS);
    expect(describeTrend(1, Date.parse(trend.until) - 1)).toEqual(trend);
    const later = Array.from({ length: 10 }, (_, n) => describeTrend(1, START + n * TREND_MS));
    expect(new Set(later.map(({ category, collection }) => `${category} ${collection}`)).size).toBeGreaterThan(5);
  });
});
