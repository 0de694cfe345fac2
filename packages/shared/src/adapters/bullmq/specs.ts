/** The queues as BullMQ is told of them; their limits are queue-policy.ts's. */
import { EVENTS_POLICY, MAINTENANCE_POLICY, QUEUE_POLICY } from '../queue-policy.js';
import type { QueueSpec } from './backend.js';

export const WAKE_UPS: QueueSpec = {
  name: QUEUE_POLICY.name,
  concurrency: QUEUE_POLICY.concurrency,
  keepEvents: QUEUE_POLICY.keepEvents,
  queue: {
    defaultJobOptions: {
      attempts: QUEUE_POLICY.attempts,
      backoff: { type: 'exponential', delay: QUEUE_POLICY.backoffMs },
      removeOnComplete: true,
      removeOnFail: { count: QUEUE_POLICY.keepFailed },
    },
  },
  worker: {
    autorun: false,
    concurrency: QUEUE_POLICY.concurrency,
    lockDuration: QUEUE_POLICY.lockMs,
    stalledInterval: QUEUE_POLICY.stalledCheckMs,
    maxStalledCount: QUEUE_POLICY.stalledDeliveries,
  },
};

/** What becomes of jobs is the worker's to say: producers' queues know nothing of it. */
export const EVENTS: QueueSpec = {
  name: EVENTS_POLICY.name,
  concurrency: EVENTS_POLICY.concurrency,
  keepEvents: EVENTS_POLICY.keepEvents,
  queue: {},
  keep: { completed: EVENTS_POLICY.keepCompleted, failed: EVENTS_POLICY.keepFailed },
  worker: {
    autorun: false,
    concurrency: EVENTS_POLICY.concurrency,
    lockDuration: EVENTS_POLICY.lockMs,
    stalledInterval: EVENTS_POLICY.stalledCheckMs,
    maxStalledCount: EVENTS_POLICY.stalledDeliveries,
  },
};

export const MAINTENANCE: QueueSpec = {
  name: MAINTENANCE_POLICY.name,
  concurrency: MAINTENANCE_POLICY.concurrency,
  keepEvents: MAINTENANCE_POLICY.keepEvents,
  queue: {
    defaultJobOptions: {
      attempts: MAINTENANCE_POLICY.attempts,
      backoff: { type: 'exponential', delay: MAINTENANCE_POLICY.backoffMs },
      removeOnComplete: true,
      removeOnFail: { count: MAINTENANCE_POLICY.keepFailed },
    },
  },
  worker: {
    autorun: false,
    concurrency: MAINTENANCE_POLICY.concurrency,
    lockDuration: MAINTENANCE_POLICY.lockMs,
    stalledInterval: MAINTENANCE_POLICY.stalledCheckMs,
    maxStalledCount: MAINTENANCE_POLICY.stalledDeliveries,
  },
};
