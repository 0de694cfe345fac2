/**
 * The learner's memory as the kernel sees it: the header that src/parameters/layout.ts writes, the tables it points to,
 * the round's record, a micro-batch's descriptor, and one thread's scratch ("lane").
 *
 * 1. The fields of `Header` stand in the order of `headerWords` in layout.ts, those of `Example` in the order of
 *    src/engine/example.ts, those of `Round` and `Batch` in the order of src/engine/batches.ts: change them together.
 * 2. Globals below are per instance, and an instance belongs to one thread: `enter` points them at its lane.
 */

const HEADER_AT: usize = 65_536 - 1_024;

export const HISTORY: u32 = 20;
export const FOLLOWERS: u32 = 128;
export const NONE: u32 = 0xffff_ffff;

/** Floats of the dense row, see DENSE in shared/src/domain/model-config.ts. */
export const POSITION: u32 = 0;
export const AGE: u32 = 20;
export const TYPE: u32 = 28;
export const CONSTANT: u32 = 36;
export const REPEAT: u32 = 37;
export const FOLLOW: u32 = 45;
export const WORD_WEIGHT: u32 = 46;
export const SHARP_LENGTH: u32 = 48;
export const SHARP_AGE: u32 = 56;
export const REPEAT_PAST: u32 = 64;
export const DENSE: u32 = 96; // of which 72 are in use

@unmanaged
class Header {
  dim: u32;
  negatives: u32;
  sharpness: f32; // 1/τ
  rowRate: f32;
  biasRate: f32;
  dropout: u32; // an event of the history is dropped when its random number lies below
  popular: u32; // a negative is drawn by popularity when its random number lies below
  rivals: u32; // followers that are candidates
  exampleBytes: usize;
  optimizer: u32; // place in OPTIMIZERS of model-config.ts
  l2: f32;
  rateFloor: f32;
  embedding: usize;
  bias: usize;
  acc: usize;
  biasAcc: usize;
  moments: usize;
  dirty: usize;
  publishedEmbedding: usize;
  publishedBias: usize;
  follower: usize;
  followCount: usize;
  eligible: usize;
  listed: usize;
  dense: usize;
  selection: usize;
  popularRows: usize; // how many rows follow, then the items of the last events
  popularCounts: usize; // how often each row stands among them
  examples: usize;
  round: usize;
  batches: usize;
  batchBytes: usize;
  scratch: usize;
  laneBytes: usize;
  stride: usize;
  columns: usize;
  tableSlots: u32;
  // Where the parts of a lane begin, `laneRegions` of layout.ts.
  denseGradient: usize;
  constant: usize;
  sampleRow: usize;
  sampleInverse: usize;
  sampleOffset: usize;
  sampleNext: usize;
  sampleTable: usize;
  hitPlace: usize;
  hitValue: usize;
  pastPlace: usize;
  pastWeight: usize;
  followerRow: usize;
  followerCount: usize;
  sampleUnit: usize;
  sampleGradients: usize;
  weights: usize;
  users: usize;
  gradients: usize;
  temperatures: usize;
  works: usize;
  denseRate: f32; // … [DENSE]: η of each dense weight
}

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

/** What all micro-batches of a round share. */
@unmanaged
export class Round {
  next: u32; // the micro-batch to look at next, taken atomically
  count: u32;
  eligible: u32;
  followScale: f32;
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
  loss: f32;
  denseHeld: u32;
  unused: u32;

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
  unused3: f32;
  followSlope: f32; // ∂loss/∂w_f
  sharpnessSlope: f32; // ∂loss/∂σ
  gradient2: f32; // |∂loss/∂h|²
  loss: f32;
  scored: u32; // how many
  firstRival: u32; // place among the scored
  unused0: u32;
  unused1: u32;
  unused2: u32;

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
  /** By age bucket: ∂loss/∂r_past, as far as the sample has a part in it. */
  get pastSlope(): usize { return changetype<usize>(this) + 48; }
  /** Pooled: α; ∂loss/∂h · E[i_k]; address of the embedding; the event's place among the scored, or NONE. */
  get alpha(): usize { return this.pooled(0); }
  get pull(): usize { return this.pooled(1); }
  get token(): usize { return this.pooled(2); }
  get place(): usize { return this.pooled(3); }
  /** Scored: row (NONE: left out), address of the embedding, repeat bucket or NONE, log(1 + 20 follow). */
  get row(): usize { return this.listed(0); }
  get address(): usize { return this.listed(1); }
  get bucket(): usize { return this.listed(2); }
  get follow(): usize { return this.listed(3); }
  /** Scored: cosine, 1/|E|, ∂loss/∂s, ∂loss/∂cosine · 1/|E|. */
  get cosine(): usize { return this.listed(4); }
  get rowInverse(): usize { return this.listed(5); }
  get slope(): usize { return this.listed(6); }
  get share(): usize { return this.listed(7); }
}
/** Room for HISTORY + 1 and for 1 + HISTORY + MAX_RIVALS (model-config.ts), in whole vectors. */
const POOLED_BYTES: usize = 24 * 4;
const SCORED_BYTES: usize = 64 * 4;
const WORK_BYTES: usize = 80 + 4 * POOLED_BYTES + 8 * SCORED_BYTES;

