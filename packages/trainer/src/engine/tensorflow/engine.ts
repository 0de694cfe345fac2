/**
 * The gradient engine with TensorFlow's products, on the calling thread or on threads (pool.ts has their guarantees).
 *
 * 1. The addon is loaded in the calling thread before any other: Node unloads an addon with the last thread that has it, and this
 *    one can't be loaded a second time.
 * 2. TensorFlow computes each product with one thread, ours. On a GPU there is one thread, however many are asked for: they
 *    would wait for the same device.
 */
import { UsageError } from '@freshet/shared/errors';
import type { WasmModule } from '@freshet/shared/wasm';
import type { ParameterStore } from '../../parameters/parameters.js';
import { openBatches } from '../batches.js';
import type { Kernel } from '../kernel.js';
import { createPoolEngine } from '../pool.js';
import type { GradientEngine } from '../port.js';
import { isInstalled, loadTensorflow } from './addon.js';
import { openLane } from './lane.js';

const WORKER = new URL('./tensorflow-worker.js', import.meta.url);
const LANES = [0] as const;

export interface TensorflowParts {
  readonly module: WasmModule;
  /** The calling thread's instance. */
  readonly kernel: Kernel;
  readonly parameters: Pick<ParameterStore, 'layout' | 'memory'>;
}

/** `threads` beside the calling one; the layout must have been planned for as many. */
export async function createTensorflowEngine({ module, kernel, parameters }: TensorflowParts, { threads }: { readonly threads: number }): Promise<GradientEngine> {
  if (!isInstalled()) throw new UsageError('tensorflow_missing', 'the engine tensorflow isn’t installed: run `freshet setup-tensorflow`, or choose another with --engine');
  const tf = loadTensorflow();
  if (threads > 0) return createPoolEngine(module, parameters, { threads: tf.backend().isUsingGpuDevice ? 1 : threads, worker: WORKER });
  const { layout, memory } = parameters;
  const batches = openBatches(layout, memory.buffer);
  const lane = openLane({ tf, kernel, layout, buffer: memory.buffer }, LANES[0]);
  return {
    async run(round) {
      batches.begin(round, LANES);
      lane.train();
      return batches.end(round, LANES);
    },
    close: () => Promise.resolve(),
  };
}
