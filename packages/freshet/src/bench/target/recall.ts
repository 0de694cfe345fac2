/**
 * Does serving's scan find what it should? The last published model is loaded from the database into serving's own
 * tables; for sampled shoppers (the direction of one item, as a history of one event gives) the kernel's best 20 are
 * compared with those that a plain loop in double precision finds.
 */
import { postgresDeltaLog } from '@freshet/shared/adapters/postgres/delta-log';
import { createPool } from '@freshet/shared/adapters/postgres/pool';
import { postgresSnapshotStore } from '@freshet/shared/adapters/postgres/snapshot-store';
import { systemClock } from '@freshet/shared/adapters/system-clock';
import type { ModelConfig } from '@freshet/shared/domain/model-config';
import { randomBelow } from '@freshet/shared/domain/random';
import { loadModel } from '@freshet/shared/model/load';
import { loadKernel } from '@freshet/serving/store/kernel';
import { createTablePool } from '@freshet/serving/store/table-pool';
import type { TableSet } from '@freshet/serving/store/table-set';

export interface RecallOptions {
  readonly url: string;
  readonly model: ModelConfig;
  readonly maxItems: number;
  readonly seed: number;
}

const SAMPLES = 200;
const TOP = 20;

/** Mean share of the true best 20 that the scan found. */
export async function measureRecall(options: RecallOptions): Promise<number> {
  const pool = createPool({ url: options.url, applicationName: 'freshet-bench', maxConnections: 2, onError: () => undefined });
  try {
    const set = await createTablePool({ ...options, kernel: await loadKernel(), shelf: () => 'available' }).take();
    await loadModel({ deltas: postgresDeltaLog({ pool, clock: systemClock }), snapshots: postgresSnapshotStore(pool) }, set);
    return averageRecall(set, options.seed);
  } finally {
    await pool.end();
  }
}

function averageRecall(set: TableSet, seed: number): number {
  let sum = 0;
  for (let sample = 0; sample < SAMPLES; sample++) sum += recallOf(set, 1 + randomBelow(set.rows - 1, seed, sample, 0));
  return sum / SAMPLES;
}

function recallOf(set: TableSet, row: number): number {
  const { dim } = set.layout;
  const direction = set.embeddings.slice(row * dim, (row + 1) * dim);
  const length = Math.hypot(...direction) || 1;
  for (let d = 0; d < dim; d++) set.query[d] = (direction[d] ?? 0) / length;
  const count = set.scan(TOP, 'served');
  const exact = bestRows(set, Float32Array.from(set.query));
  if (exact.length === 0) return 1;
  const found = new Set(set.foundRows.subarray(0, count));
  return exact.filter((best) => found.has(best)).length / exact.length;
}

function bestRows(set: TableSet, query: Float32Array): readonly number[] {
  const { dim } = set.layout;
  const scored: { row: number; score: number }[] = [];
  for (let row = 0; row < set.rows; row++) {
    const bias = set.served[row] ?? 0;
    if (bias < -1e30) continue;
    let dot = 0;
    for (let d = 0; d < dim; d++) dot += (query[d] ?? 0) * (set.embeddings[row * dim + d] ?? 0);
    scored.push({ row, score: dot * (set.scale[row] ?? 0) + bias });
  }
  return scored.sort((a, b) => b.score - a.score).slice(0, TOP).map(({ row }) => row);
}
