/**
 * The scan kernel (kernel/index.ts) bound to one memory. Compiled once per process, instantiated per table set.
 */
import { readFile } from 'node:fs/promises';
import { CorruptionError } from '@freshet/shared/errors';

/** The part of WebAssembly's JavaScript API that is used here; TypeScript declares it only together with the DOM. */
export interface WasmMemory {
  readonly buffer: ArrayBuffer;
}
declare const WebAssembly: {
  readonly Memory: new (size: { readonly initial: number; readonly maximum: number }) => WasmMemory;
  readonly Instance: new (module: object, imports: object) => { readonly exports: Readonly<Record<string, unknown>> };
  compile(bytes: Uint8Array): Promise<object>;
};

/** Byte offsets into the kernel's memory; counts in rows. What ranks returns how many results it left. */
export interface Kernel {
  scan(query: number, rows: number, scale: number, bias: number, count: number, dim: number, k: number, ids: number, scores: number, capacity: number): number;
  rescore(query: number, rows: number, scale: number, bias: number, dim: number, k: number, ids: number, scores: number, listed: number): number;
  countAhead(query: number, rows: number, scale: number, bias: number, count: number, dim: number, score: number, row: number): number;
  countAheadCoded(
    query: number, rows: number, scale: number, bias: number, count: number, dim: number, score: number, row: number,
    queryCode: number, step: number, codes: number, codeScale: number, margin: number,
  ): number;
  encode(row: number, dim: number, code: number, out: number): void;
  encodeQuery(query: number, dim: number, code: number, out: number): void;
  scanCodes(query: number, step: number, codes: number, codeScale: number, bias: number, count: number, dim: number, k: number, ids: number, scores: number, capacity: number, threshold: number): number;
  scanLists(
    query: number, step: number, dim: number,
    codes: number, scales: number, biases: number, rows: number,
    column: number, marked: number,
    lists: number, count: number, first: number, next: number,
    k: number, ids: number, scores: number, capacity: number,
  ): number;
  top(values: number, bias: number, count: number, k: number, ids: number, scores: number, capacity: number): number;
}

export interface KernelModule {
  bind(memory: WasmMemory): Kernel;
}

/** Address space of `pages` times 64 KiB; the system gives memory when it is touched. */
export function reserveMemory(pages: number): WasmMemory {
  return new WebAssembly.Memory({ initial: pages, maximum: pages });
}

export async function loadKernel(file: URL = new URL('../kernel/serving.wasm', import.meta.url)): Promise<KernelModule> {
  const compiled = await WebAssembly.compile(await readFile(file));
  return {
    bind(memory) {
      const { exports } = new WebAssembly.Instance(compiled, { env: { memory } });
      if (!isKernel(exports)) throw new CorruptionError('kernel', `${file.pathname} is not serving's kernel`);
      return exports;
    },
  };
}

const FUNCTIONS: readonly (keyof Kernel)[] = ['scan', 'rescore', 'countAhead', 'countAheadCoded', 'encode', 'encodeQuery', 'scanCodes', 'scanLists', 'top'];

function isKernel(exports: Readonly<Record<string, unknown>>): exports is Readonly<Record<string, unknown>> & Kernel {
  return FUNCTIONS.every((name) => typeof exports[name] === 'function');
}
