/**
 * A replay: real history through the real path (clean → histories → rank → train), test-then-train, in time order.
 *
 * In: options and the things from outside (a learner's factory, the time). Out: `ReplayResult`.
 * 1. The first `evaluateAfter` of the events only teach. Each later event is ranked before it is learned, among all
 *    items seen so far, if its shopper has a history and its type is one that the model learns.
 * 2. The floors see the same events, one by one, and never look ahead.
 * 3. With `publishEvery` the same events are also ranked by the model as it was last published (published.ts).
 * 4. The same file, options and seed with one thread give the same figures to the last digit.
 */
import type { CatalogueChange } from '@freshet/shared/domain/entry';
import type { LogEvent } from '@freshet/shared/domain/event';
import { joinErrors, type RatingErrors } from '@freshet/shared/domain/ratings/errors';
import { isTarget } from '@freshet/trainer/learner/target';
import { shopperOf } from '@freshet/trainer/refit/gate';
import type { Progress } from '../cli/progress.js';
import { cleanAll, type Cleaned } from './clean-step.js';
import { createDriftTally, type DriftTally } from './drifts.js';
import { type Beside, createBeside } from './beside.js';
import { type Cold, createCold } from './cold.js';
import { catalogueEntry, createDescriptions, type Descriptions } from './descriptions.js';
import { createFloors, type Floors } from './floors.js';
import { readItemsFile } from './items-file.js';
import type { LearnerEvent, LearnerFactory, ReplayLearner } from './learner-port.js';
import { createMetrics, type Metrics } from './metrics.js';
import type { ResolvedReplayOptions } from './options.js';
import { createRefits, type Refits, type RefitTools } from './refits.js';
import { createPublished, type PublishedCopies, type PublishedCopy } from './published.js';
import { summarise, type ReplayResult, type Trained } from './result.js';
import { readSource } from './source.js';
import { describeTally } from './tally.js';

export interface ReplayDeps {
  readonly createLearner: LearnerFactory;
  /** For the strategies that refit. */
  readonly createFit: RefitTools['createFit'];
  /** Milliseconds of a clock that only runs forward. */
  readonly now: () => number;
  readonly progress: Pick<Progress, 'step' | 'say'>;
}

export async function runReplay(options: ResolvedReplayOptions, deps: ReplayDeps): Promise<ReplayResult> {
  const started = deps.now();
  const source = await readSource({ ...options, onProgress: (events) => deps.progress.step('reading', events) });
  const cleaned = cleanAll(source.events);
  const catalogue = options.items === undefined ? undefined : await readItemsFile(options.items);
  say(deps.progress, [describeTally(source.bad, 'unreadable'), describeTally(source.skipped, 'left out'), describeTally(cleaned.rejected, 'rejected')]);
  const noRepeats = options.noRepeats || source.noRepeats;
  const titles = options.words && catalogue === undefined ? source.titles : new Map<string, string>();
  const trained = await train({ cleaned, titles, catalogue: catalogue?.changes, noRepeats, options }, deps);
  return summarise({ source, cleaned, catalogue, trained, noRepeats, options, seconds: (deps.now() - started) / 1000 });
}

function say(progress: ReplayDeps['progress'], lines: readonly string[]): void {
  for (const line of lines) if (line !== '') progress.say(line);
}

interface Training {
  readonly cleaned: Cleaned;
  /** Undefined without `--items`: then every item is trusted at first sight. */
  readonly catalogue: readonly CatalogueChange[] | undefined;
  /** Titles that items are described by just before their first events. */
  readonly titles: ReadonlyMap<string, string>;
  readonly noRepeats: boolean;
  readonly options: ResolvedReplayOptions;
}

