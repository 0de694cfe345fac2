/**
 * The queue `maintenance`: work that comes by the clock, once for the whole installation, whoever is there to do it. A schedule is kept in
 * the queue's server; it may be wiped with it, so whoever wants one says so again and again (`schedule` is idempotent). A job may come early, or
 * twice where its consumer died: handlers ask what is stored whether anything is due.
 */
import type { Consumer } from './job-queue.js';

export const MAINTENANCE_JOBS = ['refit', 'snapshot', 'retention', 'evaluation', 'search_weights'] as const;
export type MaintenanceJob = (typeof MAINTENANCE_JOBS)[number];

export interface Schedule {
  readonly job: MaintenanceJob;
  readonly everyMs: number;
}

export interface MaintenanceQueue {
  /**
   * These, and no others: a job comes at once where its schedule is new, then each `everyMs`, to one consumer. Rejects with an `UnavailableError`
   * after at most 1 s.
   */
  schedule(schedules: readonly Schedule[]): Promise<void>;
  /** Hands jobs to `handler`, one at a time; one whose handler rejects is delivered again (bounded, with growing pauses, logged), then it waits for its next time. */
  consume(handler: (job: MaintenanceJob) => Promise<void>): Promise<Consumer>;
  close(): Promise<void>;
}
