/**
 * The part of WebAssembly that Freshet uses, typed: Node has it, but TypeScript declares it only for browsers.
 *
 * 1. `instantiate` is synchronous and gives the module nothing but its memory, so a kernel can't reach anything else.
 */
import { readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';

export interface WasmMemory<B extends ArrayBufferLike = ArrayBufferLike> {
  readonly buffer: B;
}

export interface WasmModule {
  readonly [Symbol.toStringTag]: 'WebAssembly.Module';
}

interface WasmHost {
  readonly validate: (bytes: Uint8Array) => boolean;
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

/** Reads and compiles a kernel, e.g. `compileModule(new URL('../kernel/serving.wasm', import.meta.url))`. */
export function compileModule(file: URL): WasmModule {
  return new (host().Module)(readFileSync(file));
}

/**
 * The build with relaxed SIMD where the runtime has it, else the plain one. Node 20 has it behind a flag of V8's that may be set at any
 * time before a module is compiled and changes nothing for modules without such instructions; newer ones have it by default.
 */
export function compileFastest(files: { readonly relaxed: URL; readonly plain: URL }): WasmModule {
  const relaxed = readFileSync(files.relaxed);
  if (!host().validate(relaxed) && NODE_20.test(process.version)) setFlagsFromString('--experimental-wasm-relaxed-simd');
  return host().validate(relaxed) ? new (host().Module)(relaxed) : compileModule(files.plain);
}

const NODE_20 = /^v20\./;

/** The exported functions. `E` is trusted: it must describe what the kernel exports. */
export function instantiate<E>(module: WasmModule, memory: WasmMemory): E {
  return new (host().Instance)(module, { env: { memory } }).exports as E;
}

function host(): WasmHost {
  return (globalThis as unknown as { WebAssembly: WasmHost }).WebAssembly;
}
