/**
 * The last examples, from which each new one brings R along: a ring in the example table behind the slots for new ones.
 * What is drawn is a pure function of the micro-batch's seeds and of how full the ring is.
 */
import { randomBelow } from '@freshet/shared/domain/random';
import type { ExampleTable } from '../engine/example.js';

export interface ReplayBuffer {
  /** The first slot of the ring. */
  readonly first: number;
  /** Examples it holds, and how many had to make room. */
  readonly size: number;
  readonly dropped: number;
  /** Keeps a copy of the example in `slot`; the oldest makes room. */
  keep(slot: number): void;
  /** `count` slots, drawn with replacement; none while the buffer is empty. */
  draw(count: number, seedA: number, seedB: number): number[];
  clear(): void;
}

export function createReplayBuffer(examples: ExampleTable, first: number): ReplayBuffer {
  const capacity = examples.slots - first;
  let kept = 0;
  return {
    first,
    get size() {
      return Math.min(kept, capacity);
    },
    get dropped() {
      return Math.max(0, kept - capacity);
    },
    keep(slot) {
      if (capacity === 0) return;
      examples.copy(slot, first + (kept % capacity));
      kept++;
    },
    draw(count, seedA, seedB) {
      const filled = Math.min(kept, capacity);
      if (filled === 0) return [];
      return Array.from({ length: count }, (_, k) => first + randomBelow(filled, seedA, seedB, k));
    },
    clear: () => {
      kept = 0;
    },
  };
}
