/**
 * Work by the clock, on the queue `maintenance`: whichever trainer process takes the job does it, the leader or a stand-by.
 *
 * refit   asks for a refit, with the strategies full and hybrid, each `refitHours`; the leader carries it out
 * sweep   deletes candidates whose writer has died
 * 1. Every trainer says the schedules when it starts and each SAY_MS after that: a queue server that was wiped has them again.
 * 2. A job that comes early (a schedule that was made anew comes at once) asks for nothing.
 * 3. A queue that is away costs nothing but the schedule: it is said again.
 */
import { toError } from '@freshet/shared/errors';
import type { Owner } from '@freshet/shared/lifecycle';
import type { Logger } from '@freshet/shared/logger';
import type { CandidateStore } from '@freshet/shared/ports/candidates';
import type { Clock } from '@freshet/shared/ports/clock';
import type { MaintenanceJob, MaintenanceQueue, Schedule } from '@freshet/shared/ports/maintenance-queue';
import type { RefitLog } from '@freshet/shared/ports/refit-log';
import type { RefitPolicy } from './refit/triggers.js';

export interface MaintenanceParts {
  readonly maintenance: MaintenanceQueue;
  readonly refits: RefitLog;
  readonly candidates: Pick<CandidateStore, 'sweep'>;
  readonly clock: Clock;
  readonly log: Logger;
}

const HOUR_MS = 3_600_000;
const SAY_MS = 600_000;
const SWEEP_MS = HOUR_MS;
/** A candidate that no refit under way names has lost its writer by then. */
const ORPHAN_MS = 24 * HOUR_MS;
/** Share of the schedule's time that must have passed since the last refit. */
const EARLY = 0.9;

export async function startMaintenance(policy: RefitPolicy, parts: MaintenanceParts, { owner, signal }: { readonly owner: Owner; readonly signal: AbortSignal }): Promise<void> {
  const { maintenance } = parts;
  const consumer = await maintenance.consume((job) => doJob(job, policy, parts));
  owner.defer('maintenance consumer', () => consumer.stop());
  const saying = saySchedules(schedulesOf(policy), parts, signal);
  owner.defer('maintenance schedules', () => saying);
}

export function schedulesOf({ strategy, everyHours }: Pick<RefitPolicy, 'strategy' | 'everyHours'>): readonly Schedule[] {
  const refits: readonly Schedule[] = strategy === 'incremental' || everyHours === 0 ? [] : [{ job: 'refit', everyMs: everyHours * HOUR_MS }];
  return [...refits, { job: 'sweep', everyMs: SWEEP_MS }];
}

async function saySchedules(schedules: readonly Schedule[], { maintenance, clock, log }: MaintenanceParts, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await maintenance.schedule(schedules).catch((thrown: unknown) => log.warn('the schedules of maintenance could not be said; tried again', { error: toError(thrown).message, every_ms: SAY_MS }));
    await clock.sleep(SAY_MS, signal);
  }
}

async function doJob(job: MaintenanceJob, policy: RefitPolicy, parts: MaintenanceParts): Promise<void> {
  switch (job) {
    case 'refit':
      return askBySchedule(policy, parts);
    case 'sweep':
      return sweep(parts);
  }
}

export async function askBySchedule({ options, everyHours, strategy }: RefitPolicy, { refits, clock }: Pick<MaintenanceParts, 'refits' | 'clock'>): Promise<void> {
  if (strategy === 'incremental' || everyHours === 0) return;
  const [last] = await refits.list(1);
  if (last !== undefined && clock.now() - (last.endedAt ?? last.askedAt) < EARLY * everyHours * HOUR_MS) return;
  await refits.ask(`every ${everyHours} hours`, options);
}

async function sweep({ candidates, refits, log }: MaintenanceParts): Promise<void> {
  const named = (await refits.underWay())?.candidate?.id;
  const swept = await candidates.sweep(ORPHAN_MS, named === undefined ? [] : [named]);
  if (swept > 0) log.info('candidates without a writer were deleted', { candidates: swept });
}
