/**
 * Shows what is stored and what may be: sizes of the database's parts, the log's limit, and for an embedded Postgres
 * the disk under it. Read each half minute, beside scrapes: a slow database never holds one up.
 *
 * 1. A reading that fails leaves the last figures; the first failure of a row is logged.
 * 2. Ends with the signal.
 */
import { statfs } from 'node:fs/promises';
import { toError } from '@freshet/shared/errors';
import type { Logger } from '@freshet/shared/logger';
import type { Metrics } from '@freshet/shared/metrics';
import type { Clock } from '@freshet/shared/ports/clock';
import type { StorageSizes } from '@freshet/shared/ports/storage-sizes';

export interface StorageMetricsOptions {
  /** What the log may take before its oldest part goes. */
  readonly logMaxBytes: number;
  /** Where an embedded Postgres keeps its data; the disk of a server elsewhere can't be seen from here. */
  readonly dataDir: string | undefined;
}

export interface StorageMetricsDeps {
  readonly sizes: StorageSizes;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

const EVERY_MS = 30_000;

/** Resolves when it has ended. */
export async function runStorageMetrics(options: StorageMetricsOptions, deps: StorageMetricsDeps): Promise<void> {
  const { clock, log, metrics, signal } = deps;
  metrics.storageLimit.set({ part: 'log' }, options.logMaxBytes);
  let failing = false;
  while (!signal.aborted) {
    try {
      await show(options, deps);
      failing = false;
    } catch (thrown) {
      if (!failing && !signal.aborted) log.warn('the sizes of what is stored could not be read; tried again', { error: toError(thrown), every_ms: EVERY_MS });
      failing = true;
    }
    await clock.sleep(EVERY_MS, signal);
  }
}

async function show({ dataDir }: StorageMetricsOptions, { sizes, metrics }: StorageMetricsDeps): Promise<void> {
  for (const [part, bytes] of Object.entries(await sizes.sizes())) metrics.storageBytes.set({ part }, bytes);
  if (dataDir === undefined) return;
  const disk = await statfs(dataDir);
  // What an ordinary user may still take: `bfree` counts the blocks kept for root too.
  metrics.diskFree.set(disk.bavail * disk.bsize);
  metrics.diskSize.set(disk.blocks * disk.bsize);
}
