/**
 * Whatever holds the model's rows (the trainer's shared memory, a serving process's table set) takes them through
 * this door. A row is written whole; `values` has the table's stride (see domain/tables).
 */
import type { Delta } from '../codec/delta.js';
import type { TableName } from '../domain/tables.js';

export interface ModelSink {
  /** Throws when rows of this delta can't be taken: other sizes, other hyperparameters. Called before anything is written. */
  accept?(delta: Delta): void;
  /** Names an item row. The same (row, name) may come again. */
  name(row: number, name: string): void;
  write(table: TableName, ids: Uint32Array, values: Uint32Array): void;
}
