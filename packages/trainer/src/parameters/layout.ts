/**
 * Where everything of the learner lies in its one shared WebAssembly.Memory: byte offsets, computed once from the
 * model's sizes. The kernel reads the same numbers from the header (kernel/memory.ts mirrors `headerWords`).
 *
 * 1. Every region starts on a cache line (64 bytes), so each is aligned for SIMD and no two threads' scratch share one.
 * 2. Regions never move: capacity is fixed here. The operating system touches a page when it is first written,
 *    so a large capacity costs addresses, not memory.
 * 3. A model that would not fit into 4 GiB is refused with a sentence that says what would fit.
 */
import { DENSE, FOLLOWERS_STEP, MAX_FOLLOWERS, MAX_PAST_ITEMS, MAX_RIVALS, type ModelConfig, OPTIMIZERS } from '@freshet/shared/domain/model-config';
import { STAT } from '@freshet/shared/domain/tables';
import { checkTypeWeights } from '@freshet/shared/domain/type-weights';
import { UsageError } from '@freshet/shared/errors';
import { createSharedMemory, type WasmMemory } from '@freshet/shared/wasm';
import { exampleWords } from '../engine/example.js';
import { type LaneRegions, planLane } from './lane.js';

/** New examples that a round may bring; the next ones wait for the next round. */
const MAX_NEW_EXAMPLES = 8_192;
/** Words of a micro-batch's descriptor before its slots: seedA, seedB, count, state, sampled, loss, 2 unused. */
const BATCH_HEAD_WORDS = 8;

/** Events whose items negatives are drawn from by popularity. */
export const POPULAR_EVENTS = 262_144;

const PAGE_BYTES = 65_536;
const MAX_BYTES = 65_536 * PAGE_BYTES;
/** The kernel's own static data (none today) has the first page, except for the header at its end. */
const HEADER_AT = PAGE_BYTES - 1_024;
const LINE = 64;
const WORD = 4;
/** Of the marks of changed follow cells, a bit each; followers come in steps of FOLLOWERS_STEP, so no byte is two rows'. */
const CELLS_OF_BYTE = 8;

export interface LayoutSizes {
  readonly model: ModelConfig;
  /** Items the tables have room for (row 0, the constant token, comes on top). */
  readonly maxItems: number;
  /** Words the `word` table has room for; default none. */
  readonly maxWords?: number;
  /** Training threads; 0 trains on the calling thread. */
  readonly threads: number;
}

/** Sizes in rows or slots, offsets in bytes. */
export interface Layout {
  readonly model: ModelConfig;
  readonly rows: number;
  /** Rows of words: they lie behind the item rows, word w at row `rows` + w. */
  readonly wordRows: number;
  /** Lane 0 is the calling thread's scratch, lanes 1 … threads are the workers'. */
  readonly lanes: number;
  /** Slots [0, freshSlots) take new examples, [freshSlots, exampleSlots) are the replay buffer. */
  readonly freshSlots: number;
  readonly exampleSlots: number;
  readonly maxBatches: number;

  readonly embedding: number; // f32[(rows + wordRows) · D]; row 0 is the constant token
  readonly bias: number; // f32[rows + wordRows]; a word's is read, never stepped
  readonly acc: number; // f32[rows + wordRows], Adagrad's accumulator of the embedding
  readonly biasAcc: number; // f32[rows + wordRows]
  /** f32[(rows + wordRows) · D], Adam's first moments; nothing is there with another optimizer. */
  readonly moments: number;
  readonly dirty: number; // u8[rows + wordRows]: written since last looked at
  readonly publishedEmbedding: number; // f32[(rows + wordRows) · D], as last published
  readonly publishedBias: number; // f32[rows + wordRows]
  readonly follower: number; // u32[rows · followers]; 0 = empty
  readonly followCount: number; // f32[rows · followers], forward-decayed
  readonly followDirty: number; // a bit for each of rows · followers: changed since last taken
  readonly stat: number; // u32/f32[rows · STAT.words]
  readonly statDirty: number; // u8[rows]
  readonly eligible: number; // u32[rows]: rows that may be negatives, in the order they became so
  readonly listed: number; // u8[rows]: 1 when the row stands in `eligible`
  readonly dense: number; // f32[DENSE.floats]
  readonly selection: number; // u32[rows + wordRows]: rows handed to or from a kernel call on lane 0
  readonly popularRows: number; // u32: how many, then u32[POPULAR_EVENTS]: items of the last events (parameters/popularity.ts)
  readonly popularCounts: number; // u32[rows]: how often each stands among them
  readonly examples: number; // u32[exampleSlots · exampleWords]
  readonly round: number; // the round's record (engine/batches.ts)
  readonly batches: number; // u32[maxBatches · batchWords]
  readonly batchWords: number;
  readonly scratch: number; // lanes · lane.bytes
  readonly lane: LaneRegions;
  readonly bytes: number;
}

