/**
 * A training example as the kernel reads it: 48 words (three cache lines) of u32 and f32, then one for each past item.
 *
 * ```
 * 0 target row   1 weight f32   2 effect   3 history length n   4 target's repeat bucket (NO_BUCKET = none)
 * 5 own follow contribution f32   6 number of past items   7 unused
 * 8 … 27  rows of the history, newest first        28 … 47  the same events: age bucket | type group << 8 | candidate << 16 | word << 17
 * 48 …  past items, latest first: row | age bucket << PAST_SHIFT
 * ```
 * 1. A history event is a *candidate* when its row isn't the target, it is no word, and no newer event has the same row: the loss
 *    ranks each other item of the history once, beside the negatives.
 * 2. `own` is what a whole event like this one adds to a count “item, then target”, in stored (forward-decayed) units. This very event has added
 *    own/(z + 1) for the z-th last item of the history, z < FOLLOW_DEPTH, wherever that isn't the target: it is taken out when the example
 *    is trained (leave one out). 0: it has added nothing.
 * 3. A repeat bucket is an age bucket of the history, or PAST_BUCKET + an age bucket for a past item.
 */
import { HISTORY_LENGTH, type ModelConfig } from '@freshet/shared/domain/model-config';

const HEAD_WORDS = 48;
export const NO_BUCKET = 0xffff_ffff;

const TARGET = 0;
const WEIGHT = 1;
const EFFECT = 2;
const LENGTH = 3;
const REPEAT = 4;
const OWN = 5;
const PAST = 6;
const ROWS = 8;
const MARKS = ROWS + HISTORY_LENGTH;
const CANDIDATE = 1 << 16;
const WORD = 1 << 17;
/** Repeat buckets of past items begin here. */
export const PAST_BUCKET = 8;
const PAST_SHIFT = 28;
/** Rows that an example can name: the four bits above are a past item's bucket. */
const MAX_ROWS = 2 ** PAST_SHIFT;

export interface PooledEvent {
  readonly row: number;
  /** Bucket of its age at the moment of the target (domain/model-config `ageBucket`). */
  readonly bucket: number;
  /** Row of `w_type`. */
  readonly group: number;
  /** A word of a title or a query, with a row of the `word` table: `bucket` and `group` say nothing. */
  readonly word?: true;
}

/** An item that the shopper had before the pooled events. */
export interface PastRow {
  readonly row: number;
  /** Bucket of its age at the moment of the target. */
  readonly bucket: number;
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
  /** Distinct rows, none of the history; the latest first, as many as the model takes (`pastItems`). Default: none. */
  readonly past?: readonly PastRow[];
}

/** Words of a record. */
export function exampleWords({ pastItems }: Pick<ModelConfig, 'pastItems'>): number {
  return HEAD_WORDS + pastItems;
}

/** The slots of examples in the learner's memory. */
export interface ExampleTable {
  readonly slots: number;
  write(slot: number, example: Example): void;
  read(slot: number): Example;
  target(slot: number): number;
  /** Copies one slot's record to another (a new example into the replay buffer). */
  copy(from: number, to: number): void;
}

/** The table at `byteOffset`; a record has `words` words. */
export function openExamples(buffer: ArrayBufferLike, byteOffset: number, { slots, words }: { readonly slots: number; readonly words: number }): ExampleTable {
  const u32 = new Uint32Array(buffer, byteOffset, slots * words);
  const f32 = new Float32Array(buffer, byteOffset, slots * words);
  return {
    slots,
    write(slot, given) {
      const example = { ...given, past: (given.past ?? []).slice(0, words - HEAD_WORDS) };
      const at = slot * words;
      u32[at + TARGET] = example.target;
      f32[at + WEIGHT] = example.weight;
      u32[at + EFFECT] = example.effect === 'positive' ? 0 : 1;
      u32[at + REPEAT] = repeatBucket(example);
      f32[at + OWN] = example.own;
      u32[at + LENGTH] = writeHistory(u32, at, example);
      u32[at + PAST] = writePast(u32, at, example.past);
    },
    read(slot) {
      const at = slot * words;
      return {
        target: u32[at + TARGET] ?? 0,
        weight: f32[at + WEIGHT] ?? 0,
        effect: u32[at + EFFECT] === 0 ? 'positive' : 'negative',
        history: readHistory(u32, at),
        own: f32[at + OWN] ?? 0,
        past: readPast(u32, at),
      };
    },
    target: (slot) => u32[slot * words + TARGET] ?? 0,
    copy(from, to) {
      u32.copyWithin(to * words, from * words, (from + 1) * words);
    },
  };
}

/** Repeat bucket of the target's last occurrence, or NO_BUCKET. */
export function repeatBucket({ target, history, past = [] }: Pick<Example, 'target' | 'history' | 'past'>): number {
  const known = history.find((event) => event.row === target)?.bucket;
  const before = past.find(({ row }) => row === target)?.bucket;
  return known ?? (before === undefined ? NO_BUCKET : PAST_BUCKET + before);
}

/** Whether the k-th event of the history is a candidate (guarantee 1). */
export function isCandidate({ target, history }: Pick<Example, 'target' | 'history'>, k: number): boolean {
  const { row, word } = history[k] ?? {};
  return word !== true && row !== target && history.findIndex((event) => event.row === row) === k;
}

/** Whether its loss is told of: an item predicted from items. Refusals, and items found from words, have losses of another size. */
export function tellsLoss({ effect, weight, history }: Pick<Example, 'effect' | 'weight' | 'history'>): boolean {
  return effect === 'positive' && weight > 0 && history[0]?.word !== true;
}

function writeHistory(u32: Uint32Array, at: number, example: Example): number {
  const length = Math.min(example.history.length, HISTORY_LENGTH);
  for (let k = 0; k < length; k++) {
    const { row, bucket, group, word } = example.history[k] as PooledEvent;
    u32[at + ROWS + k] = row;
    u32[at + MARKS + k] = bucket | (group << 8) | (isCandidate(example, k) ? CANDIDATE : 0) | (word === true ? WORD : 0);
  }
  u32.fill(0, at + ROWS + length, at + ROWS + HISTORY_LENGTH);
  return length;
}

function readHistory(u32: Uint32Array, at: number): PooledEvent[] {
  return Array.from({ length: u32[at + LENGTH] ?? 0 }, (_, k) => {
    const mark = u32[at + MARKS + k] ?? 0;
    return { row: u32[at + ROWS + k] ?? 0, bucket: mark & 0xff, group: (mark >>> 8) & 0xff, ...((mark & WORD) === 0 ? {} : { word: true }) };
  });
}

function writePast(u32: Uint32Array, at: number, past: readonly PastRow[]): number {
  past.forEach(({ row, bucket }, i) => {
    u32[at + HEAD_WORDS + i] = (row | (bucket << PAST_SHIFT)) >>> 0;
  });
  return past.length;
}

function readPast(u32: Uint32Array, at: number): PastRow[] {
  return Array.from({ length: u32[at + PAST] ?? 0 }, (_, i) => {
    const word = u32[at + HEAD_WORDS + i] ?? 0;
    return { row: word & (MAX_ROWS - 1), bucket: word >>> PAST_SHIFT };
  });
}
