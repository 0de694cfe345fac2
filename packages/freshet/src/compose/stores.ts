/** Every port a service needs, on Postgres and the queue; released by the owner. */
import { memoryAnnouncer } from '@freshet/shared/adapters/memory/announcer';
import { postgresAnnouncer } from '@freshet/shared/adapters/postgres/announcer';
import { postgresCandidates } from '@freshet/shared/adapters/postgres/candidates';
import { postgresCheckpoint } from '@freshet/shared/adapters/postgres/checkpoint';
import { postgresDeadLetters } from '@freshet/shared/adapters/postgres/dead-letters';
import { postgresDeltaLog } from '@freshet/shared/adapters/postgres/delta-log';
import { postgresErasure } from '@freshet/shared/adapters/postgres/erasure';
import { postgresEntryLog } from '@freshet/shared/adapters/postgres/entry-log';
import { postgresLogUpkeep } from '@freshet/shared/adapters/postgres/entry-log-upkeep';
import { createPool } from '@freshet/shared/adapters/postgres/pool';
import { postgresModelEvents } from '@freshet/shared/adapters/postgres/model-events';
import { postgresModelLabels } from '@freshet/shared/adapters/postgres/model-labels';
import { postgresRecommendationLog } from '@freshet/shared/adapters/postgres/recommendation-log';
import { postgresSearchWeights } from '@freshet/shared/adapters/postgres/search-weights';
import { postgresSecrets } from '@freshet/shared/adapters/postgres/secrets';
import { postgresRefitLog } from '@freshet/shared/adapters/postgres/refit-log';
import { postgresQualityLog } from '@freshet/shared/adapters/postgres/quality-log';
import { postgresSnapshotStore } from '@freshet/shared/adapters/postgres/snapshot-store';
import { postgresStorageSizes } from '@freshet/shared/adapters/postgres/storage-sizes';
import { postgresUserRefs } from '@freshet/shared/adapters/postgres/user-refs';
import { eventQueueFromUrl, maintenanceQueueFromUrl, queueFromUrl } from '@freshet/shared/adapters/queue-from-url';
import { sharedTail } from '@freshet/shared/adapters/shared-tail';
import { systemClock } from '@freshet/shared/adapters/system-clock';
import { toError } from '@freshet/shared/errors';
import type { Owner } from '@freshet/shared/lifecycle';
import type { Logger } from '@freshet/shared/logger';
import type { Metrics } from '@freshet/shared/metrics';
import type { MaintenanceQueue } from '@freshet/shared/ports/maintenance-queue';
import type { EventQueue } from '@freshet/shared/ports/event-queue';

export interface StoreOptions {
  readonly databaseUrl: string;
  readonly queueUrl: string | undefined;
  /** What the database shows as this connection's program. */
  readonly name: string;
  /** Hints stay inside this process: it is the only one on this database. */
  readonly alone: boolean;
  readonly maxConnections: number;
}

export interface StoreContext {
  readonly owner: Owner;
  readonly log: Logger;
  readonly metrics: Metrics;
}

export type Stores = Awaited<ReturnType<typeof openStores>>;

export async function openStores(options: StoreOptions, { owner, log, metrics }: StoreContext) {
  let ending = false;
  const onError = (error: Error): void => {
    // A pool has ended before its last connections are closed, and the embedded server stops right after it.
    if (!ending) log.warn('a database connection was lost', { error: toError(error).message });
  };
  const connection = { url: options.databaseUrl, applicationName: options.name, onError };
  const pool = owner.own('database pool', createPool({ ...connection, maxConnections: options.maxConnections }), (it) => {
    ending = true;
    return it.end();
  });
  const announcer = options.alone ? memoryAnnouncer() : await postgresAnnouncer({ ...connection, clock: systemClock });
  owner.defer('announcer', () => announcer.close());
  const queues = { log, databaseUrl: options.databaseUrl };
  const queue = owner.own('queue', await queueFromUrl(options.queueUrl, queues), (it) => it.close());
  /** For who takes from it; undefined when nobody can write into it. */
  const openEvents = (): EventQueue | undefined => {
    const events = eventQueueFromUrl(options.queueUrl, queues);
    if (events !== undefined) owner.own('event queue', events, (it) => it.close());
    return events;
  };
  /** For trainers. */
  const openMaintenance = (): MaintenanceQueue => owner.own('maintenance queue', maintenanceQueueFromUrl(options.queueUrl, queues), (it) => it.close());
  return {
    pool,
    announcer,
    queue,
    openEvents,
    openMaintenance,
    entries: sharedTail(postgresEntryLog(pool), { alone: options.alone, now: systemClock.now }),
    upkeep: postgresLogUpkeep(pool),
    sizes: postgresStorageSizes(pool),
    userRefs: postgresUserRefs(pool),
    erasure: postgresErasure(pool),
    deadLetters: postgresDeadLetters(pool),
    deltas: postgresDeltaLog({ pool, clock: systemClock }),
    snapshots: postgresSnapshotStore(pool),
    candidates: postgresCandidates(pool),
    refits: postgresRefitLog(pool),
    labels: postgresModelLabels(pool),
    modelEvents: postgresModelEvents(pool),
    recommendations: postgresRecommendationLog(pool),
    searchWeights: postgresSearchWeights(pool),
    secrets: postgresSecrets(pool),
    quality: postgresQualityLog(pool),
    checkpoint: postgresCheckpoint(pool),
    clock: systemClock,
    metrics,
    log,
  };
}
