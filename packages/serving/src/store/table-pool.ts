/**
 * The table sets of a process: one serves, one more is being loaded aside; while a version is pinned, one follows the newest; `canary`,
 * `shadow` and a candidate that is about to be promoted have one each. Memory is taken when a set is first filled.
 *
 * 1. Memories are reused, never dropped: the collector sees a dropped one late, and each is hundreds of megabytes.
 * 2. A catalogue change reaches every set that is out (`refresh`).
 */
import { setImmediate } from 'node:timers/promises';
import type { ItemState } from '@freshet/shared/domain/kept-documents';
import type { ModelConfig } from '@freshet/shared/domain/model-config';
import { CapacityError } from '@freshet/shared/errors';
import type { ListWork } from '../retrieval/retrieval.js';
import { type KernelModule, reserveMemory } from './kernel.js';
import { layoutOf } from './layout.js';
import { copyTables } from './table-copy.js';
import { createTableSet, type TableSet, type TableSetParts } from './table-set.js';

export interface TablePool {
  /** An empty table set; a `CapacityError` when all are out. Emptying a used one is done in slices, between requests. */
  take(): Promise<TableSet>;
  /** A copy of a set that is out and that nobody writes to meanwhile but the catalogue, made in pieces of about a millisecond: `rest` is awaited between them. */
  copy(set: TableSet, rest: () => Promise<void>): Promise<TableSet>;
  /** Gives one back. */
  give(set: TableSet): void;
  refresh(name: string): void;
  /** Works at the lists of the sets that are out, for about `ms`; what is left where most is. */
  tend(ms: number): ListWork;
}

export interface TablePoolOptions extends Pick<TableSetParts, 'mode' | 'scanned' | 'sampled'> {
  readonly kernel: KernelModule;
  readonly model: Pick<ModelConfig, 'dim' | 'temperature' | 'followers'>;
  readonly maxItems: number;
  /** Default none. */
  readonly maxWords?: number;
  readonly shelf: (name: string) => ItemState;
}

/** One that answers, one that follows the newest version while another is pinned, the canary's, the shadow's, one that is being loaded, a refit's candidate before its promotion. */
const SETS = 6;
/** Rows emptied at once: about a millisecond. */
const CLEAR_ROWS = 4_096;

export function createTablePool(options: TablePoolOptions): TablePool {
  const layout = layoutOf(options.model, options);
  const idle: TableSet[] = [];
  const out = new Set<TableSet>();
  /** Their lists stand still: they are being copied. */
  const held = new Set<TableSet>();

  const make = (): TableSet => {
    if (out.size >= SETS) throw new CapacityError('table_sets', `all ${SETS} table sets are in use`);
    const memory = reserveMemory(layout.pages);
    const set = createTableSet({ ...options, layout, memory, kernel: options.kernel.bind(memory), temperature: options.model.temperature });
    out.add(set);
    return set;
  };

  const take = async (rest: () => Promise<void>): Promise<TableSet> => {
    const used = idle.pop();
    if (used === undefined) return make();
    out.add(used);
    while (!used.clear(CLEAR_ROWS)) await rest();
    return used;
  };

  return {
    take: () => take(setImmediate),
    async copy(set, rest) {
      const copy = await take(rest);
      const both = [set, copy];
      for (const one of both) held.add(one);
      try {
        await copyTables(set, copy, rest);
        return copy;
      } catch (thrown) {
        if (out.delete(copy)) idle.push(copy);
        throw thrown;
      } finally {
        for (const one of both) held.delete(one);
      }
    },
    give(set) {
      if (out.delete(set)) idle.push(set);
    },
    refresh(name) {
      for (const set of out) set.refresh(name);
    },
    tend(ms) {
      const until = performance.now() + ms;
      const left = [...out].map((set) => (held.has(set) ? 'turns' : set.tend(until)));
      return left.includes('unsettled') ? 'unsettled' : left.includes('changed') ? 'changed' : 'turns';
    },
  };
}
