import { DENSE_ROW, packDense, unpackDense } from '@freshet/shared/domain/dense';
import { DENSE, followWeight, initialDense } from '@freshet/shared/domain/model-config';
import { describe, expect, it } from 'vitest';

describe('the dense weights as rows', () => {
  const dense = Float32Array.from({ length: DENSE.floats }, (_, i) => i / 7);

  it('come back as they went, weights and accumulators', () => {
    const { ids, values } = packDense(dense);
    const back = new Float32Array(DENSE.floats);
    unpackDense(back, ids, values);
    expect(back).toEqual(dense);
  });

  it('of an older release, which had only the first row, leave the others as they are at first, but for the follow weights it had none of', () => {
    const { values } = packDense(dense);
    const model = initialDense();
    unpackDense(model, Uint32Array.of(0), values.slice(0, DENSE_ROW.words));
    expect(model.slice(0, DENSE_ROW.weights)).toEqual(dense.slice(0, DENSE_ROW.weights));
    expect(model.slice(DENSE.weights, DENSE.weights + DENSE_ROW.weights)).toEqual(dense.slice(DENSE.weights, DENSE.weights + DENSE_ROW.weights));
    expect(model.slice(DENSE_ROW.weights, DENSE.followEarlier)).toEqual(initialDense().slice(DENSE_ROW.weights, DENSE.followEarlier));
    expect(model.slice(DENSE.followEarlier, DENSE.weights)).toEqual(new Float32Array(DENSE.weights - DENSE.followEarlier));
  });

  it('of an older release, which had follow weights of the last item alone, have none of the items before it, where a new model has', () => {
    const old = initialDense().fill(0, DENSE.followEarlier, DENSE.weights);
    const model = initialDense();
    expect([0, 1, 2].map((z) => model[followWeight(z)])).toEqual([0.25, 0.1, 0.04].map(Math.fround));
    const { ids, values } = packDense(old);
    unpackDense(model, ids, values);
    expect([0, 1, 2].map((z) => model[followWeight(z)])).toEqual([0.25, 0, 0]);
  });

  it('of a newer release are left out where there is no place for them', () => {
    const model = initialDense();
    unpackDense(model, Uint32Array.of(9), new Uint32Array(DENSE_ROW.words).fill(1));
    expect(model).toEqual(initialDense());
  });
});
