/**
 * Fits the choice model to searches: the most probable θ under a prior, by Fisher scoring (Newton's method with the expected curvature). Pure but for `rest`.
 *
 *   θ* = argmax Σ log P(taken | shown, θ) − ½ Σ_a ((θ_a − μ_a) / σ_a)²
 *
 * Priors: a weight is its default times a factor of which the logarithm has a deviation of LOG_DEVIATION, so ten clicks move it by little and a thousand say
 * what it is; a place k is looked at 1/k as often as the first; a difference of scores of 1 is worth exp(5) in the odds. The last two are wide.
 * 1. Deterministic: sums are taken in the order of the searches, and the caller sorts them.
 * 2. Every step makes θ more probable, or is halved until it does; at most STEPS of them. A weight that reaches a bound stays there.
 * 3. After every PASS searches (in-turns) `rest` is awaited, so that nobody is held up.
 */
import { addChoice, type Choice, curveOf, emptySums, KNOTS, PARAMETERS, scaleOf, type Sums, type Theta, thetaOf, weightsOf } from './choice-model.js';
import { atOnce, eachInTurns, type Rest } from './in-turns.js';
import { DEFAULT_WEIGHTS, FACTOR, LEARNED, type SearchWeights } from './weights.js';

export interface Fitted {
  readonly weights: SearchWeights;
  /** s */
  readonly scale: number;
  /** e at KNOTS but the first. */
  readonly curve: readonly number[];
}

export interface FitOptions {
  /** With these weights, of which nothing is learned but what differences and places are worth; undefined: weights too. */
  readonly fixed?: SearchWeights;
  readonly rest?: Rest;
}

const LOG_DEVIATION = 0.25;
const USUAL_SCALE = 5;
const WIDE = 1;
const STEPS = 40;
const HALVINGS = 20;
const ENOUGH = 1e-9;
/** θ_1 … θ_LEARNED.length are the logarithms of the weights' factors. */
const isWeight = (a: number): boolean => a >= 1 && a <= LEARNED.length;
const BOUND = Math.log(FACTOR);

const MEAN = thetaOf(DEFAULT_WEIGHTS, USUAL_SCALE, KNOTS.slice(1).map((knot) => -Math.log(knot)));
const PRECISION = Float64Array.from({ length: PARAMETERS }, (_, a) => 1 / (isWeight(a) ? LOG_DEVIATION : WIDE) ** 2);

export async function fit(choices: readonly Choice[], { fixed, rest = atOnce }: FitOptions = {}): Promise<Fitted> {
  let theta = thetaOf(fixed ?? DEFAULT_WEIGHTS, USUAL_SCALE, curveOf(MEAN));
  const mayMove = (a: number): boolean => fixed === undefined || !isWeight(a);
  let sums = await sumUp(choices, theta, rest);
  for (let step = 0; step < STEPS; step++) {
    const next = await improve(choices, { theta, sums, mayMove, rest });
    if (next === undefined) break;
    const gained = next.sums.likelihood - sums.likelihood;
    ({ theta, sums } = next);
    if (gained < ENOUGH * (1 + Math.abs(sums.likelihood))) break;
  }
  return { weights: fixed ?? weightsOf(theta), scale: scaleOf(theta), curve: curveOf(theta) };
}

interface Standing {
  readonly theta: Theta;
  readonly sums: Sums;
  readonly mayMove: (parameter: number) => boolean;
  readonly rest: Rest;
}

/** One step, halved until it helps; undefined where none does. */
async function improve(choices: readonly Choice[], { theta, sums, mayMove, rest }: Standing): Promise<Pick<Standing, 'theta' | 'sums'> | undefined> {
  const free = Array.from({ length: PARAMETERS }, (_, a) => a).filter((a) => mayMove(a) && !isHeld(theta, sums, a));
  const direction = solve(sums, free);
  for (let halving = 0, size = 1; halving < HALVINGS; halving++, size /= 2) {
    const next = theta.map((value, a) => bound(a, value + size * (direction[a] ?? 0)));
    const found = await sumUp(choices, next, rest);
    if (found.likelihood > sums.likelihood) return { theta: next, sums: found };
  }
  return undefined;
}

/** At a bound, and drawn beyond it. */
function isHeld(theta: Theta, { slope }: Sums, a: number): boolean {
  return isWeight(a) && Math.abs(theta[a] ?? 0) >= BOUND && (theta[a] ?? 0) * (slope[a] ?? 0) > 0;
}

function bound(a: number, value: number): number {
  return isWeight(a) ? Math.max(-BOUND, Math.min(BOUND, value)) : value;
}

/** With the prior's part. */
async function sumUp(choices: readonly Choice[], theta: Theta, rest: Rest): Promise<Sums> {
  const sums = emptySums();
  await eachInTurns(choices, (choice) => void addChoice(theta, choice, sums), rest);
  for (let a = 0; a < PARAMETERS; a++) {
    const off = (theta[a] ?? 0) - (MEAN[a] ?? 0);
    const precision = PRECISION[a] ?? 0;
    sums.likelihood -= (precision * off * off) / 2;
    sums.slope[a] = (sums.slope[a] ?? 0) - precision * off;
    sums.information[a * (PARAMETERS + 1)] = (sums.information[a * (PARAMETERS + 1)] ?? 0) + precision;
  }
  return sums;
}

/** information⁻¹ · slope over the free parameters, 0 for the others: by Cholesky's factors, which the prior makes positive. */
function solve({ slope, information }: Sums, free: readonly number[]): Float64Array {
  const n = free.length;
  const factor = new Float64Array(n * n);
  const solution = new Float64Array(n);
  const at = (i: number, j: number): number => factor[i * n + j] ?? 0;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = information[(free[i] ?? 0) * PARAMETERS + (free[j] ?? 0)] ?? 0;
      for (let k = 0; k < j; k++) sum -= at(i, k) * at(j, k);
      factor[i * n + j] = i === j ? Math.sqrt(sum) : sum / at(j, j);
    }
  }
  for (let i = 0; i < n; i++) {
    let sum = slope[free[i] ?? 0] ?? 0;
    for (let k = 0; k < i; k++) sum -= at(i, k) * (solution[k] ?? 0);
    solution[i] = sum / at(i, i);
  }
  for (let i = n - 1; i >= 0; i--) {
    let sum = solution[i] ?? 0;
    for (let k = i + 1; k < n; k++) sum -= at(k, i) * (solution[k] ?? 0);
    solution[i] = sum / at(i, i);
  }
  const whole = new Float64Array(PARAMETERS);
  free.forEach((a, i) => (whole[a] = solution[i] ?? 0));
  return whole;
}
