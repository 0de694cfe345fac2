/** The WASM kernel on the calling thread: no other thread, every round reproducible to the byte. */
import type { ParameterStore } from '../parameters/parameters.js';
import { openBatches } from './batches.js';
import type { Kernel } from './kernel.js';
import type { GradientEngine } from './port.js';

const LANES = [0] as const;

export function createWasmEngine(kernel: Kernel, { layout, memory }: Pick<ParameterStore, 'layout' | 'memory'>): GradientEngine {
  const batches = openBatches(layout, memory.buffer);
  return {
    async run(round) {
      batches.begin(round, LANES);
      for (let index = kernel.next(); index >= 0; index = kernel.next()) kernel.train(index, LANES[0]);
      return batches.end(round, LANES);
    },
    close: () => Promise.resolve(),
  };
}
