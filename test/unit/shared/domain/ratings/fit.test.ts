/** Biases by least squares: the rating matrix that a shop's article works out, with the right numbers (docs/decisions/014). */
import { type Biases, fitBiases } from '@freshet/shared/domain/ratings/fit';
import { describe, expect, it } from 'vitest';
import { ratingStream, type Row, SIX_RATINGS } from './worked-example.js';

function mseOf({ mean, users, items }: Biases<number, number>, rows: readonly Row[]): number {
  return rows.reduce((sum, { user, item, value }) => sum + (value - mean - (users.get(user) ?? 0) - (items.get(item) ?? 0)) ** 2, 0) / rows.length;
}

describe('biases of six ratings', () => {
  it('are the article’s matrix without its two slips: μ 3.8333, b_u 0, b_i ±, MSE .25', () => {
    const biases = fitBiases(SIX_RATINGS, 1e-9);
    expect(biases.mean).toBeCloseTo(3.8333, 4);
    for (const user of [1, 2, 3]) expect(biases.users.get(user)).toBeCloseTo(0, 2);
    expect([101, 102, 103].map((item) => Math.round((biases.items.get(item) ?? 0) * 100) / 100)).toEqual([0.67, -1.33, 0.67]);
    expect(mseOf(biases, SIX_RATINGS)).toBeCloseTo(0.25, 4);
    const unseen = (user: number, item: number): number => biases.mean + (biases.users.get(user) ?? 0) + (biases.items.get(item) ?? 0);
    expect([unseen(1, 103), unseen(2, 102), unseen(3, 101)].map((value) => Math.round(value * 100) / 100)).toEqual([4.5, 2.5, 4.5]);
  });

  it('with λ = 1 are drawn to 0: b_u −.0833 .1667 −.0833, b_i .4167 −.8333 .4167, MSE .3472', () => {
    const biases = fitBiases(SIX_RATINGS, 1);
    [-0.0833, 0.1667, -0.0833].forEach((bias, i) => expect(biases.users.get(1 + i)).toBeCloseTo(bias, 4));
    [0.4167, -0.8333, 0.4167].forEach((bias, i) => expect(biases.items.get(101 + i)).toBeCloseTo(bias, 4));
    expect(mseOf(biases, SIX_RATINGS)).toBeCloseTo(0.3472, 4);
  });

  it('of nobody are none', () => {
    expect(fitBiases([], 1)).toEqual({ mean: 0, users: new Map(), items: new Map() });
  });
});

describe('the stream of 7,000 ratings', () => {
  it('begins as written down, and a fit gives .316, .704 once items have changed, .549 when it is done again with what is new', () => {
    const { old, fresh, drift, still } = ratingStream();
    expect(old.slice(0, 3)).toEqual([{ user: 21, item: 10, value: 3 }, { user: 68, item: 2, value: 1 }, { user: 98, item: 6, value: 2 }]);
    const biases = fitBiases(old, 1);
    expect(mseOf({ ...biases, users: new Map(), items: new Map() }, still)).toBeCloseTo(0.98, 2);
    expect(mseOf(biases, still)).toBeCloseTo(0.316, 3);
    expect(mseOf(biases, drift)).toBeCloseTo(0.704, 3);
    expect(mseOf(fitBiases([...old, ...fresh], 1), drift)).toBeCloseTo(0.549, 3);
  });
});
