/**
 * The tables `user` and `rating` in memory, as trainer and serving both hold them.
 *
 * `rating`: row j is item row j's, row 0 holds μ as its bias and all ratings' number as its count.
 * `user`: only shoppers who have rated; a row carries its shopper's reference, so it needs no vocabulary. Reference 0 is an empty row.
 * 1. Memory grows with the rows in use, up to the limits; rows behind them are left out and counted (`dropped`).
 * 2. A row written with another shopper's reference, or with none, is no longer the first one's.
 */
import type { UserRef } from '../event.js';
import { CONSTANT_ROW, RATING, type RatingTable, USER } from '../tables.js';
import { predictRating, type Side } from './rating.js';

export interface RatingRows {
  readonly words: Uint32Array;
  readonly floats: Float32Array;
}

export interface RatingTables {
  /** μ, and how many ratings it comes from. */
  readonly mean: number;
  readonly count: number;
  /** Rows of a table that were written, the highest plus one. */
  rows(table: RatingTable): number;
  /** The table's memory with room for `row`; undefined behind the limit. Held only until the next call. */
  reach(table: RatingTable, row: number): RatingRows | undefined;
  userRow(ref: UserRef): number | undefined;
  /** Says whose a user row is from now on; undefined empties it. */
  assign(row: number, ref: UserRef | undefined): void;
  /** Shoppers with a row. */
  users(): IterableIterator<[UserRef, number]>;
  userSide(ref: UserRef): Side | undefined;
  /** Undefined for an item that nobody has rated. */
  itemSide(row: number): Side | undefined;
  /** r̂ for an item that somebody has rated. */
  predict(ref: UserRef | undefined, item: number): number | undefined;
  write(table: RatingTable, ids: Uint32Array, values: Uint32Array): void;
  read(table: RatingTable, ids: Uint32Array): Uint32Array;
  readonly dropped: number;
  clear(): void;
}

const WORDS = { user: USER.words, rating: RATING.words } as const;
const FIRST_ROWS = 64;

export function createRatingTables(limits: Readonly<Record<RatingTable, number>>): RatingTables {
  const tables = { user: createTable('user'), rating: createTable('rating') };
  const owners = createOwners();
  let dropped = 0;

  const reach = (table: RatingTable, row: number): RatingRows | undefined => {
    if (row < limits[table]) return tables[table].reach(row, limits[table]);
    dropped++;
    return undefined;
  };
  const userSide = (ref: UserRef): Side | undefined => {
    const row = owners.rowOf(ref);
    return row === undefined ? undefined : { floats: tables.user.memory.floats, at: row * USER.words + USER.bias };
  };
  const itemSide = (row: number): Side | undefined => {
    const { words, floats } = tables.rating.memory;
    return (words[row * RATING.words + RATING.count] ?? 0) > 0 ? { floats, at: row * RATING.words + RATING.bias } : undefined;
  };
  const mean = (): number => tables.rating.memory.floats[CONSTANT_ROW * RATING.words + RATING.bias] ?? 0;

  return {
    get mean() {
      return mean();
    },
    get count() {
      return tables.rating.memory.words[CONSTANT_ROW * RATING.words + RATING.count] ?? 0;
    },
    rows: (table) => tables[table].rows,
    reach,
    userRow: owners.rowOf,
    assign(row, ref) {
      const memory = reach('user', row);
      if (memory !== undefined) owners.write(memory.words, row, rowOf(ref));
    },
    users: owners.entries,
    userSide,
    itemSide,
    predict(ref, item) {
      const side = itemSide(item);
      return side === undefined ? undefined : predictRating(mean(), ref === undefined ? undefined : userSide(ref), side);
    },
    write(table, ids, values) {
      const stride = WORDS[table];
      ids.forEach((row, i) => {
        const memory = reach(table, row);
        const given = values.subarray(i * stride, (i + 1) * stride);
        if (table === 'user' && memory !== undefined) owners.write(memory.words, row, given);
        else memory?.words.set(given, row * stride);
      });
    },
    read(table, ids) {
      const stride = WORDS[table];
      const values = new Uint32Array(ids.length * stride);
      ids.forEach((row, i) => values.set(tables[table].memory.words.subarray(row * stride, (row + 1) * stride), i * stride));
      return values;
    },
    get dropped() {
      return dropped;
    },
    clear() {
      tables.user = createTable('user');
      tables.rating = createTable('rating');
      owners.clear();
      dropped = 0;
    },
  };
}

interface Owners {
  rowOf(ref: UserRef): number | undefined;
  entries(): IterableIterator<[UserRef, number]>;
  /** Writes one row, and whose it is (guarantee 2). */
  write(words: Uint32Array, row: number, values: Uint32Array): void;
  clear(): void;
}

/** Whose which row of `user` is. */
function createOwners(): Owners {
  const rows = new Map<UserRef, number>();
  return {
    rowOf: (ref) => rows.get(ref),
    entries: () => rows.entries(),
    write(words, row, values) {
      const before = refIn(words, row * USER.words);
      if (before !== undefined && rows.get(before) === row) rows.delete(before);
      words.set(values, row * USER.words);
      const ref = refIn(values, 0);
      if (ref !== undefined) rows.set(ref, row);
    },
    clear: () => rows.clear(),
  };
}

function refIn(words: Uint32Array, at: number): UserRef | undefined {
  const [a, b] = [words[at + USER.refA] ?? 0, words[at + USER.refB] ?? 0];
  return a === 0 && b === 0 ? undefined : ((hex(a) + hex(b)) as UserRef);
}

/** A row that says nothing but whose it is. */
function rowOf(ref: UserRef | undefined): Uint32Array {
  const row = new Uint32Array(USER.words);
  if (ref === undefined) return row;
  row[USER.refA] = Number.parseInt(ref.slice(0, 8), 16);
  row[USER.refB] = Number.parseInt(ref.slice(8), 16);
  return row;
}

interface Table {
  readonly memory: RatingRows;
  readonly rows: number;
  reach(row: number, limit: number): RatingRows;
}

function createTable(table: RatingTable): Table {
  const stride = WORDS[table];
  let words = new Uint32Array(0);
  let memory: RatingRows = { words, floats: new Float32Array(words.buffer) };
  let rows = 0;
  return {
    get memory() {
      return memory;
    },
    get rows() {
      return rows;
    },
    reach(row, limit) {
      rows = Math.max(rows, row + 1);
      if (row * stride < words.length) return memory;
      const grown = new Uint32Array(stride * Math.min(limit, Math.max(FIRST_ROWS, row + 1, Math.ceil((1.5 * words.length) / stride))));
      grown.set(words);
      words = grown;
      memory = { words, floats: new Float32Array(words.buffer) };
      return memory;
    },
  };
}

function hex(word: number): string {
  return word.toString(16).padStart(8, '0');
}
