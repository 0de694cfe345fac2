/**
 * Learns search's weights from what was taken of searches, and judges them against those in force. Pure but for `rest`.
 *
 * The older LEARNING of the searches teach; the newer ones judge. Both sets of weights are given what differences and places are worth by the same older
 * searches, so they are told apart by the weights alone. The new ones are refused when
 * too_few_searches  fewer than LEAST_SEARCHES searches say anything; nothing is learned
 * worse             they make what was taken of the newer searches less likely, or put it further behind (the place's chance to be looked at counted
 *                   against it: self-normalised inverse propensity, weights of LARGEST_WEIGHT at most), and chance explains that with less than LEVEL
 * uncertain         chance explains that they make it more likely with LEVEL or more
 * 1. The same searches, in any order, give the same weights and the same judgement.
 * 2. What is judged is what goes into force, to the last decimal.
 * 3. Shoppers are drawn, not searches (at most GROUPS groups of them): searches of a shopper aren't independent.
 * 4. No stretch between two rests does more than a few milliseconds of work, sorting the searches aside.
 */
import { LEVEL } from '../quality/judge.js';
import { bootstrapInTurns, type Difference } from '../quality/paired.js';
import { addChoice, type Choice, choiceOf, type ClickedSearch, positionTerm, thetaOf } from './choice-model.js';
import { fit, type Fitted } from './fit.js';
import { atOnce, eachInTurns, type Rest } from './in-turns.js';
import { bounded, FEATURES, type SearchWeights } from './weights.js';

export interface WeightsRefusal {
  readonly code: 'worse' | 'uncertain';
  /** A sentence with the figures. */
  readonly message: string;
}

export interface LearnedWeights {
  readonly weights: SearchWeights;
  /** Searches that taught, and that judged. */
  readonly learnedFrom: number;
  readonly heldOut: number;
  /** Of a held-out search: log-likelihood with the new weights less that with those in force. */
  readonly gain: number;
  /** Chance of so large a gain were there none. */
  readonly chance: number;
  /** Mean reciprocal place of what was taken, corrected for places, if held-out searches were put into the order of these weights. */
  readonly mrr: { readonly learned: number; readonly inForce: number };
  /** How often each place of KNOTS is looked at, beside the first. */
  readonly looked: readonly number[];
  /** Undefined: they may go into force. */
  readonly refusal: WeightsRefusal | undefined;
}

export type Learning = { readonly result: 'too_few_searches'; readonly searches: number } | ({ readonly result: 'judged' } & LearnedWeights);

/** With something taken and something passed over. */
export const LEAST_SEARCHES = 1_000;
const LEARNING = 0.75;
const LARGEST_WEIGHT = 20;
const GROUPS = 500;

export interface LearnOptions {
  readonly inForce: SearchWeights;
  readonly rest?: Rest;
}

export async function learnWeights(given: readonly ClickedSearch[], { inForce, rest = atOnce }: LearnOptions): Promise<Learning> {
  const choices = (await choicesOf(given, rest)).sort(({ search: a }, { search: b }) => a.madeAt - b.madeAt || a.id - b.id);
  if (choices.length < LEAST_SEARCHES) return { result: 'too_few_searches', searches: choices.length };
  const cut = Math.floor(LEARNING * choices.length);
  const [older, newer] = [choices.slice(0, cut), choices.slice(cut)];
  const free = await fit(older, { rest });
  const learned: Fitted = { ...free, weights: bounded(free.weights) };
  const before = await fit(older, { fixed: inForce, rest });
  const likelihoods = await compare(newer, (choice) => likelihoodOf(choice, learned) - likelihoodOf(choice, before), rest);
  const places = await judgePlaces(newer, { learned, inForce, rest });
  return {
    result: 'judged',
    weights: learned.weights,
    learnedFrom: older.length,
    heldOut: newer.length,
    gain: likelihoods.mean,
    chance: likelihoods.pBetter,
    mrr: places.mrr,
    looked: [1, ...learned.curve.map(Math.exp)],
    refusal: refusalOf(likelihoods, places),
  };
}

