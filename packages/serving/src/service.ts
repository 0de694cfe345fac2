/**
 * The serving process: loads checkpoint, log's tail and model, then answers and follows.
 *
 * 1. Routes are there at once and answer 503 until all is loaded and warmed up; `/readyz` fails until then.
 * 2. Followers stop first, then the checkpoint is written a last time (when this process owns it).
 * 3. A log that retention has cut off under this process ends it: started anew it loads the checkpoint.
 */
import { setMaxListeners } from 'node:events';
import { decodeDocument, decodeRules } from '@freshet/shared/codec/state';
import { createHistories } from '@freshet/shared/domain/histories';
import { CorruptionError, UnavailableError } from '@freshet/shared/errors';
import type { HttpServer } from '@freshet/shared/http/server';
import { type Service, startService, type ServiceContext } from '@freshet/shared/lifecycle';
import type { Logger } from '@freshet/shared/logger';
import type { Metrics } from '@freshet/shared/metrics';
import { createPeople, type People, SWEEP_MS } from '@freshet/shared/people';
import type { Announcer, Channel } from '@freshet/shared/ports/announcer';
import type { OwnedCheckpointStore } from '@freshet/shared/ports/checkpoint';
import type { Clock } from '@freshet/shared/ports/clock';
import type { DeltaLog } from '@freshet/shared/ports/delta-log';
import type { EntryLog } from '@freshet/shared/ports/entry-log';
import type { ModelEvents } from '@freshet/shared/ports/model-events';
import type { ModelLabels } from '@freshet/shared/ports/model-labels';
import type { QualityLog } from '@freshet/shared/ports/quality-log';
import type { OwnedRecommendationLog } from '@freshet/shared/ports/recommendation-log';
import type { RefitLog } from '@freshet/shared/ports/refit-log';
import type { Secrets } from '@freshet/shared/ports/secrets';
import type { SnapshotStore } from '@freshet/shared/ports/snapshot-store';
import type { TraceStore } from '@freshet/shared/ports/trace-store';
import type { UserRefs } from '@freshet/shared/ports/user-refs';
import { watchTypes } from '@freshet/shared/watch-types';
import type { ResolvedServingOptions } from './config.js';
import type { Engine } from './engine.js';
import { createFilterMatches, type FilterMatches } from './filter/matches.js';
import { createJournal, type Journal } from './follow/journal.js';
import { createLogFollower, type LogFollower } from './follow/log-follower.js';
import { createModelMetrics, type ModelMetrics } from './follow/model-metrics.js';
import { createProgress, type Progress } from './follow/progress.js';
import { startPump } from './follow/pump.js';
import { createVersions, type Versions } from './follow/versions.js';
import type { KnownItems } from './follow/verify-set.js';
import { createPersonRefs, type PersonRefs } from './person-refs.js';
import { loadModels, type Models } from './load-first.js';
import { keepProbes } from './probes/keep-probes.js';
import { createProbation, type Probation } from './probation/probation.js';
import { createRecentRequests, type RecentRequests } from './probation/recent-requests.js';
import { createRecentQuality } from './recent-quality.js';
import { createRanker } from './rank/ranker.js';
import { keepLists, keepOutcomes } from './recommendation-log/keep.js';
import { createListLog, type ListLog } from './recommendation-log/list-log.js';
import { registerAnswers } from './routes/answers.js';
import { registerExplanations } from './routes/explanations.js';
import { registerHistory } from './routes/history.js';
import { registerItems } from './routes/items.js';
import { registerLabels } from './routes/labels.js';
import { registerOutcomes } from './routes/outcomes.js';
import { registerModels } from './routes/models.js';
import { registerNext } from './routes/next.js';
import { registerQuality } from './routes/quality.js';
import { registerRefits } from './routes/refits.js';
import { registerSearch } from './routes/search.js';
import { registerRules } from './routes/rules.js';
import { registerTail } from './routes/tail.js';
import { registerTraces } from './routes/traces.js';
import { createSearcher, type Searcher } from './search/searcher.js';
import { createShadow } from './shadow/shadow.js';
import { type KernelModule, loadKernel } from './store/kernel.js';
import { createScanMetrics } from './retrieval/scan-metrics.js';
import { tendLists } from './retrieval/tend-lists.js';
import { createRules, type Rules } from './rules/rules.js';
import { createShelf, type Shelf } from './store/shelf.js';
import { createTablePool, type TablePool } from './store/table-pool.js';
import { openTokens, type Tokens } from './token/tokens.js';
import { addReadiness } from './readiness.js';
import { startUpkeep } from './upkeep.js';
import { warmUp } from './warm-up.js';

