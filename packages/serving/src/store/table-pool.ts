/**
 * The table sets of a process: one serves, one more is being loaded aside; while a version is pinned, one follows the newest; `canary`
 * and `shadow` have one each. Memory is taken when a set is first filled.
 *
 * 1. Memories are reused, never dropped: the collector sees a dropped one late, and each is hundreds of megabytes.
 * 2. A catalogue change reaches every set that is out (`refresh`).
 */
import { setImmediate } from 'node:timers/promises';
import type { ModelConfig } from '@freshet/shared/domain/model-config';
import { CapacityError } from '@freshet/shared/errors';
import { type KernelModule, reserveMemory } from './kernel.js';
import { layoutOf } from './layout.js';
import type { ShelfState } from './shelf-state.js';
import { createTableSet, type TableSet, type TableSetParts } from './table-set.js';

export interface TablePool {
  /** An empty table set; a `CapacityError` when all are out. Emptying a used one is done in slices, between requests. */
  take(): Promise<TableSet>;
  /** Gives one back. */
  give(set: TableSet): void;
  refresh(name: string): void;
  /** Works at the lists of the sets that are out, for at most `ms`; whether there is more to do. */
  tend(ms: number): boolean;
}

export interface TablePoolOptions extends Pick<TableSetParts, 'mode' | 'scanned' | 'sampled'> {
  readonly kernel: KernelModule;
  readonly model: Pick<ModelConfig, 'dim' | 'temperature' | 'followers'>;
  readonly maxItems: number;
  /** Default none. */
  readonly maxWords?: number;
  readonly shelf: (name: string) => ShelfState;
}

/** One that answers, one that follows the newest version while another is pinned, the canary's, the shadow's, one that is being loaded. */
const SETS = 5;
/** Rows emptied at once: about a millisecond. */
const CLEAR_ROWS = 4_096;

export function createTablePool(options: TablePoolOptions): TablePool {
  const layout = layoutOf(options.model, options);
  const idle: TableSet[] = [];
  const out = new Set<TableSet>();

  const make = (): TableSet => {
    if (out.size >= SETS) throw new CapacityError('table_sets', `all ${SETS} table sets are in use`);
    const memory = reserveMemory(layout.pages);
    const set = createTableSet({ ...options, layout, memory, kernel: options.kernel.bind(memory), temperature: options.model.temperature });
    out.add(set);
    return set;
  };

  return {
    async take() {
      const used = idle.pop();
      if (used === undefined) return make();
      out.add(used);
      while (!used.clear(CLEAR_ROWS)) await setImmediate();
      return used;
    },
    give(set) {
      if (out.delete(set)) idle.push(set);
    },
    refresh(name) {
      for (const set of out) set.refresh(name);
    },
    tend(ms) {
      const until = performance.now() + ms;
      return [...out].map((set) => set.tend(until)).includes(true);
    },
  };
}
