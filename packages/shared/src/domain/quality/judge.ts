/**
 * May a candidate take the serving model's place? Both have ranked the same last events before learning them; so have the floors.
 *
 * It is refused, with every reason that holds, when
 * too_few_events     fewer than `least` events were ranked by both: nothing is said about the rest
 * worse              its HR@10 or its NDCG@10 is below the serving model's, and chance explains that with less than `level`
 * uncertain          the interval of either difference reaches below −`tolerance` of the serving model's figure: it might be that much worse
 * below_popularity   its hits aren't more than those of a list by popularity (sign test at `level`)
 * below_followers    nor than those of a list by followers
 * unstable           lists would jump: of a probe's items fewer than `leastOverlap` stay (only where probes were ranked)
 * 1. Pure and seeded: the same outcomes give the same judgement.
 * 2. Events of a shopper are drawn together where `shopper` is known.
 */
import { gainOf, HIT_RANK } from './figures.js';
import { bootstrapDifference, type Difference, signTest } from './paired.js';

/** One event: 1-based ranks of its item (Infinity: not ranked), and whether lists of ten by the floors had it. */
export interface PairedOutcome {
  readonly candidate: number;
  readonly serving: number;
  readonly popularity: boolean;
  readonly follow: boolean;
  /** The same number for events of the same shopper. */
  readonly shopper?: number;
}

export interface JudgeOptions {
  readonly seed: number;
  readonly level?: number;
  /** Events needed. */
  readonly least?: number;
  /** Share of the serving model's figure that may be lost at the interval's lower end. */
  readonly tolerance?: number;
  readonly resamples?: number;
  /** Mean overlap of the probes' lists under both models, where it was measured. */
  readonly overlap?: number;
  readonly leastOverlap?: number;
}

export type RefusalCode = 'too_few_events' | 'worse' | 'uncertain' | 'below_popularity' | 'below_followers' | 'unstable';

export interface Refusal {
  readonly code: RefusalCode;
  /** A sentence with the figures. */
  readonly message: string;
}

export interface Judgement {
  readonly promote: boolean;
  /** Empty when it may be promoted. */
  readonly refusals: readonly Refusal[];
  readonly events: number;
  readonly hitRatio: Compared;
  readonly ndcg: Compared;
  readonly floors: { readonly popularity: number; readonly follow: number };
}

/** Means of both models and the interval of candidate less serving at 1 − 2·level, so that either end is a test at `level`. */
export interface Compared {
  readonly candidate: number;
  readonly serving: number;
  readonly difference: Difference;
}

type Resolved = JudgeOptions & Required<Omit<JudgeOptions, 'overlap'>>;

export const LEVEL = 0.05;
export const LEAST_EVENTS = 1_000;
export const LEAST_OVERLAP = 0.1;
/**
 * A promotion makes lists jump and is for nothing where the candidate is no better. At 5 % the gate let candidates through that a replay showed to
 * be worse afterwards (docs/experiments.md).
 */
const TOLERANCE = 0.01;
const DEFAULTS = { level: LEVEL, least: LEAST_EVENTS, tolerance: TOLERANCE, resamples: 1_000, leastOverlap: LEAST_OVERLAP };
const NOTHING: Difference = { mean: 0, low: 0, high: 0, pBetter: 1, pWorse: 1 };

export function judgeCandidate(outcomes: readonly PairedOutcome[], given: JudgeOptions): Judgement {
  const options: Resolved = { ...DEFAULTS, ...given };
  const refusals: Refusal[] = [];
  const hitRatio = compare(outcomes, (rank) => (rank <= HIT_RANK ? 1 : 0), options);
  const ndcg = compare(outcomes, gainOf, options);
  const floors = { popularity: shareOf(outcomes, 'popularity'), follow: shareOf(outcomes, 'follow') };
  if (outcomes.length < options.least) {
    refusals.push({ code: 'too_few_events', message: `${outcomes.length} events were ranked by both models, ${options.least} are needed` });
  } else {
    refusals.push(...againstServing('HR@10', hitRatio, options), ...againstServing('NDCG@10', ndcg, options));
    refusals.push(...againstFloor(outcomes, 'popularity', options), ...againstFloor(outcomes, 'follow', options));
    refusals.push(...stability(options));
  }
  return { promote: refusals.length === 0, refusals, events: outcomes.length, hitRatio, ndcg, floors };
}

function compare(outcomes: readonly PairedOutcome[], figure: (rank: number) => number, { seed, resamples, level }: Resolved): Compared {
  if (outcomes.length === 0) return { candidate: 0, serving: 0, difference: NOTHING };
  const candidate = outcomes.map((one) => figure(one.candidate));
  const serving = outcomes.map((one) => figure(one.serving));
  const differences = candidate.map((value, i) => value - (serving[i] ?? 0));
  const groups = outcomes.every((one) => one.shopper !== undefined) ? { groups: outcomes.map((one) => one.shopper ?? 0) } : {};
  return { candidate: mean(candidate), serving: mean(serving), difference: bootstrapDifference(differences, { seed, resamples, confidence: 1 - 2 * level, ...groups }) };
}

function againstServing(name: string, { candidate, serving, difference }: Compared, { level, tolerance }: Resolved): Refusal[] {
  const figures = `${name} ${show(candidate)} against ${show(serving)} of the serving model, difference ${show(difference.low)} … ${show(difference.high)}`;
  if (difference.pWorse < level) return [{ code: 'worse', message: `${figures}: worse` }];
  if (difference.low < -tolerance * serving) return [{ code: 'uncertain', message: `${figures}: it may be more than ${100 * tolerance} % worse; more events would tell` }];
  return [];
}

function againstFloor(outcomes: readonly PairedOutcome[], floor: 'popularity' | 'follow', { level }: Resolved): Refusal[] {
  let [ours, theirs] = [0, 0];
  for (const one of outcomes) {
    const hit = one.candidate <= HIT_RANK;
    if (hit && !one[floor]) ours++;
    if (!hit && one[floor]) theirs++;
  }
  if (signTest(ours, theirs).pBetter < level) return [];
  const names = { popularity: 'below_popularity', follow: 'below_followers' } as const;
  return [{ code: names[floor], message: `it hits ${ours} events that a list by ${floor === 'follow' ? 'followers' : 'popularity'} misses, and misses ${theirs} that such a list hits: it doesn’t beat it` }];
}

function stability({ overlap, leastOverlap }: Resolved): Refusal[] {
  if (overlap === undefined || overlap >= leastOverlap) return [];
  return [{ code: 'unstable', message: `only ${show(overlap)} of the probes’ lists would stay, ${show(leastOverlap)} must` }];
}

function shareOf(outcomes: readonly PairedOutcome[], floor: 'popularity' | 'follow'): number {
  return outcomes.length === 0 ? 0 : outcomes.filter((one) => one[floor]).length / outcomes.length;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function show(value: number): string {
  return value.toFixed(4);
}
