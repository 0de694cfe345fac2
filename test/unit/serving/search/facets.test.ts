import { describe, expect, it } from 'vitest';
import type { ItemFields } from '@freshet/shared/domain/entry';
import { readFilter } from '@freshet/serving/filter/expression';
import { createFacetCounter } from '@freshet/serving/search/facets';
import { highlight } from '@freshet/serving/search/highlight';
import { likelyCategory } from '@freshet/serving/search/likely-category';
import { createForms } from '@freshet/serving/search/stems';

function conditions(sent: object) {
  const read = readFilter(sent);
  return read.ok ? read.filter.conditions : [];
}

const items: ItemFields[] = [
  { price: 3, categories: ['Mugs'], attributes: { colour: 'red' } },
  { price: 9, categories: ['mugs', 'Gifts'], attributes: { colour: 'Red', dishwasher: true } },
  { price: 20, categories: ['Jugs'], attributes: { colour: 'blue' } },
  {},
];

describe('facets', () => {
  it('count values without regard to case, numbers by their range, and items once', () => {
    const counter = createFacetCounter(['categories', 'price', 'attributes.colour', 'attributes.dishwasher'], []);
    for (const item of items) counter.take(item);
    expect(counter.facets()).toEqual({
      'categories': { count: 3, values: [{ value: 'Mugs', count: 2 }, { value: 'Gifts', count: 1 }, { value: 'Jugs', count: 1 }] },
      'price': { count: 3, min: 3, max: 20 },
      'attributes.colour': { count: 3, values: [{ value: 'red', count: 2 }, { value: 'blue', count: 1 }] },
      'attributes.dishwasher': { count: 1, values: [{ value: true, count: 1 }] },
    });
  });

  it('of a field with a condition are counted as if it were not there, under all others', () => {
    const counter = createFacetCounter(['attributes.colour', 'categories'], conditions({ 'attributes.colour': 'red', 'price': { lt: 15 } }));
    expect(items.map((item) => counter.take(item))).toEqual([true, true, false, false]);
    expect(counter.facets()).toEqual({
      'attributes.colour': { count: 2, values: [{ value: 'red', count: 2 }] },
      'categories': { count: 2, values: [{ value: 'Mugs', count: 2 }, { value: 'Gifts', count: 1 }] },
    });
    const wider = createFacetCounter(['attributes.colour'], conditions({ 'attributes.colour': 'red' }));
    for (const item of items) wider.take(item);
    expect(wider.facets()['attributes.colour']?.values).toEqual([{ value: 'red', count: 2 }, { value: 'blue', count: 1 }]);
  });
});

describe('highlights', () => {
  const forms = createForms();

  it('are the places of what was found, in the text as it stands', () => {
    const fields: ItemFields = { title: 'Crème CANDLES, red', brand: 'Candle & Co', attributes: { wax: 'none' } };
    const found = highlight(fields, new Set(['candl', 'creme']), forms);
    expect(found.map(({ field, text, ranges }) => [field, ranges.map(([from, to]) => text.slice(from, to))])).toEqual([['/title', ['Crème', 'CANDLES']], ['/brand', ['Candle']]]);
  });

  it('of pairs of characters that follow each other are one place', () => {
    const [found] = highlight({ title: '红色小熊杯子' }, new Set(['小熊', '熊杯']), forms);
    expect(found?.ranges.map(([from, to]) => found.text.slice(from, to))).toEqual(['小熊杯']);
  });
});

describe('the likely category', () => {
  const categories: Readonly<Record<string, string[]>> = { a: ['Kitchen', 'Mugs'], b: ['Kitchen', 'mugs'], c: ['Kitchen', 'Jugs'], d: ['Garden'] };
  const of = (ids: readonly string[]) => likelyCategory(ids.map((id) => ({ id, score: 1 })), (id) => categories[id] ?? []);

  it('is the most special one that half of the best items’ scores have', () => {
    expect(of(['a', 'b'])).toEqual({ name: 'Mugs', share: 1 });
    expect(of(['a', 'b', 'c'])).toEqual({ name: 'Kitchen', share: 1 });
    expect(of(['a', 'd', 'd', 'd'])).toEqual({ name: 'Garden', share: 0.75 });
  });

  it('isn’t named when nothing has half of them', () => {
    expect(of(['x', 'y', 'd'])).toBeUndefined();
    expect(of([])).toBeUndefined();
  });
});
