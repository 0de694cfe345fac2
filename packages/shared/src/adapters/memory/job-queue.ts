/**
 * Wake-ups inside one process: all-in-one without a queue server, replay and tests. Lost with the process, which
 * is harmless: the log is polled. Limits: queue-policy.ts.
 */
import { UnavailableError } from '../../errors.js';
import { withDeadline } from '../../lifecycle.js';
import type { Consumer, JobQueue, WakeUp } from '../../ports/job-queue.js';
import { QUEUE_POLICY } from '../queue-policy.js';

interface Job {
  readonly data: WakeUp;
  readonly attempt: number;
}

interface Worker {
  readonly handler: (job: WakeUp) => Promise<void>;
  readonly running: Set<Promise<void>>;
}

interface State {
  readonly waiting: Job[];
  /** Pauses before the next delivery of a job. */
  readonly delayed: Set<NodeJS.Timeout>;
  readonly workers: Set<Worker>;
  active: number;
  failed: number;
  closed: boolean;
}

export function memoryJobQueue(): JobQueue {
  const state: State = { waiting: [], delayed: new Set(), workers: new Set(), active: 0, failed: 0, closed: false };
  return {
    add: async (data) => accept(state, data),
    consume: (handler) => Promise.resolve(startWorker(state, { handler, running: new Set() })),
    counts: () => {
      const { waiting, delayed, active, failed } = state;
      return Promise.resolve({ waiting: waiting.length + delayed.size, active, failed, oldestWaitingAt: waiting[0]?.data.committedAt });
    },
    close() {
      state.closed = true;
      for (const timer of state.delayed) clearTimeout(timer);
      state.delayed.clear();
      state.waiting.length = 0;
      return Promise.resolve();
    },
  };
}

function accept(state: State, data: WakeUp): void {
  if (state.closed) throw new UnavailableError('queue_closed', 'the queue has been closed');
  if (state.waiting.length >= QUEUE_POLICY.memoryWaiting) {
    throw new UnavailableError('queue_full', `${state.waiting.length} wake-ups wait already`);
  }
  state.waiting.push({ data, attempt: 1 });
  // In a later turn, as with a real queue: the caller's code after `add` runs first.
  setImmediate(dispatch, state);
}

function startWorker(state: State, worker: Worker): Consumer {
  state.workers.add(worker);
  setImmediate(dispatch, state);
  return {
    async stop() {
      state.workers.delete(worker);
      const drained = Promise.allSettled(worker.running);
      await withDeadline(drained, QUEUE_POLICY.stopDeadlineMs, 'the wake-up handlers').catch(() => undefined);
    },
  };
}

/** Gives waiting jobs to workers with a free hand. */
function dispatch(state: State): void {
  for (const worker of state.workers) {
    while (worker.running.size < QUEUE_POLICY.concurrency) {
      const job = state.waiting.shift();
      if (job === undefined) return;
      const run = deliver(state, worker, job).finally(() => {
        worker.running.delete(run);
        dispatch(state);
      });
      worker.running.add(run);
    }
  }
}

async function deliver(state: State, worker: Worker, job: Job): Promise<void> {
  state.active++;
  try {
    await worker.handler(job.data);
  } catch {
    if (job.attempt >= QUEUE_POLICY.attempts) state.failed = Math.min(state.failed + 1, QUEUE_POLICY.keepFailed);
    else deliverLater(state, job);
  } finally {
    state.active--;
  }
}

function deliverLater(state: State, job: Job): void {
  if (state.closed) return;
  const pause = QUEUE_POLICY.backoffMs * 2 ** (job.attempt - 1);
  const timer = setTimeout(() => {
    state.delayed.delete(timer);
    state.waiting.push({ data: job.data, attempt: job.attempt + 1 });
    dispatch(state);
  }, pause);
  state.delayed.add(timer);
}
