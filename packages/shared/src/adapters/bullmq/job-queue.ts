/**
 * The job queue port (wake-ups) on BullMQ, whatever BullMQ keeps its jobs in.
 *
 * 1. `add` and `counts` settle within a second, also when the server is gone or hangs.
 * 2. Consumers outlive their server (consumer.ts).
 */
import type { Logger } from '../../logger.js';
import type { JobCounts, JobQueue, WakeUp } from '../../ports/job-queue.js';
import { QUEUE_POLICY } from '../queue-policy.js';
import type { BackendQueue, BackendWorker, BullmqBackend } from './backend.js';
import { serveQueue } from './served-queue.js';

export function bullmqJobQueue(backend: BullmqBackend, log: Logger): JobQueue {
  const { producer, consume, close } = serveQueue({ backend, log, label: backend.label, stopDeadlineMs: QUEUE_POLICY.stopDeadlineMs });
  return {
    add: (job) => producer.run('did not take a wake-up', async (queue) => void (await queue.add('wake-up', { v: WAKE_UP_FORMAT, ...job }))),
    counts: () => producer.run('did not tell its counts', (queue) => readCounts(queue, backend)),
    consume: (handler) => consume((running) => createWakeUpWorker({ backend, log, handler }, running)),
    close,
  };
}

/** Jobs that are put off, or stand in their own order, wait too. */
export async function readCounts(queue: BackendQueue, { indexOfOldest }: Pick<BullmqBackend, 'indexOfOldest'>): Promise<JobCounts> {
  const counts = await queue.getJobCounts('wait', 'prioritized', 'delayed', 'active', 'failed');
  const of = (state: string): number => counts[state] ?? 0;
  const index = indexOfOldest(of('wait'));
  // The oldest may be a job whose data nobody can read: that must not hide how many wait.
  const oldest = of('wait') === 0 ? [] : await queue.getWaiting(index, index).catch(() => []);
  return { waiting: of('wait') + of('prioritized') + of('delayed'), active: of('active'), failed: of('failed'), oldestWaitingAt: oldest[0]?.timestamp };
}

interface WakeUpParts {
  readonly backend: BullmqBackend;
  readonly log: Logger;
  readonly handler: (job: WakeUp) => Promise<void>;
}

function createWakeUpWorker({ backend, log, handler }: WakeUpParts, running: Set<Promise<unknown>>): BackendWorker {
  const worker = backend.createWorker(async (job) => {
    const wakeUp = toWakeUp(job.data);
    // Delivering it again would not make it readable.
    if (wakeUp === undefined) return log.warn(`${backend.label}: ignored a job that is not a wake-up this release can read`, { job: job.id });
    const run = handler(wakeUp);
    running.add(run);
    await run.finally(() => running.delete(run));
  });
  worker.on('failed', (job, error) => {
    if (job === undefined || job.attemptsMade >= QUEUE_POLICY.attempts) log.warn(`${backend.label}: gave a wake-up up`, { job: job?.id, error });
  });
  return worker;
}

/** Of a job's data. Release 0.1.0 wrote none, which is format 1. A wake-up in a newer one is ignored: the log is polled anyway. */
export const WAKE_UP_FORMAT = 1;

/** Anybody may write into the queue server: what comes out is checked. */
function toWakeUp(data: unknown): WakeUp | undefined {
  const { v = WAKE_UP_FORMAT, from, to, committedAt } = (data ?? {}) as Partial<Record<keyof WakeUp | 'v', unknown>>;
  if (v !== WAKE_UP_FORMAT) return undefined;
  if (!Number.isSafeInteger(from) || !Number.isSafeInteger(to) || !Number.isFinite(committedAt)) return undefined;
  return { from: Number(from), to: Number(to), committedAt: Number(committedAt) };
}
