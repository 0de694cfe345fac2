/**
 * A slot, a small whole number, for each reference that is held: where its data stand in columns. 17 to 26 bytes a reference.
 * Open addressing with linear probing over the slots' numbers, at most half full, and never smaller again.
 *
 * 1. A slot is its reference's until it is freed; then it may be another one's.
 * 2. Of a reference whose slot was freed nothing is left here.
 */
import type { UserRef } from '../event.js';
import { refOf } from './ref-halves.js';
import { grown } from './grown.js';

export interface RefIndex {
  /** Halves as `highOf` and `lowOf` read them. The slot, or NO_SLOT. */
  find(high: number, low: number): number;
  /** The slot, given out now if there is none. */
  take(high: number, low: number): number;
  free(slot: number): void;
  isTaken(slot: number): boolean;
  refAt(slot: number): UserRef;
  /** Slots that are taken. */
  readonly size: number;
  /** They are all below it. */
  readonly end: number;
}

export const NO_SLOT = -1;
const SMALLEST = 1_024;
/** An odd multiplier spreads the halves' bits; references are random, so little is needed. */
const SPREAD = 0x9e37_79b1;

export function createRefIndex(): RefIndex {
  /** Slots + 1 by place; 0: an empty place. */
  let places = new Int32Array(2 * SMALLEST);
  let highs = new Int32Array(SMALLEST);
  let lows = new Int32Array(SMALLEST);
  let taken = new Uint8Array(SMALLEST);
  const freed: number[] = [];
  let end = 0;

  const homeOf = (high: number, low: number): number => (Math.imul(high ^ low, SPREAD) >>> 0) & (places.length - 1);

  const find = (high: number, low: number): number => {
    for (let place = homeOf(high, low); ; place = (place + 1) & (places.length - 1)) {
      const slot = (places[place] ?? 0) - 1;
      if (slot < 0) return NO_SLOT;
      if (highs[slot] === high && lows[slot] === low) return slot;
    }
  };

  const enter = (slot: number): void => {
    let place = homeOf(highs[slot] ?? 0, lows[slot] ?? 0);
    while (places[place] !== 0) place = (place + 1) & (places.length - 1);
    places[place] = slot + 1;
  };

  /** Those behind the slot's place move up, so that each is found from where its search begins. */
  const leave = (slot: number): void => {
    const mask = places.length - 1;
    let hole = homeOf(highs[slot] ?? 0, lows[slot] ?? 0);
    while (places[hole] !== slot + 1) hole = (hole + 1) & mask;
    for (let place = (hole + 1) & mask; places[place] !== 0; place = (place + 1) & mask) {
      const other = (places[place] ?? 0) - 1;
      if (((place - homeOf(highs[other] ?? 0, lows[other] ?? 0)) & mask) < ((place - hole) & mask)) continue;
      places[hole] = other + 1;
      hole = place;
    }
    places[hole] = 0;
  };

  const grow = (): void => {
    highs = grown(new Int32Array(2 * highs.length), highs);
    lows = grown(new Int32Array(highs.length), lows);
    taken = grown(new Uint8Array(highs.length), taken);
    places = new Int32Array(2 * highs.length);
    for (let slot = 0; slot < end; slot++) if (taken[slot] === 1) enter(slot);
  };

  return {
    find,
    take(high, low) {
      const known = find(high, low);
      if (known !== NO_SLOT) return known;
      if (freed.length === 0 && end === highs.length) grow();
      const slot = freed.pop() ?? end++;
      highs[slot] = high;
      lows[slot] = low;
      taken[slot] = 1;
      enter(slot);
      return slot;
    },
    free(slot) {
      leave(slot);
      highs[slot] = 0;
      lows[slot] = 0;
      taken[slot] = 0;
      freed.push(slot);
    },
    isTaken: (slot) => taken[slot] === 1,
    refAt: (slot) => refOf(highs[slot] ?? 0, lows[slot] ?? 0),
    get size() {
      return end - freed.length;
    },
    get end() {
      return end;
    },
  };
}