export function planLayout(sizes: LayoutSizes): Layout {
  const { model, maxItems, maxWords = 0, threads } = sizes;
  checkSizes(sizes);
  const rows = maxItems + 1;
  const all = rows + maxWords;
  const lanes = threads + 1;
  const exampleSlots = MAX_NEW_EXAMPLES + model.replayCapacity;
  const maxBatches = Math.ceil(MAX_NEW_EXAMPLES / model.batch) * (1 + Math.ceil(model.replay)) + 1;
  const batchWords = alignLine((BATCH_HEAD_WORDS + model.batch) * WORD) / WORD;
  const lane = planLane(model);
  let next = PAGE_BYTES;
  const take = (bytes: number): number => {
    const at = next;
    next = alignLine(next + bytes);
    return at;
  };
  const regions = {
    embedding: take(all * model.dim * WORD),
    bias: take(all * WORD),
    acc: take(all * WORD),
    biasAcc: take(all * WORD),
    moments: take(model.optimizer === 'adam' ? all * model.dim * WORD : 0),
    dirty: take(all),
    publishedEmbedding: take(all * model.dim * WORD),
    publishedBias: take(all * WORD),
    follower: take(rows * model.followers * WORD),
    followCount: take(rows * model.followers * WORD),
    followDirty: take((rows * model.followers) / CELLS_OF_BYTE),
    stat: take(rows * STAT.words * WORD),
    statDirty: take(rows),
    eligible: take(rows * WORD),
    listed: take(rows),
    dense: take(DENSE.floats * WORD),
    selection: take(all * WORD),
    popularRows: take((1 + POPULAR_EVENTS) * WORD),
    popularCounts: take(rows * WORD),
    examples: take(exampleSlots * exampleWords(model) * WORD),
    round: take(LINE),
    batches: take(maxBatches * batchWords * WORD),
    scratch: take(lanes * lane.bytes),
  };
  if (next > MAX_BYTES) throw tooLarge(next, maxItems, model.dim);
  const freshSlots = MAX_NEW_EXAMPLES;
  return { model, rows, wordRows: maxWords, lanes, freshSlots, exampleSlots, maxBatches, batchWords, lane, ...regions, bytes: next };
}

/** Examples that the replay buffer can hold beside all else of a model of these sizes; a `UsageError` when the model alone doesn't fit. */
export function mostReplayed(sizes: LayoutSizes): number {
  const { bytes } = planLayout({ ...sizes, model: { ...sizes.model, replayCapacity: 1 } });
  // The last page stays empty, so that no region ends where addresses begin anew.
  return Math.max(1, 1 + Math.floor((MAX_BYTES - PAGE_BYTES - bytes) / (exampleWords(sizes.model) * WORD)));
}

/** One shared memory of the planned size; it never grows. The header is written, all else is zero. */
export function createMemory(layout: Layout): WasmMemory<SharedArrayBuffer> {
  const memory = createSharedMemory(layout.bytes);
  const header = new DataView(memory.buffer, HEADER_AT);
  headerWords(layout).forEach(([kind, value], index) => {
    if (kind === 'f32') header.setFloat32(index * WORD, value, true);
    else header.setUint32(index * WORD, value, true);
  });
  return memory;
}

/** The header, word by word, in the order of `Header` in kernel/memory.ts. */
function headerWords(layout: Layout): readonly (readonly ['u32' | 'f32', number])[] {
  const { model, lane } = layout;
  const { embedding, bias, acc, biasAcc, moments, dirty, publishedEmbedding, publishedBias, follower, followCount, eligible, listed, dense } = layout;
  const { selection, popularRows, popularCounts, examples, round, batches, batchWords, scratch } = layout;
  const tables = [embedding, bias, acc, biasAcc, moments, dirty, publishedEmbedding, publishedBias, follower, followCount, eligible, listed, dense];
  const rounds = [selection, popularRows, popularCounts, examples, round, batches, batchWords * WORD, scratch];
  const regions = [lane.denseGradient, lane.constant, lane.sampleRow, lane.sampleInverse, lane.sampleOffset, lane.sampleNext, lane.sampleTable];
  const candidates = [lane.hitPlace, lane.hitValue, lane.hitSource, lane.pastPlace, lane.pastWeight, lane.followerRow, lane.followerCount, lane.rowTable];
  const matrices = [lane.sampleUnit, lane.sampleGradients, lane.weights, lane.users, lane.gradients, lane.temperatures, lane.works];
  return [
    ['u32', model.dim],
    ['f32', 1 / model.temperature],
    ['f32', model.rowRate],
    ['f32', model.biasRate],
    ['u32', thresholdOf(model.historyDropout)],
    ['u32', thresholdOf(model.popularNegatives)],
    ['u32', model.rivals],
    ['u32', model.followers],
    ['u32', exampleWords(model) * WORD],
    ['u32', OPTIMIZERS.indexOf(model.optimizer)],
    ['f32', model.l2],
    ['f32', model.rateFloor],
    ...[...tables, ...rounds, lane.bytes, lane.stride, lane.columns, lane.tableSlots, ...regions, ...candidates, ...matrices].map((value) => ['u32', value] as const),
    ...denseRates(model).map((rate) => ['f32', rate] as const),
  ];
}

