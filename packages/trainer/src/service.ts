/**
 * The trainer: waits until it leads, loads the last published state, learns the log until it is stopped or fenced.
 *
 * 1. One leader at a time; a stand-by takes over within seconds (ports/delta-log).
 * 2. Whatever ends a term (fenced, connection lost, a training thread died) the memory is dropped and the next term starts
 *    from what is published: only drift below ε is forgotten, no entry is lost or learned twice.
 * 3. `stop` finishes the running round and its commit.
 */
import { FLAG_RESTARTED } from '@freshet/shared/codec/delta';
import { decodeDocument } from '@freshet/shared/codec/state';
import { isNewerFormat } from '@freshet/shared/codec/format-version';
import type { ItemDocument } from '@freshet/shared/domain/kept-documents';
import type { CatalogueChange, LogEntry } from '@freshet/shared/domain/entry';
import { type Drift, WATCHED_WINDOWS } from '@freshet/shared/domain/quality/drift-watch';
import { FencedError, FreshetError, toError, UsageError } from '@freshet/shared/errors';
import { type Service, startService } from '@freshet/shared/lifecycle';
import type { Logger } from '@freshet/shared/logger';
import type { Metrics } from '@freshet/shared/metrics';
import { loadModel, type ModelPosition } from '@freshet/shared/model/load';
import type { Announcer } from '@freshet/shared/ports/announcer';
import type { CandidateStore } from '@freshet/shared/ports/candidates';
import type { CheckpointStore } from '@freshet/shared/ports/checkpoint';
import type { Clock } from '@freshet/shared/ports/clock';
import type { DeadLetters } from '@freshet/shared/ports/dead-letters';
import type { DeltaLog } from '@freshet/shared/ports/delta-log';
import type { EntryLog } from '@freshet/shared/ports/entry-log';
import type { MaintenanceQueue } from '@freshet/shared/ports/maintenance-queue';
import type { ModelEvents } from '@freshet/shared/ports/model-events';
import type { RefitLog } from '@freshet/shared/ports/refit-log';
import type { JobQueue } from '@freshet/shared/ports/job-queue';
import type { QualityLog } from '@freshet/shared/ports/quality-log';
import type { SearchWeightsStore } from '@freshet/shared/ports/search-weights';
import type { SnapshotStore } from '@freshet/shared/ports/snapshot-store';
import { showQueue } from '@freshet/shared/queue-metrics';
import { watchTypes } from '@freshet/shared/watch-types';
import { type Budget, budgetOf } from './budget/budget.js';
import type { ResolvedTrainerOptions } from './config.js';
import { createDriftReport, type DriftReport } from './drift.js';
import { createLearner, type CreateLearnerOptions } from './learner/create.js';
import { runLoop, showThreads } from './loop.js';
import { startMaintenance } from './maintenance.js';
import { createPresence, type Presence } from './presence.js';
import { createPrequential, type Prequential } from './prequential.js';
import { createPublisher } from './publish/publisher.js';
import { createQualityRecorder } from './quality.js';
import type { Learner } from './learner/port.js';
import { createLearners, type Learners } from './refit/learners.js';
import type { RefitRunner } from './refit/runner.js';
import { startSupervisor } from './refit/supervisor.js';
import { createTriggers } from './refit/triggers.js';
import type { Aside } from './refit/aside.js';
import { createSampler, type Sampler } from './sampler.js';
import { initialise } from './transfer/initialise.js';
import { createWaiters } from './waiters.js';
import { createWake, type Wake } from './wake.js';

export interface TrainerDeps {
  readonly deltas: DeltaLog;
  readonly snapshots: SnapshotStore;
  readonly candidates: CandidateStore;
  readonly refits: RefitLog;
  readonly refitRunner: RefitRunner;
  /** Undefined: nothing comes by the clock. */
  readonly maintenance?: MaintenanceQueue | undefined;
  /** Undefined: search's weights are fixed. */
  readonly searchWeights?: SearchWeightsStore | undefined;
  readonly modelEvents: Pick<ModelEvents, 'add' | 'addOnce' | 'trim'>;
  readonly entries: Pick<EntryLog, 'read'>;
  readonly checkpoint: CheckpointStore;
  readonly queue: JobQueue;
  readonly announcer: Announcer;
  readonly deadLetters: DeadLetters;
  readonly quality: QualityLog;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly clock: Clock;
}

export interface Trainer extends Service {
  /** Whether this process leads, and up to which entry the model has learned here. */
  status(): { readonly leading: boolean; readonly applied: number; readonly version: number };
  /** The newest drift of what this process leads that was seen behind entry `seq`. */
  driftSince(seq: number): Drift | undefined;
}

