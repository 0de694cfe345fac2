/**
 * A queue URL → the job queue it names: `redis://`, `rediss://`, `postgres://` or `memory:`; without one, the database's.
 * What Redis should be set to is said here, loudly and once.
 */
import { UsageError } from '../errors.js';
import type { Logger } from '../logger.js';
import type { JobQueue } from '../ports/job-queue.js';
import { bullmqJobQueue } from './bullmq/job-queue.js';
import { postgresBackend } from './bullmq/postgres.js';
import { checkRedis } from './bullmq/redis-check.js';
import { redisBackend } from './bullmq/redis.js';
import { memoryJobQueue } from './memory/job-queue.js';

export interface QueueFromUrlOptions {
  readonly log: Logger;
  /** Used when no queue URL is given. */
  readonly databaseUrl?: string | undefined;
  /** Keeps installations apart that share a server. */
  readonly prefix?: string | undefined;
}

const PREFIX = /^[\w{}.-]{1,64}$/;

export async function queueFromUrl(url: string | undefined, options: QueueFromUrlOptions): Promise<JobQueue> {
  const { log, prefix } = options;
  if (prefix !== undefined && !PREFIX.test(prefix)) {
    throw new UsageError('queue_prefix', 'the queue prefix may have 1 to 64 letters, digits, dots, dashes, underscores and braces');
  }
  const chosen = url ?? options.databaseUrl ?? 'memory:';
  const scheme = chosen.slice(0, chosen.indexOf(':') + 1);
  const onError = (error: Error): void => log.debug('a queue connection was lost', { error });
  switch (scheme) {
    case 'memory:':
      return memoryJobQueue();
    case 'postgres:':
    case 'postgresql:':
      return bullmqJobQueue(postgresBackend({ url: chosen, prefix, onError }), log);
    case 'redis:':
    case 'rediss:':
      for (const finding of await checkRedis(chosen)) log.warn(finding);
      return bullmqJobQueue(redisBackend({ url: chosen, prefix, onError }), log);
    default:
      throw new UsageError('queue_url', `QUEUE_URL must start with redis://, rediss://, postgres:// or memory:, not "${scheme}"`);
  }
}

