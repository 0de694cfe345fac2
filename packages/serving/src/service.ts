/**
 * The serving process: loads checkpoint, log's tail and model, then answers and follows.
 *
 * 1. Routes are there at once and answer 503 until all is loaded and warmed up; `/readyz` fails until then.
 * 2. Followers stop first, then the checkpoint is written a last time (when this process owns it).
 * 3. A log that retention has cut off under this process ends it: started anew it loads the checkpoint.
 */
import { setMaxListeners } from 'node:events';
import { isNewerFormat } from '@freshet/shared/codec/format-version';
import { decodeDocument } from '@freshet/shared/codec/state';
import { createHistories } from '@freshet/shared/domain/histories';
import { configHash } from '@freshet/shared/domain/model-config';
import { CorruptionError, toError, UnavailableError } from '@freshet/shared/errors';
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
import type { QualityLog } from '@freshet/shared/ports/quality-log';
import type { SnapshotStore } from '@freshet/shared/ports/snapshot-store';
import type { TraceStore } from '@freshet/shared/ports/trace-store';
import type { UserRefs } from '@freshet/shared/ports/user-refs';
import { watchTypes } from '@freshet/shared/watch-types';
import type { ResolvedServingOptions } from './config.js';
import type { Engine } from './engine.js';
import { createLogFollower, type LogFollower } from './follow/log-follower.js';
import { createModelFollower, type ModelFollower } from './follow/model-follower.js';
import { createModelMetrics, type ModelMetrics } from './follow/model-metrics.js';
import { createProgress, type Progress } from './follow/progress.js';
import { startPump } from './follow/pump.js';
import { createVersions, type Versions } from './follow/versions.js';
import { createPersonRefs, type PersonRefs } from './person-refs.js';
import { createRecentQuality } from './recent-quality.js';
import { createRanker } from './rank/ranker.js';
import { registerAnswers } from './routes/answers.js';
import { registerHistory } from './routes/history.js';
import { registerItems } from './routes/items.js';
import { registerModels } from './routes/models.js';
import { registerQuality } from './routes/quality.js';
import { registerTail } from './routes/tail.js';
import { registerTraces } from './routes/traces.js';
import { type KernelModule, loadKernel } from './store/kernel.js';
import { createShelf, type Shelf } from './store/shelf.js';
import { createTablePool, type TablePool } from './store/table-pool.js';
import { startUpkeep } from './upkeep.js';
import { warmUp } from './warm-up.js';

export interface ServingDeps {
  readonly deltas: DeltaLog;
  readonly snapshots: SnapshotStore;
  readonly checkpoint: OwnedCheckpointStore;
  readonly entries: Pick<EntryLog, 'read' | 'startOf' | 'head'>;
  readonly userRefs: Pick<UserRefs, 'lookup'>;
  readonly traces: TraceStore;
  readonly quality: Pick<QualityLog, 'recent'>;
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
  for (const register of [registerAnswers, registerHistory, registerItems, registerModels, registerQuality, registerTail, registerTraces]) register(deps.http, current);
  const service = startService(async (context) => {
    context.owner.defer('readiness', addReadiness(deps, () => engine));
    engine = await start(options, deps, context);
  });
  return { ...service, status: () => (engine === undefined ? undefined : statusOf(engine)) };
}

function statusOf(engine: Engine): { version: number; learned: number; logged: number } {
  return { version: engine.view().position.version, learned: engine.view().position.applied, logged: engine.progress.positions().log };
}

interface Parts {
  readonly shelf: Shelf;
  readonly people: People;
  readonly progress: Progress;
  readonly versions: Versions;
  readonly metrics: ModelMetrics;
  readonly refs: PersonRefs;
  readonly pool: TablePool;
  readonly kernel: KernelModule;
}

async function start(options: ResolvedServingOptions, deps: ServingDeps, context: ServiceContext): Promise<Engine> {
  setMaxListeners(0, context.signal);
  const parts = await createParts(options, deps);
  const log = await loadLog(options, deps, parts);
  const model = await loadModelFirst(options, deps, { parts, context });
  const engine = createEngine(options, deps, { parts, model, stopping: deps.stopping ?? context.signal });
  await warmUp(parts.kernel, engine.ranker, options.model);
  await catchUp(deps, log, model);
  parts.metrics.caughtUp();
  follow(options, deps, { context, model, log, people: parts.people });
  if (options.upkeep) {
    const isHeldUp = (): boolean => model.quarantined() !== undefined;
    startUpkeep(options, deps, { context, view: model.view, isHeldUp, people: parts.people, shelf: parts.shelf, seq: () => log.seq });
  }
  deps.log.info('serving', { version: model.view().position.version, log: log.seq, items: Math.max(0, model.view().set.rows - 1) });
  return engine;
}

async function createParts(options: ResolvedServingOptions, deps: ServingDeps): Promise<Parts> {
  const kernel = await loadKernel();
  const { dim, temperature } = options.model;
  // The shelf tells the pool of changes, and the pool asks the shelf for states: one of them comes second.
  const shelf: Shelf = createShelf((id) => pool.refresh(id));
  const pool = createTablePool({ kernel, dim, temperature, maxItems: options.maxItems, shelf: shelf.state });
  const histories = createHistories(options.customTypes);
  const progress = createProgress(deps.clock);
  return {
    shelf,
    pool,
    kernel,
    people: createPeople({ histories, checkpoint: deps.checkpoint, activeUsers: options.activeUsers, seq: () => progress.positions().log }),
    progress,
    versions: createVersions(),
    metrics: createModelMetrics(deps.metrics),
    refs: createPersonRefs(deps.userRefs, { limit: options.peopleCached, now: () => deps.clock.now() }),
  };
}

