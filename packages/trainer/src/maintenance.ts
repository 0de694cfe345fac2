/**
 * Work by the clock, on the queue `maintenance`: whichever trainer process takes the job does it, the leader or a stand-by.
 *
 * refit       asks for a refit, with the strategies full and hybrid, `everyHours` after the last one; the leader carries it out
 * snapshot    asks serving for a snapshot of the newest version where the last one is SNAPSHOT_AGE_MS old (its tables are serving's; serving
 *             itself cuts one sooner when deltas pile up, and old snapshots and lineages go in the transaction that ends one)
 * retention   deletes candidates whose writer has died, and prequential windows and model events beyond their limits
 * evaluation  evaluation.ts
 * search_weights  search-weights.ts, unless the shop wants fixed ones
 * 1. Every trainer says the schedules when it starts and each SAY_MS after that: a queue server that was wiped has them again.
 * 2. Jobs come more often than their work is due, and what is due is read from what is stored: a job that comes early, twice, or again after
 *    its process was killed in the middle does nothing, or what was left; one that a restart has put off is late by one look at most.
 * 3. With the queue away nothing comes by the clock but retention, which each trainer then does itself: no disk fills for want of a queue.
 */
import { toError } from '@freshet/shared/errors';
import type { Owner } from '@freshet/shared/lifecycle';
import type { Logger } from '@freshet/shared/logger';
import type { Metrics } from '@freshet/shared/metrics';
import type { Announcer } from '@freshet/shared/ports/announcer';
import type { CandidateStore } from '@freshet/shared/ports/candidates';
import type { Clock } from '@freshet/shared/ports/clock';
import type { DeltaLog } from '@freshet/shared/ports/delta-log';
import type { EntryLog } from '@freshet/shared/ports/entry-log';
import type { MaintenanceJob, MaintenanceQueue, Schedule } from '@freshet/shared/ports/maintenance-queue';
import type { ModelEvents } from '@freshet/shared/ports/model-events';
import type { QualityLog } from '@freshet/shared/ports/quality-log';
import type { RefitLog } from '@freshet/shared/ports/refit-log';
import type { SearchWeightsStore } from '@freshet/shared/ports/search-weights';
import type { SnapshotStore } from '@freshet/shared/ports/snapshot-store';
import { evaluate, RESULTS } from './evaluation.js';
import type { RefitPolicy } from './refit/triggers.js';
import { createSearchWeightsJob, WEIGHTS_RESULTS } from './search-weights.js';

export interface MaintenanceParts {
  readonly maintenance: MaintenanceQueue;
  readonly refits: Pick<RefitLog, 'ask' | 'list' | 'underWay'>;
  readonly entries: Pick<EntryLog, 'read'>;
  readonly candidates: Pick<CandidateStore, 'sweep'>;
  readonly deltas: Pick<DeltaLog, 'state'>;
  readonly snapshots: Pick<SnapshotStore, 'latest' | 'debt'>;
  readonly announcer: Pick<Announcer, 'announce'>;
  readonly quality: Pick<QualityLog, 'recent' | 'trim'>;
  readonly modelEvents: Pick<ModelEvents, 'addOnce' | 'trim'>;
  /** Undefined: they are fixed, and nothing is learned. */
  readonly searchWeights?: SearchWeightsStore | undefined;
  readonly metrics: Pick<Metrics, 'evaluations' | 'searchWeightsTrials'>;
  readonly clock: Clock;
  readonly log: Logger;
}

const HOUR_MS = 3_600_000;
const SAY_MS = 600_000;
/** Between two looks for what is due. */
const LOOK_MS = HOUR_MS;
/** Looks in the time between two refits, at least: one is late by a quarter of it at most. */
const REFIT_LOOKS = 4;
const SNAPSHOT_AGE_MS = 6 * HOUR_MS;
/** Prequential windows: about twelve days of one every ten seconds. */
const WINDOWS_KEPT = { count: 100_000, ageMs: 30 * 24 * HOUR_MS } as const;
const EVENTS_KEPT = { count: 10_000, ageMs: 90 * 24 * HOUR_MS } as const;
/** A candidate that no refit under way names has lost its writer by then. */
const ORPHAN_MS = 24 * HOUR_MS;

