/**
 * A set of references: 16 to 32 bytes each instead of the hundred of a `Set` of strings, since there may be tens of
 * millions. Open addressing with linear probing over the two 32-bit halves; at most half full, and never smaller again.
 */
import type { UserRef } from './event.js';
import { highOf, lowOf } from './packed/ref-halves.js';

export interface RefSet {
  add(ref: UserRef): void;
  has(ref: UserRef): boolean;
  delete(ref: UserRef): void;
  readonly size: number;
}

const SMALLEST = 1_024;
/** An odd multiplier spreads the halves' bits; references are random, so little is needed. */
const SPREAD = 0x9e37_79b1;

export function createRefSet(): RefSet {
  const table = createTable();
  /** An empty slot of the table is two zeros, so the reference of zeros stands apart. */
  let hasZero = false;
  const isZero = (ref: UserRef): boolean => highOf(ref) === 0 && lowOf(ref) === 0;
  return {
    add(ref) {
      if (isZero(ref)) hasZero = true;
      else table.add(highOf(ref), lowOf(ref));
    },
    has: (ref) => (isZero(ref) ? hasZero : table.has(highOf(ref), lowOf(ref))),
    delete(ref) {
      if (isZero(ref)) hasZero = false;
      else table.delete(highOf(ref), lowOf(ref));
    },
    get size() {
      return table.size + Number(hasZero);
    },
  };
}

function createTable() {
  let slots = new Int32Array(2 * SMALLEST);
  let size = 0;

  const homeOf = (high: number, low: number): number => (Math.imul(high ^ low, SPREAD) >>> 0) & (slots.length / 2 - 1);

  /** Where the reference stands, or the empty slot where it would. */
  const find = (high: number, low: number): number => {
    const mask = slots.length / 2 - 1;
    let slot = homeOf(high, low);
    for (;;) {
      const h = slots[2 * slot];
      const l = slots[2 * slot + 1];
      if ((h === high && l === low) || (h === 0 && l === 0)) return slot;
      slot = (slot + 1) & mask;
    }
  };

  const isAt = (slot: number, high: number, low: number): boolean => slots[2 * slot] === high && slots[2 * slot + 1] === low;

  const write = (slot: number, high: number, low: number): void => {
    slots[2 * slot] = high;
    slots[2 * slot + 1] = low;
  };

  const grow = (): void => {
    const old = slots;
    slots = new Int32Array(2 * old.length);
    for (let at = 0; at < old.length; at += 2) {
      const [high = 0, low = 0] = [old[at], old[at + 1]];
      if (high !== 0 || low !== 0) write(find(high, low), high, low);
    }
  };

  /** Those behind a slot that has become empty move up, so that each is found from where its search begins. */
  const close = (emptied: number): void => {
    const mask = slots.length / 2 - 1;
    let hole = emptied;
    for (let slot = (hole + 1) & mask; ; slot = (slot + 1) & mask) {
      const [high = 0, low = 0] = [slots[2 * slot], slots[2 * slot + 1]];
      if (high === 0 && low === 0) break;
      if (((slot - homeOf(high, low)) & mask) < ((slot - hole) & mask)) continue;
      write(hole, high, low);
      hole = slot;
    }
    write(hole, 0, 0);
  };

  return {
    add(high: number, low: number): void {
      const slot = find(high, low);
      if (isAt(slot, high, low)) return;
      write(slot, high, low);
      size++;
      if (size * 4 > slots.length) grow();
    },
    has: (high: number, low: number): boolean => isAt(find(high, low), high, low),
    delete(high: number, low: number): void {
      const slot = find(high, low);
      if (!isAt(slot, high, low)) return;
      close(slot);
      size--;
    },
    get size(): number {
      return size;
    },
  };
}
