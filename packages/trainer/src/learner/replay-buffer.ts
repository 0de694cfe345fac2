/**
 * The last examples, from which each new one brings R along: a ring in the example table behind the slots for new ones.
 * What is drawn is a pure function of the micro-batch's seeds and of what the ring holds: uniformly, unless classes are balanced (balance.ts).
 *
 * 1. After a restart or a promotion the ring lacks what the model has learned before. Such examples are drawn all the same, and left out: else the few
 *    that came since would be learned over and over (docs/experiments.md).
 */
import { randomBelow, randomUnit } from '@freshet/shared/domain/random';
import type { ExampleTable } from '../engine/example.js';
import { type BalanceExponents, createBalance, isBalanced } from './balance.js';

/** Keep the draws of an epoch apart from others. */
const EPOCH = 0x6570_6f63;
const LEFT_OUT = 0x6c65_6674;
const LOST = 0x6c6f_7374;

export interface ReplayBuffer {
  /** The first slot of the ring. */
  readonly first: number;
  /** Examples it holds, and how many had to make room. */
  readonly size: number;
  readonly dropped: number;
  /** Keeps a copy of the example in `slot`, which came from an event of that type ('': from a text); the oldest makes room. */
  keep(slot: number, type: string): void;
  /** The model has learned so many examples that the ring doesn't hold, before all those that it does (guarantee 1). */
  lose(examples: number): void;
  /** Up to `count` slots, drawn with replacement; none while the buffer is empty, fewer while examples that were lost would be in it. */
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
  let lost = 0;
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
    lose(examples) {
      lost = examples;
    },
    draw(count, seedA, seedB) {
      const filled = Math.min(kept, capacity);
      if (filled === 0) return [];
      const held = filled / Math.min(capacity, filled + lost);
      const drawn = Array.from({ length: count }, (_, k) => k).filter((k) => held >= 1 || randomUnit(seedA ^ LOST, seedB, k) < held);
      return drawn.map((k) => first + (balance?.draw(seedA, seedB, k) ?? randomBelow(filled, seedA, seedB, k)));
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
      lost = 0;
      balance?.clear();
    },
  };
}