/** Before the model: its rows ask the catalogue whether they may be served. */
async function loadLog({ customTypes }: ResolvedServingOptions, deps: ServingDeps, parts: Parts): Promise<LogFollower> {
  const { people, shelf, progress, refs } = parts;
  const from = await deps.checkpoint.seq();
  await people.load();
  await deps.checkpoint.loadItems((bytes) => shelf.load(decodeDocument(bytes)));
  const entries = watchTypes(deps.entries, { customTypes, log: deps.log });
  const follower = createLogFollower({ entries, people, shelf, from, moved: progress.moveLog, newcomer: refs.newcomer });
  await follower.step();
  return follower;
}

/** A snapshot that can't be read now may be readable, or replaced, in a moment: there is no older model to serve. */
async function loadModelFirst(
  options: ResolvedServingOptions,
  deps: ServingDeps,
  { parts, context }: { readonly parts: Parts; readonly context: ServiceContext },
): Promise<ModelFollower> {
  let dropped = 0;
  for (let attempt = 0; ; attempt++) {
    context.signal.throwIfAborted();
    try {
      return await createModelFollower({
        ...deps,
        ...parts,
        configHash: configHash(options.model),
        askForSnapshot: (version) => deps.announcer.announce('snapshot', version),
        moved({ set, position }) {
          parts.progress.moveModel(position.applied);
          deps.metrics.servingModelVersion.set(position.version);
          if (set.dropped === dropped) return;
          if (set.dropped > 0) parts.metrics.refused('max_items');
          if (dropped === 0) deps.log.error('the model has more items than maxItems: the rest is not served', { max_items: options.maxItems });
          dropped = set.dropped;
        },
      });
    } catch (thrown) {
      const error = toError(thrown);
      if (isNewerFormat(error) || !(error instanceof CorruptionError || error instanceof UnavailableError)) throw error;
      if (error instanceof CorruptionError) parts.metrics.refused(error.code);
      deps.log.error('the model could not be loaded; trying again', { code: error.code, error });
      await deps.clock.sleep(Math.min(5_000, options.pollMs * 2 ** attempt), context.signal);
    }
  }
}

function createEngine(options: ResolvedServingOptions, deps: ServingDeps, made: { readonly parts: Parts; readonly model: ModelFollower; readonly stopping: AbortSignal }): Engine {
  const { shelf, people, progress, versions, refs } = made.parts;
  const rung = (name: keyof Engine['rungs']) => deps.metrics.fallbackResponses.labels({ rung: name });
  return {
    view: made.model.view,
    quarantined: made.model.quarantined,
    shelf,
    people,
    progress,
    versions,
    refs,
    ranker: createRanker(),
    traces: deps.traces,
    log: deps.entries,
    stopping: made.stopping,
    quality: createRecentQuality(deps.quality, deps.clock),
    clock: deps.clock,
    rungs: { personal: rung('personal'), session: rung('session'), similar: rung('similar'), trending: rung('trending'), newest: rung('newest') },
    customTypes: options.customTypes,
    sequenceWaitMs: options.sequenceWaitMs,
  };
}

/** All there is now; a refused version doesn't keep the process from serving the last good one. */
async function catchUp(deps: ServingDeps, log: LogFollower, model: ModelFollower): Promise<void> {
  await log.step();
  await model.step().catch((thrown: unknown) => {
    if (!(thrown instanceof CorruptionError)) throw thrown;
    deps.log.warn('starting with the last sound version', { version: model.view().position.version, code: thrown.code });
  });
}

function follow(options: ResolvedServingOptions, deps: ServingDeps, made: { context: ServiceContext; model: ModelFollower; log: LogFollower; people: People }): void {
  const { context, model, log, people } = made;
  const pump = (channel: Channel, work: () => Promise<void>): void => {
    const failed = (error: Error, retryInMs: number): void => {
      if (channel === 'log' && error instanceof CorruptionError) return context.fail(error);
      deps.log.warn(`following the ${channel} failed; trying again`, { retry_ms: retryInMs, error });
    };
    const running = startPump({ clock: deps.clock, pollMs: options.pollMs, signal: context.signal, work, failed });
    context.owner.defer(`${channel} listener`, deps.announcer.listen(channel, running.wake));
    context.owner.defer(`${channel} follower`, () => running.done);
  };
  pump('delta', model.step);
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

function addReadiness(deps: ServingDeps, engine: () => Engine | undefined): () => void {
  return deps.http.health.addReadiness('serving', () => {
    const ready = engine();
    if (ready === undefined) return { ok: false, detail: 'loading the model' };
    const refused = ready.quarantined();
    const detail = `version ${ready.view().position.version}${refused === undefined ? '' : `; version ${refused.version} was refused: ${refused.reason}`}`;
    return { ok: true, detail };
  });
}