export interface ServingDeps {
  readonly deltas: DeltaLog;
  readonly snapshots: SnapshotStore;
  readonly labels: ModelLabels;
  readonly refits: RefitLog;
  readonly modelEvents: ModelEvents;
  readonly checkpoint: OwnedCheckpointStore;
  readonly entries: Pick<EntryLog, 'read' | 'startOf' | 'head' | 'append'>;
  readonly userRefs: Pick<UserRefs, 'lookup'>;
  readonly traces: TraceStore;
  readonly quality: Pick<QualityLog, 'recent' | 'between'>;
  readonly recommendations: OwnedRecommendationLog;
  readonly secrets: Secrets;
  readonly announcer: Pick<Announcer, 'announce' | 'listen'>;
  /** Routes and the readiness check are registered on it at once; who made it listens and closes. */
  readonly http: Pick<HttpServer, 'route' | 'health'>;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly clock: Clock;
  /** Aborts when the process begins to stop, before its HTTP server waits for requests in flight. */
  readonly stopping?: AbortSignal;
}

export interface Serving extends Service {
  /** Where this process stands; undefined while it loads. */
  status(): { readonly version: number; readonly learned: number; readonly logged: number } | undefined;
}

export function startServing(options: ResolvedServingOptions, deps: ServingDeps): Serving {
  let engine: Engine | undefined;
  const current = (): Engine => {
    if (engine === undefined) throw new UnavailableError('serving_starting', 'This process is still loading the model.');
    return engine;
  };
  for (const register of [registerAnswers, registerExplanations, registerHistory, registerItems, registerModels, registerNext, registerQuality, registerSearch, registerTail, registerTraces]) register(deps.http, current);
  registerRefits(deps.http, deps);
  registerRules(deps.http, { ...deps, engine: current });
  registerOutcomes(deps.http, { ...deps, ...options.recommendationLog });
  registerLabels(deps.http, { ...deps, engine: () => engine });
  const service = startService(async (context) => {
    context.owner.defer('readiness', addReadiness(deps.http, () => engine));
    engine = await start(options, deps, context);
  });
  return { ...service, status: () => (engine === undefined ? undefined : statusOf(engine)) };
}

function statusOf(engine: Engine): { version: number; learned: number; logged: number } {
  return { version: engine.view().position.version, learned: engine.view().position.applied, logged: engine.progress.positions().log };
}

interface Parts {
  readonly shelf: Shelf;
  readonly rules: Rules;
  readonly filterMatches: FilterMatches;
  readonly searcher: Searcher;
  readonly people: People;
  readonly progress: Progress;
  readonly versions: Versions;
  readonly metrics: ModelMetrics;
  readonly journal: Journal;
  readonly refs: PersonRefs;
  readonly pool: TablePool;
  readonly kernel: KernelModule;
  readonly known: KnownItems;
  readonly lists: ListLog;
  readonly recent: RecentRequests;
  readonly probation: Probation;
}

async function start(options: ResolvedServingOptions, deps: ServingDeps, context: ServiceContext): Promise<Engine> {
  setMaxListeners(0, context.signal);
  const parts = await createParts(options, deps);
  context.owner.defer('searcher', () => parts.searcher.close());
  const log = await loadLog(options, deps, parts);
  context.owner.defer('journal', () => parts.journal.settled());
  const models = await loadModels(options, deps, { parts, signal: context.signal });
  const tokens = await openTokens(deps.secrets);
  const engine = createEngine(options, deps, { parts, models, tokens, stopping: deps.stopping ?? context.signal });
  await warmUp(parts.kernel, engine.ranker, options.model);
  await catchUp(deps, log, models);
  await parts.searcher.settled();
  parts.metrics.caughtUp();
  follow(options, deps, { context, models, log, people: parts.people });
  keepProbes(engine, { ...deps, seed: options.model.seed }, context);
  context.owner.defer('lists', tendLists(parts.pool, context.signal));
  keepLists(parts.lists, deps, context);
  if (options.upkeep) {
    keepOutcomes(options, deps, context);
    const { view, quarantined } = models.follower;
    const isHeldUp = (): boolean => quarantined() !== undefined;
    startUpkeep(options, deps, { context, view, isHeldUp, people: parts.people, shelf: parts.shelf, rules: parts.rules.book, seq: () => log.seq });
  }
  const { set, position } = engine.view();
  deps.log.info('serving', { version: position.version, log: log.seq, items: Math.max(0, set.rows - 1) });
  return engine;
}

async function createParts(options: ResolvedServingOptions, deps: ServingDeps): Promise<Parts> {
  const kernel = await loadKernel();
  // The shelf tells the pool of changes, and the pool asks the shelf for states: one of them comes second.
  const searcher = createSearcher(options.synonyms);
  const shelf: Shelf = createShelf((id, before, now) => {
    pool.refresh(id);
    searcher.change(id, before, now);
    filterMatches.change(id, now);
    ruleMatches.change(id, now);
    rules.touch();
  });
  const filterMatches = createFilterMatches(shelf);
  // Of its own: the filters of requests must not push out those of rules.
  const ruleMatches = createFilterMatches(shelf);
  const rules = createRules(shelf, ruleMatches);
  const { model, maxItems, maxWords, retrieval: mode } = options;
  const pool = createTablePool({ kernel, model, maxItems, maxWords, mode, shelf: shelf.state, ...createScanMetrics(deps.metrics) });
  const histories = createHistories(options.customTypes);
  const progress = createProgress(deps.clock);
  const people = createPeople({ histories, checkpoint: deps.checkpoint, activeUsers: options.activeUsers, seq: () => progress.positions().log });
  const recent = createRecentRequests();
  return {
    shelf,
    recent,
    probation: createProbation({ recent, people, shelf, ranker: createRanker(), clock: deps.clock, seed: model.seed }),
    filterMatches,
    searcher,
    rules,
    pool,
    kernel,
    known: { has: (id) => shelf.catalogue.document(id) !== undefined, size: () => shelf.catalogue.size, seq: () => progress.positions().log },
    people,
    progress,
    versions: createVersions(),
    lists: createListLog(options.recommendationLog.sample, deps),
    metrics: createModelMetrics(deps.metrics),
    journal: createJournal(deps.modelEvents, options.replica, deps.log),
    refs: createPersonRefs(deps.userRefs, { limit: options.peopleCached, now: () => deps.clock.now() }),
  };
}

