/**
 * The update strategies in a replay: each time so much of the stream's time has gone by, a model is learned anew from all events so far, in
 * epochs, and takes the place of the one that was learning if the gate lets it (refit-gate.ts); as a trainer's refits do, but at once.
 *
 * incremental  never; hybrid  learns on between two refits; full  doesn't: only histories and counts go on
 */
import type { LogEvent } from '@freshet/shared/domain/event';
import { mostExamples } from '@freshet/trainer/epochs/fit';
import type { EpochOrder } from '@freshet/trainer/epochs/train-epochs';
import type { Ranked } from '@freshet/trainer/learner/port';
import { isTarget } from '@freshet/trainer/learner/target';
import { REFIT_ORDER, refitDropout, type UpdateStrategy } from '@freshet/trainer/refit/triggers';
import type { LearnerEvent, LearnerRequest, ReplayLearner } from './learner-port.js';
import { createRefitGate, type GatePlan, type RefitGate, type Verdict } from './refit-gate.js';

/** A training set that is filled like a learner and then trained in epochs (trainer/epochs/fit). */
export interface ReplayFit {
  readonly learner: Pick<ReplayLearner, 'round' | 'learn' | 'whole' | 'histories' | 'itemWords' | 'now' | 'examine'>;
  train(options: { readonly epochs: number; readonly order: EpochOrder; readonly seed: number; readonly now: number }): Promise<unknown>;
  goLive(): void;
  close(): Promise<void>;
}

export interface RefitPlan {
  readonly strategy: UpdateStrategy;
  /** Undefined with `incremental`. */
  readonly everyMs: number | undefined;
  readonly epochs: number;
  readonly gate: GatePlan;
}

export interface RefitTools {
  readonly request: LearnerRequest;
  readonly createLearner: (request: LearnerRequest) => Promise<ReplayLearner>;
  readonly createFit: (request: LearnerRequest & { readonly maxExamples: number }) => Promise<ReplayFit>;
  /** All events, in the order in which they come. */
  readonly events: readonly LogEvent[];
  /** Teaches a learner what came before the first event (the catalogue). */
  readonly prepare: (learner: Pick<ReplayLearner, 'learn'>) => Promise<void>;
  readonly toRound: (events: readonly LogEvent[], seq: number) => readonly LearnerEvent[];
  /** Ranks leave out what the shopper had. */
  readonly excludeSeen: boolean;
}

/** A refit that was made. */
export interface ReplayedRefit extends Verdict {
  /** Events before it. */
  readonly events: number;
}

export interface Refits {
  /** The learner from the event at `place` on: another one when a refit was due and its candidate was promoted. */
  before(place: number): Promise<ReplayLearner>;
  /** Whether a later gate asks for the rank of the event at `place` (and for what the floors would have hit). */
  wants(place: number): boolean;
  /** What the learner has ranked in the round that began at `start`. */
  ranked(start: number, ranks: readonly Ranked[]): void;
  readonly made: readonly ReplayedRefit[];
  close(): Promise<void>;
}

export async function createRefits(plan: RefitPlan, tools: RefitTools): Promise<Refits> {
  const { events, request, createLearner } = tools;
  const wanted: LearnerRequest = { ...request, ...(plan.strategy === 'full' ? { hold: true } : {}) };
  let learner = await createLearner(wanted);
  const due = placesDue(plan, events, request.model.batch);
  const gate = createRefitGate(plan.gate, { due, batch: request.model.batch, events });
  const made: ReplayedRefit[] = [];
  await tools.prepare(learner);
  return {
    made,
    wants: gate.wants,
    ranked: gate.served,
    async before(place) {
      if (due[made.length] !== place) return learner;
      const { next, ...verdict } = await refit(plan, tools, { place, serving: learner, gate, make: () => createLearner(wanted) });
      made.push({ events: place, ...verdict });
      if (next === undefined) return learner;
      await learner.close();
      learner = next;
      return learner;
    },
    close: () => learner.close(),
  };
}

/** Beginnings of micro-batches, the first one at or after each multiple of the plan's time. */
function placesDue({ everyMs }: RefitPlan, events: readonly LogEvent[], batch: number): readonly number[] {
  if (everyMs === undefined) return [];
  const places: number[] = [];
  let due = (events[0]?.ts ?? 0) + everyMs;
  for (let place = 0; place < events.length; place += batch) {
    const now = events[place]?.ts ?? 0;
    if (now < due) continue;
    while (due <= now) due += everyMs;
    places.push(place);
  }
  return places;
}

interface RefitCase {
  readonly place: number;
  readonly serving: ReplayLearner;
  readonly gate: RefitGate;
  readonly make: () => Promise<ReplayLearner>;
}

/** Learns the events before the gate's in epochs and the gate's as they came; a candidate that passes is put into an empty learner, as a promotion does. */
async function refit({ epochs }: RefitPlan, tools: RefitTools, { place, serving, gate, make }: RefitCase): Promise<Verdict & { readonly next?: ReplayLearner }> {
  const { request, createFit, prepare, excludeSeen } = tools;
  const { model } = request;
  const fit = await createFit({ ...request, model: { ...model, historyDropout: refitDropout(epochs) }, maxExamples: mostExamples(request) });
  try {
    await prepare(fit.learner);
    const from = gate.tailOf(place);
    for (const { batch } of rounds(tools, 0, from)) await fit.learner.round(batch);
    await fit.train({ epochs, order: REFIT_ORDER, seed: model.seed, now: fit.learner.now() });
    fit.goLive();
    const ranks: Ranked[] = [];
    for (const { start, batch } of rounds(tools, from, place)) {
      const report = await fit.learner.round(batch, { evaluate: isTarget, floors: true, excludeSeen });
      ranks.push(...report.ranks.map((one) => ({ ...one, index: start + one.index })));
    }
    const verdict = await gate.judge(ranks, { candidate: fit.learner, serving, seed: model.seed });
    if (!verdict.promoted) return verdict;
    const next = await make();
    for (const { vocabulary, tables } of fit.learner.whole()) {
      for (const { row, name, table } of vocabulary) next.sink.name(row, name, table);
      for (const { table, ids, values } of tables) next.sink.write(table, ids, values);
    }
    await next.adoptWords(fit.learner.itemWords());
    next.adopt(fit.learner.histories());
    return { ...verdict, next };
  } finally {
    await fit.close();
  }
}

/** The micro-batches of the places `from` … `to`, as the stream has them. */
function* rounds({ events, request, toRound }: RefitTools, from: number, to: number): Iterable<{ readonly start: number; readonly batch: readonly LearnerEvent[] }> {
  const size = request.model.batch;
  for (let start = from; start < to; start += size) yield { start, batch: toRound(events.slice(start, Math.min(to, start + size)), start / size + 2) };
}
