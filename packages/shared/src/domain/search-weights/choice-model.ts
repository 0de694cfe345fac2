/**
 * How likely a shopper takes (clicks, puts into the cart, buys) this item of a search's answer and none of the others: a conditional logit
 * (McFadden 1974) with constants for the places. Pure.
 *
 *   u_j = s · Σ_f sign_f w_f x_f(j) + e(k_j),   P(i | shown) = exp(u_i) / (exp(u_i) + Σ_{j not taken} exp(u_j))
 *
 * x: the item's features, w: the weights, s: how much a difference of scores matters, k: the place, from 1, e(k): the logarithm of how likely place k is looked
 * at, beside the first. Where clicks are rare this is the position-based model (Richardson, Dominowska and Ragno 2007; Craswell et al. 2008):
 * chance of a click = chance that the place is looked at × how the item appeals. So what a place alone brings is
 * explained by e and not by the features that led there; e is learned from the same clicks, with a prior of 1/k (Joachims, Swaminathan and Schnabel 2017).
 * It is told apart from w because the same place has items of other features in other searches.
 *
 * e is linear in log k between the places KNOTS. Parameters θ: log s, log(w_f / default) for each learned feature, e at each knot behind the first.
 * 1. A search counts once, however many of its items were taken: each of them with the same share.
 * 2. Items behind LAST_PLACE aren't looked at here, neither as taken nor as passed over.
 */
import { decodeFeature, DEFAULT_WEIGHTS, type Feature, FEATURES, LEARNED, type SearchWeights, SIGN } from './weights.js';

/** A search's answer of which something was taken. */
export interface ClickedSearch {
  /** Its place in the recommendation log. */
  readonly id: number;
  /** Milliseconds since 1970. */
  readonly madeAt: number;
  /** A hexadecimal reference; undefined for a stranger. */
  readonly shopper: string | undefined;
  /** Places, from 1. */
  readonly taken: readonly number[];
  /** As `encodeFeatures` has them, item after item. */
  readonly features: ArrayLike<number>;
}

export const KNOTS = [1, 2, 3, 5, 10, 20, 50] as const;
export const LAST_PLACE = 50;
const FIRST_LOG = 1;
const FIRST_KNOT = FIRST_LOG + LEARNED.length;
export const PARAMETERS = FIRST_KNOT + KNOTS.length - 1;

export type Theta = Float64Array<ArrayBuffer>;

/** What the searches say about θ: the log-likelihood, its slope, and the Fisher information (symmetric, PARAMETERS × PARAMETERS). */
export interface Sums {
  likelihood: number;
  readonly slope: Float64Array;
  readonly information: Float64Array;
}

export function emptySums(): Sums {
  return { likelihood: 0, slope: new Float64Array(PARAMETERS), information: new Float64Array(PARAMETERS * PARAMETERS) };
}

/** `curve`: e at KNOTS but the first. */
export function thetaOf(weights: SearchWeights, scale: number, curve: readonly number[]): Theta {
  const logs = LEARNED.map((name) => Math.log(weights[name] / DEFAULT_WEIGHTS[name]));
  return Float64Array.from([Math.log(scale), ...logs, ...curve]);
}

export function weightsOf(theta: ArrayLike<number>): SearchWeights {
  const learned = (name: Exclude<Feature, 'text'>): number => DEFAULT_WEIGHTS[name] * Math.exp(theta[FIRST_LOG + LEARNED.indexOf(name)] ?? 0);
  return { text: DEFAULT_WEIGHTS.text, words: learned('words'), shopper: learned('shopper'), popularity: learned('popularity'), unavailable: learned('unavailable') };
}

export function scaleOf(theta: ArrayLike<number>): number {
  return Math.exp(theta[0] ?? 0);
}

export function curveOf(theta: ArrayLike<number>): readonly number[] {
  return Array.from({ length: KNOTS.length - 1 }, (_, m) => theta[FIRST_KNOT + m] ?? 0);
}

/** e(k) for a place from 1. */
export function positionTerm(curve: readonly number[], place: number): number {
  const hats = HATS[Math.min(place, LAST_PLACE) - 1] ?? [];
  return hats.reduce((sum, hat, m) => sum + hat * (curve[m] ?? 0), 0);
}