async function choicesOf(given: readonly ClickedSearch[], rest: Rest): Promise<Choice[]> {
  const choices: Choice[] = [];
  const add = (search: ClickedSearch): void => {
    const choice = choiceOf(search);
    if (choice !== undefined) choices.push(choice);
  };
  await eachInTurns(given, add, rest);
  return choices;
}

function likelihoodOf(choice: Choice, { weights, scale, curve }: Fitted): number {
  return addChoice(thetaOf(weights, scale, curve), choice);
}

async function compare(choices: readonly Choice[], difference: (choice: Choice) => number, rest: Rest): Promise<Difference> {
  const differences: number[] = [];
  await eachInTurns(choices, (choice) => void differences.push(difference(choice)), rest);
  const groups = choices.map(({ search: { shopper, id } }) => (shopper === undefined ? id : Number.parseInt(shopper.slice(-GROUP_DIGITS), 16)) % GROUPS);
  return bootstrapInTurns(differences, { seed: choices.at(-1)?.search.id ?? 0, groups }, rest);
}

/** Hexadecimal digits of a reference that name its group. */
const GROUP_DIGITS = 8;

interface Places {
  readonly difference: Difference;
  readonly mrr: LearnedWeights['mrr'];
}

interface Judging {
  readonly learned: Fitted;
  readonly inForce: SearchWeights;
  readonly rest: Rest;
}

async function judgePlaces(choices: readonly Choice[], { rest, ...both }: Judging): Promise<Places> {
  const judged = new Map<Choice, Reciprocals>();
  await eachInTurns(choices, (choice) => void judged.set(choice, reciprocals(choice, both)), rest);
  const sum = (figure: keyof Reciprocals): number => [...judged.values()].reduce((total, one) => total + one[figure], 0);
  const weight = sum('weight');
  const difference = await compare(choices, (choice) => (judged.get(choice)?.learned ?? 0) - (judged.get(choice)?.inForce ?? 0), rest);
  return { difference, mrr: { learned: sum('learned') / weight, inForce: sum('inForce') / weight } };
}

/** Of one search, each taken item weighted by one over how often its place is looked at. */
interface Reciprocals {
  readonly weight: number;
  readonly learned: number;
  readonly inForce: number;
}

function reciprocals(choice: Choice, { learned, inForce }: Omit<Judging, 'rest'>): Reciprocals {
  const { taken, others } = choice;
  const [ours, theirs] = [scoresOf(choice, learned.weights), scoresOf(choice, inForce)];
  let [weight, mine, before] = [0, 0, 0];
  for (const place of taken) {
    const one = Math.min(LARGEST_WEIGHT, Math.exp(-positionTerm(learned.curve, place + 1))) / taken.length;
    weight += one;
    mine += one / placeOf(place, ours, others);
    before += one / placeOf(place, theirs, others);
  }
  return { weight, learned: mine, inForce: before };
}

function scoresOf({ signed }: Choice, weights: SearchWeights): (place: number) => number {
  return (place) => FEATURES.reduce((sum, name, f) => sum + weights[name] * (signed[place * FEATURES.length + f] ?? 0), 0);
}

/** Its place, from 1, among those that were passed over; of equal scores the order shown. */
function placeOf(taken: number, score: (place: number) => number, others: readonly number[]): number {
  const own = score(taken);
  return 1 + others.filter((place) => score(place) > own || (score(place) === own && place < taken)).length;
}

function refusalOf(likelihoods: Difference, { difference, mrr }: Places): WeightsRefusal | undefined {
  const figures = `log-likelihood of a held-out search ${signed(likelihoods.mean)} (${signed(likelihoods.low)} … ${signed(likelihoods.high)}), corrected MRR ${mrr.learned.toFixed(4)} against ${mrr.inForce.toFixed(4)}`;
  if (likelihoods.pWorse < LEVEL || difference.pWorse < LEVEL) return { code: 'worse', message: `${figures}: worse than the weights in force` };
  if (likelihoods.pBetter >= LEVEL) return { code: 'uncertain', message: `${figures}: not known to be better than the weights in force` };
  return undefined;
}

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(5)}`;
}
