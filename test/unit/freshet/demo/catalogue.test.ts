import { describe, expect, it } from 'vitest';
import { cleanItem } from '@freshet/ingest/clean/item';
import { demoCatalogue, toItemDocuments } from 'freshet/demo/catalogue';
import { CATEGORIES } from 'freshet/demo/words';

describe('demoCatalogue', () => {
  const items = demoCatalogue(1);

  it('has at least 500 items with ids and titles of their own', () => {
    expect(items.length).toBeGreaterThanOrEqual(500);
    expect(new Set(items.map((item) => item.id)).size).toBe(items.length);
    expect(new Set(items.map((item) => item.fields.title)).size).toBe(items.length);
  });

  it('says everything a page shows in Chinese too', () => {
    const chinese = /[\u4e00-\u9fff]/;
    for (const { fields } of items) {
      const { title_zh, collection_zh, categories_zh } = fields.attributes ?? {};
      for (const text of [title_zh, collection_zh]) expect(text).toMatch(chinese);
      expect(categories_zh).toHaveLength(fields.categories?.length ?? 0);
      expect(String(categories_zh)).toMatch(chinese);
    }
    expect(new Set(items.map(({ fields }) => fields.attributes?.['title_zh'])).size).toBe(items.length);
  });

  it('gives each product styles of its own that go with it, in both languages', () => {
    const products = CATEGORIES.flatMap((words) => words.products);
    expect(products.filter(({ styles }) => styles.length < 4)).toEqual([]);
    const words = products.flatMap(({ noun, styles }) => [noun, ...styles]);
    expect(words.filter(([english, chinese]) => english.trim() === '' || !/[\u4e00-\u9fff]/.test(chinese))).toEqual([]);
    // What reads oddly: a style that says the noun again.
    const odd = products.flatMap(({ noun, styles }) => styles.filter(([, style]) => style.endsWith(noun[1]) || noun[1].startsWith(style)));
    expect(odd).toEqual([]);
  });

  it('is the same for the same seed and another for another', () => {
    expect(demoCatalogue(1)).toEqual(items);
    expect(demoCatalogue(2)).not.toEqual(items);
  });

  it('has prices, brands and categories that a shop could have', () => {
    const prices = items.map((item) => item.fields.price).toSorted((a, b) => a - b);
    expect(prices[0]).toBeGreaterThan(0);
    expect(prices.at(-1)).toBeLessThan(1_000);
    expect(prices.every((price) => Math.abs(price * 100 - Math.round(price * 100)) < 1e-6)).toBe(true);
    expect(new Set(items.map((item) => item.fields.brand)).size).toBe(12);
    expect(new Set(items.map((item) => item.fields.categories?.[0])).size).toBe(15);
  });

  it('is accepted by the cleaning of the API, unchanged', () => {
    for (const { id, ...document } of toItemDocuments(items)) {
      expect(cleanItem('put', id, document)).toEqual({ ok: true, value: { op: 'put', id, fields: document } });
    }
  });
});
