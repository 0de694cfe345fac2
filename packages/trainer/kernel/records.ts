/**
 * The records that the learner writes and the kernel reads: an example, the round, a micro-batch's descriptor; and what the kernel
 * itself keeps of an example while it is trained (`Work`).
 *
 * 1. The fields of `Example` stand in the order of src/engine/example.ts, those of `Round` and `Batch` in the order of
 *    src/engine/batches.ts: change them together.
 */
import { FOLLOWED, header, REPEAT, REPEAT_PAST, works } from './memory';

@unmanaged
export class Example {
  target: u32;
  weight: f32;
  negative: u32;
  length: u32;
  repeat: u32;
  own: f32;
  past: u32; // items had before the pooled events
  unused: u32;

  // @ts-ignore: decorator
  @inline
  get rows(): usize {
    return changetype<usize>(this) + 32;
  }

  // @ts-ignore: decorator
  @inline
  row(k: u32): u32 {
    return load<u32>(this.rows + (k << 2));
  }

  // @ts-ignore: decorator
  @inline
  mark(k: u32): u32 {
    return load<u32>(changetype<usize>(this) + (k << 2), 32 + 80);
  }

  // @ts-ignore: decorator
  @inline
  private pastItem(i: u32): u32 {
    return load<u32>(changetype<usize>(this) + (i << 2), 32 + 160);
  }

  // @ts-ignore: decorator
  @inline
  pastRow(i: u32): u32 {
    return this.pastItem(i) & 0x0fff_ffff;
  }

  // @ts-ignore: decorator
  @inline
  pastBucket(i: u32): u32 {
    return PAST_BUCKET + (this.pastItem(i) >> 28);
  }
}

/** Repeat buckets below are age buckets of the history, from here on those of past items. */
const PAST_BUCKET: u32 = 8;

/** Index of a repeat bucket's dense weight. */
// @ts-ignore: decorator
@inline
export function repeatWeight(bucket: u32): u32 {
  return bucket < PAST_BUCKET ? REPEAT + bucket : REPEAT_PAST - PAST_BUCKET + bucket;
}

// @ts-ignore: decorator
@inline
export function bucketOf(mark: u32): u32 {
  return mark & 0xff;
}

// @ts-ignore: decorator
@inline
export function groupOf(mark: u32): u32 {
  return (mark >> 8) & 0xff;
}

// @ts-ignore: decorator
@inline
export function isCandidate(mark: u32): bool {
  return (mark & 0x1_0000) != 0;
}

/** A word of a title or a query: its weight is one of its own, it is no candidate and nobody follows it. */
// @ts-ignore: decorator
@inline
export function isWord(mark: u32): bool {
  return (mark & 0x2_0000) != 0;
}

/** Whether the newest token is an item that others follow; what follows a word isn't counted. */
// @ts-ignore: decorator
@inline
export function hasLast(example: Example): bool {
  return example.length > 0 && !isWord(example.mark(0));
}

/** Whether the trainer watches its loss: an item predicted from items. Refusals, and items found from words, have losses of another size. */
// @ts-ignore: decorator
@inline
export function tellsLoss(example: Example): bool {
  return example.negative == 0 && example.weight > 0 && (example.length == 0 || !isWord(example.mark(0)));
}

/** What all micro-batches of a round share. */
@unmanaged
export class Round {
  next: u32; // the micro-batch to look at next, taken atomically
  count: u32;
  eligible: u32;
  followScale: f32;
  negatives: u32; // K: at most what the lanes have room for
}

/** How far a micro-batch has come. */
export const WAITING: u32 = 0;
export const BEGUN: u32 = 1;
export const FINISHED: u32 = 2;

/** Of a slot in a descriptor: the example was refused. */
const REFUSED: u32 = 0x8000_0000;

@unmanaged
export class Batch {
  seedA: u32;
  seedB: u32;
  count: u32;
  state: u32; // written atomically
  sampled: u32; // places of the sample that are filled
  loss: f32; // Σ loss/weight over the examples that are told of (tellsLoss)
  denseHeld: u32;
  told: u32; // how many these are

