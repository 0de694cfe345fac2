/**
 * What one request changes about single rows, written into the bias column before the scan, so that the top k is exact,
 * and taken back afterwards.
 *
 * 1. `restore` puts back every value as it was, bit for bit, in whatever order rows were changed.
 * 2. Adding to a hidden row leaves it hidden (NOT_SERVED + x = NOT_SERVED in single precision).
 * 3. At most LIMIT changes a request; beyond, a `CapacityError` (the caller restores).
 */
import { CapacityError } from '@freshet/shared/errors';
import { NOT_SERVED } from '../store/layout.js';

export interface Adjustments {
  /** All later calls change this column. */
  begin(column: Float32Array): void;
  add(row: number, amount: number): void;
  hide(row: number): void;
  /** Gives a row a value of its own: also to one that is hidden. */
  show(row: number, value: number): void;
  /** The rows that were changed so far, in the order of the changes; valid until the next one. */
  changed(): Int32Array;
  restore(): void;
}

/** History, followers, seen items and a request's own exclusions need about 2,900 at most, the shop's rules MOST_ROWS (rules/rules.ts). */
const LIMIT = 108_192;

export function createAdjustments(): Adjustments {
  const rows = new Int32Array(LIMIT);
  const values = new Float32Array(LIMIT);
  let column: Float32Array = new Float32Array(0);
  let count = 0;

  const write = (row: number, value: number): void => {
    if (count === LIMIT) throw new CapacityError('adjustments', `an answer can't adjust more than ${LIMIT} rows`);
    rows[count] = row;
    values[count++] = column[row] ?? 0;
    column[row] = value;
  };

  return {
    begin(next) {
      column = next;
      count = 0;
    },
    add: (row, amount) => write(row, (column[row] ?? 0) + amount),
    hide: (row) => write(row, NOT_SERVED),
    show: write,
    changed: () => rows.subarray(0, count),
    restore() {
      // Backwards: a row changed twice gets its first value last.
      while (count > 0) {
        count--;
        column[rows[count] ?? 0] = values[count] ?? 0;
      }
    },
  };
}
