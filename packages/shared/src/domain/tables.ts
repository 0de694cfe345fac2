/**
 * The model's tables: rows of fixed stride, named, each row an absolute value. Publishing, replication, snapshots,
 * rollback and checks all speak in these rows.
 *
 * A row is `stride` 32-bit words; `u32` lists the words that are unsigned integers, all others are floats.
 */
import { DENSE_ROW } from './dense.js';
import { FACTORS } from './ratings/rating.js';

export const TABLES = ['item', 'stat', 'follow', 'dense', 'user', 'rating', 'word'] as const;
export type TableName = (typeof TABLES)[number];
/** Tables of ratings, which lie beside the others (domain/ratings). */
export type RatingTable = Extract<TableName, 'user' | 'rating'>;

/** Words behind an item's embedding E[D] in its row. */
export const ITEM_TAIL = { bias: 0, acc: 1, biasAcc: 2, words: 3 } as const;

/** Words behind a word's embedding in its row: a word has no bias, nobody recommends it. */
export const WORD_TAIL = { acc: 0, words: 1 } as const;

/** Words of a `stat` row. Counters are values at `lastSeen` with half-lives of 1 h, 1 d and 7 d. */
export const STAT = { count: 0, firstSeen: 1, lastSeen: 2, users: 3, userA: 4, userB: 5, hour: 6, day: 7, week: 8, words: 9 } as const;

/**
 * `stat.users`: bits 0–7 count distinct shoppers up to 3, bit 8 says that the shop has described the item, bit 9 that its row came from
 * another shop's model or a file of vectors.
 */
export const USERS_MASK = 0xff;
export const CATALOGUED = 0x100;
export const TRANSFERRED = 0x200;
export const USERS_NEEDED = 3;

/** Words of a `follow` cell; the cell's id is item · followers + slot (ModelConfig). Follower 0 means empty. */
export const FOLLOW = { follower: 0, count: 1, words: 2 } as const;

/** Words of a `user` row: whose it is (the halves of a `UserRef`; 0 and 0: nobody's), when he rated last, how often, b_u, p_u. */
export const USER = { refA: 0, refB: 1, seen: 2, count: 3, bias: 4, factors: 5, words: 5 + FACTORS } as const;

/** Rows of `user`: shoppers whose ratings are known at most. */
export const RATERS = 262_144;

/** Words of a `rating` row: how often the item of this row was rated, b_i, q_i. Row 0: how many ratings there are, and μ. */
export const RATING = { count: 0, bias: 1, factors: 2, words: 2 + FACTORS } as const;

/** Row of the constant token E[0]; items start at 1. */
export const CONSTANT_ROW = 0;

/** Counts of followers decay with this half-life; stored values are inflated by 2^((t − FOLLOW_EPOCH_MS)/half-life). */
export const FOLLOW_HALF_LIFE_MS = 90 * 86_400e3;
export const FOLLOW_EPOCH_MS = Date.UTC(2020, 0, 1);

/** What a follow count stored at any time is worth at `now`: stored · followScale(now). */
export function followScale(nowMs: number): number {
  return 2 ** ((FOLLOW_EPOCH_MS - nowMs) / FOLLOW_HALF_LIFE_MS);
}

export function strideOf(table: TableName, dim: number): number {
  switch (table) {
    case 'item':
      return dim + ITEM_TAIL.words;
    case 'stat':
      return STAT.words;
    case 'follow':
      return FOLLOW.words;
    case 'dense':
      return DENSE_ROW.words;
    case 'user':
      return USER.words;
    case 'rating':
      return RATING.words;
    case 'word':
      return dim + WORD_TAIL.words;
  }
}

/** Whether word `w` of a row is an unsigned integer (else a float that must be finite). */
export function isInteger(table: TableName, w: number): boolean {
  switch (table) {
    case 'stat':
      return w <= STAT.userB;
    case 'follow':
      return w === FOLLOW.follower;
    case 'user':
      return w <= USER.count;
    case 'rating':
      return w === RATING.count;
    default:
      return false;
  }
}

/** Whether word `w` of a row is Adagrad's sum of squared gradients (never negative). */
export function isAccumulator(table: TableName, w: number, dim: number): boolean {
  if (table === 'item') return w === dim + ITEM_TAIL.acc || w === dim + ITEM_TAIL.biasAcc;
  return (table === 'word' && w === dim + WORD_TAIL.acc) || (table === 'dense' && w >= DENSE_ROW.weights);
}

/** An item may be a negative and may be served once the shop described it or three shoppers touched it. */
export function isEligible(users: number): boolean {
  return (users & CATALOGUED) !== 0 || (users & USERS_MASK) >= USERS_NEEDED;
}
