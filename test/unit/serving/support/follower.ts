/** A model follower on memory stores, with a fake trainer in front of it. */
import { memoryDeltaLog, type MemoryDeltaLog } from '@freshet/shared/adapters/memory/delta-log';
import { memorySnapshotStore, type MemorySnapshotStore } from '@freshet/shared/adapters/memory/snapshot-store';
import { systemClock } from '@freshet/shared/adapters/system-clock';
import { silentLogger } from '@freshet/shared/logger';
import { createMetrics, type Metrics } from '@freshet/shared/metrics';
import { createModelFollower, type ModelFollower } from '@freshet/serving/follow/model-follower';
import { createModelMetrics } from '@freshet/serving/follow/model-metrics';
import { createVersions, type Versions } from '@freshet/serving/follow/versions';
import { loadKernel } from '@freshet/serving/store/kernel';
import { createShelf, type Shelf } from '@freshet/serving/store/shelf';
import { createTablePool } from '@freshet/serving/store/table-pool';
import { CONFIG_HASH, DIM, type FakeTrainer, fakeTrainer, MODEL } from './model.js';

export interface Site {
  readonly deltas: MemoryDeltaLog;
  readonly snapshots: MemorySnapshotStore;
  readonly trainer: FakeTrainer;
}

export async function createSite(): Promise<Site> {
  const deltas = memoryDeltaLog();
  return { deltas, snapshots: memorySnapshotStore(deltas, systemClock), trainer: await fakeTrainer(deltas) };
}

export interface Following {
  readonly follower: ModelFollower;
  readonly shelf: Shelf;
  readonly versions: Versions;
  readonly metrics: Metrics;
  /** Versions it has asked for a snapshot past. */
  readonly asked: readonly number[];
}

export async function followSite(site: Site): Promise<Following> {
  const metrics = createMetrics({ processMetrics: false });
  const shelf: Shelf = createShelf((id) => pool.refresh(id));
  const pool = createTablePool({ kernel: await loadKernel(), dim: DIM, temperature: MODEL.temperature, maxItems: 4_096, shelf: shelf.state });
  const versions = createVersions();
  const modelMetrics = createModelMetrics(metrics);
  modelMetrics.caughtUp();
  const asked: number[] = [];
  const follower = await createModelFollower({
    ...site, pool, versions, metrics: modelMetrics, clock: systemClock, log: silentLogger, configHash: CONFIG_HASH, moved: () => undefined,
    askForSnapshot: (version) => asked.push(version),
  });
  return { follower, shelf, versions, metrics, asked };
}
