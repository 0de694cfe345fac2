/**
 * A set of references that only grows: 16 to 32 bytes each instead of the hundred of a `Set` of strings, since there
 * may be tens of millions. Open addressing with linear probing over the two 32-bit halves; at most half full.
 */
import type { UserRef } from './event.js';

export interface RefSet {
  add(ref: UserRef): void;
  has(ref: UserRef): boolean;
  readonly size: number;
}

const SMALLEST = 1_024;
/** An odd multiplier spreads the halves' bits; references are random, so little is needed. */
const SPREAD = 0x9e37_79b1;

export function createRefSet(): RefSet {
  let slots = new Uint32Array(2 * SMALLEST);
  let size = 0;
  /** An empty slot is two zeros, so the reference of zeros stands apart. */
  let hasZero = false;

  /** Where the reference stands, or the empty slot where it would. */
  const find = (high: number, low: number): number => {
    const mask = slots.length / 2 - 1;
    let slot = (Math.imul(high ^ low, SPREAD) >>> 0) & mask;
    for (;;) {
      const [h, l] = [slots[2 * slot], slots[2 * slot + 1]];
      if ((h === high && l === low) || (h === 0 && l === 0)) return slot;
      slot = (slot + 1) & mask;
    }
  };

  const put = (high: number, low: number): boolean => {
    const slot = find(high, low);
    if (slots[2 * slot] === high && slots[2 * slot + 1] === low) return false;
    slots[2 * slot] = high;
    slots[2 * slot + 1] = low;
    return true;
  };

  const grow = (): void => {
    const old = slots;
    slots = new Uint32Array(2 * old.length);
    for (let at = 0; at < old.length; at += 2) {
      const [high = 0, low = 0] = [old[at], old[at + 1]];
      if (high !== 0 || low !== 0) put(high, low);
    }
  };

  return {
    add(ref) {
      const [high, low] = halves(ref);
      if (high === 0 && low === 0) {
        if (!hasZero) size++;
        hasZero = true;
        return;
      }
      if (!put(high, low)) return;
      size++;
      if (size * 4 > slots.length) grow();
    },
    has(ref) {
      const [high, low] = halves(ref);
      if (high === 0 && low === 0) return hasZero;
      const slot = find(high, low);
      return slots[2 * slot] === high && slots[2 * slot + 1] === low;
    },
    get size() {
      return size;
    },
  };
}

/** 16 hex digits. */
function halves(ref: UserRef): readonly [number, number] {
  return [Number.parseInt(ref.slice(0, 8), 16), Number.parseInt(ref.slice(8), 16)];
}