/** What was taken of it and what was passed over, both as places from 0; undefined where nothing can be learned from it. */
export function choiceOf({ taken, features }: Pick<ClickedSearch, 'taken' | 'features'>): { readonly taken: readonly number[]; readonly others: readonly number[] } | undefined {
  const places = Math.min(LAST_PLACE, Math.floor(features.length / FEATURES.length));
  const chosen = new Set(taken.map((place) => place - 1).filter((place) => place >= 0 && place < places));
  const others = Array.from({ length: places }, (_, place) => place).filter((place) => !chosen.has(place));
  return chosen.size === 0 || others.length === 0 ? undefined : { taken: [...chosen].sort((a, b) => a - b), others };
}

/** Adds what one search says; returns its log-likelihood. `sums` undefined: that alone. */
export function addSearch(theta: Theta, search: ClickedSearch, sums?: Sums): number {
  const choice = choiceOf(search);
  if (choice === undefined) return 0;
  const shown = describe(theta, search);
  let likelihood = 0;
  for (const taken of choice.taken) likelihood += addChoice(shown, [taken, ...choice.others], { share: 1 / choice.taken.length, sums });
  if (sums !== undefined) sums.likelihood += likelihood;
  return likelihood;
}

interface Shown {
  /** u_j by place. */
  readonly utility: Float64Array;
  /** ∂u_j / ∂θ by place. */
  readonly gradient: readonly Float64Array[];
}

function describe(theta: Theta, { features }: ClickedSearch): Shown {
  const places = Math.min(LAST_PLACE, Math.floor(features.length / FEATURES.length));
  const [weights, scale, curve] = [weightsOf(theta), scaleOf(theta), curveOf(theta)];
  const utility = new Float64Array(places);
  const gradient = Array.from({ length: places }, (_, place) => {
    const slope = new Float64Array(PARAMETERS);
    let score = 0;
    FEATURES.forEach((name, f) => {
      const term = SIGN[name] * weights[name] * decodeFeature(features, place, f);
      score += term;
      if (name !== 'text') slope[FIRST_LOG + LEARNED.indexOf(name)] = scale * term;
    });
    slope[0] = scale * score;
    (HATS[place] ?? []).forEach((hat, m) => (slope[FIRST_KNOT + m] = hat));
    utility[place] = scale * score + positionTerm(curve, place + 1);
    return slope;
  });
  return { utility, gradient };
}

/** `among`: the place that was taken, then those that were not. */
function addChoice({ utility, gradient }: Shown, among: readonly number[], { share, sums }: { readonly share: number; readonly sums: Sums | undefined }): number {
  const [taken = 0] = among;
  const highest = among.reduce((most, place) => Math.max(most, utility[place] ?? 0), -Infinity);
  const total = among.reduce((sum, place) => sum + Math.exp((utility[place] ?? 0) - highest), 0);
  const likelihood = share * ((utility[taken] ?? 0) - highest - Math.log(total));
  if (sums === undefined) return likelihood;
  const expected = new Float64Array(PARAMETERS);
  for (const place of among) {
    const chance = Math.exp((utility[place] ?? 0) - highest) / total;
    const slope = gradient[place] ?? NO_SLOPE;
    for (let a = 0; a < PARAMETERS; a++) expected[a] = (expected[a] ?? 0) + chance * (slope[a] ?? 0);
    addProduct(sums.information, slope, share * chance);
  }
  addProduct(sums.information, expected, -share);
  const won = gradient[taken] ?? NO_SLOPE;
  for (let a = 0; a < PARAMETERS; a++) sums.slope[a] = (sums.slope[a] ?? 0) + share * ((won[a] ?? 0) - (expected[a] ?? 0));
  return likelihood;
}

const NO_SLOPE = new Float64Array(PARAMETERS);

function addProduct(matrix: Float64Array, vector: Float64Array, factor: number): void {
  for (let a = 0; a < PARAMETERS; a++) {
    const left = factor * (vector[a] ?? 0);
    if (left === 0) continue;
    for (let b = 0; b < PARAMETERS; b++) matrix[a * PARAMETERS + b] = (matrix[a * PARAMETERS + b] ?? 0) + left * (vector[b] ?? 0);
  }
}

/** By place from 0: how much of each knot's value, but the first's. */
const HATS: readonly (readonly number[])[] = Array.from({ length: LAST_PLACE }, (_, i) => hatsOf(i + 1));

function hatsOf(place: number): readonly number[] {
  const hats = KNOTS.map(() => 0);
  const next = KNOTS.findIndex((knot) => knot >= place);
  const [low = 1, high = 1] = [KNOTS[Math.max(0, next - 1)], KNOTS[next]];
  const part = high === low ? 1 : Math.log(place / low) / Math.log(high / low);
  hats[Math.max(0, next - 1)] = 1 - part;
  hats[next] = part;
  return hats.slice(1);
}
