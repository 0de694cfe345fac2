/**
 * The job queue port on BullMQ, whatever BullMQ keeps its jobs in.
 *
 * 1. `add` and `counts` settle within a second, also when the server is gone or hangs.
 * 2. A consumer outlives its server: it reconnects, and a worker that could not start is made again each second.
 * 3. `stop` waits for running handlers up to a limit, then cuts the connection: what the server has not heard to be
 *    done is delivered again.
 */
import { toError } from '../../errors.js';
import { withDeadline } from '../../lifecycle.js';
import type { Logger } from '../../logger.js';
import type { Consumer, JobCounts, JobQueue, WakeUp } from '../../ports/job-queue.js';
import { QUEUE_POLICY } from '../queue-policy.js';
import { systemClock } from '../system-clock.js';
import type { BackendQueue, BackendWorker, BullmqBackend } from './backend.js';
import { createProducer } from './producer.js';
import { createErrorReporter, type ErrorReporter } from './report-errors.js';

const RESTART_MS = 1_000;
/** For telling the server that the last job is done; one that is gone would be waited for. */
const FAREWELL_MS = 2_000;
const CUT_MS = 1_000;

export function bullmqJobQueue(backend: BullmqBackend, log: Logger): JobQueue {
  const reporter = createErrorReporter(log, backend.label);
  const producer = createProducer(backend, reporter);
  const consumers = new Set<Consumer>();

  return {
    add: (job) => producer.run('did not take a wake-up', async (queue) => void (await queue.add('wake-up', job))),
    counts: () => producer.run('did not tell its counts', readCounts),
    consume(handler) {
      const consumer = startConsumer({ backend, reporter, log, handler });
      consumers.add(consumer);
      return Promise.resolve(consumer);
    },
    async close() {
      await Promise.all([...consumers].map((consumer) => consumer.stop()));
      await producer.close();
      await withDeadline(backend.close(), CUT_MS, backend.label).catch(reporter.report);
    },
  };
}

async function readCounts(queue: BackendQueue): Promise<JobCounts> {
  const counts = await queue.getJobCounts('wait', 'prioritized', 'delayed', 'active', 'failed');
  const of = (state: string): number => counts[state] ?? 0;
  return { waiting: of('wait') + of('prioritized') + of('delayed'), active: of('active'), failed: of('failed') };
}

interface ConsumerParts {
  readonly backend: BullmqBackend;
  readonly reporter: ErrorReporter;
  readonly log: Logger;
  readonly handler: (job: WakeUp) => Promise<void>;
}

function startConsumer(parts: ConsumerParts): Consumer {
  const { backend, reporter, log } = parts;
  const stopping = new AbortController();
  const running = new Set<Promise<void>>();
  let worker: BackendWorker | undefined;
  let stopped: Promise<void> | undefined;

  const supervise = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      worker = createWorker(parts, running);
      try {
        // BullMQ remembers a failed first connection for ever, hence a new worker each time.
        await worker.waitUntilReady();
        reporter.recovered();
        await worker.run();
      } catch (thrown) {
        reporter.report(toError(thrown));
      }
      if (stopping.signal.aborted) return;
      await cut(worker);
      await systemClock.sleep(RESTART_MS, stopping.signal);
    }
  };
  const stop = async (): Promise<void> => {
    stopping.abort();
    if (worker === undefined || (await closesInTime(worker, running))) return;
    log.warn(`${backend.label}: stopped before it knew all its wake-ups handled; they may be delivered again`);
    await cut(worker);
  };
  void supervise();
  return { stop: () => (stopped ??= stop()) };
}

/** A worker may get a job it had asked for before it was closed, so running handlers are looked at again and again. */
async function closesInTime(worker: BackendWorker, running: ReadonlySet<unknown>): Promise<boolean> {
  const closed = worker.close().then(() => true, () => false);
  const giveUpAt = performance.now() + QUEUE_POLICY.stopDeadlineMs;
  for (;;) {
    const waiting = new AbortController();
    const done = await Promise.race([closed, systemClock.sleep(FAREWELL_MS, waiting.signal).then(() => false)]);
    waiting.abort();
    if (done || running.size === 0 || performance.now() >= giveUpAt) return done;
  }
}

function createWorker({ backend, reporter, log, handler }: ConsumerParts, running: Set<Promise<void>>): BackendWorker {
  const worker = backend.createWorker(async (job) => {
    const wakeUp = toWakeUp(job.data);
    // Delivering it again would not make it readable.
    if (wakeUp === undefined) return log.warn(`${backend.label}: ignored a job that is not a wake-up`, { job: job.id });
    const run = handler(wakeUp);
    running.add(run);
    await run.finally(() => running.delete(run));
  });
  worker.on('error', reporter.report);
  worker.on('failed', (job, error) => {
    if (job === undefined || job.attemptsMade >= QUEUE_POLICY.attempts) log.warn(`${backend.label}: gave a wake-up up`, { job: job?.id, error });
  });
  return worker;
}

/** Without waiting for handlers or for the server. */
async function cut(worker: BackendWorker): Promise<void> {
  const closing = Promise.allSettled([worker.close(true), worker.disconnect()]);
  await withDeadline(closing, CUT_MS, 'cutting a connection').catch(() => undefined);
}

/** Anybody may write into the queue server: what comes out is checked. */
function toWakeUp(data: unknown): WakeUp | undefined {
  const { from, to, committedAt } = (data ?? {}) as Partial<Record<keyof WakeUp, unknown>>;
  if (!Number.isSafeInteger(from) || !Number.isSafeInteger(to) || !Number.isFinite(committedAt)) return undefined;
  return { from: Number(from), to: Number(to), committedAt: Number(committedAt) };
}