export let rowBytes: usize = 0;
/** From one row of scratch to the next: a cache line more than a row, so that columns spread over all cache sets. */
export let stride: usize = 0;
/** The same for rows of one float a sampled item. */
export let columns: usize = 0;
export let denseAt: usize = 0; // weights, then accumulators: this thread's copy
export let denseGradient: usize = 0;
export let constantAt: usize = 0; // E[0], then its accumulator: this thread's copy
export let sampleRow: usize = 0; // u32[K]
export let sampleInverse: usize = 0; // 1/|E|, 0 for a row that can't be used
export let sampleOffset: usize = 0; // b_j − log(K q_j), or LEFT_OUT; ∂loss/∂b_j in the end
export let sampleNext: usize = 0; // u32[K]: next place with the same row + 1, or 0
export let sampleTable: usize = 0; // u32[tableMask + 1]: row → place + 1
export let tableMask: u32 = 0;
export let hitPlace: usize = 0; // places of followers found in the sample
export let hitValue: usize = 0;
export let pastPlace: usize = 0; // places of past items found in the sample, and the indices of their dense weights
export let pastWeight: usize = 0;
export let followerRow: usize = 0; // followers that are neither target nor in the history
export let followerCount: usize = 0;
export let sampleUnit: usize = 0; // [K][stride] E/|E|
export let sampleGradients: usize = 0; // [K][stride] ∂loss/∂Ê before the normalisation
export let weights: usize = 0; // [B][columns]: logits, then ∂loss/∂cosine
export let users: usize = 0; // [B][stride] ĥ
export let gradients: usize = 0; // [B][stride] ∂loss/∂ĥ, then ∂loss/∂h
export let temperatures: usize = 0; // f32[B]: τ/e^σ
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

/** log of what multiplies 1/τ for this history: σ by its length and by the age of its last event; 0 without a history, or for words. */
export function logSharpness(example: Example): f32 {
  const n = example.length;
  return !hasLast(example) ? 0 : dense(SHARP_LENGTH + lengthBucket(n)) + dense(SHARP_AGE + bucketOf(example.mark(0)));
}

/** Bucket 0 … 6 of a history's length: LENGTH_EDGES of model-config.ts. */
export function lengthBucket(n: u32): u32 {
  return u32(n >= 2) + u32(n >= 3) + u32(n >= 4) + u32(n >= 6) + u32(n >= 10) + u32(n >= 16);
}

/** Points the globals at a lane. */
export function enter(lane: u32): void {
  const h = header();
  const at = h.scratch + <usize>lane * h.laneBytes;
  rowBytes = <usize>h.dim << 2;
  stride = h.stride;
  columns = h.columns;
  tableMask = h.tableSlots - 1;
  denseAt = at;
  denseGradient = at + h.denseGradient;
  constantAt = at + h.constant;
  sampleRow = at + h.sampleRow;
  sampleInverse = at + h.sampleInverse;
  sampleOffset = at + h.sampleOffset;
  sampleNext = at + h.sampleNext;
  sampleTable = at + h.sampleTable;
  hitPlace = at + h.hitPlace;
  hitValue = at + h.hitValue;
  pastPlace = at + h.pastPlace;
  pastWeight = at + h.pastWeight;
  followerRow = at + h.followerRow;
  followerCount = at + h.followerCount;
  sampleUnit = at + h.sampleUnit;
  sampleGradients = at + h.sampleGradients;
  weights = at + h.weights;
  users = at + h.users;
  gradients = at + h.gradients;
  temperatures = at + h.temperatures;
  works = at + h.works;
}

/** Lane 0 to read parameters between rounds: as they are, not as a lane last trained its copies. */
export function examine(): void {
  enter(0);
  denseAt = header().dense;
  constantAt = header().embedding;
}
