/** The limits every queue adapter keeps, in one place, so that the contract suites can hold all of them against them. */

/** Wake-ups: Freshet's own jobs, from ingest to the trainer. */
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
  /** Redis's stream of job events, which nobody reads. */
  keepEvents: 100,
  /** Jobs waiting in the memory adapter; beyond it `add` refuses. Redis and Postgres have their own limits. */
  memoryWaiting: 10_000,
  addDeadlineMs: 1_000,
  /** How long `stop` waits for running handlers. */
  stopDeadlineMs: 10_000,
  /** A job is its consumer's for this long, renewed at half of it. */
  lockMs: 30_000,
  /** A consumer that has died is noticed after one to two of these, and its jobs are delivered again … */
  stalledCheckMs: 30_000,
  /** … this often; then they count as failed (the log is polled anyway). */
  stalledDeliveries: 3,
} as const;

/** Events: the jobs of a shop's producers. They are theirs, so none is given up for a fault that isn't its own. */
export const EVENTS_POLICY = {
  name: 'events',
  /** Jobs in hand at once for each consumer: they share a commit. */
  concurrency: 32,
  /** Completed jobs, with their results, kept for producers that look: about so many, for so long. A job's own options win. */
  keepCompleted: { count: 1_000, age: 3_600 },
  /** Failed jobs kept for a look and another try. */
  keepFailed: { count: 1_000, age: 7 * 86_400 },
  /** Redis's stream of job events, for producers that wait for their jobs' ends; four a job, one with the result. */
  keepEvents: 1_000,
  stopDeadlineMs: 10_000,
  /** A consumer that has died has its jobs delivered again after this and up to two checks. */
  lockMs: 15_000,
  stalledCheckMs: 5_000,
  /** How often; then the job fails: something in it ends whoever takes it. */
  stalledDeliveries: 10,
  /** Deliveries of a job whose end could not be told to the server; each has no effect but that of the first. */
  unfinishedDeliveries: 20,
} as const;

/** Maintenance: jobs by the clock. */
export const MAINTENANCE_POLICY = {
  name: 'maintenance',
  concurrency: 1,
  attempts: 3,
  backoffMs: 1_000,
  keepFailed: 100,
  keepEvents: 100,
  stopDeadlineMs: 10_000,
  /** Renewed at half of it while a job runs; a trainer that has died has its jobs delivered again after this and up to two checks. */
  lockMs: 15_000,
  stalledCheckMs: 5_000,
  stalledDeliveries: 3,
} as const;
