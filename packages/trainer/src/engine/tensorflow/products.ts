/**
 * The three products of a micro-batch with its sample, by TensorFlow, on a lane's matrices (parameters/lane.ts):
 *   weights = Ĥ Ŝᵀ        gradients = W Ŝ        sampleGradients = Wᵀ Ĥ
 * TensorFlow reads no shared memory: matrices are copied in and results are copied back.
 *
 * 1. Matrices go with the gaps between their rows, in one copy each. The gaps of users and sample hold 0, and the sample ends with
 *    rows of 0 for the gap of the weights, so gaps add nothing; rows whose length isn't a power of two cost half as much, too.
 * 2. Every tensor is disposed when `end` returns: `tf.memory().numTensors` is what it was.
 */
import type { Layout } from '../../parameters/layout.js';
import type { Tensor, Tensorflow } from './addon.js';

const WORD = 4;

export interface Products {
  /** In: users (of `rows` examples), sampleUnit (of `places`). Out: weights, as cosines. */
  cosines(rows: number, places: number): void;
  /** In: weights. Out: gradients. */
  gradients(): void;
  /** Out: sampleGradients. `changed`: users and weights are others than those that were taken. */
  sampleGradients(changed: boolean): void;
  /** Nothing more is computed of this micro-batch. */
  end(): void;
}

export function openProducts(tf: Tensorflow, layout: Layout, { buffer, lane }: { readonly buffer: ArrayBufferLike; readonly lane: number }): Products {
  const { batch, negatives } = layout.model;
  const region = layout.lane;
  const [stride, columns] = [region.stride / WORD, region.columns / WORD];
  const view = (at: number, length: number): Float32Array => new Float32Array(buffer, layout.scratch + lane * region.bytes + at, length);
  const users = { shared: view(region.users, batch * stride), copy: new Float32Array(batch * stride) };
  const weights = { shared: view(region.weights, batch * columns), copy: new Float32Array(batch * columns) };
  const sample = { shared: view(region.sampleUnit, negatives * stride), copy: new Float32Array(columns * stride) };
  const results = { gradients: view(region.gradients, batch * stride), sampleGradients: view(region.sampleGradients, negatives * stride) };
  const taken = new Set<Tensor>();
  let rows = 0;
  let userTensor: Tensor;
  let sampleTensor: Tensor;
  let weightTensor: Tensor;

  const take = ({ shared, copy }: typeof users, width: number): Tensor => {
    copy.set(shared.subarray(0, rows * width));
    return hold(tf.tensor2d(copy.subarray(0, rows * width), [rows, width]));
  };
  const hold = (tensor: Tensor): Tensor => {
    taken.add(tensor);
    return tensor;
  };
  const give = (product: Tensor, to: Float32Array): void => {
    to.set(product.dataSync().subarray(0, to.length));
    product.dispose();
  };

  return {
    cosines(examples, places) {
      rows = examples;
      userTensor = take(users, stride);
      sample.copy.set(sample.shared.subarray(0, places * stride));
      sample.copy.fill(0, places * stride);
      sampleTensor = hold(tf.tensor2d(sample.copy, [columns, stride]));
      give(tf.matMul(userTensor, sampleTensor, false, true), weights.shared);
    },
    gradients() {
      weightTensor = take(weights, columns);
      give(tf.matMul(weightTensor, sampleTensor), results.gradients);
    },
    sampleGradients(changed) {
      if (changed) [userTensor, weightTensor] = [take(users, stride), take(weights, columns)];
      give(tf.matMul(weightTensor, userTensor, true), results.sampleGradients);
    },
    end() {
      for (const tensor of taken) tensor.dispose();
      taken.clear();
    },
  };
}
