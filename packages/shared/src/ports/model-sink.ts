/**
 * Whatever holds the model's rows (the trainer's shared memory, a serving process's table set) takes them through
 * this door. A row is written whole; `values` has the table's stride (see domain/tables).
 */
import type { TableName } from '../domain/tables.js';

/** What a delta's header says of the model it belongs to. */
export interface ModelShape {
  readonly dim: number;
  /** domain/model-config `configHash`. */
  readonly configHash: number;
}

export interface ModelSink {
  /** Throws when rows of such a model can't be taken. Called with a delta's header before anything of it is written. */
  accept?(model: ModelShape): void;
  /** Names a row of `item`, or of `word`. The same (row, name) may come again. */
  name(row: number, name: string, table?: 'word'): void;
  write(table: TableName, ids: Uint32Array, values: Uint32Array): void;
}
