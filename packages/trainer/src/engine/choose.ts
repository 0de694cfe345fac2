/**
 * What `--engine auto` stands for on this machine.
 *
 * 1. TensorFlow is tried only where it is installed and K ≥ `WORTH_TRYING`: below, copying costs more than the products (docs/BENCHMARKS.md).
 * 2. Both are measured with the model's own D, K and B and the threads asked for, in a process of its own: a library that
 *    crashes or hangs costs a line in the log, and the kernel learns.
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { ModelConfig } from '@freshet/shared/domain/model-config';
import { toError } from '@freshet/shared/errors';
import { isInstalled } from './tensorflow/addon.js';

const WORTH_TRYING = 512;
const LIMIT_MS = 60_000;
const MEASURE = fileURLToPath(new URL('./measure-main.js', import.meta.url));

export type Sizes = Pick<ModelConfig, 'dim' | 'negatives' | 'batch'>;

export interface Decision {
  readonly engine: 'wasm' | 'tensorflow';
  /** For the log. */
  readonly why: string;
}

/** Examples a second. */
export interface Measured {
  readonly wasm: number;
  readonly tensorflow: number;
}

export async function chooseEngine(sizes: Sizes, threads: number): Promise<Decision> {
  if (!isInstalled()) return { engine: 'wasm', why: 'native TensorFlow isn’t installed (freshet setup-tensorflow)' };
  if (sizes.negatives < WORTH_TRYING) return { engine: 'wasm', why: `below ${WORTH_TRYING} negatives TensorFlow isn’t tried` };
  const { dim, negatives, batch } = sizes;
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [MEASURE, JSON.stringify({ dim, negatives, batch, threads })], { timeout: LIMIT_MS });
    return decide(JSON.parse(stdout) as Measured);
  } catch (thrown) {
    return { engine: 'wasm', why: `TensorFlow couldn’t be measured: ${toError(thrown).message}` };
  }
}

export function decide({ wasm, tensorflow }: Measured): Decision {
  const figures = `measured ${wasm} examples/s with wasm, ${tensorflow} with tensorflow`;
  return { engine: tensorflow > wasm ? 'tensorflow' : 'wasm', why: figures };
}
