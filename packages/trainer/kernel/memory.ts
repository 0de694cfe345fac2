/**
 * The learner's memory as the kernel sees it: the header that src/parameters/layout.ts writes, the tables it points to, and one
 * thread's scratch ("lane"). What lies in them of a round and its examples: records.ts.
 *
 * 1. The fields of `Header` stand in the order of `headerWords` in layout.ts: change them together.
 * 2. Globals below are per instance, and an instance belongs to one thread: `enter` points them at its lane.
 */

const HEADER_AT: usize = 65_536 - 1_024;

export const HISTORY: u32 = 20;
export const NONE: u32 = 0xffff_ffff;

/** Slots of `rowTable` for what is scored, a byte each: four times as many as there can be. */
export const SCORED_SLOTS: u32 = 256;
/** The same for the followers of the last items, two bytes each: at least twice as many as there can be. */
export const FOLLOW_SLOTS: u32 = 1_024;

/** Floats of the dense row, see DENSE in shared/src/domain/model-config.ts. */
export const POSITION: u32 = 0;
export const AGE: u32 = 20;
export const TYPE: u32 = 28;
export const CONSTANT: u32 = 36;
export const REPEAT: u32 = 37;
const FOLLOW: u32 = 45;
export const WORD_WEIGHT: u32 = 46;
export const SHARP_LENGTH: u32 = 48;
export const SHARP_AGE: u32 = 56;
export const REPEAT_PAST: u32 = 64;
const FOLLOW_EARLIER: u32 = 72;
export const DENSE: u32 = 96; // of which 74 are in use

/** Items of the last so many events have followers that count, see FOLLOWED_ITEMS in model-config.ts. */
export const FOLLOWED: u32 = 3;

/** Index of w_f of the z-th last item. */
// @ts-ignore: decorator
@inline
export function followWeight(z: u32): u32 {
  return z == 0 ? FOLLOW : FOLLOW_EARLIER + z - 1;
}

@unmanaged
class Header {
  dim: u32;
  sharpness: f32; // 1/τ
  rowRate: f32;
  biasRate: f32;
  dropout: u32; // an event of the history is dropped when its random number lies below
  popular: u32; // a negative is drawn by popularity when its random number lies below
  rivals: u32; // followers that are candidates
  followers: u32; // cells of an item
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
  hitSource: usize;
  pastPlace: usize;
  pastWeight: usize;
  followerRow: usize;
  followerCount: usize;
  rowTable: usize;
  sampleUnit: usize;
  sampleGradients: usize;
  weights: usize;
  users: usize;
  gradients: usize;
  temperatures: usize;
  works: usize;
  denseRate: f32; // … [DENSE]: η of each dense weight
}

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
export let hitPlace: usize = 0; // places of followers found in the sample; between rounds the followers of the last items
export let hitValue: usize = 0; // their log(1 + 20 follow); between rounds their follow terms
export let hitSource: usize = 0; // and which of the last items they follow
export let pastPlace: usize = 0; // places of past items found in the sample, and the indices of their dense weights
export let pastWeight: usize = 0;
export let followerRow: usize = 0; // followers that are neither target nor in the history
export let followerCount: usize = 0;
export let rowTable: usize = 0; // u8[SCORED_SLOTS]: row → its place among the scored + 1; between rounds u16[FOLLOW_SLOTS], see query.ts
export let sampleUnit: usize = 0; // [K][stride] E/|E|
export let sampleGradients: usize = 0; // [K][stride] ∂loss/∂Ê before the normalisation
export let weights: usize = 0; // [B][columns]: logits, then ∂loss/∂cosine
export let users: usize = 0; // [B][stride] ĥ
export let gradients: usize = 0; // [B][stride] ∂loss/∂ĥ, then ∂loss/∂h
export let temperatures: usize = 0; // f32[B]: τ/e^σ
export let works: usize = 0;

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
  hitSource = at + h.hitSource;
  pastPlace = at + h.pastPlace;
  pastWeight = at + h.pastWeight;
  followerRow = at + h.followerRow;
  followerCount = at + h.followerCount;
  rowTable = at + h.rowTable;
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
