/**
 * The hyperparameters of MODEL.md, and the layout of the learned weights that are not item rows.
 * Two processes may exchange parameters only when `configHash` is equal.
 */
import { random32 } from './random.js';
import type { TypeWeights } from './type-weights.js';

export interface ModelConfig {
  /** D: floats of an item's embedding; a multiple of 16. */
  readonly dim: number;
  /** K: sampled negatives that a micro-batch shares; a multiple of 4. */
  readonly negatives: number;
  /** B: examples of a micro-batch, which share the negatives and whose gradients are taken at the same parameters; a multiple of 4. */
  readonly batch: number;
  /** Share of the history's events left out, at random, each time an example is trained (never all of them). */
  readonly historyDropout: number;
  /** Share of the negatives that are items of events drawn from the last ones, instead of items drawn uniformly. */
  readonly popularNegatives: number;
  /** Followers of the last item (those with the largest counts) that are candidates of the loss, beside the history's items. */
  readonly rivals: number;
  /** Cells of an item in the table `follow`: its followers with the largest counts; a multiple of 16 (docs/decisions/006). */
  readonly followers: number;
  /** Items had before the pooled events that get the repeat term r_past (the latest ones); a multiple of 16. */
  readonly pastItems: number;
  /** How item rows and biases step (trainer/kernel/optimizer.ts); dense weights always go by Adagrad. */
  readonly optimizer: Optimizer;
  /** Pulls rows and biases towards 0 whenever they are scored: ½ l2 |E|² and ½ l2 b² join the loss. */
  readonly l2: number;
  /** Adagrad's η/√acc of a row falls no lower, so that an old row can still move; 0: no floor. */
  readonly rateFloor: number;
  /** An example's weight is multiplied by (mean events of an item / events of its target)^this, within a factor of four. */
  readonly popularityWeighting: number;
  /** Weights that examples of built-in event types have in the loss, instead of domain/event's (checkTypeWeights). */
  readonly typeWeights: TypeWeights;
  /**
   * Class balance by sampling (trainer's learner/balance): exponents from 0, as they come, to 1, evenly. Over-sampling draws rare event types (items)
   * from the replay buffer more often, under-sampling trains new examples of frequent ones less often.
   */
  readonly typeOversampling: number;
  readonly typeUndersampling: number;
  readonly itemOversampling: number;
  readonly itemUndersampling: number;
  /** τ: temperature of the cosine. */
  readonly temperature: number;
  /** η of item rows, biases, attention weights (w_pos, w_age, w_type, w_c), repeat weights r, follow weights w_f, sharpness σ. */
  readonly rowRate: number;
  readonly biasRate: number;
  readonly attentionRate: number;
  readonly repeatRate: number;
  /** 0 holds w_f where they start (docs/decisions/007, 038). */
  readonly followRate: number;
  readonly sharpnessRate: number;
  /** R: replay examples for each new one. */
  readonly replay: number;
  /** Examples the replay buffer keeps. */
  readonly replayCapacity: number;
  /** Share of the learned events that bring along *the item's words → the item*, and the weight of that example. */
  readonly textShare: number;
  readonly textWeight: number;
  readonly seed: number;
}

/** Most followers kept for each item, and those kept by default (docs/decisions/006: fewer lose the long tail of basket shops). */
export const MAX_FOLLOWERS = 128;
/** Followers come in steps of so many. */
export const FOLLOWERS_STEP = 16;
/** Past items whose repeat term serving adds, and that a model learns from by default. */
export const PAST_ITEMS = 64;
export const OPTIMIZERS = ['adagrad', 'sgd', 'adam'] as const;
export type Optimizer = (typeof OPTIMIZERS)[number];

export const DEFAULT_MODEL: ModelConfig = {
  dim: 64,
  negatives: 256,
  batch: 32,
  historyDropout: 0,
  popularNegatives: 0.3,
  rivals: 32,
  followers: MAX_FOLLOWERS,
  pastItems: PAST_ITEMS,
  optimizer: 'adagrad',
  l2: 0,
  rateFloor: 0,
  popularityWeighting: 0,
  typeWeights: {},
  typeOversampling: 0,
  typeUndersampling: 0,
  itemOversampling: 0,
  itemUndersampling: 0,
  temperature: 0.07,
  rowRate: 0.15,
  biasRate: 0.05,
  attentionRate: 0.02,
  repeatRate: 0.05,
  followRate: 0,
  sharpnessRate: 0.03,
  replay: 1,
  replayCapacity: 200_000,
  textShare: 0.25,
  textWeight: 0.05,
  seed: 1,
};

/** L: how many of a shopper's events the model pools. */
export const HISTORY_LENGTH = 20;
/** The z-th last item of a history, z < FOLLOW_DEPTH, adds 1/(z+1) to its count of followers. */
export const FOLLOW_DEPTH = 10;
/** The items of a shopper's last so many events have followers that count: each item once, with the weight of its newest event. */
export const FOLLOWED_ITEMS = 3;

/** Upper edges of the age buckets in milliseconds; the eighth bucket has none. */
const AGE_EDGES_MS: readonly number[] = [60e3, 600e3, 3_600e3, 86_400e3, 7 * 86_400e3, 30 * 86_400e3, 120 * 86_400e3];

