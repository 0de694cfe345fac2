/**
 * The event queue port on BullMQ, whatever BullMQ keeps its jobs in.
 *
 * 1. A job fails only by its handler's word. One that failed because its end could not be told to the server (connection
 *    cut, lock lost) is put back, a bounded number of times.
 * 2. `counts` settles within a second; consumers outlive their server (consumer.ts).
 */
import { UnrecoverableError, WaitingError } from 'bullmq';
import { toError, unreachable } from '../../errors.js';
import type { Logger } from '../../logger.js';
import type { EventJobHandler, EventQueue } from '../../ports/event-queue.js';
import { EVENTS_POLICY } from '../queue-policy.js';
import type { BackendJob, BackendQueue, BackendWorker, BullmqBackend } from './backend.js';
import { readCounts } from './job-queue.js';
import type { ErrorReporter } from './report-errors.js';
import { serveQueue } from './served-queue.js';

export function bullmqEventQueue(backend: BullmqBackend, log: Logger): EventQueue {
  const label = `${backend.label}, queue ${EVENTS_POLICY.name}`;
  const { reporter, producer: looker, consume, close } = serveQueue({ backend, log, label, stopDeadlineMs: EVENTS_POLICY.stopDeadlineMs });
  return {
    consume: (handler, { jobsPerSecond } = {}) => consume((running) => createEventWorker({ backend, reporter, log, handler, jobsPerSecond }, running)),
    counts: () => looker.run('did not tell its counts', (queue) => readCounts(queue, backend)),
    tidy: () => (backend.keepsTidy ? Promise.resolve() : looker.run('did not forget ended jobs', tidy)),
    close,
  };
}

/** At most so many a turn: a call has a second. */
const CLEANED_AT_ONCE = 2_000;

async function tidy(queue: BackendQueue): Promise<void> {
  const { keepCompleted, keepFailed } = EVENTS_POLICY;
  const ended = [
    { type: 'completed', keep: keepCompleted, count: await queue.getCompletedCount() },
    { type: 'failed', keep: keepFailed, count: await queue.getFailedCount() },
  ] as const;
  for (const { type, keep, count } of ended) {
    if (count > 0) await queue.clean(keep.age * 1_000, CLEANED_AT_ONCE, type);
    if (count > keep.count) await queue.clean(0, Math.min(count - keep.count, CLEANED_AT_ONCE), type);
  }
}

interface EventWorkerParts {
  readonly backend: BullmqBackend;
  readonly reporter: ErrorReporter;
  readonly log: Logger;
  readonly handler: EventJobHandler;
  readonly jobsPerSecond: number | undefined;
}

function createEventWorker({ backend, reporter, log, handler, jobsPerSecond }: EventWorkerParts, running: Set<Promise<unknown>>): BackendWorker {
  const process = async (job: BackendJob, token?: string): Promise<unknown> => {
    const run = handler({ id: job.id ?? '', addedAt: job.timestamp, data: job.data });
    running.add(run);
    const outcome = await run.finally(() => running.delete(run));
    switch (outcome.kind) {
      case 'done':
        return outcome.result;
      case 'refused':
        throw new UnrecoverableError(outcome.reason);
      case 'returned':
        await job.moveToWait(token);
        throw new WaitingError();
      default:
        return unreachable(outcome);
    }
  };
  const worker = backend.createWorker(process, { jobsPerSecond });
  worker.on('failed', (job, error) => {
    if (error instanceof UnrecoverableError) return log.warn(`job ${job?.id ?? ''} of the queue ${EVENTS_POLICY.name} was refused: ${error.message}`);
    if (job === undefined || job.attemptsStarted >= EVENTS_POLICY.unfinishedDeliveries) {
      return log.error(`${backend.label}: a job of the queue ${EVENTS_POLICY.name} was given up`, { job: job?.id, error });
    }
    // Without an end of its own it is tried again anyway: its producer asked for attempts.
    if (job.finishedOn === undefined) return;
    job.retry('failed').catch((thrown: unknown) => reporter.report(toError(thrown)));
  });
  return worker;
}
