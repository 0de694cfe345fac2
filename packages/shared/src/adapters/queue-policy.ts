/** The limits every job queue adapter keeps, in one place, so that the contract suite can hold all of them against it. */
export const QUEUE_POLICY = {
  name: 'wake-ups',
  /** Handlers at once for each consumer. */
  concurrency: 4,
  /** Deliveries of a job whose handler rejects, the first one included; then it counts as failed. */
  attempts: 5,
  /** Pause before the second delivery; doubles each time. */
  backoffMs: 100,
  /** Failed jobs kept for a look; the oldest go. */
  keepFailed: 1_000,
  /** Jobs waiting in the memory adapter; beyond it `add` refuses. Redis and Postgres have their own limits. */
  memoryWaiting: 10_000,
  addDeadlineMs: 1_000,
  /** How long `stop` waits for running handlers. */
  stopDeadlineMs: 10_000,
  /** A consumer that has died is noticed after one to two of these, and its jobs are delivered again … */
  stalledCheckMs: 30_000,
  /** … this often; then they count as failed (the log is polled anyway). */
  stalledDeliveries: 3,
} as const;
