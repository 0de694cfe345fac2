/**
 * A replay: real history through the real path (clean → histories → rank → train), test-then-train, in time order.
 *
 * In: options and the things from outside (a learner's factory, the time). Out: `ReplayResult`.
 * 1. The first `evaluateAfter` of the events only teach. Each later event is ranked before it is learned, among all
 *    items seen so far, if its shopper has a history and its type is one that the model learns.
 * 2. The floors see the same events, one by one, and never look ahead.
 * 3. With `publishEvery` the ranks are those of the model as it was last published (published.ts), of the same events.
 * 4. The same file, options and seed with one thread give the same figures to the last digit.
 */
import type { CatalogueChange, LogEntry } from '@freshet/shared/domain/entry';
import { meaningOf, type LogEvent } from '@freshet/shared/domain/event';
import type { Progress } from '../cli/progress.js';
import { cleanAll, type Cleaned } from './clean-step.js';
import { createFloors, type Floors } from './floors.js';
import { readItemsFile } from './items-file.js';
import type { LearnerEvent, LearnerFactory, ReplayLearner } from './learner-port.js';
import { createMetrics, type Metrics } from './metrics.js';
import type { ResolvedReplayOptions } from './options.js';
import { createPublished, type PublishedModel, type Shown } from './published.js';
import { summarise, type ReplayResult, type Trained } from './result.js';
import { readSource } from './source.js';
import { describeTally } from './tally.js';

export interface ReplayDeps {
  readonly createLearner: LearnerFactory;
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
  const trained = await train({ cleaned, catalogue: catalogue?.changes, noRepeats, options }, deps);
  return summarise({ source, cleaned, catalogue, trained, noRepeats, options, seconds: (deps.now() - started) / 1000 });
}

function say(progress: ReplayDeps['progress'], lines: readonly string[]): void {
  for (const line of lines) if (line !== '') progress.say(line);
}

interface Training {
  readonly cleaned: Cleaned;
  /** Undefined without `--items`: then every item is trusted at first sight. */
  readonly catalogue: readonly CatalogueChange[] | undefined;
  readonly noRepeats: boolean;
  readonly options: ResolvedReplayOptions;
}

async function train(training: Training, deps: ReplayDeps): Promise<Trained> {
  const { cleaned, catalogue, options } = training;
  const { model, threads, engine, publishEvery } = options;
  const sizes = { model, threads, engine, maxItems: cleaned.items + (catalogue?.length ?? 0) + 1, trustedItems: catalogue === undefined };
  const learner = await deps.createLearner({ ...sizes, ...(publishEvery === undefined ? {} : { publish: 'all' }) });
  const open: { close(): Promise<void> }[] = [learner];
  try {
    if (catalogue !== undefined && catalogue.length > 0) await learner.learn([catalogueEntry(catalogue, cleaned.events[0]?.ts ?? 0)]);
    if (publishEvery === undefined) return await learn({ learner, published: undefined }, training, deps);
    const copy = await deps.createLearner({ ...sizes, threads: 0 });
    open.push(copy);
    const published = createPublished(learner, copy, { ...options, everyMs: publishEvery.ms });
    return await learn({ learner, published }, training, deps);
  } finally {
    for (const one of open) await one.close();
  }
}

/** The catalogue is the log's first entry; the events follow. */
function catalogueEntry(changes: readonly CatalogueChange[], receivedAt: number): LogEntry {
  return { kind: 'catalogue', changes, seq: 1, source: 'replay', receivedAt, historical: true };
}

interface Run {
  readonly learner: ReplayLearner;
  /** Ranks in the learner's place. */
  readonly published: PublishedModel | undefined;
  readonly floors: Floors;
  readonly metrics: Metrics;
  /** The learner's own ranks, where what was published ranks in its place. */
  readonly fresh: Metrics;
  readonly totals: { examples: number; lossSum: number; refused: number; learningMs: number };
}

async function learn({ learner, published }: Pick<Run, 'learner' | 'published'>, training: Training, deps: ReplayDeps): Promise<Trained> {
  const totals = { examples: 0, lossSum: 0, refused: 0, learningMs: 0 };
  const run: Run = { learner, published, floors: createFloors(training), metrics: createMetrics(), fresh: createMetrics(), totals };
  await stream(run, training, deps);
  const { metrics, fresh, floors } = run;
  return { ...totals, metrics, fresh, publications: published?.publications ?? 0, floors: floors.figures() };
}

/** Coverage needs lists, which cost time: they are taken from every n-th round so that about this many are. */
const COVERAGE_LISTS = 20_000;

async function stream(run: Run, { cleaned, noRepeats, options }: Training, deps: ReplayDeps): Promise<void> {
  const { events } = cleaned;
  const from = Math.floor(events.length * options.evaluateAfter);
  const listEvery = Math.max(1, Math.ceil((events.length - from) / COVERAGE_LISTS));
  for (let start = 0, round = 0; start < events.length; start += options.model.batch, round++) {
    const batch = toRound(events.slice(start, start + options.model.batch), round + 2);
    const began = deps.now();
    const asked = {
      evaluate: ({ event, index }: LearnerEvent) => start + index >= from && isTarget(event),
      excludeSeen: noRepeats,
      ...(round % listEvery === 0 ? { collectTop: 10 } : {}),
    };
    const shown = run.published?.show(batch, asked);
    const report = await run.learner.round(batch, asked);
    run.totals.learningMs += deps.now() - began;
    run.totals.examples += report.examples;
    run.totals.lossSum += report.loss * report.examples;
    run.totals.refused += report.refused.length;
    for (const { index, rank, top } of report.ranks) count(run, { rank, ...(top === undefined ? {} : { top }) }, shown && (shown.get(index) ?? NEVER));
    for (const { event, index } of batch) observe(run.floors, event, start + index >= from);
    deps.progress.step('learning', start + batch.length, events.length);
  }
}

const NEVER: Shown = { rank: Number.POSITIVE_INFINITY };

/** `shown`: by what was published, if that ranks. */
function count({ metrics, fresh }: Run, own: Shown, shown: Shown | undefined): void {
  const { rank, top } = shown ?? own;
  metrics.add(rank, top);
  if (shown !== undefined) fresh.add(own.rank);
}

function toRound(events: readonly LogEvent[], seq: number): readonly LearnerEvent[] {
  return events.map((event, index) => ({ event, seq, index }));
}

/** Whether the model learns the event's item as the next one. */
function isTarget(event: LogEvent): boolean {
  return event.item !== undefined && meaningOf(event).effect === 'positive';
}

function observe(floors: Floors, event: LogEvent, evaluate: boolean): void {
  if (event.item !== undefined && isTarget(event)) floors.observe({ user: event.user, item: event.item, ts: event.ts }, evaluate);
}
