import { createFieldKeeper } from '@freshet/shared/domain/item-fields';
import type { ItemFields } from '@freshet/shared/domain/entry';
import { describe, expect, it } from 'vitest';

const parsed = (fields: ItemFields): ItemFields => JSON.parse(JSON.stringify(fields)) as ItemFields;

describe('fields that are kept', () => {
  it('are those that came, whatever they are called', () => {
    const { keep } = createFieldKeeper();
    const full: ItemFields = {
      url: 'u', image_url: 'i', available: false, price: 0, brand: '', categories: [], description: 'd', title: 't',
      attributes: parsed({ attributes: { constructor: 'a', sizes: ['1', '2'], weight: 0, sale: false } }).attributes ?? {},
    };
    expect(keep(undefined, full)).toEqual(full);
    const odd = JSON.parse('{"attributes":{"__proto__":"x"}}') as ItemFields;
    expect(Object.entries(keep(undefined, odd).attributes ?? {})).toEqual([['__proto__', 'x']]);
    expect(keep(undefined, {})).toEqual({});
    expect(Object.keys(keep(undefined, {}))).toEqual([]);
  });

  it('of a change lie over those before, attributes each for itself, and neither of the two is changed', () => {
    const { keep } = createFieldKeeper();
    const before = keep(undefined, { title: 'Mug', price: 5, available: true, attributes: { colour: 'red', size: 2 } });
    const now = keep(before, { price: 0, available: false, attributes: { size: 3 } });
    expect(now).toEqual({ title: 'Mug', price: 0, available: false, attributes: { colour: 'red', size: 3 } });
    expect(before).toEqual({ title: 'Mug', price: 5, available: true, attributes: { colour: 'red', size: 2 } });
  });

  it('share lists that many items have; long ones stay each item’s own', () => {
    const { keep } = createFieldKeeper();
    const long = 'x'.repeat(65);
    const [one, other] = [0, 1].map(() => keep(undefined, parsed({ categories: ['home', 'kitchen'], attributes: { sizes: ['s', 'm'], notes: [long] } })));
    expect(one?.categories).toBe(other?.categories);
    expect(one?.attributes?.['sizes']).toBe(other?.attributes?.['sizes']);
    expect(one?.attributes?.['notes']).toEqual([long]);
    expect(one?.attributes?.['notes']).not.toBe(other?.attributes?.['notes']);
  });
});
