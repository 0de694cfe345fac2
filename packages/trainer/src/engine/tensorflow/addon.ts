/**
 * Where TensorFlow's native addon lies and how it is loaded; the only place that names the vendor.
 *
 * The package `@tensorflow/tfjs-node-gpu` is an optional dependency whose install script isn't run; `freshet setup-tensorflow`
 * puts the libraries and the addon into its folder.
 * 1. Functions of `node:util` that the package calls and Node ≥ 23 no longer has are put back before it is loaded, here only.
 * 2. The thread counts are set before the libraries read them: one thread an operation, so that training threads don't
 *    contend for one pool. A value that the user has set stays.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import util from 'node:util';
import { FreshetError } from '@freshet/shared/errors';

const PACKAGE = '@tensorflow/tfjs-node-gpu';
/** Node-API 8, the highest the package knows and every Node that Freshet runs on has. */
const ADDON = path.join('lib', 'napi-v8', 'tfjs_binding.node');

const require = createRequire(import.meta.url);

/** A tensor belongs to the thread that made it, and stays until it is disposed. */
export interface Tensor {
  dispose(): void;
  /** A copy. */
  dataSync(): Float32Array;
}

/** What is used of TensorFlow. Arrays on shared memory must be copied before they are handed in. */
export interface Tensorflow {
  tensor2d(values: Float32Array, shape: readonly [rows: number, columns: number]): Tensor;
  matMul(a: Tensor, b: Tensor, transposeA?: boolean, transposeB?: boolean): Tensor;
  memory(): { readonly numTensors: number };
  getBackend(): string;
  backend(): { readonly binding: { readonly TF_Version: string }; readonly isUsingGpuDevice: boolean };
}

export interface TensorflowPackage {
  readonly folder: string;
  /** The file that is loaded; it exists when the addon has been set up. */
  readonly addon: string;
}

/** Undefined where npm has left the optional package out. */
export function findPackage(): TensorflowPackage | undefined {
  try {
    const folder = path.dirname(require.resolve(`${PACKAGE}/package.json`));
    return { folder, addon: path.join(folder, ADDON) };
  } catch {
    return undefined;
  }
}

export function isInstalled(): boolean {
  const found = findPackage();
  return found !== undefined && existsSync(found.addon);
}

/** Loads it into the calling thread. Throws a `FreshetError` that says what to do when that fails. */
export function loadTensorflow(): Tensorflow {
  if (!isInstalled()) throw new FreshetError('tensorflow_missing', 'native TensorFlow isn’t installed: run `freshet setup-tensorflow` first');
  restoreUtil();
  limitThreads();
  try {
    return require(PACKAGE) as Tensorflow;
  } catch (cause) {
    throw new FreshetError('tensorflow_broken', 'native TensorFlow is there but can’t be loaded: run `freshet setup-tensorflow --undo`, then `freshet setup-tensorflow`', { cause });
  }
}

function restoreUtil(): void {
  const old = util as unknown as Record<string, unknown>;
  old['isNullOrUndefined'] ??= (value: unknown) => value === undefined || value === null;
  old['isArray'] ??= Array.isArray;
}

function limitThreads(): void {
  // oxlint-disable-next-line no-restricted-properties -- TensorFlow takes these settings from the process's environment only.
  const environment = process.env;
  environment['TF_NUM_INTRAOP_THREADS'] ??= '1';
  environment['TF_NUM_INTEROP_THREADS'] ??= '1';
  environment['TF_CPP_MIN_LOG_LEVEL'] ??= '2';
  environment['TF_FORCE_GPU_ALLOW_GROWTH'] ??= 'true';
}
