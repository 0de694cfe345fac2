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
const LAST_PLACE = 50;
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
  const learned = (name: Feature): number => weightAt(theta, FEATURES.indexOf(name));
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
  const from = (Math.min(place, LAST_PLACE) - 1) * HATS_EACH;
  return curve.reduce((sum, value, m) => sum + (HATS[from + m] ?? 0) * value, 0);
}

/** A search as it is read many times: signed features of each place, in their unit, and which places were taken and which passed over, from 0. */
export interface Choice {
  readonly search: ClickedSearch;
  readonly taken: readonly number[];
  readonly others: readonly number[];
  readonly signed: Float64Array;
}

/** Undefined where nothing can be learned from it. */
export function choiceOf(search: ClickedSearch): Choice | undefined {
  const { taken, features } = search;
  const places = Math.min(LAST_PLACE, Math.floor(features.length / FEATURES.length));
  const chosen = new Set(taken.map((place) => place - 1).filter((place) => place >= 0 && place < places));
  const others = Array.from({ length: places }, (_, place) => place).filter((place) => !chosen.has(place));
  if (chosen.size === 0 || others.length === 0) return undefined;
  const signed = Float64Array.from({ length: places * FEATURES.length }, (_, i) => {
    const f = i % FEATURES.length;
    return SIGN[FEATURES[f] ?? 'text'] * decodeFeature(features, Math.floor(i / FEATURES.length), f);
  });
  return { search, taken: [...chosen].sort((a, b) => a - b), others, signed };
}

/** Adds what one search says; returns its log-likelihood. `sums` undefined: that alone. */
export function addChoice(theta: Theta, choice: Choice, sums?: Sums): number {
  const { taken, others, signed } = choice;
  const places = signed.length / FEATURES.length;
  const utilities = utilitiesOf(theta, signed, places);
  const share = 1 / taken.length;
  let likelihood = 0;
  for (const place of taken) likelihood += share * addTaken({ theta, signed, utilities, others }, place, sums === undefined ? undefined : { sums, share });
  if (sums !== undefined) sums.likelihood += likelihood;
  return likelihood;
}

/** u_j by place. */
function utilitiesOf(theta: Theta, signed: Float64Array, places: number): Float64Array {
  const scale = scaleOf(theta);
  const weights = FEATURES.map((_, f) => scale * weightAt(theta, f));
  const utilities = new Float64Array(places);
  for (let place = 0; place < places; place++) {
    let sum = 0;
    for (let f = 0; f < FEATURES.length; f++) sum += (weights[f] ?? 0) * (signed[place * FEATURES.length + f] ?? 0);
    for (let m = 0; m < HATS_EACH; m++) sum += (HATS[place * HATS_EACH + m] ?? 0) * (theta[FIRST_KNOT + m] ?? 0);
    utilities[place] = sum;
  }
  return utilities;
}

function weightAt(theta: ArrayLike<number>, f: number): number {
  return f === 0 ? DEFAULTS[0] ?? 1 : (DEFAULTS[f] ?? 0) * Math.exp(theta[FIRST_LOG + f - 1] ?? 0);
}

/** In the order of FEATURES, of which the first is the text, which isn't learned. */
const DEFAULTS = FEATURES.map((name) => DEFAULT_WEIGHTS[name]);

interface Shown extends Pick<Choice, 'others' | 'signed'> {
  readonly theta: Theta;
  readonly utilities: Float64Array;
}

/** The log-likelihood of having taken this place and none of the others. */
function addTaken(shown: Shown, taken: number, into: { readonly sums: Sums; readonly share: number } | undefined): number {
  const { utilities, others } = shown;
  const own = utilities[taken] ?? 0;
  let highest = own;
  for (const place of others) highest = Math.max(highest, utilities[place] ?? 0);
  let total = Math.exp(own - highest);
  for (const place of others) total += Math.exp((utilities[place] ?? 0) - highest);
  if (into !== undefined) addSlopes(shown, { taken, highest, total }, into);
  return own - highest - Math.log(total);
}

function addSlopes(shown: Shown, { taken, highest, total }: { readonly taken: number; readonly highest: number; readonly total: number }, { sums, share }: { readonly sums: Sums; readonly share: number }): void {
  const expected = new Float64Array(PARAMETERS);
  const slope = new Float64Array(PARAMETERS);
  const add = (place: number): void => {
    const chance = Math.exp((shown.utilities[place] ?? 0) - highest) / total;
    slopeOf(shown, place, slope);
    for (let a = 0; a < PARAMETERS; a++) expected[a] = (expected[a] ?? 0) + chance * (slope[a] ?? 0);
    addProduct(sums.information, slope, share * chance);
  };
  for (const place of shown.others) add(place);
  add(taken);
  addProduct(sums.information, expected, -share);
  // The last one added is the one taken.
  for (let a = 0; a < PARAMETERS; a++) sums.slope[a] = (sums.slope[a] ?? 0) + share * ((slope[a] ?? 0) - (expected[a] ?? 0));
}

/** ∂u_j / ∂θ */
function slopeOf({ theta, signed }: Shown, place: number, slope: Float64Array): void {
  const scale = scaleOf(theta);
  let score = 0;
  for (let f = 0; f < FEATURES.length; f++) {
    const term = scale * weightAt(theta, f) * (signed[place * FEATURES.length + f] ?? 0);
    score += term;
    if (f > 0) slope[FIRST_LOG + f - 1] = term;
  }
  slope[0] = score;
  for (let m = 0; m < HATS_EACH; m++) slope[FIRST_KNOT + m] = HATS[place * HATS_EACH + m] ?? 0;
}

function addProduct(matrix: Float64Array, vector: Float64Array, factor: number): void {
  for (let a = 0; a < PARAMETERS; a++) {
    const left = factor * (vector[a] ?? 0);
    if (left === 0) continue;
    for (let b = 0; b < PARAMETERS; b++) matrix[a * PARAMETERS + b] = (matrix[a * PARAMETERS + b] ?? 0) + left * (vector[b] ?? 0);
  }
}

const HATS_EACH = KNOTS.length - 1;
/** By place from 0: how much of each knot's value, but the first's. */
const HATS = Float64Array.from(Array.from({ length: LAST_PLACE }, (_, i) => hatsOf(i + 1)).flat());

function hatsOf(place: number): readonly number[] {
  const hats = KNOTS.map(() => 0);
  const next = KNOTS.findIndex((knot) => knot >= place);
  const [low = 1, high = 1] = [KNOTS[Math.max(0, next - 1)], KNOTS[next]];
  const part = high === low ? 1 : Math.log(place / low) / Math.log(high / low);
  hats[Math.max(0, next - 1)] = 1 - part;
  hats[next] = part;
  return hats.slice(1);
}
