import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ItemFields } from '@freshet/shared/domain/entry';
import { PostingList } from '@freshet/serving/search/postings';
import { createForms } from '@freshet/serving/search/stems';
import { createTextIndex, type TextIndex } from '@freshet/serving/search/text-index';

const forms = createForms();
const asked = (...words: string[]) => words.map((text) => [{ text, weight: 1 }]);

/** By item's number. */
const NAMES: string[] = [];

function numberOf(name: string): number {
  const known = NAMES.indexOf(name);
  return known >= 0 ? known : NAMES.push(name) - 1;
}

function found(index: TextIndex, ...words: string[]): [string, number][] {
  const { count, items, scores } = index.find(asked(...words));
  const all = Array.from(items.subarray(0, count), (item): [string, number] => [NAMES[item] ?? '', scores[item] ?? 0]);
  return all.sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
}

const ids = (index: TextIndex, ...words: string[]): string[] => found(index, ...words).map(([id]) => id);

function indexOf(items: Readonly<Record<string, ItemFields>>): TextIndex {
  const index = createTextIndex(forms);
  for (const [id, fields] of Object.entries(items)) index.set(numberOf(id), undefined, fields);
  return index;
}

describe('the text index', () => {
  it('finds titles, brands, categories and attributes, titles first', () => {
    const index = indexOf({
      a: { title: 'Alder chair' },
      b: { title: 'Chair', brand: 'Alder' },
      c: { title: 'Table', categories: ['Alder things'] },
      d: { title: 'Stool', attributes: { wood: 'alder', legs: 3, tags: ['low', 'alder'] } },
      e: { title: 'Bench' },
    });
    expect(ids(index, 'alder')).toEqual(['a', 'b', 'c', 'd']);
    expect(ids(index, '3')).toEqual(['d']);
    expect(ids(index, 'low')).toEqual(['d']);
  });

  it('puts what has more of the words, rarer words and shorter texts first', () => {
    const index = indexOf({
      both: { title: 'red mug' },
      long: { title: 'red mug with a very long title about nothing else' },
      one: { title: 'red jug' },
      other: { title: 'red pot' },
      rare: { title: 'blue mug' },
    });
    expect(ids(index, 'red', 'mug')).toEqual(['both', 'long', 'rare', 'one', 'other']);
  });

  it('takes of several terms of one word the best, not their sum', () => {
    const index = indexOf({ a: { title: 'mug cup' }, b: { title: 'mug pot' } });
    const { count, items, scores } = index.find([[{ text: 'mug', weight: 1 }, { text: 'cup', weight: 0.7 }]]);
    expect(count).toBe(2);
    const [first, second] = [scores[items[0] ?? 0] ?? 0, scores[items[1] ?? 0] ?? 0];
    const best = Math.max(first, second);
    expect(best).toBeCloseTo(Math.min(first, second), 6);
  });

  it('knows how many items have a word, which words begin so, and which are near', () => {
    const index = indexOf({ a: { title: 'heart candle' }, b: { title: 'hearts' }, c: { title: 'health' } });
    expect(index.frequency('heart')).toBe(2);
    expect(index.frequency('nothing')).toBe(0);
    expect(index.beginningWith('hear', 10)).toEqual(['heart', 'hearts']);
    expect(index.near('haert', 2, 10).map(([word]) => word)).toContain('heart');
    expect(index.near('hearr', 1, 10)[0]).toEqual(['heart', 1]);
  });

  it('after any changes is what an index of the items as they are would be', () => {
    const word = fc.constantFrom('red', 'blue', 'mug', 'mugs', 'candle', 'heart', '小熊', 'set');
    const fields = fc.record({ title: fc.array(word, { minLength: 1, maxLength: 4 }).map((words) => words.join(' ')), brand: fc.option(word, { nil: undefined }) });
    const change = fc.tuple(fc.constantFrom('a', 'b', 'c', 'd', 'e'), fc.option(fields, { nil: undefined }));
    fc.assert(
      fc.property(fc.array(change, { maxLength: 40 }), (changes) => {
        const index = createTextIndex(forms);
        const now = new Map<string, ItemFields>();
        for (const [id, given] of changes) {
          const item = given === undefined ? undefined : { title: given.title, ...(given.brand === undefined ? {} : { brand: given.brand }) };
          index.set(numberOf(id), now.get(id), item);
          if (item === undefined) now.delete(id);
          else now.set(id, item);
        }
        const fresh = indexOf(Object.fromEntries(now));
        expect(index.size).toBe(now.size);
        for (const text of ['red', 'mug', 'candl', '小熊', '熊', 'set']) {
          expect(index.frequency(text)).toBe(fresh.frequency(text));
          expect(found(index, text, 'heart')).toEqual(found(fresh, text, 'heart'));
        }
        expect(index.beginningWith('', 100)).toEqual(fresh.beginningWith('', 100));
      }),
      { numRuns: 200 },
    );
  });
});

describe('a posting list', () => {
  it('is what a sorted map would be', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(30), fc.option(fc.integer({ min: 1, max: 9 }), { nil: undefined })), { maxLength: 80 }), (steps) => {
        const list = new PostingList();
        const model = new Map<number, number>();
        for (const [item, weight] of steps) {
          if (weight === undefined) {
            list.drop(item);
            model.delete(item);
          } else {
            list.put(item, weight);
            model.set(item, weight);
          }
        }
        const sorted = [...model].sort(([a], [b]) => a - b);
        expect(Array.from(list.items.subarray(0, list.count), (item, i) => [item, list.weights[i]])).toEqual(sorted);
      }),
    );
  });
});
