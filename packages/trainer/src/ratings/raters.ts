/**
 * Which row of `user` is whose, who rated last, and who makes room: the shopper who has not rated for longest.
 *
 * 1. At most `limit` rows are given out; a row that was emptied is given out again before a new one.
 * 2. After rows were loaded the order is that of their last ratings, equal ones by row.
 */
import type { UserRef } from '@freshet/shared/domain/event';
import type { RatingTables } from '@freshet/shared/domain/ratings/rating-tables';
import { USER } from '@freshet/shared/domain/tables';

export interface Raters {
  /** A row for a shopper without one; whoever makes room for him is emptied. */
  allot(ref: UserRef): number;
  /** He has rated now. */
  touch(ref: UserRef, row: number, seconds: number): void;
  /** Empties the rows of those who have not rated since `seconds`. */
  forget(seconds: number): void;
  /** Rows were written or cleared. */
  reload(): void;
}

export interface RatersParts {
  readonly tables: RatingTables;
  readonly limit: number;
  /** A row has changed. */
  readonly changed: (row: number) => void;
}

interface Order {
  /** The one who has not rated for longest first. */
  readonly rows: Map<UserRef, number>;
  readonly free: number[];
}

export function createRaters({ tables, limit, changed }: RatersParts): Raters {
  let order: Order | undefined;
  const word = (row: number, at: number): number => tables.reach('user', row)?.words[row * USER.words + at] ?? 0;
  const inOrder = (): Order => {
    order ??= {
      rows: new Map([...tables.users()].sort(([, a], [, b]) => word(a, USER.seen) - word(b, USER.seen) || a - b)),
      free: Array.from({ length: tables.rows('user') }, (_, row) => row).filter((row) => word(row, USER.refA) === 0 && word(row, USER.refB) === 0).reverse(),
    };
    return order;
  };
  const empty = (ref: UserRef, row: number): void => {
    const { rows, free } = inOrder();
    rows.delete(ref);
    tables.assign(row, undefined);
    changed(row);
    free.push(row);
  };
  return {
    allot(ref) {
      const { rows, free } = inOrder();
      const [longest] = rows;
      if (rows.size >= limit && longest !== undefined) empty(...longest);
      const row = free.pop() ?? tables.rows('user');
      tables.assign(row, ref);
      return row;
    },
    touch(ref, row, seconds) {
      const words = tables.reach('user', row)?.words;
      if (words !== undefined) words[row * USER.words + USER.seen] = Math.max(word(row, USER.seen), seconds);
      const { rows } = inOrder();
      rows.delete(ref);
      rows.set(ref, row);
      changed(row);
    },
    forget(seconds) {
      for (const [ref, row] of inOrder().rows) {
        if (word(row, USER.seen) >= seconds) return;
        empty(ref, row);
      }
    },
    reload() {
      order = undefined;
    },
  };
}
