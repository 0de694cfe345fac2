/**
 * The rows that may be negatives, in the order they became so; the kernel draws from the first `count` of them.
 * A row is listed once and stays.
 */
import { CONSTANT_ROW } from '@freshet/shared/domain/tables';
import type { Layout } from './layout.js';

export interface EligibleList {
  readonly count: number;
  has(row: number): boolean;
  add(row: number): void;
  /** While `run` runs, exactly these rows (distinct) are eligible, in this order. */
  among<T>(rows: readonly number[], run: () => T): T;
  /** Empties the list; `rows` are in use. */
  clear(rows: number): void;
}

export function openEligibleList(layout: Layout, buffer: ArrayBufferLike): EligibleList {
  const list = new Uint32Array(buffer, layout.eligible, layout.rows);
  const listed = new Uint8Array(buffer, layout.listed, layout.rows);
  let count = 0;
  return {
    get count() {
      return count;
    },
    has: (row) => listed[row] === 1,
    add(row) {
      if (listed[row] !== 0 || row === CONSTANT_ROW) return;
      listed[row] = 1;
      list[count++] = row;
    },
    among(rows, run) {
      const was = { first: list.slice(0, rows.length), listed: listed.slice(), count };
      listed.fill(0);
      for (const row of rows) listed[row] = 1;
      list.set(rows);
      count = rows.length;
      try {
        return run();
      } finally {
        list.set(was.first);
        listed.set(was.listed);
        count = was.count;
      }
    },
    clear(rows) {
      listed.fill(0, 0, rows);
      count = 0;
    },
  };
}
