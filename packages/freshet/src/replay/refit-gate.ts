/**
 * The gate of a replay's refits: the same measurements and the same judgement as a trainer's (trainer/refit/gate), where the serving model's
 * ranks needn't be made again: the stream has ranked each event before it learned it.
 *
 * 1. The candidate learns the last events after its epochs, ranking each first; the stream's model has ranked the same ones. `wants` says
 *    which events must be ranked for that beside those that are tested.
 * 2. With `--no-repeats` both leave out what the shopper had; the floors don't.
 */
import type { LogEvent } from '@freshet/shared/domain/event';
import { judgeCandidate, type Refusal } from '@freshet/shared/domain/quality/judge';
import type { GateFigures } from '@freshet/shared/ports/refit-log';
import type { Ranked } from '@freshet/trainer/learner/port';
import { figuresOf, pair, probeOverlap, TAIL } from '@freshet/trainer/refit/gate';
import type { ReplayLearner } from './learner-port.js';

export interface GatePlan {
  /** Events that must be compared; 0: no gate. */
  readonly events: number;
  readonly leastOverlap: number;
}

export interface Verdict {
  readonly promoted: boolean;
  readonly refusals: readonly Refusal[];
  /** Undefined without a gate. */
  readonly figures?: GateFigures;
}

export interface RefitGate {
  /** Where the events begin that a candidate which is due at `place` is compared on. */
  tailOf(place: number): number;
  wants(place: number): boolean;
  /** Ranks of the stream's model; `index` counts from place `start`. */
  served(start: number, ranks: readonly Ranked[]): void;
  /** `ranks`: the candidate's, by place. */
  judge(ranks: readonly Ranked[], models: { readonly candidate: Pick<ReplayLearner, 'examine' | 'histories' | 'now'>; readonly serving: ReplayLearner; readonly seed: number }): Promise<Verdict>;
}

/** `due`: the places of all refits, ascending. */
export function createRefitGate({ events: least, leastOverlap }: GatePlan, { due, batch, events }: { readonly due: readonly number[]; readonly batch: number; readonly events: readonly LogEvent[] }): RefitGate {
  const served = new Map<number, Ranked>();
  const tailOf = (place: number): number => Math.max(0, Math.floor((place - TAIL * least) / batch) * batch);
  const spans = due.map((place) => ({ from: tailOf(place), to: place }));
  return {
    tailOf: (place) => (least === 0 ? place : tailOf(place)),
    wants: (place) => least > 0 && spans.some(({ from, to }) => place >= from && place < to),
    served(start, ranks) {
      for (const one of ranks) served.set(start + one.index, { ...one, index: start + one.index });
    },
    async judge(ranks, { candidate, serving, seed }) {
      if (least === 0) return { promoted: true, refusals: [] };
      const overlap = await probeOverlap(candidate, serving, seed);
      const theirs = ranks.flatMap(({ index }) => served.get(index) ?? []);
      const judgement = judgeCandidate(pair(ranks, theirs, (index) => events[index]), { seed, least, leastOverlap, ...(overlap === undefined ? {} : { overlap }) });
      return { promoted: judgement.promote, refusals: judgement.refusals, figures: figuresOf(judgement, overlap) };
    },
  };
}
