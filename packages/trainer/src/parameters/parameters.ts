/** The learner's parameters: see ParameterStore. */
import type { TableRows } from '@freshet/shared/codec/delta';
import type { TableName } from '@freshet/shared/domain/tables';
import type { WasmMemory } from '@freshet/shared/wasm';
import type { ExampleTable } from '../engine/example.js';
import type { Layout } from './layout.js';

/** One touch of an item by a shopper, for its statistics. */
export interface Touch {
  readonly seconds: number;
  /** 32-bit hash of the shopper's reference. */
  readonly user: number;
}

export interface ParameterStore {
  readonly layout: Layout;
  readonly memory: WasmMemory<SharedArrayBuffer>;
  readonly examples: ExampleTable;
  /** Rows in use, the constant token included: the next item gets this row. */
  readonly rows: number;
  readonly eligibleCount: number;
  /** Gives out the next item row, initialised; CapacityError when the tables are full. */
  allot(): number;
  isEligible(row: number): boolean;
  /** Counts an event on an item; the third distinct shopper makes it eligible. */
  touch(row: number, touch: Touch): void;
  /** Eligible from now on because the shop has described it. */
  markCatalogued(row: number): void;
  /** Adds “item, then follower” to the counts. Returns what was added, in stored units (`Example.own`). */
  addFollow(item: number, follower: number, at: { readonly ms: number; readonly weight: number }): number;
  /** ModelSink: puts published rows in place (start, restore); they count as published. */
  write(table: TableName, ids: Uint32Array, values: Uint32Array): void;
  /** Reads rows as they are now, for a snapshot or a check. */
  read(table: TableName, ids: Uint32Array): TableRows;
  /** Significant item rows, marked published. */
  takeItems(options: { readonly epsilon: number; readonly biasEpsilon: number; readonly everything?: boolean }): TableRows;
  /** Rows (cells) of `stat` or `follow` that changed since last taken; the dense row. */
  takeChanged(table: 'stat' | 'follow' | 'dense'): TableRows;
}
