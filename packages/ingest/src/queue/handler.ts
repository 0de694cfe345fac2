/**
 * What ingest does with one job of the queue `events`: read it, take its events in, tell what became of each.
 *
 * 1. A job is refused only for what it holds. While this process or the trainer is at a limit, or the log can't be reached,
 *    the job stays in hand and is tried again: as many jobs as may be in hand wait, and no more are taken.
 * 2. Delivered again, a job has no second effect: an event without an id gets one from the job's own id and time.
 * 3. Asked to stop, jobs that wait here go back to the queue; one that is being committed is finished.
 */
import { DEFAULT_PRODUCER } from '@freshet/shared/domain/keys';
import { FreshetError, toError } from '@freshet/shared/errors';
import type { Logger } from '@freshet/shared/logger';
import type { Clock } from '@freshet/shared/ports/clock';
import type { EventJob, EventJobHandler, EventJobOutcome } from '@freshet/shared/ports/event-queue';
import { EARLIEST_MS } from '@freshet/shared/domain/timestamp';
import type { Intake, IntakeContext } from '../intake.js';
import type { Pressure } from '../pressure.js';
import type { Rejects } from '../rejects.js';
import { type JobProblem, readJob, type ReadJob } from './job.js';
import type { Holdups } from './holdups.js';

/** The source of its entries in the log, and part of the ids it makes. */
export const EVENTS_QUEUE = 'events';

export interface JobHandlerOptions {
  readonly intake: Pick<Intake, 'events'>;
  readonly pressure: Pick<Pressure, 'busy'>;
  readonly rejects: Rejects;
  readonly holdups: Holdups;
  readonly clock: Clock;
  readonly log: Logger;
  /** Aborts when the consumer is asked to stop. */
  readonly signal: AbortSignal;
}

const BUSY_PAUSE_MS = 200;
const RETRY_MS = [250, 5_000] as const;

export function createJobHandler(options: JobHandlerOptions): EventJobHandler {
  return async (job) => {
    if (options.signal.aborted) return { kind: 'returned' };
    const reading = readJob(job.data);
    return reading.ok ? takeJob(job, reading.job, options) : refuse(job, reading.problem, options);
  };
}

async function takeJob(job: EventJob, read: ReadJob, options: JobHandlerOptions): Promise<EventJobOutcome> {
  const { intake, pressure, holdups, clock, signal } = options;
  for (let failures = 0; ; ) {
    const busy = pressure.busy();
    let reason = busy?.code as string | undefined;
    if (busy === undefined) {
      try {
        const result = await intake.events(read.sent, contextOf(job, read, clock.now()));
        holdups.over();
        return { kind: 'done', result };
      } catch (thrown) {
        const error = toError(thrown);
        if (!(error instanceof FreshetError && error.retryable)) return failed(job, error, options);
        reason = error.message;
        failures++;
      }
    }
    holdups.held(reason ?? '');
    await clock.sleep(busy === undefined ? Math.min(RETRY_MS[1], RETRY_MS[0] * 2 ** (failures - 1)) : BUSY_PAUSE_MS, signal);
    if (signal.aborted) return { kind: 'returned' };
  }
}

function contextOf({ id, addedAt }: EventJob, { historical, bytes }: ReadJob, now: number): IntakeContext {
  return {
    producer: DEFAULT_PRODUCER,
    source: 'queue',
    historical,
    dryRun: false,
    idempotencyKey: `${EVENTS_QUEUE}\0${id}\0${addedAt}`,
    receivedAt: now,
    // An event that doesn't say when it happened had happened when its job was added, however long that has waited.
    happenedAt: addedAt >= EARLIEST_MS && addedAt < now ? addedAt : now,
    bytes,
  };
}

function refuse({ data }: EventJob, problem: JobProblem, { rejects }: JobHandlerOptions): EventJobOutcome {
  rejects.add({ queue: 'ingest', source: 'queue', ...problem, payload: textOf(data) });
  return { kind: 'refused', reason: `${problem.code}: ${problem.detail}` };
}

/** Data that is nested deeper than the stack can't be written out; the job itself keeps it. */
function textOf(data: unknown): string {
  try {
    return JSON.stringify(data);
  } catch {
    return '';
  }
}

/** Nobody expected it, and a repetition would not help: the job keeps its data for another try by hand. */
function failed({ id }: EventJob, error: Error, { log }: JobHandlerOptions): EventJobOutcome {
  log.error('a job of the queue events could not be taken in', { job: id, error });
  return { kind: 'refused', reason: 'internal: something unexpected went wrong; the log of ingest has it. Nothing of the job was accepted; it may be retried.' };
}
