/** The gradient engine that was asked for: on threads when there are any, else on the calling thread. */
import { unreachable } from '@freshet/shared/errors';
import type { WasmModule } from '@freshet/shared/wasm';
import type { ParameterStore } from '../parameters/parameters.js';
import type { Kernel } from './kernel.js';
import type { EngineName } from './names.js';
import { createPoolEngine } from './pool.js';
import type { GradientEngine } from './port.js';
import { createReferenceEngine } from './reference-engine.js';
import { createTensorflowEngine } from './tensorflow/engine.js';
import { createWasmEngine } from './wasm-engine.js';

export interface EngineParts {
  readonly module: WasmModule;
  /** The calling thread's instance. */
  readonly kernel: Kernel;
  readonly parameters: ParameterStore;
}

export interface EngineChoice {
  readonly engine: Exclude<EngineName, 'auto'>;
  /** Threads beside the calling one; the layout must have been planned for as many. */
  readonly threads: number;
}

export async function createEngine({ module, kernel, parameters }: EngineParts, { engine, threads }: EngineChoice): Promise<GradientEngine> {
  switch (engine) {
    case 'reference':
      return createReferenceEngine(parameters);
    case 'tensorflow':
      return createTensorflowEngine({ module, kernel, parameters }, { threads });
    case 'wasm':
      return threads === 0 ? createWasmEngine(kernel, parameters) : createPoolEngine(module, parameters, { threads });
    default:
      return unreachable(engine);
  }
}
