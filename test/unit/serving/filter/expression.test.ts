import { describe, expect, it } from 'vitest';
import type { ItemFields } from '@freshet/shared/domain/entry';
import { FILTER_LIMITS, readFilter } from '@freshet/serving/filter/expression';

const mug: ItemFields = { title: 'Mug', categories: ['Kitchen', 'Mugs'], brand: 'Alder', price: 12.5, attributes: { colour: 'Red', sizes: ['S', 'M'], weight: 300, dishwasher: true, code: '7' } };

function passes(sent: object, fields: ItemFields | undefined): boolean {
  const read = readFilter(sent);
  if (!read.ok) throw new Error(JSON.stringify(read.faults));
  return read.filter.passes(fields);
}

function faults(sent: object): string[] {
  const read = readFilter(sent);
  return read.ok ? [] : read.faults.map(({ pointer, code }) => `${pointer} ${code}`);
}

describe('a filter', () => {
  it.each([
    [{ price: 12.5 }, true],
    [{ price: { gte: 10, lt: 12.5 } }, false],
    [{ price: { gte: 12.5, lte: 12.5 } }, true],
    [{ price: { gt: 12.5 } }, false],
    [{ price: { in: [1, 12.5] } }, true],
    [{ brand: ' ALDER ' }, true],
    [{ brand: { eq: 'elm' } }, false],
    [{ categories: { any: ['jugs', 'mugs'] } }, true],
    [{ categories: ['jugs', 'mugs'] }, true],
    [{ categories: 'kitchen' }, true],
    [{ categories: { all: ['mugs', 'kitchen'] } }, true],
    [{ categories: { all: ['mugs', 'jugs'] } }, false],
    [{ categories: { none: ['jugs'] } }, true],
    [{ categories: { none: ['jugs', 'Mugs'] } }, false],
    [{ available: true }, true],
    [{ available: false }, false],
    [{ 'attributes.colour': { in: ['blue', 'red'] } }, true],
    [{ 'attributes.sizes': 'm' }, true],
    [{ 'attributes.weight': { lt: 301, gte: 300 } }, true],
    [{ 'attributes.dishwasher': true }, true],
    [{ 'attributes.code': { gt: 1 } }, false],
    [{ 'attributes.code': 7 }, false],
    [{ 'attributes.material': { exists: false } }, true],
    [{ 'attributes.colour': { exists: true } }, true],
    [{ 'attributes.material': { none: ['steel'] } }, true],
    [{ 'attributes.material': { all: ['steel'] } }, false],
    [{ 'attributes.toString': { exists: true } }, false],
    [{ price: { lte: 20 }, brand: 'alder', 'attributes.colour': 'green' }, false],
    [{}, true],
  ])('%j passes the mug: %s', (sent, expected) => {
    expect(passes(sent, mug)).toBe(expected);
  });

  it('passes no item that nobody has described, and takes an item for available until it is said not to be', () => {
    expect(passes({}, undefined)).toBe(false);
    expect(passes({ available: true }, { title: 'x' })).toBe(true);
    expect(passes({ available: false }, { available: false })).toBe(true);
    expect(passes({ price: { lte: 1e9 } }, { title: 'x' })).toBe(false);
  });

  it('is refused with the place of every fault', () => {
    expect(faults({ prise: 3, colour: 'red', 'attributes.': 1, __proto__x: 1 })).toEqual(['/prise unknown_field', '/colour unknown_field', '/attributes. unknown_field', '/__proto__x unknown_field']);
    expect(faults({ price: { lte: '3' }, brand: { gt: 3 }, categories: { any: [] }, available: 'yes' })).toEqual(['/price/lte wrong_type', '/brand/gt unknown_operator', '/categories/any empty', '/available wrong_type']);
    expect(faults({ price: {}, brand: null, categories: { any: 'mugs' }, 'attributes.a/b~c': { like: 'x' } })).toEqual(['/price empty', '/brand wrong_type', '/categories/any wrong_type', '/attributes.a~1b~0c/like unknown_operator']);
    expect(faults({ categories: { any: ['mugs', 3, { eq: 'x' }] }, 'attributes.x': { exists: 1 } })).toEqual(['/categories/any/1 wrong_type', '/categories/any/2 wrong_type', '/attributes.x/exists wrong_type']);
  });

  it('takes no number that is infinite, which no key could tell from another one', () => {
    const sent = JSON.parse('{"price":{"lt":1e999,"gt":-1e999,"in":[1,1e400]},"attributes.weight":1e999}') as object;
    expect(faults(sent)).toEqual(['/price/lt not_finite', '/price/gt not_finite', '/price/in/1 not_finite', '/attributes.weight not_finite']);
    expect(faults({ price: { lt: Number.MAX_VALUE, gt: -Number.MAX_VALUE } })).toEqual([]);
  });

  it('names the field and the operator that were probably meant', () => {
    const read = readFilter({ prise: 3, price: { lti: 3 } });
    expect(read.ok ? [] : read.faults.map(({ detail }) => detail)).toEqual([expect.stringContaining('did you mean “price”?'), expect.stringContaining('did you mean “')]);
  });

  it('has limits: fields, values of a list, characters of a text', () => {
    const fields = Object.fromEntries(Array.from({ length: FILTER_LIMITS.fields + 1 }, (_, i) => [`attributes.a${i}`, i]));
    expect(faults(fields)).toEqual([' too_many']);
    expect(faults({ brand: { any: Array.from({ length: FILTER_LIMITS.values + 1 }, (_, i) => `b${i}`) } })).toEqual(['/brand/any too_many']);
    expect(faults({ brand: 'x'.repeat(FILTER_LIMITS.chars + 1) })).toEqual(['/brand too_long']);
    expect(faults({ brand: 'x'.repeat(FILTER_LIMITS.chars) })).toEqual([]);
  });

  it('has one key however its fields are ordered', () => {
    const [a, b] = [readFilter({ price: 1, brand: 'x' }), readFilter({ brand: 'x', price: 1 })];
    expect(a.ok && b.ok && a.filter.key === b.filter.key).toBe(true);
  });
});
