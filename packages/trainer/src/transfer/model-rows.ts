/**
 * A whole model as plain rows in memory: what an export writes and an import reads. Rows of a table stand in rising order, each
 * once; about 1.4 KB an item at dimension 64.
 */
import type { TableRows } from '@freshet/shared/codec/delta';
import { strideOf, type TableName, TABLES } from '@freshet/shared/domain/tables';
import type { ModelShape, ModelSink } from '@freshet/shared/ports/model-sink';

export interface ModelRows {
  readonly dim: number;
  readonly configHash: number;
  /** By item row; a hole where a row has no name. */
  readonly names: readonly (string | undefined)[];
  /** The same by word row. */
  readonly words: readonly (string | undefined)[];
  readonly tables: readonly TableRows[];
}

export interface RowCollector {
  readonly sink: ModelSink;
  /** What has been written; undefined before anything was. */
  rows(): ModelRows | undefined;
}

const FIRST_ROWS = 1_024;

export function createRowCollector(): RowCollector {
  const names: (string | undefined)[] = [];
  const words: (string | undefined)[] = [];
  const tables = new Map<TableName, Collected>();
  let shape: ModelShape | undefined;
  return {
    sink: {
      accept: (model) => {
        shape ??= model;
      },
      name: (row, name, table) => {
        (table === 'word' ? words : names)[row] = name;
      },
      write(table, ids, values) {
        const stride = strideOf(table, shape?.dim ?? 0);
        const collected = tables.get(table) ?? createCollected(stride);
        tables.set(table, collected);
        ids.forEach((id, i) => collected.set(id, values.subarray(i * stride, (i + 1) * stride)));
      },
    },
    rows() {
      if (shape === undefined) return undefined;
      return { ...shape, names, words, tables: TABLES.flatMap((table) => tables.get(table)?.inOrder(table) ?? []) };
    },
  };
}

interface Collected {
  set(id: number, row: Uint32Array): void;
  inOrder(table: TableName): TableRows;
}

function createCollected(stride: number): Collected {
  const placeOf = new Map<number, number>();
  let values = new Uint32Array(FIRST_ROWS * stride);
  return {
    set(id, row) {
      let place = placeOf.get(id);
      if (place === undefined) {
        placeOf.set(id, (place = placeOf.size));
        if (placeOf.size * stride > values.length) values = grown(values);
      }
      values.set(row, place * stride);
    },
    inOrder(table) {
      const ids = Uint32Array.from(placeOf.keys()).sort();
      const sorted = new Uint32Array(ids.length * stride);
      ids.forEach((id, i) => {
        const at = (placeOf.get(id) ?? 0) * stride;
        sorted.set(values.subarray(at, at + stride), i * stride);
      });
      return { table, ids, values: sorted };
    },
  };
}

function grown(words: Uint32Array): Uint32Array<ArrayBuffer> {
  const more = new Uint32Array(2 * words.length);
  more.set(words);
  return more;
}
