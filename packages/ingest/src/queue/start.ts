/** The queue `events` as a way in: composition of its parts. Stops, with what is in hand finished, before its owner's earlier parts. */
import type { HealthChecks } from '@freshet/shared/http/health';
import type { ServiceContext } from '@freshet/shared/lifecycle';
import type { Logger } from '@freshet/shared/logger';
import type { Metrics } from '@freshet/shared/metrics';
import type { Clock } from '@freshet/shared/ports/clock';
import type { EventQueue } from '@freshet/shared/ports/event-queue';
import type { IngestConfig } from '../config.js';
import type { Intake } from '../intake.js';
import type { Pressure } from '../pressure.js';
import type { Rejects } from '../rejects.js';
import { createJobHandler } from './handler.js';
import { createHoldups } from './holdups.js';
import { createQueueWatch, keepWatch } from './watch.js';

export interface QueueIntakeParts {
  readonly config: Pick<IngestConfig, 'queueJobsPerSecond' | 'queueDepth'>;
  readonly queue: EventQueue;
  readonly intake: Intake;
  readonly pressure: Pressure;
  readonly rejects: Rejects;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly log: Logger;
  readonly health: HealthChecks | undefined;
}

export async function startQueueIntake(parts: QueueIntakeParts, { owner, signal }: Pick<ServiceContext, 'owner' | 'signal'>): Promise<void> {
  const { config, queue, metrics, clock, log, health } = parts;
  const holdups = createHoldups(clock, log);
  const watch = createQueueWatch({ queue, depth: config.queueDepth, holdups, metrics, log });
  const watching = keepWatch(watch, clock, signal);
  owner.defer('queue watch', () => watching);
  owner.defer('queue metrics', metrics.beforeRender(() => watch.look()));
  if (health !== undefined) owner.defer('queue readiness', health.addReadiness('queue', () => watch.describe()));
  const consumer = await queue.consume(createJobHandler({ ...parts, holdups, signal }), { jobsPerSecond: config.queueJobsPerSecond });
  owner.defer('queue consumer', () => consumer.stop(), STOP_MS);
}

/** Longer than the adapter's own limit. */
const STOP_MS = 15_000;
