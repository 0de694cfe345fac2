import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ITEM_WORDS } from '@freshet/shared/domain/words';
import { createItemWords } from '@freshet/trainer/learner/item-words';

const ITEMS = 6;
const item = fc.integer({ min: 0, max: ITEMS - 1 });
/** A row of a word, with its source above it. */
const word = fc.tuple(fc.integer({ min: 0, max: 2 ** 28 - 1 }), fc.integer({ min: 0, max: 4 })).map(([row, source]) => source * 2 ** 28 + row);
const words = fc.oneof({ weight: 1, arbitrary: fc.constant([]) }, { weight: 5, arbitrary: fc.uniqueArray(word, { maxLength: ITEM_WORDS + 4 }) });

describe('words of items', () => {
  it('are the first that were held last, in ascending order, until all are forgotten', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ item, words, clear: fc.integer({ min: 0, max: 30 }).map((n) => n === 0) }), { maxLength: 60 }), (steps) => {
        const held = createItemWords(ITEMS);
        const plain = new Map<number, number[]>();
        for (const one of steps) {
          if (one.clear) {
            held.clear();
            plain.clear();
          }
          held.hold(one.item, one.words);
          plain.set(one.item, one.words.toSorted((a, b) => a - b).slice(0, ITEM_WORDS));
          for (let n = 0; n < ITEMS; n++) expect(held.of(n)).toEqual(plain.get(n) ?? []);
        }
      }),
      { numRuns: 60 },
    );
  });
});
