/**
 * The last examples, from which each new one brings R along: a ring in the example table behind the slots for new ones.
 * What is drawn is a pure function of the micro-batch's seeds and of what the ring holds: uniformly, unless classes are balanced (balance.ts).
 */
import { randomBelow } from '@freshet/shared/domain/random';
import type { ExampleTable } from '../engine/example.js';
import { type BalanceExponents, createBalance, isBalanced } from './balance.js';

export interface ReplayBuffer {
  /** The first slot of the ring. */
  readonly first: number;
  /** Examples it holds, and how many had to make room. */
  readonly size: number;
  readonly dropped: number;
  /** Keeps a copy of the example in `slot`, which came from an event of that type ('': from a text); the oldest makes room. */
  keep(slot: number, type: string): void;
  /** `count` slots, drawn with replacement; none while the buffer is empty. */
  draw(count: number, seedA: number, seedB: number): number[];
  /** The probability that a new example is trained: 1 unless frequent classes are under-sampled. */
  chance(slot: number, type: string): number;
  clear(): void;
}

export function createReplayBuffer(examples: ExampleTable, first: number, exponents?: BalanceExponents): ReplayBuffer {
  const capacity = examples.slots - first;
  const balance = exponents !== undefined && isBalanced(exponents) ? createBalance(exponents) : undefined;
  let kept = 0;
  return {
    first,
    get size() {
      return Math.min(kept, capacity);
    },
    get dropped() {
      return Math.max(0, kept - capacity);
    },
    keep(slot, type) {
      if (capacity === 0) return;
      const place = kept % capacity;
      examples.copy(slot, first + place);
      balance?.keep(place, { type, target: examples.target(slot) });
      kept++;
    },
    draw(count, seedA, seedB) {
      const filled = Math.min(kept, capacity);
      if (filled === 0) return [];
      return Array.from({ length: count }, (_, k) => first + (balance?.draw(seedA, seedB, k) ?? randomBelow(filled, seedA, seedB, k)));
    },
    chance: (slot, type) => balance?.chance({ type, target: examples.target(slot) }) ?? 1,
    clear: () => {
      kept = 0;
      balance?.clear();
    },
  };
}