/** What a 32-bit random number lies below with a probability. */
export function thresholdOf(probability: number): number {
  return Math.floor(probability * 2 ** 32);
}

/** η of each dense weight. */
export function denseRates(model: ModelConfig): readonly number[] {
  return Array.from({ length: DENSE.weights }, (_, w) => {
    if (w < DENSE.repeat) return model.attentionRate;
    if (w === DENSE.follow || w >= DENSE.followEarlier) return model.followRate;
    if (w < DENSE.follow || w >= DENSE.repeatPast) return model.repeatRate;
    return w < DENSE.sharpLength ? model.followRate : model.sharpnessRate;
  });
}

function alignLine(bytes: number): number {
  return Math.ceil(bytes / LINE) * LINE;
}

function checkSizes({ model, maxItems, maxWords = 0, threads }: LayoutSizes): void {
  const check = (ok: boolean, what: string): void => {
    if (!ok) throw new UsageError('model_size', what);
  };
  check(model.dim >= 16 && model.dim <= 512 && model.dim % 16 === 0, `the dimension must be a multiple of 16 up to 512, not ${model.dim}`);
  check(model.negatives >= 4 && model.negatives <= 4_096 && model.negatives % 4 === 0, `negatives must be a multiple of 4 up to 4096, not ${model.negatives}`);
  check(model.batch >= 4 && model.batch <= 512 && model.batch % 4 === 0, `a micro-batch's size must be a multiple of 4 up to 512, not ${model.batch}`);
  check(model.historyDropout >= 0 && model.historyDropout < 1, `the share of dropped history events must be 0 or more and below 1, not ${model.historyDropout}`);
  check(model.popularNegatives >= 0 && model.popularNegatives < 1, `the share of popular negatives must be 0 or more and below 1, not ${model.popularNegatives}`);
  check(Number.isInteger(model.rivals) && model.rivals >= 0 && model.rivals <= MAX_RIVALS, `rivals must be a whole number up to ${MAX_RIVALS}, not ${model.rivals}`);
  check(model.followers >= FOLLOWERS_STEP && model.followers <= MAX_FOLLOWERS && model.followers % FOLLOWERS_STEP === 0, `followers must be a multiple of ${FOLLOWERS_STEP} up to ${MAX_FOLLOWERS}, not ${model.followers}`);
  check(model.pastItems >= 0 && model.pastItems <= MAX_PAST_ITEMS && model.pastItems % 16 === 0, `past items must be a multiple of 16 up to ${MAX_PAST_ITEMS}, not ${model.pastItems}`);
  check(OPTIMIZERS.includes(model.optimizer), `the optimizer must be one of ${OPTIMIZERS.join(', ')}, not ${model.optimizer}`);
  check(model.l2 >= 0 && model.l2 <= 1, `l2 must be between 0 and 1, not ${model.l2}`);
  check(model.rateFloor >= 0 && model.rateFloor <= 1, `the floor under the step size must be between 0 and 1, not ${model.rateFloor}`);
  check(Math.abs(model.popularityWeighting) <= 2, `the exponent of popularity weighting must be between -2 and 2, not ${model.popularityWeighting}`);
  const sampled = [model.typeOversampling, model.typeUndersampling, model.itemOversampling, model.itemUndersampling];
  check(sampled.every((exponent) => exponent >= 0 && exponent <= 1), `exponents of over- and under-sampling must be between 0 and 1, not ${sampled.join(', ')}`);
  check(model.replayCapacity > 0 || sampled.every((exponent) => exponent === 0), 'over- and under-sampling go by what the replay buffer holds, and there is none');
  checkTypeWeights(model.typeWeights);
  check(Number.isInteger(maxItems) && maxItems >= 1, `the number of items must be a whole number above 0, not ${maxItems}`);
  check(Number.isInteger(maxWords) && maxWords >= 0, `the number of words must be a whole number, not ${maxWords}`);
  check(Number.isInteger(threads) && threads >= 0 && threads <= 64, `threads must be between 0 and 64, not ${threads}`);
  check(model.replay >= 0 && model.replay <= 8, `replay examples for each new one must be between 0 and 8, not ${model.replay}`);
  check(Number.isInteger(model.replayCapacity) && model.replayCapacity >= 0, `the replay buffer's size must be a whole number, not ${model.replayCapacity}`);
}

function tooLarge(bytes: number, maxItems: number, dim: number): UsageError {
  const fits = Math.floor((maxItems * MAX_BYTES) / bytes / 1_000) * 1_000;
  const need = (bytes / 2 ** 30).toFixed(1);
  return new UsageError('model_size', `${maxItems} items of dimension ${dim} need ${need} GiB and 4 GiB can be addressed: about ${fits} items fit`);
}
