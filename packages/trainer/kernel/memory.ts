/**
 * The learner's memory as the kernel sees it: the header that src/parameters/layout.ts writes, the tables it points to,
 * one micro-batch's descriptor, and one thread's scratch ("lane").
 *
 * 1. The fields of `Header` stand in the order of `headerWords` in layout.ts, those of `Example` in the order of
 *    src/engine/example.ts: change them together.
 * 2. Globals below are per instance, and an instance belongs to one thread: `enter` points them at its lane.
 */

const HEADER_AT: usize = 65_536 - 1_024;

export const HISTORY: u32 = 20;
export const FOLLOWERS: u32 = 128;
export const MICRO_BATCH: u32 = 32;
/** Examples whose gradients are taken at the same parameters before any of their rows moves. */
export const TILE: u32 = 4;
export const NONE: u32 = 0xffff_ffff;

/** Floats of the dense row, see DENSE in shared/src/domain/model-config.ts. */
export const POSITION: u32 = 0;
export const AGE: u32 = 20;
export const TYPE: u32 = 28;
export const CONSTANT: u32 = 36;
export const REPEAT: u32 = 37;
export const FOLLOW: u32 = 45;
export const DENSE: u32 = 48;

@unmanaged
class Header {
  dim: u32;
  negatives: u32;
  sharpness: f32; // 1/τ
  rowRate: f32;
  biasRate: f32;
  embedding: usize;
  bias: usize;
  acc: usize;
  biasAcc: usize;
  dirty: usize;
  publishedEmbedding: usize;
  publishedBias: usize;
  follower: usize;
  followCount: usize;
  eligible: usize;
  listed: usize;
  selection: usize;
  examples: usize;
  batches: usize;
  scratch: usize;
  laneBytes: usize;
  denseRate: f32; // … [48]: η of each dense weight
}

@unmanaged
export class Example {
  target: u32;
  weight: f32;
  negative: u32;
  length: u32;
  repeat: u32;
  own: f32;
  unused0: u32;
  unused1: u32;

  // @ts-ignore: decorator
  @inline
  row(k: u32): u32 {
    return load<u32>(changetype<usize>(this) + (k << 2), 32);
  }

  // @ts-ignore: decorator
  @inline
  mark(k: u32): u32 {
    return load<u32>(changetype<usize>(this) + (k << 2), 32 + 80);
  }
}
const EXAMPLE_BYTES: usize = 192;

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

/** How far a micro-batch has come. */
export const WAITING: u32 = 0;
export const BEGUN: u32 = 1;
export const FINISHED: u32 = 2;

@unmanaged
export class Batch {
  seedA: u32;
  seedB: u32;
  count: u32;
  state: u32;
  refused: u32; // one bit for each refused example
  loss: f32;
  unused0: u32;
  unused1: u32;

  // @ts-ignore: decorator
  @inline
  slot(b: u32): u32 {
    return load<u32>(changetype<usize>(this) + (b << 2), 32);
  }
}
const BATCH_BYTES: usize = 160;

/** What is kept of one example of a tile between its forward pass and its steps. Arrays have room for HISTORY + 1. */
@unmanaged
export class Work {
  inverse: f32; // 1/|h|
  targetCosine: f32;
  targetInverse: f32; // 1/|E[target]|
  targetSlope: f32; // ∂loss/∂s_target
  followSlope: f32; // ∂loss/∂w_f
  gradient2: f32; // |∂loss/∂h|²
  loss: f32;
  alive: u32;

  // @ts-ignore: decorator
  @inline
  private array(n: usize): usize {
    return changetype<usize>(this) + 32 + n * 96;
  }
  /** α, the constant token's after the history's. */
  get alpha(): usize { return this.array(0); }
  /** ∂loss/∂h · E[i_k]. */
  get pull(): usize { return this.array(1); }
  /** Of the candidates: cosine, 1/|E|, ∂loss/∂s (0 for a history event that is none). */
  get cosine(): usize { return this.array(2); }
  get rowInverse(): usize { return this.array(3); }
  get slope(): usize { return this.array(4); }
}
const WORK_BYTES: usize = 32 + 5 * 96;

export let rowBytes: usize = 0;
/** From one row of scratch to the next: a cache line more than a row, so that columns spread over all cache sets. */
export let stride: usize = 0;
/** The same for rows of one float a sampled item. */
export let columns: usize = 0;
export let denseAt: usize = 0; // weights, then accumulators: this thread's copy
export let denseGradient: usize = 0;
export let sampleRow: usize = 0; // u32[K]
export let sampleInverse: usize = 0; // 1/|E|, 0 for a row that can't be used
export let sampleOffset: usize = 0; // b_j + log(N/K), or LEFT_OUT
export let sampleNext: usize = 0; // u32[K]: next place with the same row + 1, or 0
export let sampleUnit: usize = 0; // [K][stride] E/|E|
export let sampleTable: usize = 0; // u32[tableMask + 1]: row → place + 1
export let tableMask: u32 = 0;
export let hitPlace: usize = 0; // places of followers found in the sample
export let hitValue: usize = 0;
export let weights: usize = 0; // [MICRO_BATCH][columns]: logits, then ∂loss/∂cosine
export let users: usize = 0; // [MICRO_BATCH][stride] ĥ
export let gradients: usize = 0; // [TILE][stride]
let works: usize = 0;

// @ts-ignore: decorator
@inline
export function header(): Header {
  return changetype<Header>(HEADER_AT);
}

// @ts-ignore: decorator
@inline
export function denseRates(): usize {
  return HEADER_AT + offsetof<Header>('denseRate');
}

// @ts-ignore: decorator
@inline
export function example(slot: u32): Example {
  return changetype<Example>(header().examples + <usize>slot * EXAMPLE_BYTES);
}

// @ts-ignore: decorator
@inline
export function batch(index: u32): Batch {
  return changetype<Batch>(header().batches + <usize>index * BATCH_BYTES);
}

// @ts-ignore: decorator
@inline
export function work(b: u32): Work {
  return changetype<Work>(works + <usize>b * WORK_BYTES);
}

// @ts-ignore: decorator
@inline
export function embedding(row: u32): usize {
  return header().embedding + <usize>row * rowBytes;
}

// @ts-ignore: decorator
@inline
export function float(at: usize, index: u32): f32 {
  return load<f32>(at + (index << 2));
}

// @ts-ignore: decorator
@inline
export function dense(index: u32): f32 {
  return load<f32>(denseAt + (index << 2));
}

/** Points the globals at a lane; the order and sizes are `laneWords` of layout.ts. */
export function enter(lane: u32): void {
  const k: usize = header().negatives;
  rowBytes = <usize>header().dim << 2;
  stride = rowBytes + 64;
  columns = (k << 2) + 64;
  tableMask = 4;
  while (tableMask < 4 * <u32>k) tableMask <<= 1;
  let at = header().scratch + <usize>lane * header().laneBytes;
  denseAt = at; at += DENSE * 8;
  denseGradient = at; at += DENSE * 4;
  sampleRow = at; at += columns;
  sampleInverse = at; at += columns;
  sampleOffset = at; at += columns;
  sampleNext = at; at += columns;
  hitPlace = at; at += columns;
  hitValue = at; at += columns;
  sampleTable = at; at += <usize>tableMask << 2;
  tableMask -= 1;
  sampleUnit = at; at += k * stride;
  weights = at; at += <usize>MICRO_BATCH * columns;
  users = at; at += <usize>MICRO_BATCH * stride;
  gradients = at; at += <usize>TILE * stride;
  works = at;
}