export async function startMaintenance(policy: RefitPolicy, parts: MaintenanceParts, { owner, signal }: { readonly owner: Owner; readonly signal: AbortSignal }): Promise<void> {
  const { maintenance, metrics } = parts;
  // Shown as 0 from the start, so that the first one is a rise.
  for (const result of RESULTS) metrics.evaluations.inc({ result }, 0);
  const jobs = schedulesOf({ ...policy, searchWeights: parts.searchWeights !== undefined });
  if (parts.searchWeights !== undefined) for (const result of WEIGHTS_RESULTS) metrics.searchWeightsTrials.inc({ result }, 0);
  const learnWeights = parts.searchWeights === undefined ? undefined : createSearchWeightsJob({ ...parts, searchWeights: parts.searchWeights });
  const consumer = await maintenance.consume((job) => doJob(job, policy, { ...parts, learnWeights }));
  owner.defer('maintenance consumer', () => consumer.stop());
  const saying = saySchedules(jobs, parts, signal);
  owner.defer('maintenance schedules', () => saying);
}

export interface Scheduled extends Pick<RefitPolicy, 'strategy' | 'everyHours'> {
  /** Whether search's weights are learned; default not. */
  readonly searchWeights?: boolean;
}

export function schedulesOf({ strategy, everyHours, searchWeights }: Scheduled): readonly Schedule[] {
  const refits: readonly Schedule[] = strategy === 'incremental' || everyHours === 0 ? [] : [{ job: 'refit', everyMs: Math.min(LOOK_MS, (everyHours * HOUR_MS) / REFIT_LOOKS) }];
  const others = ['snapshot', 'retention', 'evaluation', ...(searchWeights === true ? (['search_weights'] as const) : [])] as const;
  return [...refits, ...others.map((job) => ({ job, everyMs: LOOK_MS }))];
}

async function saySchedules(schedules: readonly Schedule[], parts: MaintenanceParts, signal: AbortSignal): Promise<void> {
  const { maintenance, clock, log } = parts;
  while (!signal.aborted) {
    try {
      await maintenance.schedule(schedules);
    } catch (thrown) {
      log.warn('the schedules of maintenance could not be said; tried again', { error: toError(thrown).message, every_ms: SAY_MS });
      await dropOld(parts).catch((error: unknown) => log.warn('what is old could not be deleted', { error: toError(error).message }));
    }
    await clock.sleep(SAY_MS, signal);
  }
}

export interface JobParts extends MaintenanceParts {
  /** Undefined: search's weights are fixed. */
  readonly learnWeights?: (() => Promise<void>) | undefined;
}

export async function doJob(job: MaintenanceJob, policy: RefitPolicy, parts: JobParts): Promise<void> {
  switch (job) {
    case 'refit':
      return askBySchedule(policy, parts);
    case 'snapshot':
      return askForSnapshot(parts);
    case 'retention':
      return dropOld(parts);
    case 'evaluation':
      return evaluate(parts);
    case 'search_weights':
      return parts.learnWeights?.();
  }
}

export async function askBySchedule({ options, everyHours, strategy }: RefitPolicy, { refits, entries, clock }: Pick<MaintenanceParts, 'refits' | 'entries' | 'clock'>): Promise<void> {
  if (strategy === 'incremental' || everyHours === 0) return;
  const [last] = await refits.list(1);
  const since = last === undefined ? await beginning(entries) : (last.endedAt ?? last.askedAt);
  if (since === undefined || clock.now() - since < everyHours * HOUR_MS) return;
  await refits.ask(`every ${everyHours} hours`, options);
}

/** When the log began: the first refit is due that much later. Undefined while it is empty, 0 where its beginning is gone. */
async function beginning(entries: Pick<EntryLog, 'read'>): Promise<number | undefined> {
  const [first] = await entries.read(0, 1);
  if (first === undefined) return undefined;
  return first.seq > 1 ? 0 : first.receivedAt;
}

/** A wish that nobody hears (no serving process is there) is made again with the next job. */
async function askForSnapshot({ deltas, snapshots, announcer, clock }: MaintenanceParts): Promise<void> {
  const [{ version }, latest, { finishedAt }] = await Promise.all([deltas.state(), snapshots.latest(), snapshots.debt()]);
  if (version === 0 || (latest?.versionEnd ?? 0) >= version || clock.now() - finishedAt < SNAPSHOT_AGE_MS) return;
  announcer.announce('snapshot', version);
}

async function dropOld({ candidates, refits, quality, modelEvents, log }: MaintenanceParts): Promise<void> {
  const named = (await refits.underWay())?.candidate?.id;
  const swept = await candidates.sweep(ORPHAN_MS, named === undefined ? [] : [named]);
  if (swept > 0) log.info('candidates without a writer were deleted', { candidates: swept });
  await quality.trim(WINDOWS_KEPT.count, WINDOWS_KEPT.ageMs);
  await modelEvents.trim(EVENTS_KEPT.count, EVENTS_KEPT.ageMs);
}