/** Entries read at once while histories catch up. */
const CATCH_UP_ITEMS = 10_000;
/** Pause after a term that ended with an error; doubled up to the second value while terms keep failing. */
const TERM_PAUSE_MS = [100, 5_000] as const;

export function startTrainer(options: ResolvedTrainerOptions, given: TrainerDeps): Trainer {
  const deps = { ...given, entries: watchTypes(given.entries, { customTypes: options.customTypes, log: given.log }) };
  const status = { leading: false, applied: 0, version: 0 };
  const drift = createDriftReport(deps);
  const service = startService(async ({ owner, signal, fail }) => {
    const hold = options.refit.strategy === 'full';
    const onChoice: CreateLearnerOptions['onChoice'] = ({ engine, why }) => deps.log.info(`engine auto: ${engine} (${why})`);
    const learners = owner.own('learners', await createLearners(() => createLearner({ ...options, trustedItems: false, hold, onChoice })), (it) => it.close());
    const sampler = createSampler({ most: options.sample, time: options.sampleTime });
    const parts: Parts = { options, deps, learners, wake: createWake(), prequential: createPrequential(deps.metrics), drift, sampler, budget: budgetOf(options), status };
    showThreads(deps.metrics, options.threads, false);
    // Shown as 0 from the start, so that the first one is a rise.
    for (const reason of ['not_finite', 'items_full']) deps.metrics.trainerRejectedSteps.inc({ reason }, 0);
    for (const result of ['promoted', 'refused', 'failed']) deps.metrics.refits.inc({ result }, 0);
    owner.defer('queue metrics', deps.metrics.beforeRender(() => showJobs(deps)));
    signal.addEventListener('abort', () => parts.wake.wake(), { once: true });
    owner.defer('log listener', deps.announcer.listen('log', () => parts.wake.wake()));
    const { maintenance } = deps;
    if (maintenance !== undefined) await startMaintenance(options.refit, { ...deps, maintenance }, { owner, signal });
    const terms = lead(parts, signal);
    terms.catch((error: unknown) => fail(toError(error)));
    owner.defer('trainer terms', () => terms.catch(() => undefined), 30_000);
  });
  return { ...service, status: () => status, driftSince: (seq) => drift.since(seq) };
}

/** The adapter bounds the wait; when it rejects, the scrape shows the last counts. */
async function showJobs({ queue, metrics }: TrainerDeps): Promise<void> {
  showQueue(metrics, 'wake-ups', await queue.counts());
}

interface Parts {
  readonly options: ResolvedTrainerOptions;
  readonly deps: TrainerDeps;
  readonly learners: Learners;
  readonly wake: Wake;
  readonly prequential: Prequential;
  readonly drift: DriftReport;
  readonly sampler: Sampler;
  readonly budget: Budget;
  readonly status: { leading: boolean; applied: number; version: number };
}

/** Term after term until asked to stop. */
async function lead(parts: Parts, signal: AbortSignal): Promise<void> {
  let failures = 0;
  while (!signal.aborted) {
    const began = parts.deps.clock.now();
    try {
      await term(parts, signal);
      failures = 0;
    } catch (thrown) {
      if (signal.aborted) return;
      // Another try can't help: somebody must change a setting, or start the release that wrote this.
      if (thrown instanceof UsageError || isNewerFormat(thrown)) throw thrown;
      // A term that had worked for a while failed for a new reason: start counting again.
      failures = parts.deps.clock.now() - began > 60_000 ? 1 : failures + 1;
      const error = toError(thrown);
      const pause = Math.min(TERM_PAUSE_MS[1], TERM_PAUSE_MS[0] * 2 ** (failures - 1));
      parts.deps.log[error instanceof FencedError ? 'warn' : 'error']('term as leader ended; memory is dropped', { error: error.message, pause_ms: pause });
      await parts.deps.clock.sleep(pause, signal);
    }
  }
}

