/**
 * A queue URL → the queues it names: `redis://`, `rediss://`, `postgres://` or `memory:`; without one, the database's.
 * What Redis should be set to is said here, loudly and once.
 */
import { UsageError } from '../errors.js';
import type { Logger } from '../logger.js';
import type { EventQueue } from '../ports/event-queue.js';
import type { MaintenanceQueue } from '../ports/maintenance-queue.js';
import type { JobQueue } from '../ports/job-queue.js';
import { bullmqEventQueue } from './bullmq/event-queue.js';
import { bullmqJobQueue } from './bullmq/job-queue.js';
import { postgresBackend } from './bullmq/postgres.js';
import { checkRedis } from './bullmq/redis-check.js';
import { redisBackend } from './bullmq/redis.js';
import { EVENTS, MAINTENANCE, WAKE_UPS } from './bullmq/specs.js';
import { bullmqMaintenanceQueue } from './bullmq/maintenance-queue.js';
import { memoryMaintenanceQueue } from './memory/maintenance-queue.js';
import { memoryJobQueue } from './memory/job-queue.js';

export interface QueueFromUrlOptions {
  readonly log: Logger;
  /** Used when no queue URL is given. */
  readonly databaseUrl?: string | undefined;
  /** Keeps installations apart that share a server. */
  readonly prefix?: string | undefined;
}

const PREFIX = /^[\w{}.-]{1,64}$/;

/** Freshet's own queue of wake-ups. */
export async function queueFromUrl(url: string | undefined, options: QueueFromUrlOptions): Promise<JobQueue> {
  const { log, prefix } = options;
  const { chosen, kind } = choose(url, options);
  const connection = { url: chosen, prefix, spec: WAKE_UPS, onError: quietly(log) };
  if (kind === 'memory') return memoryJobQueue();
  if (kind === 'postgres') return bullmqJobQueue(postgresBackend(connection), log);
  for (const finding of await checkRedis(chosen)) log.warn(finding);
  return bullmqJobQueue(redisBackend(connection), log);
}

/** The queue that a shop's producers write into; undefined for `memory:`, which nobody outside can reach. */
export function eventQueueFromUrl(url: string | undefined, options: QueueFromUrlOptions): EventQueue | undefined {
  const { log, prefix } = options;
  const { chosen, kind } = choose(url, options);
  const connection = { url: chosen, prefix, spec: EVENTS, onError: quietly(log) };
  if (kind === 'memory') return undefined;
  return bullmqEventQueue(kind === 'postgres' ? postgresBackend(connection) : redisBackend(connection), log);
}

/** Freshet's own jobs by the clock. */
export function maintenanceQueueFromUrl(url: string | undefined, options: QueueFromUrlOptions): MaintenanceQueue {
  const { log, prefix } = options;
  const { chosen, kind } = choose(url, options);
  const connection = { url: chosen, prefix, spec: MAINTENANCE, onError: quietly(log) };
  if (kind === 'memory') return memoryMaintenanceQueue(log);
  return bullmqMaintenanceQueue(kind === 'postgres' ? postgresBackend(connection) : redisBackend(connection), log);
}

const KINDS: Readonly<Record<string, 'memory' | 'postgres' | 'redis'>> = {
  'memory:': 'memory',
  'postgres:': 'postgres',
  'postgresql:': 'postgres',
  'redis:': 'redis',
  'rediss:': 'redis',
};

function choose(url: string | undefined, { prefix, databaseUrl }: QueueFromUrlOptions): { chosen: string; kind: 'memory' | 'postgres' | 'redis' } {
  if (prefix !== undefined && !PREFIX.test(prefix)) {
    throw new UsageError('queue_prefix', 'the queue prefix may have 1 to 64 letters, digits, dots, dashes, underscores and braces');
  }
  const chosen = url ?? databaseUrl ?? 'memory:';
  const scheme = chosen.slice(0, chosen.indexOf(':') + 1);
  const kind = KINDS[scheme];
  if (kind === undefined) throw new UsageError('queue_url', `QUEUE_URL must start with redis://, rediss://, postgres:// or memory:, not "${scheme}"`);
  return { chosen, kind };
}

function quietly(log: Logger): (error: Error) => void {
  return (error) => log.debug('a queue connection was lost', { error });
}
