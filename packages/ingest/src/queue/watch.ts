/**
 * What is shown of the queue `events`, and its depth limit: beyond it nothing is refused (what a producer has put there is
 * its own), but it is said, shown by `queue_jobs` beside `queue_jobs_limit`, and told by `/readyz?verbose`.
 */
import type { CheckResult } from '@freshet/shared/http/health';
import type { Logger } from '@freshet/shared/logger';
import type { Metrics } from '@freshet/shared/metrics';
import type { Clock } from '@freshet/shared/ports/clock';
import type { EventQueue } from '@freshet/shared/ports/event-queue';
import type { JobCounts } from '@freshet/shared/ports/job-queue';
import { showQueue } from '@freshet/shared/queue-metrics';
import { EVENTS_QUEUE } from './handler.js';
import type { Holdups } from './holdups.js';

export interface QueueWatchOptions {
  readonly queue: Pick<EventQueue, 'counts' | 'tidy'>;
  /** Waiting jobs that are too many. */
  readonly depth: number;
  readonly holdups: Holdups;
  readonly metrics: Metrics;
  readonly log: Logger;
}

export interface QueueWatch {
  /** Reads the queue and shows it; rejects when it can't be reached. */
  look(): Promise<void>;
  /** Forgets ended jobs that are too many or too old. */
  tidy(): Promise<void>;
  /** As it was when last looked at; never unready, since events still come by HTTP. */
  describe(): CheckResult;
}

export function createQueueWatch({ queue, depth, holdups, metrics, log }: QueueWatchOptions): QueueWatch {
  let seen: JobCounts | undefined;
  let deep = false;
  metrics.queueJobsLimit.set({ queue: EVENTS_QUEUE }, depth);
  return {
    async look() {
      seen = undefined;
      seen = await queue.counts();
      showQueue(metrics, EVENTS_QUEUE, seen);
      if (seen.waiting > depth !== deep) {
        deep = !deep;
        if (deep) log.warn('the queue events is deeper than its limit: producers should hold back', { waiting: seen.waiting, limit: depth });
        else log.info('the queue events is below its limit again', { waiting: seen.waiting, limit: depth });
      }
    },
    tidy: () => queue.tidy(),
    describe() {
      if (seen === undefined) return { ok: true, detail: 'the queue events does not answer' };
      const held = holdups.reason();
      const detail = `events: ${seen.waiting} jobs wait${seen.waiting > depth ? ` (limit ${depth})` : ''}, ${seen.active} in hand, ${seen.failed} failed`;
      return { ok: true, detail: held === undefined ? detail : `${detail}; held up: ${held}` };
    },
  };
}

const LOOK_MS = 5_000;

/** Resolves when `signal` aborts. A server that is away is told of by whoever takes its jobs. */
export async function keepWatch(watch: Pick<QueueWatch, 'look' | 'tidy'>, clock: Pick<Clock, 'sleep'>, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await watch.look().then(() => watch.tidy()).catch(() => undefined);
    await clock.sleep(LOOK_MS, signal);
  }
}
