/**
 * One training thread: an instance of the kernel on the learner's memory, made at its first task.
 * Everything it reads and writes lies in that memory; a task only names a range of micro-batches and a lane of scratch.
 */
import { workerData } from 'piscina';
import type { WasmMemory, WasmModule } from '@freshet/shared/wasm';
import { type Kernel, openKernel } from './kernel.js';

export interface WorkerData {
  readonly module: WasmModule;
  readonly memory: WasmMemory<SharedArrayBuffer>;
}

/** Micro-batches [from, to); those that were begun before are left alone. */
export interface LaneTask {
  readonly lane: number;
  readonly from: number;
  readonly to: number;
  readonly eligibleCount: number;
  readonly followScale: number;
}

let kernel: Kernel | undefined;

export function trainLane({ lane, from, to, eligibleCount, followScale }: LaneTask): void {
  kernel ??= openOwn();
  for (let index = from; index < to; index++) kernel.train(index, lane, eligibleCount, followScale);
}

function openOwn(): Kernel {
  const { module, memory } = workerData as WorkerData;
  return openKernel(module, memory);
}
