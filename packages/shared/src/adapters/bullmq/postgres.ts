/**
 * BullMQ's jobs in Postgres: the default, no second server needed. Its tables are in schema `bullmq`; migrate.ts
 * makes them, nothing here does.
 */
import { createPostgresBackend, Queue, Worker, type PgPool } from 'bullmq';
import { createPool, describeTarget } from '../postgres/pool.js';
import { type BullmqBackend, type JobProcessor, limiterOf, type QueueSpec } from './backend.js';

/** A producer's statement, the fetch, the listener, one to spare, and those of running handlers (each asks shortly, and may wait its turn). */
const BESIDE_HANDLERS = 4;
const MAX_FOR_HANDLERS = 8;
/** All of BullMQ's statements touch a few rows; one that takes longer waits for something that went wrong. */
const STATEMENT_MS = 10_000;

export interface PostgresBackendOptions {
  readonly url: string;
  /** Before the queue's name, so that several installations share a database. */
  readonly prefix?: string | undefined;
  readonly spec: QueueSpec;
  readonly onError: (error: Error) => void;
}

export function postgresBackend({ url, prefix, spec, onError }: PostgresBackendOptions): BullmqBackend {
  const maxConnections = BESIDE_HANDLERS + Math.min(spec.concurrency, MAX_FOR_HANDLERS);
  const pool = createPool({ url, applicationName: 'freshet-queue', maxConnections, statementTimeoutMs: STATEMENT_MS, onError });
  // BullMQ describes a pool with overloads where node-postgres uses a generic: the same calls, which TypeScript can't see.
  const connection = pool as unknown as PgPool;
  const name = prefix === undefined ? spec.name : `${prefix}-${spec.name}`;
  const queueOptions = { connection, ...spec.queue, streams: { events: { maxLen: spec.keepEvents } } };
  return {
    label: `the queue in ${describeTarget(url)}`,
    // Its way to keep the newest n sorts all of them at each job's end: at 1,000 kept that took most of the time.
    keepsTidy: spec.keep === undefined,
    createQueue: () => new Queue(name, queueOptions, createPostgresBackend),
    // BullMQ cuts the slice from rows that stand newest first, and only then turns it round.
    indexOfOldest: (waiting) => waiting - 1,
    createWorker: (processor: JobProcessor, { jobsPerSecond } = {}) =>
      new Worker(name, processor, { connection, ...spec.worker, ...limiterOf(jobsPerSecond) }, createPostgresBackend),
    // The pool connects when asked, and refuses within its own limit.
    whenConnected: () => Promise.resolve(),
    close: () => pool.end(),
  };
}
