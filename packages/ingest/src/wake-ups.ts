/**
 * Wakes the trainer after commits: one job names the range committed since the last job.
 *
 * 1. At most one job is being added at a time, the next one `GAP_MS` after it at the earliest; commits meanwhile widen its range.
 *    The trainer hears of commits by the announcer as well, at once: jobs are what remains when an announcement is lost.
 * 2. A failure is counted and logged (the first of a row), and its range goes along with the next commit. Nothing
 *    waits for it: the trainer polls the log each second anyway.
 */
import { toError } from '@freshet/shared/errors';
import type { Logger } from '@freshet/shared/logger';
import type { Metrics } from '@freshet/shared/metrics';
import type { Clock } from '@freshet/shared/ports/clock';
import type { JobQueue, WakeUp } from '@freshet/shared/ports/job-queue';

export interface WakeUps {
  committed(seq: number): void;
  /** Resolves when no add is in flight (each has a deadline of its own). */
  close(): Promise<void>;
}

export interface WakeUpsOptions {
  readonly queue: Pick<JobQueue, 'add'>;
  readonly clock: Clock;
  readonly metrics: Pick<Metrics, 'ingestWakeUpFailures'>;
  readonly log: Logger;
}

/** A job in Postgres takes several statements of this process, and as many of the trainer's. */
const GAP_MS = 100;

export function createWakeUps({ queue, clock, metrics, log }: WakeUpsOptions): WakeUps {
  let next: WakeUp | undefined;
  let adding: Promise<void> | undefined;
  let failing = false;
  const closing = new AbortController();

  const drain = async (): Promise<void> => {
    for (let job = next; job !== undefined; job = next) {
      next = undefined;
      try {
        await queue.add(job);
        if (failing) log.info('the queue takes wake-ups again');
        failing = false;
        await clock.sleep(GAP_MS, closing.signal);
      } catch (thrown) {
        metrics.ingestWakeUpFailures.inc();
        if (!failing) log.warn('the queue does not take wake-ups; the trainer finds the entries by polling', { error: toError(thrown) });
        failing = true;
        next = merge(job, next);
        return;
      }
    }
  };
  return {
    committed(seq) {
      next = merge(next, { from: seq, to: seq, committedAt: clock.now() });
      adding ??= drain().finally(() => {
        adding = undefined;
      });
    },
    close() {
      closing.abort();
      return adding ?? Promise.resolve();
    },
  };
}

function merge(a: WakeUp | undefined, b: WakeUp | undefined): WakeUp | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return { from: Math.min(a.from, b.from), to: Math.max(a.to, b.to), committedAt: Math.min(a.committedAt, b.committedAt) };
}
