/**
 * A producer of events as a shop would write it: BullMQ itself, nothing of Freshet's. It waits for a job's end by asking.
 */
import { createPostgresBackend, type JobsOptions, Queue } from 'bullmq';
import { until } from './until.js';

export interface JobEnd {
  readonly state: string;
  readonly result: unknown;
  readonly failedReason: string | undefined;
}

/** A job as its producer sees it. */
export interface QueuedJob {
  readonly id?: string | undefined;
  readonly timestamp: number;
  readonly attemptsMade: number;
  readonly finishedOn?: number | undefined;
  readonly returnvalue: unknown;
  readonly failedReason?: string | undefined;
  getState(): Promise<string>;
}

/** What is the same of BullMQ's queue wherever it lives. */
export interface ProducerQueue {
  add(name: string, data: unknown, options?: JobsOptions): Promise<QueuedJob>;
  addBulk(jobs: { name: string; data: unknown }[]): Promise<QueuedJob[]>;
  getJob(id: string): Promise<QueuedJob | undefined>;
  getCompletedCount(): Promise<number>;
  on(event: 'error', listener: () => void): unknown;
  close(): Promise<void>;
}

export interface EventProducer {
  /** Rejects when the queue doesn't take it. */
  add(data: unknown, options?: JobsOptions): Promise<QueuedJob>;
  addMany(jobs: readonly unknown[]): Promise<readonly QueuedJob[]>;
  /** Once the job has completed or failed. */
  end(job: Pick<QueuedJob, 'id' | 'getState'>): Promise<JobEnd>;
  readonly queue: ProducerQueue;
  close(): Promise<void>;
}

/** `prefix` as `queueFromUrl` takes it; the product's own by default. */
export function openEventProducer(url: string, prefix?: string): EventProducer {
  const queue = url.startsWith('redis') ? redisQueue(url, prefix ?? 'freshet') : postgresQueue(url, prefix);
  queue.on('error', () => undefined);
  return {
    queue,
    add: (data, options) => queue.add('test', data, options),
    addMany: (jobs) => queue.addBulk(jobs.map((data) => ({ name: 'test', data }))),
    end: (job) =>
      until(`job ${job.id ?? ''} has ended`, async () => {
        const state = await job.getState();
        if (state !== 'completed' && state !== 'failed') return undefined;
        const found = await queue.getJob(job.id ?? '');
        return { state, result: found?.returnvalue, failedReason: found?.failedReason };
      }, 60_000),
    close: () => queue.close(),
  };
}

function redisQueue(url: string, prefix: string): ProducerQueue {
  const { hostname, port } = new URL(url);
  return new Queue('events', { connection: { host: hostname, port: Number(port) }, prefix });
}

function postgresQueue(url: string, prefix: string | undefined): ProducerQueue {
  return new Queue(prefix === undefined ? 'events' : `${prefix}-events`, { connection: { connectionString: url, max: 3 } }, createPostgresBackend);
}
