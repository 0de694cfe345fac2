import { DENSE_ROW, packDense, unpackDense } from '@freshet/shared/domain/dense';
import { DENSE, initialDense } from '@freshet/shared/domain/model-config';
import { describe, expect, it } from 'vitest';

describe('the dense weights as rows', () => {
  const dense = Float32Array.from({ length: DENSE.floats }, (_, i) => i / 7);

  it('come back as they went, weights and accumulators', () => {
    const { ids, values } = packDense(dense);
    const back = new Float32Array(DENSE.floats);
    unpackDense(back, ids, values);
    expect(back).toEqual(dense);
  });

  it('of an older release, which had only the first row, leave the others as they are at first', () => {
    const { values } = packDense(dense);
    const model = initialDense();
    unpackDense(model, Uint32Array.of(0), values.slice(0, DENSE_ROW.words));
    expect(model.slice(0, DENSE_ROW.weights)).toEqual(dense.slice(0, DENSE_ROW.weights));
    expect(model.slice(DENSE.weights, DENSE.weights + DENSE_ROW.weights)).toEqual(dense.slice(DENSE.weights, DENSE.weights + DENSE_ROW.weights));
    expect(model.slice(DENSE_ROW.weights, DENSE.weights)).toEqual(initialDense().slice(DENSE_ROW.weights, DENSE.weights));
  });

  it('of a newer release are left out where there is no place for them', () => {
    const model = initialDense();
    unpackDense(model, Uint32Array.of(9), new Uint32Array(DENSE_ROW.words).fill(1));
    expect(model).toEqual(initialDense());
  });
});
