/** Slots that are marked, a byte for each slot up to the largest. */
import { grown } from './grown.js';

export interface SlotMarks {
  add(slot: number): void;
  delete(slot: number): void;
  /** Empties it; in ascending order. */
  take(): number[];
}

export function createSlotMarks(): SlotMarks {
  let marks = new Uint8Array(1_024);
  return {
    add(slot) {
      if (slot >= marks.length) {
        marks = grown(new Uint8Array(2 * Math.max(slot, marks.length)), marks);
      }
      marks[slot] = 1;
    },
    delete(slot) {
      if (slot < marks.length) marks[slot] = 0;
    },
    take() {
      const taken: number[] = [];
      // A search for a byte is the fastest way through a million.
      for (let slot = marks.indexOf(1); slot >= 0; slot = marks.indexOf(1, slot + 1)) taken.push(slot);
      marks.fill(0);
      return taken;
    },
  };
}
