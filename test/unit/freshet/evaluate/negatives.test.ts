import { describe, expect, it } from 'vitest';
import { drawNegatives } from 'freshet/evaluate/negatives';

const items = Array.from({ length: 200 }, (_, n) => `i${n}`);
const had = new Set(['i3', 'i50', 'i199']);

describe('drawNegatives', () => {
  it('draws distinct items that the user has never had, the same ones for the same seed and event', () => {
    const drawn = drawNegatives({ items, had, count: 99, seed: 1, event: 5 });
    expect(new Set(drawn).size).toBe(99);
    expect(drawn.filter((item) => had.has(item))).toEqual([]);
    expect(drawNegatives({ items, had, count: 99, seed: 1, event: 5 })).toEqual(drawn);
    expect(drawNegatives({ items, had, count: 99, seed: 1, event: 6 })).not.toEqual(drawn);
    expect(drawNegatives({ items, had, count: 99, seed: 2, event: 5 })).not.toEqual(drawn);
  });

  it('draws each item about as often as any other', () => {
    const counts = new Map<string, number>();
    for (let event = 0; event < 2_000; event++) {
      for (const item of drawNegatives({ items, had, count: 10, seed: 3, event })) counts.set(item, (counts.get(item) ?? 0) + 1);
    }
    // 20,000 draws over 197 items: 101.5 each, standard deviation about 10.
    expect(counts.size).toBe(197);
    expect(Math.min(...counts.values())).toBeGreaterThan(55);
    expect(Math.max(...counts.values())).toBeLessThan(150);
  });

  it('gives all other items where there are not enough', () => {
    expect(drawNegatives({ items: ['a', 'b', 'c'], had: new Set(['b']), count: 99, seed: 1, event: 0 })).toEqual(['a', 'c']);
  });
});
