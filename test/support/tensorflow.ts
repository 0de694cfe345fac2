/** Whether tests on native TensorFlow can run here. Where they can't they are skipped, and say so. */
import { spawnSync } from 'node:child_process';
import { isInstalled } from '@freshet/trainer/engine/tensorflow/addon';

/** The addon is in this checkout's installation (`freshet setup-tensorflow`). */
export function tensorflowInstalled(): boolean {
  const found = isInstalled();
  if (!found) console.warn('SKIPPED: native TensorFlow is not installed (freshet setup-tensorflow): tests on the real addon do not run');
  return found;
}

/** It could be installed: a compiler, Python with pip and an index that has the wheel. */
export function tensorflowCanBeSetUp(): boolean {
  const lacks = [
    ['Linux on x64', process.platform === 'linux' && process.arch === 'x64'],
    ['g++', runs('g++', '--version')],
    ['pip and an index that has tensorflow-cpu', runs('python3', '-m', 'pip', '--disable-pip-version-check', 'index', 'versions', 'tensorflow-cpu')],
  ].flatMap(([name, there]) => (there === true ? [] : [String(name)]));
  if (lacks.length > 0) console.warn(`SKIPPED: setting native TensorFlow up needs ${lacks.join(', ')}`);
  return lacks.length === 0;
}

function runs(file: string, ...args: readonly string[]): boolean {
  return spawnSync(file, args, { stdio: 'ignore' }).status === 0;
}
