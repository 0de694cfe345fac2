/** The one row of dense weights (and their accumulators), which the engine steps and the learner publishes. */
import type { TableRows } from '@freshet/shared/codec/delta';
import { DENSE, initialDense } from '@freshet/shared/domain/model-config';
import type { Layout } from './layout.js';

export interface DenseRow {
  write(values: Uint32Array): void;
  read(): TableRows;
  /** The row if any of it has changed since last taken. */
  takeChanged(): TableRows;
  /** As before anything was learned. */
  clear(): void;
}

export function openDenseRow(layout: Layout, buffer: ArrayBufferLike): DenseRow {
  const dense = new Float32Array(buffer, layout.dense, DENSE.floats);
  let taken = new Float32Array(DENSE.floats);
  const read = (): TableRows => ({ table: 'dense', ids: Uint32Array.of(0), values: new Uint32Array(dense.slice().buffer) });
  return {
    write(values) {
      dense.set(new Float32Array(values.buffer, values.byteOffset, DENSE.floats));
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
