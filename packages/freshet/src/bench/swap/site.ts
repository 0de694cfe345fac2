/**
 * A serving process of this process's own, on Postgres: real follower, real pinning, real HTTP server. Its metrics are looked at by
 * what is handed to them, not by their buckets.
 */
import { createHttpServer } from '@freshet/shared/http/server';
import { silentLogger } from '@freshet/shared/logger';
import { createMetrics, type Metrics } from '@freshet/shared/metrics';
import { postgresTraceStore } from '@freshet/shared/adapters/postgres/trace-store';
import { resolveServingOptions } from '@freshet/serving/config';
import { startServing } from '@freshet/serving/service';
import type { ModelConfig } from '@freshet/shared/domain/model-config';
import { openDatabase } from '../../compose/database.js';
import { openStores, type Stores } from '../../compose/stores.js';
import type { BenchContext } from '../bench.js';
import { stopLater, type Workplace } from '../target/workplace.js';

export interface SwapSite {
  readonly stores: Stores;
  readonly url: URL;
  /** Milliseconds that each step of each swap held the event loop. */
  readonly stalls: readonly number[];
  version(): number;
}

export interface SiteOptions {
  readonly model: ModelConfig;
  readonly maxItems: number;
  /** What must be stored before it starts. */
  readonly before: (stores: Stores) => Promise<void>;
}

const DRAIN_MS = 15_000;

export async function startSwapSite({ model, maxItems, before }: SiteOptions, place: Workplace, { signal }: BenchContext): Promise<SwapSite> {
  const log = silentLogger;
  const stalls: number[] = [];
  const metrics = watched(createMetrics({ processMetrics: false }), stalls);
  const database = await openDatabase({ databaseUrl: undefined, dataDir: place.dir }, { owner: place.owner, log, signal });
  const storeOptions = { databaseUrl: database.url, queueUrl: undefined, name: 'freshet-bench', alone: true, maxConnections: 10 };
  const stores = await openStores(storeOptions, { owner: place.owner, log, metrics });
  await before(stores);
  const http = createHttpServer({ host: '127.0.0.1', port: 0, metrics, log, name: 'serving', version: 'bench' });
  place.owner.defer('HTTP server', () => http.close(), DRAIN_MS);
  // No upkeep: the bench cuts the snapshots.
  const options = resolveServingOptions({ model, maxItems, maxWords: 0, upkeep: false, replica: 'bench' });
  const serving = stopLater(place, 'serving', startServing(options, { ...stores, traces: postgresTraceStore(stores.pool), http }));
  const url = new URL(await http.listen());
  await serving.ready;
  return { stores, url, stalls, version: () => serving.status()?.version ?? 0 };
}

function watched(metrics: Metrics, stalls: number[]): Metrics {
  const { swapStall } = metrics;
  return {
    ...metrics,
    swapStall: {
      ...swapStall,
      observe(seconds) {
        stalls.push(1_000 * seconds);
        swapStall.observe(seconds);
      },
    },
  };
}
