/**
 * One training thread: an instance of the kernel on the learner's memory, made at its first task.
 * Everything it reads and writes lies in that memory; a task only names a lane of scratch.
 */
import { workerData } from 'piscina';
import type { WasmMemory, WasmModule } from '@freshet/shared/wasm';
import type { Layout } from '../parameters/layout.js';
import { type Kernel, openKernel } from './kernel.js';

export interface WorkerData {
  readonly module: WasmModule;
  readonly memory: WasmMemory<SharedArrayBuffer>;
  readonly layout: Layout;
}

/** Takes waiting micro-batches of the round, one after the other, until there is none. */
export interface LaneTask {
  readonly lane: number;
}

let kernel: Kernel | undefined;

export function trainLane({ lane }: LaneTask): void {
  kernel ??= openOwn();
  for (let index = kernel.next(); index >= 0; index = kernel.next()) kernel.train(index, lane);
}

function openOwn(): Kernel {
  const { module, memory } = workerData as WorkerData;
  return openKernel(module, memory);
}
