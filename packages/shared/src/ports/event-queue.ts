/**
 * The queue that brings events from a shop's own producers: jobs whose data is whatever the producer wrote.
 *
 * 1. A job is delivered at least once: a consumer that dies or loses the server has its jobs delivered again. The handler
 *    must not mind.
 * 2. A handler's outcome is kept with its job: the result of `done`, the reason of `refused`. `returned` leaves no trace.
 */
import type { Consumer, JobCounts } from './job-queue.js';

export interface EventJob {
  /** Unique in the queue for as long as the job exists. */
  readonly id: string;
  /** When its producer added it, by the producer's clock, in milliseconds since 1970. With `id` it names the job for good. */
  readonly addedAt: number;
  /** JSON that nobody has checked. */
  readonly data: unknown;
}

export type EventJobOutcome =
  | { readonly kind: 'done'; readonly result: unknown }
  /** It fails with this sentence and is not delivered again. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** Not now: it waits again, for whoever takes it next. */
  | { readonly kind: 'returned' };

/** Never rejects: what goes wrong is an outcome, or is tried again inside. */
export type EventJobHandler = (job: EventJob) => Promise<EventJobOutcome>;

export interface EventQueue {
  /** Hands jobs to `handler`, several at once; with `jobsPerSecond`, no more than that over all consumers of the queue. */
  consume(handler: EventJobHandler, options?: { readonly jobsPerSecond?: number | undefined }): Promise<Consumer>;
  /** Rejects with an `UnavailableError` after at most 1 s, as the next. */
  counts(): Promise<JobCounts>;
  /** Forgets ended jobs beyond the written limits, where they don't go by themselves; to be called every few seconds. */
  tidy(): Promise<void>;
  close(): Promise<void>;
}