/** Bucket 0 … 7 of an age in milliseconds (a negative age counts as 0). */
export function ageBucket(ageMs: number): number {
  let bucket = 0;
  while (bucket < AGE_EDGES_MS.length && ageMs >= (AGE_EDGES_MS[bucket] ?? 0)) bucket++;
  return bucket;
}

/** Most followers that can be candidates: the kernel has room for as many. */
export const MAX_RIVALS = 40;
/** Most past items: the kernel has room for as many. */
export const MAX_PAST_ITEMS = 128;

/** The lengths of a history at which the next bucket of σ_length begins. */
const LENGTH_EDGES: readonly number[] = [2, 3, 4, 6, 10, 16];

/** Bucket 0 … 6 of the length of a pooled history. */
export function lengthBucket(length: number): number {
  return LENGTH_EDGES.filter((edge) => length >= edge).length;
}

/**
 * Offsets (in floats) of the dense weights, which all shoppers share: the weights first, then one Adagrad accumulator for each.
 * As rows of the table `dense` they are cut into pieces, see domain/dense.ts.
 */
export const DENSE = {
  position: 0, // w_pos[HISTORY_LENGTH]
  age: 20, // w_age[8], by age bucket
  type: 28, // w_type[8], by group of event types
  constant: 36, // w_c
  repeat: 37, // r[8], by age bucket
  follow: 45, // w_f of the last item
  word: 46, // w_word, of every word of a title or a query: steps with w_f's rate, so it stays where it starts (docs/experiments.md says why)
  sharpLength: 48, // σ_length[8], by bucket of the history's length
  sharpAge: 56, // σ_age[8], by age bucket of the last event
  repeatPast: 64, // r_past[8], by age bucket
  followEarlier: 72, // w_f[FOLLOWED_ITEMS − 1], of the items before the last one
  weights: 96, // room for so many
  floats: 192, // weights and accumulators
} as const;

/** Index of w_f of the z-th last item, z < FOLLOWED_ITEMS. */
export function followWeight(z: number): number {
  return z === 0 ? DENSE.follow : DENSE.followEarlier + z - 1;
}

/** w_f of the last item, of the one before it and of the one before that. */
const FOLLOW_WEIGHTS = [0.25, 0.1, 0.04];

/** The dense weights before anything is learned: w_pos[k] = −.3·k, w_c = −2, w_f = FOLLOW_WEIGHTS, all else 0. */
export function initialDense(): Float32Array {
  const dense = new Float32Array(DENSE.floats);
  for (let k = 0; k < HISTORY_LENGTH; k++) dense[DENSE.position + k] = -0.3 * k;
  dense[DENSE.constant] = -2;
  FOLLOW_WEIGHTS.forEach((weight, z) => (dense[followWeight(z)] = weight));
  return dense;
}

/** What decides a row's meaning: numbers of a row, what its cosine is divided by, which item a cell of `follow` belongs to. */
export type RowShape = Pick<ModelConfig, 'dim' | 'temperature' | 'followers'>;

/** 32-bit hash of a row's meaning: with equal hashes rows may be served, and learned on, together. With 128 followers it is what earlier releases wrote. */
export function configHash({ dim, temperature, followers }: RowShape): number {
  return hashOf([dim, Math.round(temperature * 1e6), ...(followers === MAX_FOLLOWERS ? [] : [followers])]);
}

/** The number of followers that a hash stands for, undefined if it stands for another model. */
export function followersOf(hash: number, model: Omit<RowShape, 'followers'>): number | undefined {
  for (let followers = FOLLOWERS_STEP; followers <= MAX_FOLLOWERS; followers += FOLLOWERS_STEP) {
    if (configHash({ ...model, followers }) === hash) return followers;
  }
  return undefined;
}

/** 32-bit hash of everything that decides what is learned: the same log and hash give the same bytes (one thread, rounds as the deltas name them). */
export function trainingHash(model: ModelConfig): number {
  const sizes = [model.dim, model.negatives, model.batch, model.rivals, model.followers, FOLLOWED_ITEMS, model.pastItems];
  const words = [...sizes, OPTIMIZERS.indexOf(model.optimizer), model.replay, model.replayCapacity, model.seed];
  const rates = [model.temperature, model.rowRate, model.biasRate, model.attentionRate, model.repeatRate, model.followRate, model.sharpnessRate];
  const shares = [model.historyDropout, model.popularNegatives, model.l2, model.rateFloor, model.popularityWeighting, model.textShare, model.textWeight];
  const balance = [model.typeOversampling, model.typeUndersampling, model.itemOversampling, model.itemUndersampling];
  return hashOf([...words, ...[...rates, ...shares, ...balance].map((value) => Math.round(value * 1e6)), ...wordsOf(model.typeWeights)]);
}

/** In the order of their names, so that it doesn't matter in which they were given. */
function wordsOf(weights: TypeWeights): number[] {
  const given = Object.entries(weights).sort(([a], [b]) => (a < b ? -1 : 1));
  return given.flatMap(([type, weight]) => [...Array.from(type, (letter) => letter.codePointAt(0) ?? 0), Math.round(weight * 1e6)]);
}

function hashOf(words: readonly number[]): number {
  return words.reduce((hash, word, place) => random32(hash, word, place), 0);
}
