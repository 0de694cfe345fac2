/** The biased factor model, learned online: a stream that drifts, who has a row, what is forgotten. */
import type { UserRef } from '@freshet/shared/domain/event';
import { createRatingLearner, type RatingLearner } from '@freshet/trainer/ratings/rating-learner';
import { describe, expect, it } from 'vitest';
import { ratingStream, type Row } from '../../shared/domain/ratings/worked-example.js';

const DAY = 86_400;
const ref = (n: number): UserRef => (n + 1).toString(16).padStart(16, '0') as UserRef;
const learner = (options: { raters?: number; forgetDays?: number } = {}): RatingLearner => createRatingLearner({ seed: 1, itemRows: 200, raters: 1_000, forgetDays: 400, ...options });

function learn(ratings: RatingLearner, rows: readonly Row[], seconds = 1_000): (number | undefined)[] {
  return rows.map(({ user, item, value }) => ratings.learn({ user: ref(user), item: item + 1, value, seconds }));
}

function mseOf(ratings: RatingLearner, rows: readonly Row[]): number {
  return rows.reduce((sum, { user, item, value }) => sum + (value - (ratings.tables.predict(ref(user), item + 1) ?? Number.NaN)) ** 2, 0) / rows.length;
}

describe('a stream of ratings whose items change', () => {
  const { old, fresh, drift, still } = ratingStream();

  it('is predicted nearly as well as by a static fit after one pass, and its change is followed in one more: ≤ .33, ≤ .75 before, ≤ .36 after', () => {
    const ratings = learner();
    learn(ratings, old);
    expect(mseOf(ratings, still)).toBeLessThanOrEqual(0.33);
    const before = mseOf(ratings, drift);
    expect(before).toBeGreaterThan(0.6);
    expect(before).toBeLessThanOrEqual(0.75);
    learn(ratings, fresh);
    expect(mseOf(ratings, drift)).toBeLessThanOrEqual(0.36);
    // What has changed once can change back.
    const turned = mseOf(ratings, still);
    learn(ratings, still);
    expect(mseOf(ratings, still)).toBeLessThan(0.6 * turned);
  });

  it('is learned from nothing nearly as well as by least squares (.316), and far better than by the mean (.981)', () => {
    const ratings = learner();
    learn(ratings, old.slice(0, 3_200));
    expect(mseOf(ratings, old.slice(3_200))).toBeLessThan(0.35);
    learn(ratings, fresh);
    expect(mseOf(ratings, drift)).toBeLessThanOrEqual(0.36);
  });

  it('is predicted before it is learned: the errors of a thousand fall as the stream goes on', () => {
    const ratings = learner();
    const errors = learn(ratings, old).map((predicted, i) => ((old[i]?.value ?? 0) - (predicted ?? 3)) ** 2);
    const mean = (from: number): number => errors.slice(from, from + 500).reduce((a, b) => a + b, 0) / 500;
    expect(mean(3_500)).toBeLessThan(0.6 * mean(0));
  });
});

describe('factors', () => {
  it('find what biases can’t: tastes that cross', () => {
    const ratings = learner();
    const rows = Array.from({ length: 40_000 }, (_, t) => ({ user: (t * 7) % 20, item: (t * 11 + Math.floor(t / 20)) % 10, value: 0 })).map((row) => ({ ...row, value: row.user % 2 === row.item % 2 ? 5 : 1 }));
    learn(ratings, rows);
    expect(mseOf(ratings, rows.slice(0, 500))).toBeLessThan(1);
  });
});

describe('rows of shoppers', () => {
  const one = (user: number, seconds: number, item = 1): Row & { seconds: number } => ({ user, item, value: 4, seconds });
  const rate = (ratings: RatingLearner, ...given: ReturnType<typeof one>[]): void => given.forEach(({ seconds, ...row }) => void learn(ratings, [row], seconds));

  it('are for those who have rated within the scale alone', () => {
    const ratings = learner();
    expect(learn(ratings, [{ user: 1, item: 1, value: 0 }, { user: 1, item: 1, value: 6 }, { user: 1, item: 1, value: 1e15 }])).toEqual([undefined, undefined, undefined]);
    expect(ratings.tables.rows('user')).toBe(0);
    expect(learn(ratings, [{ user: 1, item: 1, value: 4 }, { user: 2, item: 1, value: 5 }])).toEqual([undefined, expect.closeTo(4, 0)]);
    expect(ratings.tables.rows('user')).toBe(2);
  });

  it('are bounded: the one who has not rated longest makes room', () => {
    const ratings = learner({ raters: 2 });
    rate(ratings, one(1, 10), one(2, 20), one(1, 30), one(3, 40));
    expect(ratings.tables.userRow(ref(2))).toBeUndefined();
    expect(ratings.tables.userRow(ref(1))).toBeDefined();
    expect(ratings.tables.rows('user')).toBe(2);
  });

  it('are emptied after the days of forgetting, and the emptied row is published', () => {
    const ratings = learner({ forgetDays: 2 });
    rate(ratings, one(1, DAY), one(2, 3 * DAY));
    ratings.takeChanged('user');
    ratings.forget(3 * DAY + 1);
    expect(ratings.tables.userRow(ref(1))).toBeUndefined();
    expect(ratings.tables.userRow(ref(2))).toBeDefined();
    const { ids, values } = ratings.takeChanged('user');
    expect([...ids]).toEqual([0]);
    expect(values.every((word) => word === 0)).toBe(true);
    rate(ratings, one(3, 4 * DAY));
    expect(ratings.tables.userRow(ref(3))).toBe(0);
  });

  it('that were loaded are forgotten and make room in the order of their last rating, too', () => {
    const first = learner({ raters: 3 });
    rate(first, one(1, 30), one(2, 10), one(3, 20));
    const second = learner({ raters: 3 });
    for (const table of ['user', 'rating'] as const) {
      const { ids, values } = first.takeChanged(table);
      second.write(table, ids, values);
    }
    rate(second, one(4, 40));
    expect([1, 2, 3, 4].map((n) => second.tables.userRow(ref(n)) !== undefined)).toEqual([true, false, true, true]);
    expect(second.tables.predict(ref(1), 2)).toBeCloseTo(first.tables.predict(ref(1), 2) ?? 0, 0);
  });
});

describe('learning', () => {
  it('is a function of seed and ratings: the same ones give the same rows', () => {
    const { old } = ratingStream();
    const [a, b] = [learner(), learner()];
    for (const one of [a, b]) learn(one, old.slice(0, 500));
    for (const table of ['user', 'rating'] as const) expect(a.takeChanged(table)).toEqual(b.takeChanged(table));
    expect(a.takeChanged('rating').ids).toHaveLength(0);
  });

  it('goes on from loaded rows as if it had never stopped', () => {
    const { old } = ratingStream();
    const whole = learner();
    learn(whole, old.slice(0, 1_000));
    const half = learner();
    learn(half, old.slice(0, 600));
    const loaded = learner();
    for (const table of ['user', 'rating'] as const) {
      const { ids, values } = half.takeChanged(table);
      loaded.write(table, ids, values);
    }
    learn(loaded, old.slice(600, 1_000));
    for (const row of old.slice(1_000, 1_100)) expect(loaded.tables.predict(ref(row.user), row.item + 1)).toBe(whole.tables.predict(ref(row.user), row.item + 1));
  });
});
