/**
 * Wake-ups inside one process: all-in-one without a queue server, replay and tests. Lost with the process, which
 * is harmless: the log is polled. Limits: queue-policy.ts.
 */
import { UnavailableError } from '../../errors.js';
import { withDeadline } from '../../lifecycle.js';
import type { Consumer, JobQueue, WakeUp } from '../../ports/job-queue.js';
import { QUEUE_POLICY } from '../queue-policy.js';

type Handler = (job: WakeUp) => Promise<void>;

interface Job {
  readonly data: WakeUp;
  readonly attempt: number;
}

interface Worker {
  readonly handler: Handler;
  readonly running: Set<Promise<void>>;
}

export function memoryJobQueue(): JobQueue {
  const waiting: Job[] = [];
  const delayed = new Set<NodeJS.Timeout>();
  const workers = new Set<Worker>();
  let active = 0;
  let failed = 0;
  let closed = false;

  const settle = async (worker: Worker, job: Job): Promise<void> => {
    active++;
    try {
      await worker.handler(job.data);
    } catch {
      if (job.attempt >= QUEUE_POLICY.attempts) failed = Math.min(failed + 1, QUEUE_POLICY.keepFailed);
      else retryLater(job);
    } finally {
      active--;
    }
  };
  const retryLater = (job: Job): void => {
    if (closed) return;
    const timer = setTimeout(() => {
      delayed.delete(timer);
      waiting.push({ data: job.data, attempt: job.attempt + 1 });
      dispatch();
    }, QUEUE_POLICY.backoffMs * 2 ** (job.attempt - 1));
    delayed.add(timer);
  };
  const dispatch = (): void => {
    for (const worker of workers) {
      while (worker.running.size < QUEUE_POLICY.concurrency) {
        const job = waiting.shift();
        if (job === undefined) return;
        const run = settle(worker, job).finally(() => {
          worker.running.delete(run);
          dispatch();
        });
        worker.running.add(run);
      }
    }
  };
  const startWorker = (handler: Handler): Consumer => {
    const worker: Worker = { handler, running: new Set() };
    workers.add(worker);
    setImmediate(dispatch);
    return {
      async stop() {
        workers.delete(worker);
        const drained = Promise.allSettled(worker.running);
        await withDeadline(drained, QUEUE_POLICY.stopDeadlineMs, 'the wake-up handlers').catch(() => undefined);
      },
    };
  };

  return {
    add(data) {
      if (closed) return Promise.reject(new UnavailableError('queue_closed', 'the queue has been closed'));
      if (waiting.length >= QUEUE_POLICY.memoryWaiting) {
        return Promise.reject(new UnavailableError('queue_full', `${waiting.length} wake-ups wait already`));
      }
      waiting.push({ data, attempt: 1 });
      // In a later turn, as with a real queue: the caller's code after `add` runs first.
      setImmediate(dispatch);
      return Promise.resolve();
    },
    consume: (handler) => Promise.resolve(startWorker(handler)),
    counts: () => Promise.resolve({ waiting: waiting.length + delayed.size, active, failed }),
    close() {
      closed = true;
      for (const timer of delayed) clearTimeout(timer);
      delayed.clear();
      waiting.length = 0;
      return Promise.resolve();
    },
  };
}
