/** The dense weights (and their accumulators), which the engine steps and the learner publishes. */
import type { TableRows } from '@freshet/shared/codec/delta';
import { packDense, unpackDense } from '@freshet/shared/domain/dense';
import { DENSE, initialDense } from '@freshet/shared/domain/model-config';
import type { Layout } from './layout.js';

export interface DenseRow {
  write(ids: Uint32Array, values: Uint32Array): void;
  read(): TableRows;
  /** The rows if any of them has changed since last taken. */
  takeChanged(): TableRows;
  /** As before anything was learned. */
  clear(): void;
}

export function openDenseRow(layout: Layout, buffer: ArrayBufferLike): DenseRow {
  const dense = new Float32Array(buffer, layout.dense, DENSE.floats);
  let taken = new Float32Array(DENSE.floats);
  const read = (): TableRows => ({ table: 'dense', ...packDense(dense) });
  return {
    write(ids, values) {
      unpackDense(dense, ids, values);
      taken = dense.slice();
    },
    read,
    takeChanged() {
      if (dense.every((value, i) => value === taken[i])) return { table: 'dense', ids: new Uint32Array(), values: new Uint32Array() };
      taken = dense.slice();
      return read();
    },
    clear() {
      dense.set(initialDense());
      taken = new Float32Array(DENSE.floats);
    },
  };
}
