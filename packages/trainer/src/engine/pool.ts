/**
 * An engine on piscina threads (the WASM kernel, alone or with TensorFlow's products): each takes the round's next waiting micro-batch until there is none, all on the one
 * memory; the round ends when all have found none (the barrier).
 *
 * 1. Threads race on item rows and biases only (Hogwild). Each has its own scratch, dense weights and constant token; the
 *    latter two are summed after the barrier.
 * 2. When a thread died (or ran longer than `taskTimeoutMs`), what is still waiting after the barrier is trained by another, on
 *    lane 0, which no thread uses before. Micro-batches that were begun are not begun again: at most one a death is lost, and
 *    reported as abandoned. When the second thread dies too, the round rejects.
 * 3. The pool replaces a thread that died; tables and descriptors live outside the threads and survive them.
 */
import { Piscina } from 'piscina';
import { FreshetError, toError } from '@freshet/shared/errors';
import type { WasmModule } from '@freshet/shared/wasm';
import type { ParameterStore } from '../parameters/parameters.js';
import { openBatches } from './batches.js';
import type { GradientEngine, Round } from './port.js';
import type { LaneTask, WorkerData } from './worker.js';

const SPARE_LANE = 0;
/** A full round takes a thread less than a second; beyond this it hangs. */
const TASK_TIMEOUT_MS = 30_000;
const KERNEL_WORKER = new URL('./worker.js', import.meta.url);

export interface PoolOptions {
  readonly threads: number;
  readonly taskTimeoutMs?: number;
  /** The file that runs on each thread and exports `trainLane`; default worker.js, the kernel alone. */
  readonly worker?: URL;
}

export async function createPoolEngine(module: WasmModule, parameters: Pick<ParameterStore, 'layout' | 'memory'>, options: PoolOptions): Promise<GradientEngine> {
  const { threads, taskTimeoutMs = TASK_TIMEOUT_MS, worker = KERNEL_WORKER } = options;
  const batches = openBatches(parameters.layout, parameters.memory.buffer);
  const lanes = Array.from({ length: threads }, (_, thread) => SPARE_LANE + 1 + thread);
  const pool = openPool({ module, memory: parameters.memory, layout: parameters.layout }, { threads, worker });
  const train = (task: LaneTask): Promise<void> => pool.run(task, { signal: AbortSignal.timeout(taskTimeoutMs) });

  const run = async (round: Round) => {
    const everyLane = [SPARE_LANE, ...lanes];
    batches.begin(round, everyLane);
    const busy = lanes.slice(0, round.batches.length);
    const settled = await Promise.allSettled(busy.map((lane) => train({ lane })));
    if (settled.some(({ status }) => status === 'rejected')) {
      batches.rewind();
      await train({ lane: SPARE_LANE }).catch(giveUp);
    }
    return batches.end(round, everyLane);
  };

  // Each thread makes its instance before the first round; there is no round yet, so it finds nothing to train.
  await Promise.all(lanes.map((lane) => train({ lane })));
  return { run, close: () => pool.close({ force: true }) };
}

/** A task and its answer take 20–40 µs with any setting of `atomics` (measured); `disabled` leaves the thread's event loop running. */
function openPool(workerData: WorkerData, { threads, worker }: { readonly threads: number; readonly worker: URL }): Piscina<LaneTask, void> {
  return new Piscina<LaneTask, void>({
    filename: worker.href,
    name: 'trainLane',
    minThreads: threads,
    maxThreads: threads,
    maxQueue: 2 * threads,
    atomics: 'disabled',
    workerData,
  });
}

function giveUp(thrown: unknown): never {
  throw new FreshetError('engine_failed', 'two training threads died in the same round', { retryable: true, cause: toError(thrown) });
}
