/**
 * The part of WebAssembly that Freshet uses, typed: Node has it, but TypeScript declares it only for browsers.
 *
 * 1. `instantiate` is synchronous and gives the module nothing but its memory, so a kernel can't reach anything else.
 */
import { readFileSync } from 'node:fs';

export interface WasmMemory<B extends ArrayBufferLike = ArrayBufferLike> {
  readonly buffer: B;
}

export interface WasmModule {
  readonly [Symbol.toStringTag]: 'WebAssembly.Module';
}

interface WasmHost {
  readonly Memory: new (limits: { initial: number; maximum?: number; shared?: boolean }) => WasmMemory;
  readonly Module: new (bytes: Uint8Array) => WasmModule;
  readonly Instance: new (module: WasmModule, imports: { env: { memory: WasmMemory } }) => { readonly exports: unknown };
}

const PAGE_BYTES = 65_536;

/** Zeroed memory that threads may share; it never grows. The operating system touches a page when it is first written. */
export function createSharedMemory(bytes: number): WasmMemory<SharedArrayBuffer> {
  const pages = Math.ceil(bytes / PAGE_BYTES);
  return new (host().Memory)({ initial: pages, maximum: pages, shared: true }) as WasmMemory<SharedArrayBuffer>;
}

/** Reads and compiles a kernel, e.g. `compileModule(new URL('../kernel/trainer.wasm', import.meta.url))`. */
export function compileModule(file: URL): WasmModule {
  return new (host().Module)(readFileSync(file));
}

/** The exported functions. `E` is trusted: it must describe what the kernel exports. */
export function instantiate<E>(module: WasmModule, memory: WasmMemory): E {
  return new (host().Instance)(module, { env: { memory } }).exports as E;
}

function host(): WasmHost {
  return (globalThis as unknown as { WebAssembly: WasmHost }).WebAssembly;
}
