/**
 * A BullMQ worker that outlives its server: it reconnects, and one that could not start is made again each second.
 *
 * 1. `stop` waits for running handlers up to a limit, then cuts the connection: what the server has not heard to be done is
 *    delivered again.
 */
import { toError } from '../../errors.js';
import { withDeadline } from '../../lifecycle.js';
import type { Logger } from '../../logger.js';
import type { Consumer } from '../../ports/job-queue.js';
import { systemClock } from '../system-clock.js';
import type { BackendWorker } from './backend.js';
import type { ErrorReporter } from './report-errors.js';

export interface ConsumerParts {
  /** For messages: which queue, where. */
  readonly label: string;
  readonly reporter: ErrorReporter;
  readonly log: Logger;
  readonly stopDeadlineMs: number;
  /** A worker that does not run yet; its handlers add themselves to `running` while they run. */
  readonly createWorker: (running: Set<Promise<unknown>>) => BackendWorker;
}

const RESTART_MS = 1_000;
/** For telling the server that the last job is done; one that is gone would be waited for. */
const FAREWELL_MS = 2_000;
const CUT_MS = 1_000;

export function startConsumer({ label, reporter, log, stopDeadlineMs, createWorker }: ConsumerParts): Consumer {
  const stopping = new AbortController();
  const running = new Set<Promise<unknown>>();
  let worker: BackendWorker | undefined;
  let stopped: Promise<void> | undefined;

  const supervise = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      worker = createWorker(running);
      worker.on('error', reporter.report);
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
    if (worker === undefined || (await closesInTime(worker, running, stopDeadlineMs))) return;
    log.warn(`${label}: stopped before the server knew all jobs handled; they may be delivered again`);
    await cut(worker);
  };
  void supervise();
  return { stop: () => (stopped ??= stop()) };
}

/** A worker may get a job it had asked for before it was closed, so running handlers are looked at again and again. */
async function closesInTime(worker: BackendWorker, running: ReadonlySet<unknown>, deadlineMs: number): Promise<boolean> {
  const closed = worker.close().then(() => true, () => false);
  const giveUpAt = performance.now() + deadlineMs;
  for (;;) {
    const waiting = new AbortController();
    const done = await Promise.race([closed, systemClock.sleep(FAREWELL_MS, waiting.signal).then(() => false)]);
    waiting.abort();
    if (done || running.size === 0 || performance.now() >= giveUpAt) return done;
  }
}

/** Without waiting for handlers or for the server. */
async function cut(worker: BackendWorker): Promise<void> {
  const closing = Promise.allSettled([worker.close(true), worker.disconnect()]);
  await withDeadline(closing, CUT_MS, 'cutting a connection').catch(() => undefined);
}
