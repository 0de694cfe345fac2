/** One training thread with TensorFlow: its own instance of the kernel and its own tensors, on the learner's memory. */
import { workerData } from 'piscina';
import { openKernel } from '../kernel.js';
import type { LaneTask, WorkerData } from '../worker.js';
import { loadTensorflow } from './addon.js';
import { type LaneParts, openLane, type TensorflowLane } from './lane.js';

let parts: LaneParts | undefined;
const lanes = new Map<number, TensorflowLane>();

export function trainLane({ lane }: LaneTask): void {
  parts ??= openParts();
  const it = lanes.get(lane) ?? openLane(parts, lane);
  lanes.set(lane, it);
  it.train();
}

function openParts(): LaneParts {
  const { module, memory, layout } = workerData as WorkerData;
  return { tf: loadTensorflow(), kernel: openKernel(module, memory), layout, buffer: memory.buffer };
}