/** Before the model: its rows ask the catalogue whether they may be served. */
async function loadLog({ customTypes }: ResolvedServingOptions, deps: ServingDeps, parts: Parts): Promise<LogFollower> {
  const { people, shelf, rules, progress, refs } = parts;
  const from = await deps.checkpoint.seq();
  await people.load();
  await deps.checkpoint.loadItems((bytes) => shelf.load(decodeDocument(bytes)));
  await deps.checkpoint.loadRules((bytes) => rules.book.load(decodeRules(bytes)));
  const entries = watchTypes(deps.entries, { customTypes, log: deps.log });
  const follower = createLogFollower({ entries, people, shelf, rules: rules.book, from, moved: progress.moveLog, newcomer: refs.newcomer });
  await follower.step();
  return follower;
}

function createEngine(options: ResolvedServingOptions, deps: ServingDeps, made: { readonly parts: Parts; readonly models: Models; readonly tokens: Tokens; readonly stopping: AbortSignal }): Engine {
  const { shelf, filterMatches, rules, searcher, people, progress, versions, refs, lists, recent } = made.parts;
  const { follower, pinning, beside } = made.models;
  const ranker = createRanker();
  const rung = (name: keyof Engine['rungs']) => deps.metrics.fallbackResponses.labels({ rung: name });
  return {
    view: pinning.view,
    newest: follower.view,
    pinned: pinning.pinned,
    beside,
    recent,
    shadow: createShadow({ ...deps, ranker, held: () => beside.held('shadow'), seed: options.model.seed }),
    quarantined: follower.quarantined,
    shelf,
    filterMatches,
    rules,
    people,
    progress,
    versions,
    refs,
    ranker,
    tokens: made.tokens,
    searcher,
    zeroResults: { vectors: deps.metrics.zeroResultSearches.labels({ answer: 'vectors' }), nothing: deps.metrics.zeroResultSearches.labels({ answer: 'nothing' }) },
    lists,
    traces: deps.traces,
    log: deps.entries,
    stopping: made.stopping,
    quality: createRecentQuality(deps.quality, deps.clock),
    clock: deps.clock,
    rungs: { personal: rung('personal'), session: rung('session'), similar: rung('similar'), trending: rung('trending'), newest: rung('newest'), together: rung('together') },
    explored: deps.metrics.exploredItems,
    customTypes: options.customTypes,
    sequenceWaitMs: options.sequenceWaitMs,
  };
}

/** All there is now; a refused version doesn't keep the process from serving the last good one. */
async function catchUp(deps: ServingDeps, log: LogFollower, { follower }: Models): Promise<void> {
  await log.step();
  await follower.step().catch((thrown: unknown) => {
    if (!(thrown instanceof CorruptionError)) throw thrown;
    deps.log.warn('starting with the last sound version', { version: follower.view().position.version, code: thrown.code });
  });
}

function follow(options: ResolvedServingOptions, deps: ServingDeps, made: { context: ServiceContext; models: Models; log: LogFollower; people: People }): void {
  const { context, models, log, people } = made;
  const pump = (channel: Channel, work: () => Promise<void>, pollMs = options.pollMs): void => {
    const failed = (error: Error, retryInMs: number): void => {
      if (channel === 'log' && error instanceof CorruptionError) return context.fail(error);
      deps.log.warn(`following the ${channel} failed; trying again`, { retry_ms: retryInMs, error });
    };
    const running = startPump({ clock: deps.clock, pollMs, signal: context.signal, work, failed });
    context.owner.defer(`${channel} listener`, deps.announcer.listen(channel, running.wake));
    context.owner.defer(`${channel} follower`, () => running.done);
  };
  pump('delta', models.follower.step);
  pump('label', models.pinning.step, options.labelPollMs);
  // Apart: a rollback doesn't wait for a canary that is being loaded.
  pump('label', models.beside.step, options.labelPollMs);
  pump('log', log.step);
  const sweeping = startPump({
    clock: deps.clock,
    pollMs: SWEEP_MS,
    signal: context.signal,
    work: people.sweep,
    failed: (error) => deps.log.warn('idle histories could not be dropped from memory; trying again', { error }),
  });
  context.owner.defer('sweeper', () => sweeping.done);
}