  // @ts-ignore: decorator
  @inline
  private at(b: u32): usize {
    return changetype<usize>(this) + (b << 2);
  }

  // @ts-ignore: decorator
  @inline
  slot(b: u32): u32 {
    return load<u32>(this.at(b), 32) & ~REFUSED;
  }

  // @ts-ignore: decorator
  @inline
  isRefused(b: u32): bool {
    return (load<u32>(this.at(b), 32) & REFUSED) != 0;
  }

  // @ts-ignore: decorator
  @inline
  refuse(b: u32): void {
    store<u32>(this.at(b), load<u32>(this.at(b), 32) | REFUSED, 32);
  }
}

/**
 * What is kept of one example between its forward pass and its steps. "Pooled" arrays hold a value for each event of the history,
 * then the constant token's. "Scored" arrays hold the target's value first, then the candidates': items of the history, then
 * rivals (followers of the last item).
 */
@unmanaged
export class Work {
  inverse: f32; // 1/|h|
  sharpness: f32; // e^σ/τ
  sharpnessSlope: f32; // ∂loss/∂σ
  gradient2: f32; // |∂loss/∂h|²
  loss: f32;
  scored: u32; // how many
  firstRival: u32; // place among the scored
  unused0: u32;
  unused1: u32;
  private followSlope0: f32;
  private followSlope1: f32;
  private followSlope2: f32;

  // @ts-ignore: decorator
  @inline
  private pooled(n: usize): usize {
    return changetype<usize>(this) + 80 + n * POOLED_BYTES;
  }
  // @ts-ignore: decorator
  @inline
  private listed(n: usize): usize {
    return changetype<usize>(this) + 80 + 4 * POOLED_BYTES + n * SCORED_BYTES;
  }
  /** By place among the last items: ∂loss/∂w_f. */
  get followSlope(): usize { return changetype<usize>(this) + offsetof<Work>('followSlope0'); }
  /** By age bucket: ∂loss/∂r_past, as far as the sample has a part in it. */
  get pastSlope(): usize { return changetype<usize>(this) + 48; }
  /** Pooled: α; ∂loss/∂h · E[i_k]; address of the embedding; the event's place among the scored, or NONE. */
  get alpha(): usize { return this.pooled(0); }
  get pull(): usize { return this.pooled(1); }
  get token(): usize { return this.pooled(2); }
  get place(): usize { return this.pooled(3); }
  /** Scored: row (NONE: left out), address of the embedding, repeat bucket or NONE. */
  get row(): usize { return this.listed(0); }
  get address(): usize { return this.listed(1); }
  get bucket(): usize { return this.listed(2); }
  /** Scored: cosine, 1/|E|, ∂loss/∂s, ∂loss/∂cosine · 1/|E|. */
  get cosine(): usize { return this.listed(3); }
  get rowInverse(): usize { return this.listed(4); }
  get slope(): usize { return this.listed(5); }
  get share(): usize { return this.listed(6); }
  /** Scored: log(1 + 20 follow) of the z-th last item. */
  // @ts-ignore: decorator
  @inline
  follow(z: u32): usize { return this.listed(7 + z); }
}
/** Room for HISTORY + 1 and for 1 + HISTORY + MAX_RIVALS (model-config.ts), in whole vectors. */
const POOLED_BYTES: usize = 24 * 4;
const SCORED_BYTES: usize = 64 * 4;
const WORK_BYTES: usize = 80 + 4 * POOLED_BYTES + (7 + FOLLOWED) * SCORED_BYTES;

// @ts-ignore: decorator
@inline
export function round(): Round {
  return changetype<Round>(header().round);
}

// @ts-ignore: decorator
@inline
export function example(slot: u32): Example {
  return changetype<Example>(header().examples + <usize>slot * header().exampleBytes);
}

// @ts-ignore: decorator
@inline
export function batch(index: u32): Batch {
  return changetype<Batch>(header().batches + <usize>index * header().batchBytes);
}

// @ts-ignore: decorator
@inline
export function work(b: u32): Work {
  return changetype<Work>(works + <usize>b * WORK_BYTES);
}
