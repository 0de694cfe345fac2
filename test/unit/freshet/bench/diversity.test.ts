/** What `bench diversity` compares. */
import type { UserRef } from '@freshet/shared/domain/event';
import { createListTally } from 'freshet/bench/diversity/lists';
import { inputOf, parseValues, variantsOf } from 'freshet/bench/diversity/variants';
import { describe, expect, it } from 'vitest';

const at = { user: '00000000000000aa' as UserRef, now: Date.UTC(2026, 0, 1) };

describe('the ways in which lists are made', () => {
  it('are each value of each kind alone, and nothing of all of them', () => {
    const variants = variantsOf({ diversity: [0.3], rotation: [], explore: [0.1, 1] });
    expect(variants.map(({ kind, value }) => [kind, value])).toEqual([[undefined, 0], ['diversity', 0.3], ['explore', 0.1], ['explore', 1]]);
    expect(variants.map((variant) => inputOf(variant, at))).toEqual([
      { diversity: 0, rotation: undefined, exploration: undefined },
      { diversity: 0.3, rotation: undefined, exploration: undefined },
      { diversity: 0, rotation: undefined, exploration: { share: 0.1, seed: expect.any(Number) as number, before: 0 } },
      { diversity: 0, rotation: undefined, exploration: { share: 1, seed: expect.any(Number) as number, before: 0 } },
    ]);
  });

  it('draw another list each minute, the same within one', () => {
    const drawn = (now: number) => inputOf({ kind: 'rotation', value: 1 }, { ...at, now }).rotation?.seed;
    expect(drawn(at.now)).toBe(drawn(at.now + 59_999));
    expect(drawn(at.now)).not.toBe(drawn(at.now + 60_000));
  });

  it.each(['0', '1.1', '.1,x', ','])('can’t be %s', (text) => {
    expect(() => parseValues(text)).toThrow(RangeError);
  });

  it('may be none', () => {
    expect(parseValues('')).toEqual([]);
  });
});

it('lists are told by what they hit, how unlike their items are, and how many were tried', () => {
  const tally = createListTally();
  const [x, y] = [Float32Array.of(1, 0), Float32Array.of(0, 1)];
  tally.add({ ids: ['a', 'b'], vectors: [x, y], categories: ['mugs', 'mugs'], place: 1, explored: 1 });
  tally.add({ ids: ['a', 'c'], vectors: [x, x], categories: [], place: -1, explored: 0 });
  expect(tally.figures(4)).toEqual({ hr_10: 0.5, ndcg_10: 0.3155, distance: 0.5, categories_a_list: 0.5, coverage: 0.75, gini: 0.375, explored_a_list: 0.5 });
});
