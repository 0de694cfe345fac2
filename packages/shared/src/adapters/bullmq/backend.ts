/**
 * What the BullMQ adapters need from a place where BullMQ keeps its jobs. Two of them: redis.ts and postgres.ts.
 * Not a port: it is BullMQ's queue and worker, as far as both places share them.
 */
import type { QueueOptions, WorkerOptions } from 'bullmq';

export interface BackendJob {
  readonly id?: string | undefined;
  readonly name: string;
  readonly data: unknown;
  readonly timestamp: number;
  readonly attemptsMade: number;
  readonly attemptsStarted: number;
  /** Of a job that has failed for good: one that BullMQ tries again by itself has none. */
  readonly finishedOn?: number | undefined;
  /** Back to those that wait; `token` is the worker's right to it. */
  moveToWait(token?: string): Promise<unknown>;
  /** From those that failed back to those that wait. */
  retry(state: 'failed'): Promise<void>;
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
  /** Those that wait; where the oldest stands is the backend's to say (`indexOfOldest`). */
  getWaiting(start: number, end: number): Promise<readonly { readonly timestamp: number }[]>;
  /** A job of this name comes each `every` milliseconds, until the scheduler is removed. */
  upsertJobScheduler(id: string, repeat: { readonly every: number }, template: { readonly name: string }): Promise<unknown>;
  removeJobScheduler(id: string): Promise<unknown>;
  getJobSchedulers(start: number, end: number): Promise<readonly { readonly key: string; readonly every?: number | undefined }[]>;
  getCompletedCount(): Promise<number>;
  getFailedCount(): Promise<number>;
  /** Removes jobs that ended more than `graceMs` ago, the oldest first, at most `limit`. */
  clean(graceMs: number, limit: number, type: 'completed' | 'failed'): Promise<unknown>;
}

export interface BackendWorker extends Connected {
  /** Resolves once closed. */
  run(): Promise<void>;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'failed', listener: (job: BackendJob | undefined, error: Error) => void): unknown;
}

/** Resolves with the job's return value. */
export type JobProcessor = (job: BackendJob, token?: string) => Promise<unknown>;

/** At most `count`, none for longer than `age` seconds. */
export interface Kept {
  readonly count: number;
  readonly age: number;
}

/** A queue, and how its jobs are kept and taken. */
export interface QueueSpec {
  readonly name: string;
  readonly concurrency: number;
  /** Entries of Redis's stream of job events (added, completed, …), for producers that listen. */
  readonly keepEvents: number;
  readonly queue: Pick<QueueOptions, 'defaultJobOptions'>;
  /** Ended jobs that stay for a look, whose own options don't say. Default: BullMQ's. */
  readonly keep?: { readonly completed: Kept; readonly failed: Kept };
  readonly worker: Omit<WorkerOptions, 'connection' | 'prefix'>;
}

export interface BullmqBackend {
  /** For messages: which server, without its password. */
  readonly label: string;
  /** Ended jobs are kept within the spec's limits with each job that ends; else somebody must tidy. */
  readonly keepsTidy: boolean;
  createQueue(): BackendQueue;
  /** Where `getWaiting` has the oldest of so many jobs. */
  indexOfOldest(waiting: number): number;
  /** Not running yet. */
  createWorker(processor: JobProcessor, options?: { readonly jobsPerSecond?: number | undefined }): BackendWorker;
  /** Rejects soon when a command would not be sent now. */
  whenConnected(): Promise<void>;
  /** Cuts every connection; after the queues and workers. */
  close(): Promise<void>;
}

export function limiterOf(jobsPerSecond: number | undefined): Pick<WorkerOptions, 'limiter'> {
  return jobsPerSecond === undefined ? {} : { limiter: { max: jobsPerSecond, duration: 1_000 } };
}
