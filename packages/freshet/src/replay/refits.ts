/**
 * The update strategies in a replay: each time so much of the stream's time has gone by, the model is learned anew from all events so
 * far, in epochs, and takes the place of the one that was learning; as a trainer's refits do, but at once and without a gate.
 *
 * incremental  never; hybrid  learns on between two refits; full  doesn't: only histories and counts go on
 */
import type { LogEvent } from '@freshet/shared/domain/event';
import { REFIT_DROPOUT, type UpdateStrategy } from '@freshet/trainer/refit/triggers';
import type { LearnerEvent, LearnerRequest, ReplayLearner } from './learner-port.js';

/** A training set that is filled like a learner and then trained in epochs (trainer/epochs/fit). */
export interface ReplayFit {
  readonly learner: Pick<ReplayLearner, 'round' | 'learn' | 'whole' | 'histories' | 'itemWords' | 'now'>;
  train(options: { readonly epochs: number; readonly seed: number; readonly now: number }): Promise<unknown>;
  close(): Promise<void>;
}

export interface RefitPlan {
  readonly strategy: UpdateStrategy;
  /** Undefined with `incremental`. */
  readonly everyMs: number | undefined;
  readonly epochs: number;
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
}

export interface Refits {
  /** The learner from the event at `place` on: another one when a refit was due. */
  before(place: number): Promise<ReplayLearner>;
  readonly count: number;
  close(): Promise<void>;
}

const MOST_EXAMPLES = 4_000_000;

export async function createRefits(plan: RefitPlan, tools: RefitTools): Promise<Refits> {
  const { events, request, createLearner } = tools;
  const hold = plan.strategy === 'full';
  let learner = await createLearner({ ...request, ...(hold ? { hold } : {}) });
  let due = (events[0]?.ts ?? 0) + (plan.everyMs ?? Number.POSITIVE_INFINITY);
  let count = 0;
  await tools.prepare(learner);
  return {
    get count() {
      return count;
    },
    async before(place) {
      const now = events[place]?.ts ?? 0;
      if (now < due || plan.everyMs === undefined) return learner;
      while (due <= now) due += plan.everyMs;
      const next = await createLearner({ ...request, ...(hold ? { hold } : {}) });
      await refit(plan, tools, { place, into: next });
      await learner.close();
      count++;
      learner = next;
      return learner;
    },
    close: () => learner.close(),
  };
}

/** Learns the events before `place` in epochs and puts the result into an empty learner, as a promotion does. */
async function refit({ epochs }: RefitPlan, { request, createFit, events, prepare, toRound }: RefitTools, { place, into }: { place: number; into: ReplayLearner }): Promise<void> {
  const { model } = request;
  const fit = await createFit({ ...request, model: { ...model, historyDropout: REFIT_DROPOUT }, maxExamples: Math.max(1, Math.min(MOST_EXAMPLES, place)) });
  try {
    await prepare(fit.learner);
    for (let from = 0, round = 0; from < place; from += model.batch, round++) await fit.learner.round(toRound(events.slice(from, Math.min(place, from + model.batch)), round + 2));
    await fit.train({ epochs, seed: model.seed, now: fit.learner.now() });
    for (const { vocabulary, tables } of fit.learner.whole()) {
      for (const { row, name, table } of vocabulary) into.sink.name(row, name, table);
      for (const { table, ids, values } of tables) into.sink.write(table, ids, values);
    }
    into.adoptWords(fit.learner.itemWords());
    into.adopt(fit.learner.histories());
  } finally {
    await fit.close();
  }
}
