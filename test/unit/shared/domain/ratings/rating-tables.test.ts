/** The tables `user` and `rating` in memory. */
import type { UserRef } from '@freshet/shared/domain/event';
import { errorOf, figuresOf, joinErrors } from '@freshet/shared/domain/ratings/errors';
import { createRatingTables } from '@freshet/shared/domain/ratings/rating-tables';
import { RATING, USER } from '@freshet/shared/domain/tables';
import { describe, expect, it } from 'vitest';

const ada = '00000000000000ab' as UserRef;
const bob = 'ffffffff00000001' as UserRef;

function rows(...given: readonly (readonly number[])[]): Uint32Array {
  return new Uint32Array(Float32Array.from(given.flat()).buffer);
}

/** A `user` row of `ref` with a bias and equal factors. */
function userRow(ref: UserRef, bias: number, factor = 0): Uint32Array {
  const row = rows(Array.from({ length: USER.words }, (_, w) => (w === USER.bias ? bias : w >= USER.factors ? factor : 0)));
  row.set([Number.parseInt(ref.slice(0, 8), 16), Number.parseInt(ref.slice(8), 16), 100, 2]);
  return row;
}

function ratingRow(count: number, bias: number, factor = 0): Uint32Array {
  const row = rows(Array.from({ length: RATING.words }, (_, w) => (w === RATING.bias ? bias : w >= RATING.factors ? factor : 0)));
  row[RATING.count] = count;
  return row;
}

describe('the rating tables', () => {
  it('predict μ + b_u + b_i + p·q, within the scale, and nothing for an item that nobody has rated', () => {
    const tables = createRatingTables({ user: 10, rating: 100 });
    tables.write('rating', Uint32Array.of(0, 7), Uint32Array.of(...ratingRow(9, 3.5), ...ratingRow(4, 0.5, 0.5)));
    tables.write('user', Uint32Array.of(3), userRow(ada, -0.25, 0.25));
    expect(tables.mean).toBe(3.5);
    expect(tables.count).toBe(9);
    expect(tables.predict(ada, 7)).toBeCloseTo(3.5 - 0.25 + 0.5 + 8 * 0.125, 6);
    expect(tables.predict(bob, 7)).toBe(4);
    expect(tables.predict(undefined, 7)).toBe(4);
    expect(tables.predict(ada, 8)).toBeUndefined();
    tables.write('rating', Uint32Array.of(7), ratingRow(4, 90));
    expect(tables.predict(ada, 7)).toBe(5);
  });

  it('read what was written, word by word', () => {
    const tables = createRatingTables({ user: 10, rating: 100 });
    const given = Uint32Array.of(...userRow(ada, 1), ...userRow(bob, 2));
    tables.write('user', Uint32Array.of(5, 2), given);
    expect(tables.read('user', Uint32Array.of(5, 2))).toEqual(given);
    expect(tables.rows('user')).toBe(6);
    expect([...tables.users()]).toEqual([[ada, 5], [bob, 2]]);
  });

  it('forget the shopper whose row is another’s now, or nobody’s', () => {
    const tables = createRatingTables({ user: 10, rating: 100 });
    tables.write('user', Uint32Array.of(1), userRow(ada, 1));
    tables.write('user', Uint32Array.of(1), userRow(bob, 2));
    expect(tables.userRow(ada)).toBeUndefined();
    expect(tables.userRow(bob)).toBe(1);
    tables.write('user', Uint32Array.of(1), new Uint32Array(USER.words));
    expect(tables.userRow(bob)).toBeUndefined();
    expect(tables.userSide(bob)).toBeUndefined();
  });

  it('move a shopper to another row without losing him', () => {
    const tables = createRatingTables({ user: 10, rating: 100 });
    tables.write('user', Uint32Array.of(1), userRow(ada, 1));
    tables.write('user', Uint32Array.of(4), userRow(ada, 2));
    tables.write('user', Uint32Array.of(1), userRow(bob, 3));
    expect(tables.userRow(ada)).toBe(4);
  });

  it('leave out and count rows behind their limits, without taking memory for them', () => {
    const tables = createRatingTables({ user: 2, rating: 3 });
    tables.write('user', Uint32Array.of(0xffff_ffff), userRow(ada, 1));
    tables.write('rating', Uint32Array.of(3), ratingRow(1, 1));
    expect(tables.dropped).toBe(2);
    expect(tables.rows('user')).toBe(0);
    tables.clear();
    expect(tables.dropped).toBe(0);
  });
});

describe('errors of ratings', () => {
  it('add up to RMSE and MAE', () => {
    const joined = joinErrors(joinErrors(undefined, errorOf(5, 4)), errorOf(1, 3));
    expect(joined).toEqual({ count: 2, squares: 5, absolutes: 3 });
    expect(figuresOf(joined ?? { count: 0, squares: 0, absolutes: 0 })).toEqual({ count: 2, rmse: Math.sqrt(2.5), mae: 1.5 });
    expect(joinErrors(undefined, undefined)).toBeUndefined();
  });
});
