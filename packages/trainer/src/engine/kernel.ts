/** The WASM kernel on a learner's memory: its exported functions, and the examiner built from them. */
import { compileFastest, compileModule, instantiate, type WasmMemory, type WasmModule } from '@freshet/shared/wasm';
import type { Layout } from '../parameters/layout.js';
import type { Examiner } from './port.js';

/** What kernel/index.ts exports. Numbers are u32 unless said otherwise. */
export interface Kernel {
  /** Claims a waiting micro-batch of the round; its index, or -1 when there is none. */
  next(): number;
  /** Trains a claimed micro-batch with the scratch of `lane`. */
  train(index: number, lane: number): void;
  /**
   * The same in phases, for an engine that computes the products itself (parameters/lane.ts names the matrices):
   * prepare → users, sampleUnit → [weights = cosines] → weigh → [gradients] → move → [sampleGradients] → stepSample.
   * `prepare` returns how many columns the products have, a multiple of four (their rows: the examples, rounded up to a
   * multiple of four), or -1 when the whole micro-batch was refused and is finished. `move` may zero rows of users and weights.
   */
  prepare(index: number, lane: number): number;
  weigh(index: number, lane: number): void;
  move(index: number, lane: number): void;
  stepSample(index: number, lane: number): void;
  /** The products as the kernel computes them. */
  cosines(index: number, lane: number): void;
  userGradients(index: number, lane: number): void;
  sampleGradients(index: number, lane: number): void;
  /** followScale f32. */
  rank(slot: number, eligibleCount: number, followScale: number, excluded: number, limit: number): number;
  /** Leaves the rows in `selection`; returns how many. */
  top(slot: number, eligibleCount: number, followScale: number, excluded: number, count: number): number;
  /** epsilon, biasEpsilon f32; returns how many ids stand in `selection`. */
  significant(from: number, end: number, epsilon: number, biasEpsilon: number, everything: boolean): number;
}

const FILES = { relaxed: new URL('../kernel/trainer-relaxed.wasm', import.meta.url), plain: new URL('../kernel/trainer.wasm', import.meta.url) };

/**
 * `plain` rounds each product and each sum, everywhere the same. The relaxed build rounds a product and its sum once where the
 * processor can: its bytes are the same on processors of one family and with one release only. Default: the fastest there is.
 */
export function compileKernel(build: 'fastest' | 'plain' = 'fastest'): WasmModule {
  return build === 'plain' ? compileModule(FILES.plain) : compileFastest(FILES);
}

export function openKernel(module: WasmModule, memory: WasmMemory): Kernel {
  return instantiate<Kernel>(module, memory);
}

const NO_LIMIT = 0x7fff_ffff;

export function createExaminer(kernel: Kernel, layout: Layout, memory: WasmMemory): Examiner {
  const selection = new Uint32Array(memory.buffer, layout.selection, layout.rows + layout.wordRows);
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
    significant: ({ from = 0, end, epsilon, biasEpsilon, everything = false }) =>
      selection.slice(0, kernel.significant(from, end, epsilon, biasEpsilon, everything) >>> 0),
  };
}
