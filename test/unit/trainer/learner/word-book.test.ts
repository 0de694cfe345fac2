import type { ItemFields } from '@freshet/shared/domain/entry';
import { DEFAULT_MODEL } from '@freshet/shared/domain/model-config';
import { createWordBook } from '@freshet/trainer/learner/word-book';
import { describe, expect, it } from 'vitest';
import { smallLearner } from '../support/small-learner.js';

const ITEMS = 8;

function book(words = 100) {
  const { parameters, layout } = smallLearner({ items: ITEMS, seed: 1, words: 0, examples: 0, maxWords: words });
  const made = createWordBook(parameters);
  const names = new Map<number, string>();
  const named = (rows: readonly number[]): string[] => {
    for (const { row, name } of made.takeNew()) names.set(layout.rows + row, name);
    return rows.map((row) => names.get(row) ?? '?').sort();
  };
  const put = (item: number, fields: ItemFields, op: 'put' | 'patch' = 'put') => made.describe(item, { op, id: `item-${item}`, fields });
  return { made, put, of: (item: number) => named(made.ofItem(item)), query: (text: string) => named(made.ofQuery(text)), parameters, names, layout };
}

describe('a word', () => {
  it('gets its row at its second sighting, and the item that was first has it from then on', () => {
    const { put, of } = book();
    expect(put(1, { title: 'red mug' })).toBe(false);
    expect(of(1)).toEqual([]);
    expect(put(2, { title: 'red lamp' })).toBe(true);
    expect([of(1), of(2)]).toEqual([['red'], ['red']]);
  });

  it('is not seen twice by the same item described again', () => {
    const { put, of, parameters } = book();
    for (let turn = 0; turn < 3; turn++) put(1, { title: 'red mug' });
    expect([of(1), parameters.words.rows]).toEqual([[], 0]);
  });

  it('of queries and of titles is one', () => {
    const { put, of, query } = book();
    expect(query('Red?')).toEqual([]);
    put(1, { title: 'red mug' });
    expect(of(1)).toEqual(['red']);
    expect(query('a RED mug')).toEqual(['mug', 'red']);
    expect(of(1)).toEqual(['mug', 'red']);
  });

  it('gets no row once the table is full, and those that have one are found', () => {
    const { put, of, parameters } = book(1);
    put(1, { title: 'red mug' });
    put(2, { title: 'red mug' });
    expect([of(1), of(2), parameters.words.rows]).toEqual([['red'], ['red'], 1]);
  });
});

describe('an item', () => {
  it('described anew has its new words only', () => {
    const { put, of } = book();
    for (const item of [1, 2]) put(item, { title: 'red mug', brand: 'acme', price: 3 });
    expect(put(1, { title: 'blue' })).toBe(true);
    expect(of(1)).toEqual([]);
  });

  it('patched keeps the words of the fields that aren’t named', () => {
    const { put, of } = book();
    for (const item of [1, 2]) put(item, { title: 'red mug', brand: 'acme', price: 3 });
    put(3, { title: 'lamp' });
    expect(put(1, { title: 'lamp' }, 'patch')).toBe(true);
    expect(of(1)).toEqual(['brand:acme', 'lamp', 'price:~3']);
    expect(put(1, { available: false }, 'patch')).toBe(false);
  });

  it('deleted has no words', () => {
    const { made, put, of } = book();
    for (const item of [1, 2]) put(item, { title: 'red' });
    expect(made.describe(1, { op: 'delete', id: 'item-1' })).toBe(true);
    expect(of(1)).toEqual([]);
  });

  it('has the same words, in the same order, when it is recalled at a start', () => {
    const live = book();
    for (const item of [1, 2, 3]) live.put(item, { title: `red mug no ${item}`, price: item });
    const again = createWordBook(live.parameters);
    live.of(1);
    for (const [row, name] of live.names) again.load(row - live.layout.rows, name);
    for (const item of [1, 2, 3]) again.restore(item, { op: 'put', id: '', fields: { title: `red mug no ${item}`, price: item } });
    for (const item of [1, 2, 3]) expect(again.ofItem(item)).toEqual(live.made.ofItem(item));
    expect(live.parameters.words.rows).toBe(3);
    expect(again.takeNew()).toEqual([]);
  });
});

it('without room for words nothing is kept', () => {
  const { put, of, query } = book(0);
  for (const item of [1, 2]) expect(put(item, { title: 'red' })).toBe(false);
  expect([of(1), query('red'), DEFAULT_MODEL.textShare > 0]).toEqual([[], [], true]);
});
