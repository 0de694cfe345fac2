/**
 * The queue that wakes the trainer: each job names a range of committed log entries. It carries no data that
 * would be missed if it were wiped; the log is the truth. Three adapters, one contract suite.
 */

/** "Entries `from` … `to` are committed." `committedAt` in milliseconds since 1970. */
export interface WakeUp {
  readonly from: number;
  readonly to: number;
  readonly committedAt: number;
}

export interface JobCounts {
  readonly waiting: number;
  readonly active: number;
  readonly failed: number;
  /** When the job that waits longest was added, milliseconds since 1970; undefined when none waits. */
  readonly oldestWaitingAt: number | undefined;
}

export interface Consumer {
  /** Stops taking jobs and waits for running handlers (bounded by the adapter's written limit). */
  stop(): Promise<void>;
}

export interface JobQueue {
  /** Enqueues one job; rejects with an `UnavailableError` after at most 1 s. */
  add(job: WakeUp): Promise<void>;
  /** Hands jobs to `handler`, several at once; a job whose handler rejects is delivered again (bounded). */
  consume(handler: (job: WakeUp) => Promise<void>): Promise<Consumer>;
  counts(): Promise<JobCounts>;
  close(): Promise<void>;
}
