/**
 * Loads a whole model into a table set of its own, beside the one that answers, with every check there is: those of the bytes
 * (shared/model/load), the hyperparameters, and verify-set. Whatever fails, the table set goes back to the pool.
 */
import { loadVersion, type ModelPosition } from '@freshet/shared/model/load';
import type { DeltaLog } from '@freshet/shared/ports/delta-log';
import type { ModelSink } from '@freshet/shared/ports/model-sink';
import type { SnapshotInfo, SnapshotStore } from '@freshet/shared/ports/snapshot-store';
import type { TablePool } from '../store/table-pool.js';
import type { TableSet } from '../store/table-set.js';
import { checkConfig } from './check-config.js';
import type { ModelMetrics } from './model-metrics.js';
import { createTurns, type Turns } from './turns.js';
import { type KnownItems, verifySet } from './verify-set.js';

export interface AsideParts {
  readonly deltas: DeltaLog;
  readonly snapshots: SnapshotStore;
  readonly pool: TablePool;
  readonly configHash: number;
  readonly known: KnownItems;
  readonly metrics: Pick<ModelMetrics, 'stalled'>;
}

export interface Aside {
  readonly set: TableSet;
  readonly position: ModelPosition;
}

export interface FillParts extends Pick<AsideParts, 'pool' | 'configHash' | 'known' | 'metrics'> {
  /** Ends it between two turns. */
  readonly signal?: AbortSignal;
}

/** Exactly this version. Requests are answered meanwhile. */
export async function loadAside(parts: AsideParts, version: number): Promise<Aside> {
  const { deltas, snapshots, pool, configHash, known, metrics } = parts;
  const { set, filled } = await fillAside({ pool, configHash, known, metrics }, (sink, turns) => loadVersion(timed({ deltas, snapshots }, turns), sink, { version, rest: turns.rest }));
  return { set, position: filled };
}

/** `fill` writes a whole model and says up to which entry it has learned. */
export async function fillAside<Filled extends Pick<ModelPosition, 'applied'>>({ pool, configHash, known, metrics, signal }: FillParts, fill: (sink: ModelSink, turns: Turns) => Promise<Filled>): Promise<{ readonly set: TableSet; readonly filled: Filled }> {
  const set = await pool.take();
  try {
    const turns = createTurns(metrics.stalled);
    const rest = async (): Promise<void> => {
      await turns.rest();
      signal?.throwIfAborted();
    };
    // A turn before the first part: what was taken may just have been emptied.
    await rest();
    const filled = await fill(checked(set, configHash), { ...turns, rest });
    turns.begin();
    await verifySet(set, { known, applied: filled.applied, rest });
    turns.done();
    return { set, filled };
  } catch (thrown) {
    pool.give(set);
    throw thrown;
  }
}

/** A turn begins when what it works on has been read: waiting for Postgres holds up nobody. */
function timed({ deltas, snapshots }: Pick<AsideParts, 'deltas' | 'snapshots'>, { begin }: Turns): Pick<AsideParts, 'deltas' | 'snapshots'> {
  const read: DeltaLog['read'] = async (after, limit) => {
    const page = await deltas.read(after, limit);
    begin();
    return page;
  };
  const chunks = (snapshot: SnapshotInfo): AsyncIterable<Buffer> => timedChunks(snapshots.chunks(snapshot), begin);
  return { deltas: { ...deltas, read }, snapshots: { ...snapshots, chunks } };
}

export async function* timedChunks(chunks: AsyncIterable<Buffer>, begin: Turns['begin']): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    begin();
    yield chunk;
  }
}

/** Its own hyperparameters only. */
export function checked(set: TableSet, configHash: number): ModelSink {
  return {
    accept(shape) {
      set.accept(shape);
      checkConfig(shape.configHash, configHash);
    },
    name: (row, name, table) => set.name(row, name, table),
    write: (table, ids, values) => set.write(table, ids, values),
  };
}
