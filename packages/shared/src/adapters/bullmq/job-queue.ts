/**
 * The job queue port on BullMQ, whatever BullMQ keeps its jobs in.
 *
 * 1. `add` and `counts` settle within a second, also when the server is gone or hangs.
 * 2. A consumer outlives its server: it reconnects, and a worker that could not start is made again each second.
 * 3. `stop` waits for running handlers up to a limit, then cuts the connection: the jobs are delivered again elsewhere.
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
/** Closing politely while the server is gone would wait for it to come back. */
const GONE_STOP_MS = 1_000;
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
  let worker: BackendWorker | undefined;
  let stopped: Promise<void> | undefined;

  const supervise = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      worker = createWorker(parts);
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
    if (worker === undefined) return;
    const limit = backend.isConnected() ? QUEUE_POLICY.stopDeadlineMs : GONE_STOP_MS;
    try {
      await withDeadline(worker.close(), limit, 'the wake-up handlers');
    } catch (thrown) {
      log.warn(`${backend.label}: stopped before all wake-ups were handled; they will be delivered again`, { error: toError(thrown) });
      await cut(worker);
    }
  };
  void supervise();
  return { stop: () => (stopped ??= stop()) };
}

function createWorker({ backend, reporter, log, handler }: ConsumerParts): BackendWorker {
  const worker = backend.createWorker(async (job) => {
    const wakeUp = toWakeUp(job.data);
    // Delivering it again would not make it readable.
    if (wakeUp === undefined) return log.warn(`${backend.label}: ignored a job that is not a wake-up`, { job: job.id });
    await handler(wakeUp);
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
