/**
 * Loads a whole model into a table set of its own, beside the one that answers, with every check there is: those of the bytes
 * (shared/model/load), the hyperparameters, and verify-set. Whatever fails, the table set goes back to the pool.
 */
import type { ModelPosition } from '@freshet/shared/model/load';
import type { ModelSink } from '@freshet/shared/ports/model-sink';
import type { TablePool } from '../store/table-pool.js';
import type { TableSet } from '../store/table-set.js';
import { checkConfig } from './check-config.js';
import type { ModelMetrics } from './model-metrics.js';
import { createTurns } from './turns.js';
import { type KnownItems, verifySet } from './verify-set.js';

export interface AsideParts {
  readonly pool: TablePool;
  readonly configHash: number;
  readonly known: KnownItems;
  readonly metrics: Pick<ModelMetrics, 'stalled'>;
}

export interface Aside {
  readonly set: TableSet;
  readonly position: ModelPosition;
}

/** `load` writes the model into the sink and awaits `rest` between its parts, so that requests are answered meanwhile. */
export async function loadAside(parts: AsideParts, load: (sink: ModelSink, rest: () => Promise<void>) => Promise<ModelPosition>): Promise<Aside> {
  const set = await parts.pool.take();
  try {
    const { rest, done } = createTurns(parts.metrics.stalled);
    // A turn before the first part: what was taken may just have been emptied.
    await rest();
    const position = await load(checked(set, parts.configHash), rest);
    await verifySet(set, { known: parts.known, applied: position.applied, rest });
    done();
    return { set, position };
  } catch (thrown) {
    parts.pool.give(set);
    throw thrown;
  }
}

function checked(set: TableSet, configHash: number): ModelSink {
  return {
    accept(shape) {
      set.accept(shape);
      checkConfig(shape.configHash, configHash);
    },
    name: (row, name, table) => set.name(row, name, table),
    write: (table, ids, values) => set.write(table, ids, values),
  };
}
