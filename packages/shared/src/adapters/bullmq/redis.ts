/**
 * BullMQ's jobs in Redis or Valkey: for installations of several processes. The only importer of ioredis, with
 * redis-check.ts.
 *
 * 1. The producer fails at once while Redis is away: nothing piles up in this process.
 * 2. Workers wait and reconnect for ever; a connection whose other end fell silent is cut after half a minute.
 */
import { Queue, Worker } from 'bullmq';
import { Redis, type RedisOptions } from 'ioredis';
import { once } from 'node:events';
import { UsageError } from '../../errors.js';
import { QUEUE_POLICY } from '../queue-policy.js';
import { type BullmqBackend, type JobProcessor, limiterOf, type QueueSpec } from './backend.js';

const DEFAULT_PREFIX = 'freshet';
const CONNECT_MS = 5_000;
const MAX_RETRY_MS = 1_000;
const KEEP_ALIVE_MS = 10_000;
/** Longer than BullMQ's longest blocking call (10 s). */
const SILENCE_MS = 30_000;

export interface RedisBackendOptions {
  readonly url: string;
  /** Before every key; default `freshet`. */
  readonly prefix?: string | undefined;
  readonly spec: QueueSpec;
  readonly onError: (error: Error) => void;
}

const COMMON: RedisOptions = {
  connectTimeout: CONNECT_MS,
  keepAlive: KEEP_ALIVE_MS,
  retryStrategy: (times) => Math.min(50 * 2 ** Math.min(times, 10), MAX_RETRY_MS),
  // After a failover the old primary refuses writes: connect anew, to whoever is primary now.
  reconnectOnError: (error) => error.message.startsWith('READONLY'),
};

export function redisBackend({ url, prefix = DEFAULT_PREFIX, spec, onError }: RedisBackendOptions): BullmqBackend {
  const sender = connect(url, { enableOfflineQueue: false, maxRetriesPerRequest: 1, commandTimeout: QUEUE_POLICY.addDeadlineMs }, onError);
  const workers: Redis[] = [];
  const keep = spec.keep === undefined ? {} : { removeOnComplete: spec.keep.completed, removeOnFail: spec.keep.failed };
  const queueOptions = { connection: sender, prefix, ...spec.queue, streams: { events: { maxLen: spec.keepEvents } } };

  return {
    label: describeRedis(url),
    keepsTidy: true,
    createQueue: () => new Queue(spec.name, queueOptions),
    indexOfOldest: () => 0,
    createWorker(processor: JobProcessor, { jobsPerSecond } = {}) {
      const connection = connect(url, { maxRetriesPerRequest: null, socketTimeout: SILENCE_MS }, onError);
      workers.push(connection);
      const worker = new Worker(spec.name, processor, { connection, prefix, ...spec.worker, ...keep, ...limiterOf(jobsPerSecond) });
      worker.on('closed', () => connection.disconnect());
      return worker;
    },
    async whenConnected() {
      if (sender.status === 'ready') return;
      // Rejects at the next failed attempt, and at the latest with the caller's deadline.
      await once(sender, 'ready', { signal: AbortSignal.timeout(QUEUE_POLICY.addDeadlineMs) });
    },
    close() {
      for (const connection of [sender, ...workers]) connection.disconnect();
      return Promise.resolve();
    },
  };
}

export function connect(url: string, options: RedisOptions, onError: (error: Error) => void): Redis {
  const connection = new Redis(parse(url).href, { ...COMMON, ...options, replyMapping: 'legacy' });
  connection.on('error', onError);
  return connection;
}

/** Where a URL leads, for sentences: never the password. */
export function describeRedis(url: string): string {
  const { hostname, port } = parse(url);
  return `Redis at ${hostname}:${port === '' ? 6379 : port}`;
}

function parse(url: string): URL {
  const parsed = /^rediss?:\/\//.test(url) && URL.canParse(url) ? new URL(url) : undefined;
  if (parsed !== undefined && parsed.hostname !== '') return parsed;
  throw new UsageError('queue_url', 'QUEUE_URL must look like redis://user:password@host:6379/0 (rediss:// for TLS; special characters in the password as %XX)');
}
