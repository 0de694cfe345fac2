/**
 * A lane that is trained with TensorFlow's products: the kernel's phases (engine/kernel.ts), the three products between them.
 *
 * 1. Of an example that the kernel refuses after the second product nothing reaches the third: its row is taken again, as 0.
 */
import type { Layout } from '../../parameters/layout.js';
import { openBatches } from '../batches.js';
import type { Kernel } from '../kernel.js';
import type { Tensorflow } from './addon.js';
import { openProducts } from './products.js';

export interface TensorflowLane {
  /** Takes waiting micro-batches of the round, one after the other, until there is none. */
  train(): void;
}

export interface LaneParts {
  readonly tf: Tensorflow;
  readonly kernel: Kernel;
  readonly layout: Layout;
  readonly buffer: ArrayBufferLike;
}

export function openLane({ tf, kernel, layout, buffer }: LaneParts, lane: number): TensorflowLane {
  const batches = openBatches(layout, buffer);
  const products = openProducts(tf, layout, { buffer, lane });
  const trainOne = (index: number): void => {
    const places = kernel.prepare(index, lane);
    if (places < 0) return;
    try {
      products.cosines(Math.ceil(batches.size(index) / 4) * 4, places);
      kernel.weigh(index, lane);
      products.gradients();
      kernel.move(index, lane);
      products.sampleGradients(batches.isAnyRefused(index));
    } finally {
      products.end();
    }
    kernel.stepSample(index, lane);
  };
  return {
    train() {
      for (let index = kernel.next(); index >= 0; index = kernel.next()) trainOne(index);
    },
  };
}
