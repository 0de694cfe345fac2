/**
 * Ratings, learned as they come, beside the next-item model: each is predicted first, then one step of the biased factor model
 * (shared/domain/ratings) on its shopper's row, its item's row and μ. docs/decisions/014.
 *
 * e = r − r̂;  b_u += η_u·e, b_i += η_i·e with η = max(the rate, 1/(n + 1)), n being the row's ratings, this one included: the first ones count
 * as in a mean that begins with one 0 (a ridge of λ = 1), later ones at the fixed rate, so that biases follow their drift.
 * p_u += η_f(e·q_i − λ_f·p_u), q_i likewise. μ is the mean, of the last 10,000 or so.
 * 1. A step depends on the rows, the rating and the seed alone.
 * 2. Only shoppers who have rated have a row, `raters` at most: then the one who has not rated longest makes room. Rows of those who
 *    have not rated for `forgetDays` are emptied, as their histories are.
 * 3. A rating outside the scale changes nothing.
 */
import type { TableRows } from '@freshet/shared/codec/delta';
import type { UserRef } from '@freshet/shared/domain/event';
import { FACTORS, initialiseSide, isRating, predictRating, rawRating, type Side } from '@freshet/shared/domain/ratings/rating';
import { createRatingTables, type RatingTables } from '@freshet/shared/domain/ratings/rating-tables';
import { CONSTANT_ROW, RATING, type RatingTable, USER } from '@freshet/shared/domain/tables';
import { createRaters } from './raters.js';

export interface RatingOptions {
  readonly seed: number;
  /** Item rows, the constant token's included. */
  readonly itemRows: number;
  readonly raters: number;
  readonly forgetDays: number;
}

/** One `rate` event. */
export interface GivenRating {
  readonly user: UserRef;
  /** Row of the item. */
  readonly item: number;
  readonly value: number;
  /** Seconds since 1970. */
  readonly seconds: number;
}

export interface RatingLearner {
  readonly tables: RatingTables;
  /** Learns it; what was predicted before, undefined for the first of all and for one outside the scale. */
  learn(rating: GivenRating): number | undefined;
  /** Empties the rows of those who have not rated for `forgetDays` before `seconds`. */
  forget(seconds: number): void;
  /** Rows changed since last taken, copied. */
  takeChanged(table: RatingTable): TableRows;
  /** Published rows, put in place. */
  write(table: RatingTable, ids: Uint32Array, values: Uint32Array): void;
  clear(): void;
}

const RATES = { user: 0.05, item: 0.1, factor: 0.02, factorDecay: 0.1, mean: 1e-4 } as const;
const DAY_SECONDS = 86_400;

export function createRatingLearner({ seed, itemRows, raters: limit, forgetDays }: RatingOptions): RatingLearner {
  const tables = createRatingTables({ user: limit, rating: itemRows });
  const changed: Record<RatingTable, Set<number>> = { user: new Set(), rating: new Set() };
  const raters = createRaters({ tables, limit, changed: (row) => changed.user.add(row) });

  const userRow = (ref: UserRef): number => {
    const known = tables.userRow(ref);
    if (known !== undefined) return known;
    const row = raters.allot(ref);
    initialiseSide(sideAt(tables, 'user', row), seed, { a: Number.parseInt(ref.slice(0, 8), 16), b: Number.parseInt(ref.slice(8), 16) });
    return row;
  };
  const itemRow = (item: number): number => {
    const isNew = tables.itemSide(item) === undefined;
    tables.reach('rating', item);
    if (isNew) initialiseSide(sideAt(tables, 'rating', item), seed, { a: 0, b: item });
    return item;
  };
  return {
    tables,
    learn({ user: ref, item, value, seconds }) {
      if (!isRating(value) || item >= itemRows) return undefined;
      const { count, mean } = tables;
      const predicted = count === 0 ? undefined : predictRating(mean, tables.userSide(ref), tables.itemSide(item));
      const rows = { user: userRow(ref), item: itemRow(item) };
      learnMean(tables, value);
      step(tables, rows, value);
      raters.touch(ref, rows.user, seconds);
      for (const row of [CONSTANT_ROW, item]) changed.rating.add(row);
      return predicted;
    },
    forget: (seconds) => raters.forget(seconds - forgetDays * DAY_SECONDS),
    takeChanged(table) {
      const ids = Uint32Array.from([...changed[table]].sort((a, b) => a - b));
      changed[table].clear();
      return { table, ids, values: tables.read(table, ids) };
    },
    write(table, ids, values) {
      tables.write(table, ids, values);
      if (table === 'user') raters.reload();
    },
    clear() {
      tables.clear();
      for (const rows of [changed.user, changed.rating]) rows.clear();
      raters.reload();
    },
  };
}

const NO_ROWS = { words: new Uint32Array(0), floats: new Float32Array(0) };
const BIAS = { user: USER.bias, rating: RATING.bias } as const;
const COUNT = { user: USER.count, rating: RATING.count } as const;
const STRIDE = { user: USER.words, rating: RATING.words } as const;

function sideAt(tables: RatingTables, table: RatingTable, row: number): Side {
  return { floats: tables.reach(table, row)?.floats ?? NO_ROWS.floats, at: row * STRIDE[table] + BIAS[table] };
}

interface Rows {
  readonly user: number;
  readonly item: number;
}

/** Counts a rating on both rows; how many each had before. */
function countOne(tables: RatingTables, { user, item }: Rows): { readonly user: number; readonly item: number } {
  const add = (table: RatingTable, row: number): number => {
    const { words } = tables.reach(table, row) ?? NO_ROWS;
    const at = row * STRIDE[table] + COUNT[table];
    const before = words[at] ?? 0;
    words[at] = before + 1;
    return before;
  };
  return { user: add('user', user), item: add('rating', item) };
}

function learnMean(tables: RatingTables, value: number): void {
  const { words, floats } = tables.reach('rating', CONSTANT_ROW) ?? NO_ROWS;
  const count = (words[RATING.count] ?? 0) + 1;
  words[RATING.count] = count;
  floats[RATING.bias] = (floats[RATING.bias] ?? 0) + (value - (floats[RATING.bias] ?? 0)) * Math.max(RATES.mean, 1 / count);
}

function step(tables: RatingTables, rows: Rows, value: number): void {
  const counts = countOne(tables, rows);
  const [user, item] = [sideAt(tables, 'user', rows.user), sideAt(tables, 'rating', rows.item)];
  const error = value - rawRating(tables.mean, user, item);
  const move = ({ floats, at }: Side, by: number): void => void (floats[at] = (floats[at] ?? 0) + by);
  move(user, error * Math.max(RATES.user, 1 / (counts.user + 2)));
  move(item, error * Math.max(RATES.item, 1 / (counts.item + 2)));
  for (let k = 1; k <= FACTORS; k++) {
    const [p, q] = [user.floats[user.at + k] ?? 0, item.floats[item.at + k] ?? 0];
    user.floats[user.at + k] = p + RATES.factor * (error * q - RATES.factorDecay * p);
    item.floats[item.at + k] = q + RATES.factor * (error * p - RATES.factorDecay * q);
  }
}
