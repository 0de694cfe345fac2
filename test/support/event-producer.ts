/**
 * A producer of events as a shop would write it: BullMQ itself, nothing of Freshet's. It waits for a job's end by asking.
 */
import { createPostgresBackend, type Job, type JobsOptions, Queue } from 'bullmq';
import { until } from './until.js';

export interface JobEnd {
  readonly state: string;
  readonly result: unknown;
  readonly failedReason: string | undefined;
}

export interface EventProducer {
  /** Rejects when the queue doesn't take it. */
  add(data: unknown, options?: JobsOptions): Promise<Job>;
  addMany(jobs: readonly unknown[]): Promise<readonly Job[]>;
  /** Once the job has completed or failed. */
  end(job: Job): Promise<JobEnd>;
  readonly queue: Queue;
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
        return { state, result: found?.returnvalue as unknown, failedReason: found?.failedReason };
      }, 60_000),
    close: () => queue.close(),
  };
}

function redisQueue(url: string, prefix: string): Queue {
  const { hostname, port } = new URL(url);
  return new Queue('events', { connection: { host: hostname, port: Number(port) }, prefix });
}

function postgresQueue(url: string, prefix: string | undefined): Queue {
  return new Queue(prefix === undefined ? 'events' : `${prefix}-events`, { connection: { connectionString: url, max: 3 } }, createPostgresBackend);
}
