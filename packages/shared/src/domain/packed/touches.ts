/** Which slots were touched, and at which entry of the log: 16 bytes each. */
import { createRecency } from './recency.js';
import { grown } from './grown.js';

export interface Touches {
  /** The slot is the one touched last; where it was touched never goes back. */
  put(slot: number, seq: number): void;
  remove(slot: number): void;
  /** The slot touched longest ago; −1 when there is none. */
  readonly oldest: number;
  at(slot: number): number;
}

export function createTouches(): Touches {
  const order = createRecency();
  let seqs = new Float64Array(1_024);
  return {
    put(slot, seq) {
      if (slot >= seqs.length) {
        seqs = grown(new Float64Array(2 * Math.max(slot, seqs.length)), seqs);
      }
      seqs[slot] = order.has(slot) ? Math.max(seqs[slot] ?? 0, seq) : seq;
      order.put(slot);
    },
    remove(slot) {
      order.remove(slot);
      if (slot < seqs.length) seqs[slot] = 0;
    },
    get oldest() {
      return order.oldest;
    },
    at: (slot) => seqs[slot] ?? 0,
  };
}
