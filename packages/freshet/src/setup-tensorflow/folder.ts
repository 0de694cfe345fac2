/**
 * The package's folder as the set-up changes it. Ours are `deps/` (libraries, and a stamp that says what they are) and the
 * addon in `lib/napi-v8/`; everything else is npm's and stays as it is.
 *
 * 1. Work in progress lies in `.freshet-setup-PID`, and comes to its place by renames: whoever loads the addon finds the old one,
 *    none, or the new one, never half of one.
 * 2. What an interrupted run has left is removed by the next one; while another one runs, ours ends with an error.
 * 3. Only what has our stamp is removed.
 */
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { FreshetError } from '@freshet/shared/errors';
import type { TensorflowPackage } from '@freshet/trainer/engine/tensorflow/addon';
import { STAMP } from './recipe.js';

const WORKSHOP = '.freshet-setup-';

/** What was put in place; undefined for nothing, or something that isn't ours. */
export function readStamp({ folder }: TensorflowPackage): string | undefined {
  const file = path.join(folder, 'deps', STAMP);
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}

/** An empty folder to work in, on the same file system. */
export async function openWorkshop({ folder }: TensorflowPackage): Promise<string> {
  await sweep(folder);
  const workshop = path.join(folder, `${WORKSHOP}${process.pid}`);
  await mkdir(path.join(workshop, 'deps'), { recursive: true });
  return workshop;
}

/** Moves `deps/` (with its stamp) and `addon.node` of the workshop to their places, and what was there into the workshop. */
export async function putInPlace({ folder, addon }: TensorflowPackage, workshop: string): Promise<void> {
  const deps = path.join(folder, 'deps');
  if (existsSync(deps)) await rename(deps, path.join(workshop, 'old'));
  await rename(path.join(workshop, 'deps'), deps);
  await mkdir(path.dirname(addon), { recursive: true });
  await rename(path.join(workshop, 'addon.node'), addon);
}

/** Removes all that a set-up has put there. False when there was nothing of ours. */
export async function clear(found: TensorflowPackage): Promise<boolean> {
  const { folder, addon } = found;
  const swept = await sweep(folder);
  if (readStamp(found) === undefined) return swept;
  // The stamp goes last: what is interrupted here can be called again.
  await rm(path.dirname(path.dirname(addon)), { recursive: true, force: true });
  const gone = path.join(folder, `${WORKSHOP}${process.pid}`);
  await rename(path.join(folder, 'deps'), gone);
  await rm(gone, { recursive: true, force: true });
  return true;
}

async function sweep(folder: string): Promise<boolean> {
  const left = (await readdir(folder)).filter((name) => name.startsWith(WORKSHOP));
  for (const name of left) {
    const pid = Number(name.slice(WORKSHOP.length));
    if (pid !== process.pid && isRunning(pid)) {
      throw new FreshetError('setup_running', `another set-up is at work (process ${pid}); if that is something else, remove ${path.join(folder, name)}`, { retryable: true });
    }
    await rm(path.join(folder, name), { recursive: true, force: true });
  }
  return left.length > 0;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