async function train(training: Training, deps: ReplayDeps): Promise<Trained> {
  const { cleaned, titles, catalogue, options } = training;
  const { model, threads, engine, publishEvery } = options;
  const maxWords = options.words ? MAX_WORDS : 0;
  const sizes = { model, threads, engine, maxItems: cleaned.items + (catalogue?.length ?? 0) + 1, maxWords, trustedItems: catalogue === undefined };
  const descriptions = createDescriptions(titles);
  const prepare = async (one: Pick<ReplayLearner, 'learn'>): Promise<void> => {
    const known = [...(catalogue ?? []), ...descriptions.soFar()];
    if (known.length > 0) await one.learn([catalogueEntry(known, { seq: 1, receivedAt: cleaned.events[0]?.ts ?? 0 })]);
  };
  const request = { ...sizes, ...(publishEvery.length === 0 ? {} : { publish: 'all' as const }) };
  const refits = await createRefits(options.refits, { request, ...deps, events: cleaned.events, prepare, toRound, excludeSeen: training.noRepeats });
  const beside = options.refits.strategy === 'incremental' ? undefined : createBeside(await deps.createLearner(request), model.seed);
  const copies: (PublishedCopy & { copy: ReplayLearner })[] = [];
  try {
    if (beside !== undefined) await prepare(beside.learner);
    for (const every of publishEvery) copies.push({ every, copy: await deps.createLearner({ ...sizes, threads: 0, engine: 'wasm' }) });
    const published = createPublished(await refits.before(0), copies, options.staleHistories);
    const totals: Run['totals'] = { examples: 0, lossSum: 0, lossExamples: 0, refused: 0, learningMs: 0, ratings: undefined };
    const measured = { metrics: createMetrics(), cold: createCold(), drifts: createDriftTally() };
    const run: Run = { refits, beside, descriptions, published, floors: createFloors(training), ...measured, totals };
    await stream(run, training, deps);
    const { metrics, cold, drifts } = measured;
    return { ...totals, refits: refits.made, beside: beside?.figures(), drifts: drifts.found, metrics, cold: cold.figures(), published: published.figures(), floors: run.floors.figures() };
  } finally {
    for (const one of [refits, beside, ...copies.map(({ copy }) => copy)]) await one?.close();
  }
}

interface Run {
  readonly refits: Refits;
  /** Undefined with the strategy `incremental`. */
  readonly beside: Beside | undefined;
  readonly descriptions: Descriptions;
  readonly published: PublishedCopies;
  readonly floors: Floors;
  readonly metrics: Metrics;
  readonly drifts: DriftTally;
  readonly cold: Cold;
  readonly totals: { examples: number; lossSum: number; lossExamples: number; refused: number; learningMs: number; ratings: RatingErrors | undefined };
}

/** More than any of the sets has. */
const MAX_WORDS = 100_000;

/** Coverage needs lists, which cost time: they are taken from every n-th round so that about this many are. */
const COVERAGE_LISTS = 20_000;

async function stream(run: Run, { cleaned, catalogue, noRepeats, options }: Training, deps: ReplayDeps): Promise<void> {
  const { events } = cleaned;
  const from = Math.floor(events.length * options.evaluateAfter);
  const listEvery = Math.max(1, Math.ceil((events.length - from) / COVERAGE_LISTS));
  for (let start = 0, round = 0; start < events.length; start += options.model.batch, round++) {
    const batch = toRound(events.slice(start, start + options.model.batch), round + 2);
    const began = deps.now();
    const asked = { evaluate: (one: LearnerEvent) => start + one.index >= from && isTarget(one), excludeSeen: noRepeats };
    const seen = batch.map((one) => (isTarget(one) ? run.cold.count(one.event.item ?? '') : 0));
    run.published.rank(batch, asked);
    const learner = await run.refits.before(start);
    const described = run.descriptions.before(batch);
    if (described !== undefined) await learner.learn([described]);
    const forGate = run.refits.wants(start) || run.refits.wants(start + batch.length - 1);
    const ranked = { ...asked, ...(forGate ? { evaluate: isTarget, floors: true } : {}), ...(round % listEvery === 0 ? { collectTop: 10 } : {}) };
    const report = await learner.round(batch, ranked);
    run.totals.learningMs += deps.now() - began;
    if (forGate) run.refits.ranked(start, report.ranks);
    const theirs = await run.beside?.round(batch, asked, described);
    run.totals.examples += report.examples;
    run.totals.lossSum += report.loss * report.lossExamples;
    run.totals.lossExamples += report.lossExamples;
    run.totals.ratings = joinErrors(run.totals.ratings, report.ratings);
    run.totals.refused += report.refused.length;
    const tested = report.ranks.filter(({ index }) => start + index >= from);
    run.drifts.add({ ...report, ranks: tested }, start + batch.length);
    for (const { index, rank, top } of tested) {
      run.cold.add(rank, seen[index] ?? 0);
      const isNew = seen[index] === 0 && catalogue === undefined;
      run.metrics.add(isNew ? Infinity : rank, top);
      run.beside?.add(isNew ? Infinity : rank, isNew ? Infinity : (theirs?.get(index) ?? Infinity), shopperOf(batch[index]?.event));
    }
    run.published.count(tested.map(({ index }) => index));
    for (const { event, index } of batch) observe(run.floors, event, start + index >= from);
    deps.progress.step('learning', start + batch.length, events.length);
  }
}

function toRound(events: readonly LogEvent[], seq: number): readonly LearnerEvent[] {
  return events.map((event, index) => ({ event, seq, index }));
}

function observe(floors: Floors, event: LogEvent, evaluate: boolean): void {
  if (event.item !== undefined && isTarget({ event })) floors.observe({ user: event.user, item: event.item, ts: event.ts }, evaluate);
}
