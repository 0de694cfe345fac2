/** A model follower and what it may be pinned to, on memory stores, with a fake trainer in front of it. */
import { memoryDeltaLog, type MemoryDeltaLog } from '@freshet/shared/adapters/memory/delta-log';
import { memoryModelEvents } from '@freshet/shared/adapters/memory/model-events';
import { memoryModelLabels } from '@freshet/shared/adapters/memory/model-labels';
import { memoryRefitLog, type MemoryRefitLog } from '@freshet/shared/adapters/memory/refit-log';
import { memorySnapshotStore, type MemorySnapshotStore } from '@freshet/shared/adapters/memory/snapshot-store';
import { postgresCandidates } from '@freshet/shared/adapters/postgres/candidates';
import { postgresDeltaLog } from '@freshet/shared/adapters/postgres/delta-log';
import { postgresModelEvents } from '@freshet/shared/adapters/postgres/model-events';
import { postgresModelLabels } from '@freshet/shared/adapters/postgres/model-labels';
import { postgresRefitLog } from '@freshet/shared/adapters/postgres/refit-log';
import { postgresSnapshotStore } from '@freshet/shared/adapters/postgres/snapshot-store';
import { systemClock } from '@freshet/shared/adapters/system-clock';
import { createHistories } from '@freshet/shared/domain/histories';
import { silentLogger } from '@freshet/shared/logger';
import { createMetrics, type Metrics } from '@freshet/shared/metrics';
import type { CandidateStore } from '@freshet/shared/ports/candidates';
import type { DeltaLog } from '@freshet/shared/ports/delta-log';
import type { ModelEvents } from '@freshet/shared/ports/model-events';
import type { ModelLabels } from '@freshet/shared/ports/model-labels';
import type { RefitLog } from '@freshet/shared/ports/refit-log';
import type { SnapshotStore } from '@freshet/shared/ports/snapshot-store';
import type { Pool } from 'pg';
import { type Beside, createBeside } from '@freshet/serving/follow/beside';
import type { Note } from '@freshet/serving/follow/journal';
import { createModelFollower, type ModelFollower } from '@freshet/serving/follow/model-follower';
import { createModelMetrics } from '@freshet/serving/follow/model-metrics';
import type { ModelView } from '@freshet/serving/follow/model-view';
import { createPreparing, type Preparing } from '@freshet/serving/follow/preparing';
import { createPinning, type Pinning } from '@freshet/serving/follow/pinning';
import type { Probation } from '@freshet/serving/probation/probation';
import { createVersions, type Versions } from '@freshet/serving/follow/versions';
import { loadKernel } from '@freshet/serving/store/kernel';
import { createShelf, type Shelf } from '@freshet/serving/store/shelf';
import { createTablePool, type TablePool } from '@freshet/serving/store/table-pool';
import { CONFIG_HASH, type FakeTrainer, fakeTrainer, MODEL } from './model.js';

/** What a follower reads, wherever it is kept. */
export interface ModelStores {
  readonly deltas: DeltaLog;
  readonly snapshots: SnapshotStore;
  readonly trainer: FakeTrainer;
  readonly labels: ModelLabels;
  readonly modelEvents: ModelEvents;
  readonly refits: RefitLog;
  readonly candidates: CandidateStore;
}

export interface Site extends ModelStores {
  readonly deltas: MemoryDeltaLog;
  readonly snapshots: MemorySnapshotStore;
  readonly refits: MemoryRefitLog;
  readonly candidates: CandidateStore;
}

/** A lineage's stores on Postgres, with a fake trainer that leads it. */
export async function postgresStores(pool: Pool, lineage: number): Promise<ModelStores> {
  const deltas = postgresDeltaLog({ pool, clock: systemClock, lineage });
  // The epoch stays theirs; the session that holds the right would keep the pool from ending.
  const lead: DeltaLog['lead'] = async (signal) => {
    const lease = await deltas.lead(signal);
    await lease.release();
    return lease;
  };
  return {
    deltas,
    snapshots: postgresSnapshotStore(pool, lineage),
    modelEvents: postgresModelEvents(pool, lineage),
    labels: postgresModelLabels(pool, lineage),
    trainer: await fakeTrainer({ ...deltas, lead }),
    refits: postgresRefitLog(pool, lineage),
    candidates: postgresCandidates(pool, lineage),
  };
}

export async function createSite(): Promise<Site> {
  const deltas = memoryDeltaLog();
  const snapshots = memorySnapshotStore(deltas, systemClock);
  const modelEvents = memoryModelEvents(systemClock);
  return { deltas, snapshots, candidates: snapshots.candidates, modelEvents, refits: memoryRefitLog(systemClock), labels: memoryModelLabels(snapshots, modelEvents, systemClock), trainer: await fakeTrainer(deltas) };
}

export interface Following {
  readonly follower: ModelFollower;
  readonly shelf: Shelf;
  readonly versions: Versions;
  readonly metrics: Metrics;
  /** Versions it has asked for a snapshot past. */
  readonly asked: readonly number[];
  readonly pinning: Pinning;
  /** What labels put beside it. */
  readonly beside: Beside;
  /** Loads what is about to be promoted. */
  readonly preparing: Preparing;
  readonly pool: TablePool;
  /** What it has noted down. */
  readonly noted: readonly Note[];
  /** The views that answers were said to come from, in turn. */
  readonly answering: readonly ModelView[];
}

/** Compares nothing, and so objects to nothing. */
const NO_PROBATION: Probation = { examine: () => Promise.resolve({ figures: { requests: 0, overlap: 1, scoreDrift: undefined, items: { version: 0, serving: 0 } }, objection: undefined }) };

export async function followSite(site: ModelStores, probationOf: (shelf: Shelf) => Probation = () => NO_PROBATION): Promise<Following> {
  const metrics = createMetrics({ processMetrics: false });
  const shelf: Shelf = createShelf((id) => pool.refresh(id));
  const pool: TablePool = createTablePool({ kernel: await loadKernel(), model: MODEL, maxItems: 4_096, maxWords: 64, shelf: shelf.state });
  const versions = createVersions();
  const modelMetrics = createModelMetrics(metrics);
  modelMetrics.caughtUp();
  const asked: number[] = [];
  const noted: Note[] = [];
  const answering: ModelView[] = [];
  const common = { ...site, probation: probationOf(shelf), pool, metrics: modelMetrics, journal: { note: (event: Note) => void noted.push(event) }, log: silentLogger, configHash: CONFIG_HASH, known: { has: (id: string) => shelf.catalogue.document(id) !== undefined, size: () => shelf.catalogue.size, seq: () => 0 }, receivedAt: (seq: number) => Promise.resolve(seq * 1_000) };
  const pinning: Pinning = createPinning({
    ...common, newest: () => follower.view(), changed: (view) => answering.push(view),
  });
  const beside = createBeside({ ...common, people: { histories: createHistories({}) }, serving: pinning.view });
  const askForSnapshot = (version: number): void => void asked.push(version);
  const preparing = createPreparing({ ...common, signal: new AbortController().signal, newest: () => follower.view() });
  const follower: ModelFollower = await createModelFollower({ ...common, preparing, versions, clock: systemClock, moved: pinning.moved, askForSnapshot });
  return { follower, preparing, shelf, versions, metrics, asked, pinning, beside, pool, noted, answering };
}