async function term(parts: Parts, signal: AbortSignal): Promise<void> {
  const { deps, options, learners, wake, status } = parts;
  const waiters = createWaiters();
  const lease = await deps.deltas.lead(signal);
  const over = AbortSignal.any([signal, lease.lost]);
  over.addEventListener('abort', () => wake.wake(), { once: true });
  try {
    await initialise(options, deps, lease.epoch);
    const { position, presence } = await load(parts);
    await resume(parts);
    const start = { position, epoch: lease.epoch, model: options.model, signal: over };
    const publisher = createPublisher(deps, start);
    const onApplied = (seq: number): void => {
      status.applied = seq;
      status.version = publisher.position.version;
      waiters.advance(seq);
    };
    onApplied(position.applied);
    status.leading = true;
    deps.log.info('leading', { epoch: lease.epoch, version: position.version, applied: position.applied });
    const consumer = await deps.queue.consume((job) => {
      const done = waiters.until(job.to);
      wake.wake();
      return done;
    });
    try {
      const quality = createQualityRecorder({ ...deps, epoch: lease.epoch, closed: parts.drift.observe });
      const { prequential, sampler, budget } = parts;
      const loop = { ...deps, learner: learners.live, publisher, presence, wake, prequential, sampler, budget, quality, onApplied };
      await withRefits(parts, { epoch: lease.epoch, presence, signal: over }, (aside) => runLoop({ ...loop, aside }, options, { signal: over, flags: FLAG_RESTARTED }));
      if (lease.lost.aborted) throw new FencedError('leadership_lost', 'the session that holds the leader’s lock was lost');
    } finally {
      waiters.drop(new FreshetError('term_over', 'the leader has stopped; the job goes to the next one', { retryable: true }));
      await consumer.stop();
    }
  } finally {
    status.leading = false;
    await lease.release();
  }
}

interface Term {
  readonly epoch: number;
  readonly presence: Presence;
  readonly signal: AbortSignal;
}

/** Refits are looked after while `loop` runs, and no longer. */
async function withRefits({ deps, options, learners, drift, status }: Parts, { epoch, presence, signal }: Term, loop: (aside: Aside) => Promise<void>): Promise<void> {
  const ended = new AbortController();
  const driftSince = (seq: number): string | undefined => {
    const found = drift.since(seq);
    return found === undefined ? undefined : `drift of the ${found.signal} at entry ${found.seq}`;
  };
  const idle = createTriggers(options.refit, { ...deps, items: () => learners.live.rows() - 1, driftSince });
  const over = AbortSignal.any([signal, ended.signal]);
  const recall = async (learner: Learner): Promise<void> => void (await recallItems(deps.checkpoint, learner, 0));
  const supervisor = startSupervisor({ ...deps, runner: deps.refitRunner, recall, learners, presence, epoch, version: () => status.version, idle, signal: over });
  try {
    await loop(supervisor.aside);
  } finally {
    ended.abort();
    await supervisor.done;
  }
}

/** Gauges and drift detectors go on where the last leader's ended; without them they start anew. */
async function resume({ deps, prequential, drift }: Parts): Promise<void> {
  try {
    const windows = await deps.quality.recent(WATCHED_WINDOWS);
    prequential.resume(windows);
    drift.resume(windows);
  } catch (thrown) {
    deps.log.warn('the last prequential windows could not be read', { error: toError(thrown).message });
  }
}

/** The last published state, and the histories as they are at its place in the log. */
async function load({ deps, learners, options }: Parts): Promise<{ position: ModelPosition; presence: Presence }> {
  const learner = learners.live;
  await learner.reset();
  const position = await loadModel(deps, learner.sink);
  let seq = await deps.checkpoint.seq();
  const { activeUsers } = options;
  const presence = await createPresence({ ...deps, histories: learner.histories(), activeUsers, from: seq });
  const known = await recallItems(deps.checkpoint, learner, seq);
  while (seq < position.applied) {
    const entries = (await deps.entries.read(seq, CATCH_UP_ITEMS)).filter((entry) => entry.seq <= position.applied).map(known);
    const last = entries.at(-1);
    if (last === undefined) break;
    await presence.ready(entries);
    learner.remember(entries);
    seq = last.seq;
  }
  return { position, presence };
}

/**
 * Gives the learner the items' texts as the checkpoint has them. Documents may be newer than `seq`, the place it is complete up to:
 * what is returned takes the changes that they know already out of an entry.
 */
async function recallItems(checkpoint: Pick<CheckpointStore, 'loadItems'>, learner: Pick<Learner, 'recall'>, seq: number): Promise<(entry: LogEntry) => LogEntry> {
  const newer = new Map<string, ItemDocument>();
  await checkpoint.loadItems((bytes) => {
    const document = decodeDocument(bytes);
    learner.recall(document);
    if (document.seq > seq) newer.set(document.id, document);
  });
  return (entry) => {
    if (entry.kind !== 'catalogue') return entry;
    const isNew = (change: CatalogueChange, index: number): boolean => {
      const document = newer.get(change.id);
      return document === undefined || (entry.seq - document.seq || index - document.index) > 0;
    };
    return { ...entry, changes: entry.changes.filter(isNew) };
  };
}
