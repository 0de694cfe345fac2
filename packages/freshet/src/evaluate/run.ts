/**
 * An offline evaluation by a published protocol: learn a training file over several epochs, then test, learning nothing more.
 *
 * In: options and the things from outside (a fit's factory, the time). Out: `EvaluateResult`.
 * 1. Nothing of the test file is learned, counted or used to choose anything but the list of items that exist (protocol.ts).
 * 2. Examples are the live learner's, folded in time order; follow counts don't decay, since a published split is one moment.
 * 3. Where no event would be tested nothing is learned: a `UsageError` says why (tested.ts).
 * 4. The same files, options and seed with one thread give the same figures to the last digit.
 */
import type { CatalogueChange } from '@freshet/shared/domain/entry';
import type { LogEvent } from '@freshet/shared/domain/event';
import type { Decision } from '@freshet/trainer/engine/choose';
import type { EpochReport } from '@freshet/trainer/epochs/train-epochs';
import type { Fit, FitOptions } from '@freshet/trainer/epochs/fit';
import type { LearnerEvent } from '@freshet/trainer/learner/port';
import type { Progress } from '../cli/progress.js';
import { describeTally } from '../replay/tally.js';
import type { RankedCase } from './metrics.js';
import { drawNegatives } from './negatives.js';
import type { ResolvedEvaluateOptions } from './options.js';
import { holdOut, isTested, type Plan, planEvaluation } from './protocol.js';
import { readRelations, type RelatedItems } from './relations.js';
import { type EvaluateResult, summarise } from './result.js';
import { readSplits } from './splits.js';
import { checkTested } from './tested.js';

export interface EvaluateDeps {
  readonly createFit: (options: FitOptions) => Promise<Fit>;
  /** Milliseconds of a clock that only runs forward. */
  readonly now: () => number;
  readonly progress: Pick<Progress, 'step' | 'say'>;
  readonly signal?: AbortSignal;
}

export async function runEvaluation(options: ResolvedEvaluateOptions, deps: EvaluateDeps): Promise<EvaluateResult> {
  const started = deps.now();
  const { progress } = deps;
  const splits = await readSplits(options, (events) => progress.step('reading', events));
  for (const { tally, verb } of splits.tallies) if (tally.total > 0) progress.say(describeTally(tally, verb));
  const plan = planEvaluation(options.validation ? { ...splits, ...holdOut(splits.train, options.protocol) } : splits, options.protocol);
  checkTested(plan, options);
  const { relations } = options;
  const related = relations === undefined ? [] : await readRelations(relations.path, relations.columns);
  let { engine } = options;
  const onChoice = (decision: Decision): void => {
    engine = decision.engine;
    progress.say(`engine auto: ${engine} (${decision.why})`);
  };
  const fit = await deps.createFit({ ...fitOptions(plan, related, options), onChoice });
  try {
    await teach(fit, plan, { related, options });
    const set = fit.set();
    progress.say(`${set.examples} examples of ${plan.catalogue.length} items${set.dropped > 0 ? `; the oldest ${set.dropped} had to make room` : ''}`);
    const learning = deps.now();
    const epochs = await train(fit, plan, { options, deps });
    const testing = deps.now();
    const cases = test(fit, plan, { options, deps });
    const seconds = { train: (testing - learning) / 1_000, test: (deps.now() - testing) / 1_000, all: (deps.now() - started) / 1_000 };
    return summarise({ plan, options, engine, set, epochs, cases, seconds });
  } finally {
    await fit.close();
  }
}

function fitOptions({ train, catalogue }: Plan, related: readonly RelatedItems[], { model, threads, engine, maxExamples, followWeight }: ResolvedEvaluateOptions): FitOptions {
  const relations = related.reduce((sum, { others }) => sum + others.length, 0);
  const most = Math.max(1, Math.min(maxExamples, train.length + relations));
  return { model: { ...model, replay: 0 }, threads, engine, maxExamples: most, maxItems: catalogue.length + 1, trustedItems: true, decay: false, followWeight };
}

const ROUND_EVENTS = 4_096;
const SOURCE = { source: 'evaluate', historical: true } as const;

async function teach({ learner, relate }: Fit, { train, catalogue }: Plan, { related, options }: { related: readonly RelatedItems[]; options: ResolvedEvaluateOptions }): Promise<void> {
  const changes = catalogue.map((id): CatalogueChange => ({ op: 'put', id, fields: {} }));
  await learner.learn([{ kind: 'catalogue', changes, seq: 1, receivedAt: train[0]?.ts ?? 0, ...SOURCE }]);
  const { followers = 0, weight = 0 } = options.relations ?? {};
  for (const { item, others } of related) for (const other of others) relate({ item, other, followers, weight });
  const places = toPlaces(train, 2);
  for (let from = 0; from < places.length; from += ROUND_EVENTS) await learner.round(places.slice(from, from + ROUND_EVENTS));
}

/** In the order of their parts and places. */
function toPlaces(events: readonly LogEvent[], firstSeq: number): LearnerEvent[] {
  return events.map((event, i) => ({ event, seq: firstSeq + i, index: 0 }));
}

function train(fit: Fit, { train: events }: Plan, { options, deps }: { options: ResolvedEvaluateOptions; deps: EvaluateDeps }): Promise<EpochReport[]> {
  return fit.train({
    epochs: options.epochs,
    order: options.order,
    seed: options.model.seed,
    now: events.at(-1)?.ts ?? 0,
    signal: deps.signal,
    onProgress: ({ visited, total }) => deps.progress.step('learning', visited, total),
    onEpoch: ({ epoch, loss, seconds }) => deps.progress.say(`epoch ${epoch}: loss ${loss.toFixed(4)}, ${seconds.toFixed(1)} s`),
  });
}

/** Coverage needs lists, which cost time: they are taken of every n-th event so that about this many are. */
const COVERAGE_LISTS = 20_000;

function test({ learner }: Fit, plan: Plan, { options, deps }: { options: ResolvedEvaluateOptions; deps: EvaluateDeps }): RankedCase[] {
  const { candidates, model, protocol } = options;
  learner.examine(toPlaces(plan.dev, 2 + plan.train.length), { evaluate: () => false });
  const had = protocol === 'leave-one-out' ? itemsByUser(plan) : new Map<string, Set<string>>();
  const first = 2 + plan.train.length + plan.dev.length;
  const places = toPlaces(plan.test, first);
  const listEvery = Math.max(1, Math.ceil(places.length / COVERAGE_LISTS));
  const cases: RankedCase[] = [];
  for (const [i, place] of places.entries()) {
    const negatives = (): readonly string[] =>
      drawNegatives({ items: plan.catalogue, had: had.get(place.event.user) ?? new Set(), count: Number(candidates), seed: model.seed, event: i });
    cases.push(
      ...learner.examine([place], {
        evaluate: ({ event }) => isTested(event),
        excludeSeen: protocol === 'leave-one-out',
        ...(i % listEvery === 0 ? { collectTop: 10 } : {}),
        ...(candidates === 'all' ? {} : { among: negatives }),
      }),
    );
    deps.progress.step('testing', i + 1, places.length);
  }
  return cases;
}

function itemsByUser({ train, dev, test: tested }: Plan): Map<string, Set<string>> {
  const had = new Map<string, Set<string>>();
  for (const { user, item = '' } of [...train, ...dev, ...tested]) {
    const own = had.get(user) ?? new Set<string>();
    had.set(user, own.add(item));
  }
  return had;
}
