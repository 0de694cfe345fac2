/**
 * A training example as the kernel reads it: 48 words (three cache lines) of u32 and f32.
 *
 * ```
 * 0 target row   1 weight f32   2 effect   3 history length n   4 target's repeat bucket (NO_BUCKET = none)
 * 5 own follow contribution f32   6, 7 unused
 * 8 … 27  rows of the history, newest first        28 … 47  the same events: age bucket | type group << 8 | candidate << 16
 * ```
 * 1. A history event is a *candidate* when its row isn't the target and no newer event has the same row: the loss
 *    ranks each other item of the history once, beside the negatives.
 * 2. `own` is what this very event has added to the count “i_1 then target”, in stored (forward-decayed) units: it is
 *    taken out when the example is trained (leave one out).
 */
import { HISTORY_LENGTH } from '@freshet/shared/domain/model-config';

export const EXAMPLE_WORDS = 48;
export const NO_BUCKET = 0xffff_ffff;

const TARGET = 0;
const WEIGHT = 1;
const EFFECT = 2;
const LENGTH = 3;
const REPEAT = 4;
const OWN = 5;
const ROWS = 8;
const MARKS = ROWS + HISTORY_LENGTH;
const CANDIDATE = 1 << 16;

export interface PooledEvent {
  readonly row: number;
  /** Bucket of its age at the moment of the target (domain/model-config `ageBucket`). */
  readonly bucket: number;
  /** Row of `w_type`. */
  readonly group: number;
}

export interface Example {
  readonly target: number;
  /** Multiplies the loss. */
  readonly weight: number;
  /** `negative`: the shopper refused the target, which is pushed away from him. */
  readonly effect: 'positive' | 'negative';
  /** i_1 … i_n, newest first, n ≤ HISTORY_LENGTH. */
  readonly history: readonly PooledEvent[];
  readonly own: number;
}

/** The slots of examples in the learner's memory. */
export interface ExampleTable {
  readonly slots: number;
  write(slot: number, example: Example): void;
  read(slot: number): Example;
  /** Copies one slot's record to another (a new example into the replay buffer). */
  copy(from: number, to: number): void;
}

export function openExamples(buffer: ArrayBufferLike, byteOffset: number, slots: number): ExampleTable {
  const u32 = new Uint32Array(buffer, byteOffset, slots * EXAMPLE_WORDS);
  const f32 = new Float32Array(buffer, byteOffset, slots * EXAMPLE_WORDS);
  return {
    slots,
    write(slot, example) {
      const at = slot * EXAMPLE_WORDS;
      u32[at + TARGET] = example.target;
      f32[at + WEIGHT] = example.weight;
      u32[at + EFFECT] = example.effect === 'positive' ? 0 : 1;
      u32[at + REPEAT] = repeatBucket(example);
      f32[at + OWN] = example.own;
      u32[at + LENGTH] = writeHistory(u32, at, example);
    },
    read(slot) {
      const at = slot * EXAMPLE_WORDS;
      return {
        target: u32[at + TARGET] ?? 0,
        weight: f32[at + WEIGHT] ?? 0,
        effect: u32[at + EFFECT] === 0 ? 'positive' : 'negative',
        history: readHistory(u32, at),
        own: f32[at + OWN] ?? 0,
      };
    },
    copy(from, to) {
      u32.copyWithin(to * EXAMPLE_WORDS, from * EXAMPLE_WORDS, (from + 1) * EXAMPLE_WORDS);
    },
  };
}

/** Age bucket of the target's last occurrence in the history, or NO_BUCKET. */
export function repeatBucket({ target, history }: Pick<Example, 'target' | 'history'>): number {
  return history.find((event) => event.row === target)?.bucket ?? NO_BUCKET;
}

/** Whether the k-th event of the history is a candidate (guarantee 1). */
export function isCandidate({ target, history }: Pick<Example, 'target' | 'history'>, k: number): boolean {
  const row = history[k]?.row;
  return row !== target && history.findIndex((event) => event.row === row) === k;
}

function writeHistory(u32: Uint32Array, at: number, example: Example): number {
  const length = Math.min(example.history.length, HISTORY_LENGTH);
  for (let k = 0; k < length; k++) {
    const { row, bucket, group } = example.history[k] as PooledEvent;
    u32[at + ROWS + k] = row;
    u32[at + MARKS + k] = bucket | (group << 8) | (isCandidate(example, k) ? CANDIDATE : 0);
  }
  u32.fill(0, at + ROWS + length, at + ROWS + HISTORY_LENGTH);
  return length;
}

function readHistory(u32: Uint32Array, at: number): PooledEvent[] {
  return Array.from({ length: u32[at + LENGTH] ?? 0 }, (_, k) => {
    const mark = u32[at + MARKS + k] ?? 0;
    return { row: u32[at + ROWS + k] ?? 0, bucket: mark & 0xff, group: (mark >>> 8) & 0xff };
  });
}
