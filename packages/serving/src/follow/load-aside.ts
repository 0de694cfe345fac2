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

/** Exactly this version. Requests are answered meanwhile. */
export async function loadAside(parts: AsideParts, version: number): Promise<Aside> {
  const set = await parts.pool.take();
  try {
    const turns = createTurns(parts.metrics.stalled);
    // A turn before the first part: what was taken may just have been emptied.
    await turns.rest();
    const position = await loadVersion(timed(parts, turns), checked(set, parts.configHash), { version, rest: turns.rest });
    turns.begin();
    await verifySet(set, { known: parts.known, applied: position.applied, rest: turns.rest });
    turns.done();
    return { set, position };
  } catch (thrown) {
    parts.pool.give(set);
    throw thrown;
  }
}

/** A turn begins when what it works on has been read: waiting for Postgres holds up nobody. */
function timed({ deltas, snapshots }: AsideParts, { begin }: Turns): Pick<AsideParts, 'deltas' | 'snapshots'> {
  const read: DeltaLog['read'] = async (after, limit) => {
    const page = await deltas.read(after, limit);
    begin();
    return page;
  };
  async function* chunks(snapshot: SnapshotInfo): AsyncGenerator<Buffer> {
    for await (const chunk of snapshots.chunks(snapshot)) {
      begin();
      yield chunk;
    }
  }
  return { deltas: { ...deltas, read }, snapshots: { ...snapshots, chunks } };
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
