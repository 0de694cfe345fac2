import { mergeFields } from '@freshet/shared/domain/item-fields';
import type { ItemFields } from '@freshet/shared/domain/entry';
import { describe, expect, it } from 'vitest';

describe('fields that are put together', () => {
  it('are those that came, whatever they are called', () => {
    const full: ItemFields = {
      url: 'u', image_url: 'i', available: false, price: 0, brand: '', categories: [], description: 'd', title: 't',
      attributes: (JSON.parse('{"attributes":{"constructor":"a","sizes":["1","2"],"weight":0,"sale":false}}') as ItemFields).attributes ?? {},
    };
    expect(mergeFields(undefined, full)).toEqual(full);
    const odd = JSON.parse('{"attributes":{"__proto__":"x"}}') as ItemFields;
    expect(Object.entries(mergeFields(undefined, odd).attributes ?? {})).toEqual([['__proto__', 'x']]);
    expect(Object.keys(mergeFields(undefined, {}))).toEqual([]);
  });

  it('of a change lie over those before, attributes each for itself, and neither of the two is changed', () => {
    const before = mergeFields(undefined, { title: 'Mug', price: 5, available: true, attributes: { colour: 'red', size: 2 } });
    const now = mergeFields(before, { price: 0, available: false, attributes: { size: 3 } });
    expect(now).toEqual({ title: 'Mug', price: 0, available: false, attributes: { colour: 'red', size: 3 } });
    expect(before).toEqual({ title: 'Mug', price: 5, available: true, attributes: { colour: 'red', size: 2 } });
  });
});
