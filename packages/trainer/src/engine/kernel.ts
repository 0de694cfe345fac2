/** The WASM kernel on a learner's memory: its exported functions, and the examiner built from them. */
import { compileModule, instantiate, type WasmMemory, type WasmModule } from '@freshet/shared/wasm';
import type { Layout } from '../parameters/layout.js';
import type { Examiner } from './port.js';

/** What kernel/index.ts exports. Numbers are u32 unless said otherwise. */
export interface Kernel {
  /** Trains micro-batch `index` with the scratch of `lane`; followScale f32. */
  train(index: number, lane: number, eligibleCount: number, followScale: number): void;
  rank(slot: number, eligibleCount: number, followScale: number, excluded: number, limit: number): number;
  /** Leaves the rows in `selection`; returns how many. */
  top(slot: number, eligibleCount: number, followScale: number, excluded: number, count: number): number;
  /** epsilon, biasEpsilon f32; returns how many ids stand in `selection`. */
  significant(rows: number, epsilon: number, biasEpsilon: number, everything: boolean): number;
}

export function compileKernel(): WasmModule {
  return compileModule(new URL('../kernel/trainer.wasm', import.meta.url));
}

export function openKernel(module: WasmModule, memory: WasmMemory): Kernel {
  return instantiate<Kernel>(module, memory);
}

const NO_LIMIT = 0x7fff_ffff;

export function createExaminer(kernel: Kernel, layout: Layout, memory: WasmMemory): Examiner {
  const selection = new Uint32Array(memory.buffer, layout.selection, layout.rows);
  /** Writes the rows to leave out, each once, to `selection`; returns how many. */
  const leaveOut = (exclude: readonly number[]): number => {
    let count = 0;
    for (const row of new Set(exclude)) selection[count++] = row;
    return count;
  };
  return {
    rank: ({ example, eligibleCount, followScale, exclude = [], limit = NO_LIMIT }) =>
      kernel.rank(example, eligibleCount, followScale, leaveOut(exclude), limit) >>> 0,
    top: ({ example, eligibleCount, followScale, exclude = [] }, count) =>
      selection.slice(0, kernel.top(example, eligibleCount, followScale, leaveOut(exclude), count)),
    significant: ({ rows, epsilon, biasEpsilon, everything = false }) =>
      selection.slice(0, kernel.significant(rows, epsilon, biasEpsilon, everything) >>> 0),
  };
}
