/**
 * BullMQ's jobs in Postgres: the default, no second server needed. Its tables are in schema `bullmq`; migrate.ts
 * makes them, nothing here does.
 */
import { createPostgresBackend, Queue, Worker, type PgPool } from 'bullmq';
import { createPool, describeTarget } from '../postgres/pool.js';
import { QUEUE_POLICY } from '../queue-policy.js';
import { JOB_OPTIONS, WORKER_OPTIONS, type BullmqBackend, type JobProcessor } from './backend.js';

/** A producer's statement, every running handler's lock or completion, the fetch, the listener, and one to spare. */
const CONNECTIONS = QUEUE_POLICY.concurrency + 4;
/** All of BullMQ's statements touch a few rows; one that takes longer waits for something that went wrong. */
const STATEMENT_MS = 10_000;

export interface PostgresBackendOptions {
  readonly url: string;
  /** Before the queue's name, so that several installations share a database. */
  readonly prefix?: string | undefined;
  readonly onError: (error: Error) => void;
}

export function postgresBackend({ url, prefix, onError }: PostgresBackendOptions): BullmqBackend {
  const pool = createPool({ url, applicationName: 'freshet-queue', maxConnections: CONNECTIONS, statementTimeoutMs: STATEMENT_MS, onError });
  // BullMQ describes a pool with overloads where node-postgres uses a generic: the same calls, which TypeScript can't see.
  const connection = pool as unknown as PgPool;
  const name = prefix === undefined ? QUEUE_POLICY.name : `${prefix}-${QUEUE_POLICY.name}`;
  return {
    label: `the queue in ${describeTarget(url)}`,
    createQueue: () => new Queue(name, { connection, defaultJobOptions: JOB_OPTIONS }, createPostgresBackend),
    createWorker: (processor: JobProcessor) => new Worker(name, processor, { connection, ...WORKER_OPTIONS }, createPostgresBackend),
    // The pool connects when asked, and refuses within its own limit.
    whenConnected: () => Promise.resolve(),
    close: () => pool.end(),
  };
}
