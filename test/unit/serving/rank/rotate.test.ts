import { rotate, rotationPool } from '@freshet/serving/rank/rotate';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const poolOf = (logits: readonly number[]) => logits.map((logit, i) => ({ one: i, id: `item-${i}`, logit }));
const logits = fc.array(fc.double({ min: -30, max: 30, noNaN: true }), { minLength: 1, maxLength: 40 });
const seed = fc.nat({ max: 0xffff_ffff });
const some = fc.double({ min: 0.01, max: 1, noNaN: true });

describe('rotation', () => {
  it('gives every item of the pool once, the same for the same seed, whatever order they come in', () => {
    fc.assert(
      fc.property(logits, seed, some, (scores, drawnWith, rotation) => {
        const pool = poolOf(scores);
        const drawn = rotate(pool, { rotation, seed: drawnWith });
        expect(drawn.map(({ one }) => one).sort((a, b) => a - b)).toEqual(pool.map(({ one }) => one));
        expect(rotate(pool.toReversed(), { rotation, seed: drawnWith }).map(({ id }) => id)).toEqual(drawn.map(({ id }) => id));
      }),
    );
  });

  it('leaves the others in their order when an item goes', () => {
    const pool = poolOf([3, 2.5, 2.9, 2, 2.2, 2.8]);
    const drawn = rotate(pool, { rotation: 0.5, seed: 7 }).map(({ id }) => id);
    for (const gone of drawn) {
      expect(rotate(pool.filter(({ id }) => id !== gone), { rotation: 0.5, seed: 7 }).map(({ id }) => id)).toEqual(drawn.filter((id) => id !== gone));
    }
  });

  it('says the probability of each place: that of the formula, 1 for the last', () => {
    fc.assert(
      fc.property(logits, seed, some, (scores, drawnWith, rotation) => {
        const drawn = rotate(poolOf(scores), { rotation, seed: drawnWith });
        drawn.forEach((one, place) => {
          const left = drawn.slice(place).map(({ logit }) => Math.exp((logit - one.logit) / rotation));
          expect(one.propensity).toBeCloseTo(1 / left.reduce((sum, x) => sum + x, 0), 9);
        });
        expect(drawn.at(-1)?.propensity).toBe(1);
      }),
    );
  });

  it('puts items first as often as it says: within 4 standard errors over 20,000 seeds', () => {
    const pool = poolOf([2, 1.6, 1.9, 0.5, 1]);
    const rotation = 0.4;
    const draws = 20_000;
    const first = new Map<string, number>();
    const second = new Map<string, number>();
    for (let draw = 0; draw < draws; draw++) {
      const [a, b] = rotate(pool, { rotation, seed: draw });
      first.set(a?.id ?? '', (first.get(a?.id ?? '') ?? 0) + 1);
      if (a?.id === 'item-0') second.set(b?.id ?? '', (second.get(b?.id ?? '') ?? 0) + 1);
    }
    const total = pool.reduce((sum, { logit }) => sum + Math.exp(logit / rotation), 0);
    const expected = (logit: number, of: number): number => Math.exp(logit / rotation) / of;
    for (const { id, logit } of pool) near(first.get(id) ?? 0, draws, expected(logit, total));
    const without = total - Math.exp(2 / rotation);
    for (const { id, logit } of pool.slice(1)) near(second.get(id) ?? 0, first.get('item-0') ?? 0, expected(logit, without));

    function near(count: number, of: number, p: number): void {
      expect(Math.abs(count / of - p)).toBeLessThan(4 * Math.sqrt((p * (1 - p)) / of));
    }
  });

  it('of next to nothing is the best order; what is far behind stays behind', () => {
    const pool = poolOf([5, 4, 3, 2, 1]);
    for (let s = 0; s < 200; s++) expect(rotate(pool, { rotation: 0.01, seed: s }).map(({ one }) => one)).toEqual([0, 1, 2, 3, 4]);
  });

  it('says probabilities from 0 to 1, of the last 1, whatever the scores and however small the rotation', () => {
    const any = fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 20 });
    const least = fc.oneof(fc.constantFrom(Number.MIN_VALUE, 1e-320, 1e-300, 1e-16, 1), fc.double({ min: Number.MIN_VALUE, max: 1, noNaN: true }));
    fc.assert(
      fc.property(any, seed, least, (scores, drawnWith, rotation) => {
        const drawn = rotate(poolOf(scores), { rotation, seed: drawnWith });
        for (const { propensity } of drawn) {
          expect(propensity).toBeGreaterThanOrEqual(0);
          expect(propensity).toBeLessThanOrEqual(1);
        }
        expect(drawn.at(-1)?.propensity).toBe(1);
      }),
    );
  });

  it('of the least there is is the best order, surely, and still draws among equal scores', () => {
    const pool = poolOf([1, 3, 2, 3]);
    const first = new Set<number | undefined>();
    for (let s = 0; s < 50; s++) {
      const drawn = rotate(pool, { rotation: Number.MIN_VALUE, seed: s });
      expect(drawn.map(({ logit }) => logit)).toEqual([3, 3, 2, 1]);
      expect(drawn.map(({ propensity }) => propensity)).toEqual([0.5, 1, 1, 1]);
      first.add(drawn[0]?.one);
    }
    expect(first).toEqual(new Set([1, 3]));
  });

  it('draws from a bounded pool, and from nothing more than the list without it', () => {
    expect([rotationPool(20, 0), rotationPool(1, 0.1), rotationPool(20, 0.1), rotationPool(50, 1), rotationPool(100, 1)]).toEqual([20, 100, 100, 250, 400]);
  });
});
