/**
 * The last examples, from which each new one brings R along: a ring in the example table behind the slots for new ones.
 * What is drawn is a pure function of the micro-batch's seeds and of what the ring holds: uniformly, unless classes are balanced (balance.ts).
 */
import { randomBelow, randomUnit } from '@freshet/shared/domain/random';
import type { ExampleTable } from '../engine/example.js';
import { type BalanceExponents, createBalance, isBalanced } from './balance.js';

/** Keep the draws of an epoch apart from others. */
const EPOCH = 0x6570_6f63;
const LEFT_OUT = 0x6c65_6674;

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
  /**
   * The slots that an epoch over all of them visits where classes are balanced; undefined: each once. Every epoch leaves out examples of
   * under-sampled classes; from the second on (in the first examples are new) it draws as many as there are, with replacement.
   */
  epoch(seed: number, epoch: number): Uint32Array | undefined;
  clear(): void;
}

export function createReplayBuffer(examples: ExampleTable, first: number, exponents?: BalanceExponents): ReplayBuffer {
  const capacity = examples.slots - first;
  const balance = exponents !== undefined && isBalanced(exponents) ? createBalance(exponents) : undefined;
  const overSampled = exponents !== undefined && (exponents.typeOversampling > 0 || exponents.itemOversampling > 0);
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
    epoch(seed, epoch) {
      if (balance === undefined) return undefined;
      const all = Uint32Array.from({ length: Math.min(kept, capacity) }, (_, place) => first + place);
      const chosen = epoch > 1 && overSampled ? all.map((slot, k) => first + (balance.draw(seed ^ EPOCH, epoch, k) ?? slot - first)) : all;
      return chosen.filter((slot, k) => randomUnit(seed ^ LEFT_OUT, epoch, k) < balance.chanceAt(slot - first));
    },
    clear: () => {
      kept = 0;
      balance?.clear();
    },
  };
}
