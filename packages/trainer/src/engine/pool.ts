/**
 * The WASM kernel on piscina threads: a round's micro-batches are cut into one contiguous range a thread, all ranges run at
 * once on the one memory, and the round ends when all have (the barrier).
 *
 * 1. Threads race on item rows and biases only (Hogwild). Each has its own scratch and its own dense weights, which are
 *    summed after the barrier.
 * 2. A range whose thread died (or ran longer than `taskTimeoutMs`) is given to another thread once, after the barrier and on
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

export interface PoolOptions {
  readonly threads: number;
  readonly taskTimeoutMs?: number;
}

export async function createPoolEngine(module: WasmModule, parameters: Pick<ParameterStore, 'layout' | 'memory'>, options: PoolOptions): Promise<GradientEngine> {
  const { threads, taskTimeoutMs = TASK_TIMEOUT_MS } = options;
  const batches = openBatches(parameters.layout, parameters.memory.buffer);
  const lanes = Array.from({ length: threads }, (_, thread) => SPARE_LANE + 1 + thread);
  const pool = openPool({ module, memory: parameters.memory }, threads);
  const train = (task: LaneTask): Promise<void> => pool.run(task, { signal: AbortSignal.timeout(taskTimeoutMs) });

  const run = async (round: Round) => {
    const everyLane = [SPARE_LANE, ...lanes];
    batches.begin(round, everyLane);
    const tasks = split(round, lanes);
    const settled = await Promise.allSettled(tasks.map(train));
    for (const [i, task] of tasks.entries()) {
      if (settled[i]?.status === 'rejected') await train({ ...task, lane: SPARE_LANE }).catch(giveUp);
    }
    return batches.end(round, everyLane);
  };

  await Promise.all(lanes.map((lane) => train({ lane, from: 0, to: 0, eligibleCount: 0, followScale: 0 })));
  return { run, close: () => pool.close({ force: true }) };
}

/** A task and its answer take 20–40 µs with any setting of `atomics` (measured); `disabled` leaves the thread's event loop running. */
function openPool(workerData: WorkerData, threads: number): Piscina<LaneTask, void> {
  return new Piscina<LaneTask, void>({
    filename: new URL('./worker.js', import.meta.url).href,
    name: 'trainLane',
    minThreads: threads,
    maxThreads: threads,
    maxQueue: 2 * threads,
    atomics: 'disabled',
    workerData,
  });
}

/** Contiguous ranges, as even as can be; a lane without a micro-batch gets no task. */
function split(round: Round, lanes: readonly number[]): LaneTask[] {
  const { length } = round.batches;
  const { eligibleCount, followScale } = round;
  const edge = (i: number): number => Math.floor((i * length) / lanes.length);
  return lanes
    .map((lane, i) => ({ lane, from: edge(i), to: edge(i + 1), eligibleCount, followScale }))
    .filter(({ from, to }) => from < to);
}

function giveUp(thrown: unknown): never {
  throw new FreshetError('engine_failed', 'two training threads died in the same round', { retryable: true, cause: toError(thrown) });
}
