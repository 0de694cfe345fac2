/** The sizes a round may have: replay goes first, negatives second, in steps that a delta's header can name. */
import { sizesOf, withSizes } from '@freshet/shared/codec/delta';
import { createLadder } from '@freshet/trainer/budget/ladder';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

describe('the ladder', () => {
  it('of the defaults sheds replay in quarters, then negatives in quarters', () => {
    const rungs = createLadder({ replay: 1, negatives: 256 }, { replay: 0, negatives: 64 });
    expect(rungs.map(({ sizes }) => [sizes.replay, sizes.negatives])).toEqual([[1, 256], [0.75, 256], [0.5, 256], [0.25, 256], [0, 256], [0, 192], [0, 128], [0, 64]]);
    expect(rungs[0]?.cost).toBe(1);
    expect(rungs[4]?.cost).toBeCloseTo(0.5);
  });

  it('has one rung where nothing may be shed', () => {
    expect(createLadder({ replay: 0, negatives: 32 }, { replay: 0, negatives: 64 })).toHaveLength(1);
    expect(createLadder({ replay: 0.5, negatives: 64 }, { replay: 2, negatives: 512 })).toHaveLength(1);
  });

  it('falls from the model’s sizes to the least, one of both at a time, replay first, each rung cheaper and one that a header can name', () => {
    const model = fc.record({ replay: fc.integer({ min: 0, max: 800 }).map((n) => n / 100), negatives: fc.integer({ min: 1, max: 1_024 }).map((n) => 4 * n) });
    fc.assert(
      fc.property(model, model, (most, least) => {
        const rungs = createLadder(most, least);
        expect(rungs[0]?.sizes).toEqual(most);
        const end = rungs.at(-1)?.sizes;
        expect(end?.negatives).toBe(Math.min(most.negatives, least.negatives));
        expect(Math.abs((end?.replay ?? -1) - Math.min(most.replay, least.replay))).toBeLessThanOrEqual(1 / 16);
        rungs.slice(1).forEach(({ sizes, cost }, at) => {
          const before = rungs[at];
          expect(cost).toBeLessThan(before?.cost ?? 0);
          if (sizes.negatives < (before?.sizes.negatives ?? 0)) expect(sizes.replay).toBe(end?.replay);
          else expect(sizes.replay).toBeLessThan(before?.sizes.replay ?? 0);
          expect(sizesOf({ flags: withSizes(1, sizes) })).toEqual(sizes);
        });
      }),
    );
  });
});
