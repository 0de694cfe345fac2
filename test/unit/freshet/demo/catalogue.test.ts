import { describe, expect, it } from 'vitest';
import { cleanItem } from '@freshet/ingest/clean/item';
import { demoCatalogue, toItemDocuments } from 'freshet/demo/catalogue';

describe('demoCatalogue', () => {
  const items = demoCatalogue(1);

  it('has at least 500 items with ids and titles of their own', () => {
    expect(items.length).toBeGreaterThanOrEqual(500);
    expect(new Set(items.map((item) => item.id)).size).toBe(items.length);
    expect(new Set(items.map((item) => item.fields.title)).size).toBe(items.length);
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
