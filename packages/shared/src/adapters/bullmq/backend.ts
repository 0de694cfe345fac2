/**
 * What the BullMQ adapter needs from a place where BullMQ keeps its jobs. Two of them: redis.ts and postgres.ts.
 * Not a port: it is BullMQ's queue and worker, as far as both places share them.
 */
import type { DefaultJobOptions, WorkerOptions } from 'bullmq';
import { QUEUE_POLICY } from '../queue-policy.js';

export interface BackendJob {
  readonly id?: string | undefined;
  readonly data: unknown;
  readonly attemptsMade: number;
}

interface Connected {
  waitUntilReady(): Promise<unknown>;
  close(force?: boolean): Promise<void>;
  disconnect(): Promise<void>;
  on(event: 'error', listener: (error: Error) => void): unknown;
}

export interface BackendQueue extends Connected {
  add(name: string, data: unknown): Promise<unknown>;
  getJobCounts(...states: ('wait' | 'prioritized' | 'delayed' | 'active' | 'failed')[]): Promise<Record<string, number>>;
}

export interface BackendWorker extends Connected {
  /** Resolves once closed. */
  run(): Promise<void>;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'failed', listener: (job: BackendJob | undefined, error: Error) => void): unknown;
}

export type JobProcessor = (job: BackendJob) => Promise<void>;

export interface BullmqBackend {
  /** For messages: which server, without its password. */
  readonly label: string;
  createQueue(): BackendQueue;
  /** Not running yet. */
  createWorker(processor: JobProcessor): BackendWorker;
  /** Rejects soon when a command would not be sent now. */
  whenConnected(): Promise<void>;
  /** Cuts every connection; after the queues and workers. */
  close(): Promise<void>;
}

export const JOB_OPTIONS: DefaultJobOptions = {
  attempts: QUEUE_POLICY.attempts,
  backoff: { type: 'exponential', delay: QUEUE_POLICY.backoffMs },
  removeOnComplete: true,
  removeOnFail: { count: QUEUE_POLICY.keepFailed },
};

export const WORKER_OPTIONS = {
  autorun: false,
  concurrency: QUEUE_POLICY.concurrency,
  stalledInterval: QUEUE_POLICY.stalledCheckMs,
  maxStalledCount: QUEUE_POLICY.stalledDeliveries,
} satisfies Partial<WorkerOptions>;
