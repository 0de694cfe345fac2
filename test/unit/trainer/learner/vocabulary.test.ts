import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createVocabulary } from '@freshet/trainer/learner/vocabulary';

describe('a vocabulary', () => {
  it('has for each name its last row and for each row its last name, as two maps would', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 2_000 }), fc.integer({ min: 0, max: 20 }).map((n) => `item-${n}`)), { maxLength: 100 }), (pairs) => {
        const vocabulary = createVocabulary();
        const rows = new Map<string, number>();
        const names = new Map<number, string>();
        for (const [row, name] of pairs) {
          vocabulary.load(row, name);
          rows.set(name, row);
          names.set(row, name);
        }
        for (let n = 0; n <= 20; n++) expect(vocabulary.rowOf(`item-${n}`)).toBe(rows.get(`item-${n}`));
        expect(Array.from({ length: 2_001 }, (_, row) => vocabulary.nameOf(row))).toEqual(Array.from({ length: 2_001 }, (_, row) => names.get(row)));
      }),
    );
  });

  it('publishes what was added, not what was loaded, and each pair once', () => {
    const vocabulary = createVocabulary();
    vocabulary.load(1, 'a');
    vocabulary.add(2, 'b');
    expect(vocabulary.takeNew()).toEqual([{ row: 2, name: 'b' }]);
    expect(vocabulary.takeNew()).toEqual([]);
  });

  it('shares its names: one that others hold has no row here, and outlives it there', () => {
    const vocabulary = createVocabulary();
    const { names } = vocabulary;
    const number = names.hold('mug');
    expect(vocabulary.rowOf('mug')).toBeUndefined();
    vocabulary.add(5, 'mug');
    vocabulary.load(5, 'mug');
    expect([vocabulary.rowOf('mug'), vocabulary.nameOf(5), names.size]).toEqual([5, 'mug', 1]);
    vocabulary.clear();
    expect([vocabulary.rowOf('mug'), vocabulary.nameOf(5)]).toEqual([undefined, undefined]);
    expect(vocabulary.names).not.toBe(names);
    expect(names.nameOf(number)).toBe('mug');
    names.release(number);
    expect(names.size).toBe(0);
  });
});
