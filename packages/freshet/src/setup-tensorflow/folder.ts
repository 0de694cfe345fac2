/**
 * The package's folder as the set-up changes it. Ours are `deps/` (libraries, and a stamp that says what they are) and the
 * addon in `lib/napi-v8/`; everything else is npm's and stays as it is.
 *
 * 1. Work in progress lies in `.freshet-setup-PID`, and comes to its place by renames: whoever loads the addon finds the old one,
 *    none, or the new one, never half of one.
 * 2. What was in place before is kept in the workshop until the new one is proven, and comes back when it isn't: at once, or by the next run
 *    when ours was killed.
 * 3. What an interrupted run has left is removed by the next one; while another one runs, ours ends with an error.
 * 4. Only what has our stamp is removed.
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
export async function openWorkshop(found: TensorflowPackage): Promise<string> {
  const { folder } = found;
  await sweep(found);
  const workshop = path.join(folder, `${WORKSHOP}${process.pid}`);
  await mkdir(path.join(workshop, 'deps'), { recursive: true });
  return workshop;
}

/** What was in place, in a workshop, while the new one isn't proven: `deps/`, and `addon.node` if there was one. */
const oldIn = (workshop: string): string => path.join(workshop, 'old');

/**
 * Moves `deps/` (with its stamp) and `addon.node` of the workshop to their places, and asks `prove` whether they work. When it rejects, so does
 * this, and what was there before is there again: a set-up, or nothing.
 */
export async function putInPlace<T>(found: TensorflowPackage, workshop: string, prove: () => Promise<T>): Promise<T> {
  try {
    await exchange(found, workshop);
    const proof = await prove();
    // In one step: from here on nobody puts the old one back.
    if (existsSync(oldIn(workshop))) await rename(oldIn(workshop), path.join(workshop, 'discarded'));
    return proof;
  } catch (cause) {
    if (existsSync(oldIn(workshop))) await putBack(found, workshop);
    else await clear(found);
    throw cause;
  }
}

/** What could not be put back stays, for the next run. */
export async function closeWorkshop(workshop: string): Promise<void> {
  if (!existsSync(oldIn(workshop))) await rm(workshop, { recursive: true, force: true });
}

async function exchange({ folder, addon }: TensorflowPackage, workshop: string): Promise<void> {
  const deps = path.join(folder, 'deps');
  if (existsSync(deps)) {
    await mkdir(oldIn(workshop));
    // The addon goes first and comes back last (putBack): without it nobody loads the wrong libraries.
    if (existsSync(addon)) await rename(addon, path.join(oldIn(workshop), 'addon.node'));
    await rename(deps, path.join(oldIn(workshop), 'deps'));
  }
  await rename(path.join(workshop, 'deps'), deps);
  await mkdir(path.dirname(addon), { recursive: true });
  await rename(path.join(workshop, 'addon.node'), addon);
}

/** Undoes `exchange`, wherever it or this was interrupted. */
async function putBack({ folder, addon }: TensorflowPackage, workshop: string): Promise<void> {
  const [deps, old] = [path.join(folder, 'deps'), oldIn(workshop)];
  if (existsSync(path.join(old, 'deps'))) {
    await rm(addon, { force: true });
    await rm(deps, { recursive: true, force: true });
    await rename(path.join(old, 'deps'), deps);
  }
  if (existsSync(path.join(old, 'addon.node'))) await rename(path.join(old, 'addon.node'), addon);
  await rm(old, { recursive: true });
}

/** Removes all that a set-up has put there. False when there was nothing of ours. */
export async function clear(found: TensorflowPackage): Promise<boolean> {
  const { folder, addon } = found;
  const swept = await sweep(found);
  if (readStamp(found) === undefined) return swept;
  // The stamp goes last: what is interrupted here can be called again.
  await rm(path.dirname(path.dirname(addon)), { recursive: true, force: true });
  const gone = path.join(folder, `${WORKSHOP}${process.pid}`);
  await rename(path.join(folder, 'deps'), gone);
  await rm(gone, { recursive: true, force: true });
  return true;
}

async function sweep(found: TensorflowPackage): Promise<boolean> {
  const { folder } = found;
  const left = (await readdir(folder)).filter((name) => name.startsWith(WORKSHOP));
  for (const name of left) {
    const pid = Number(name.slice(WORKSHOP.length));
    if (pid !== process.pid && isRunning(pid)) {
      throw new FreshetError('setup_running', `another set-up is at work (process ${pid}); if that is something else, remove ${path.join(folder, name)}`, { retryable: true });
    }
    const workshop = path.join(folder, name);
    if (existsSync(oldIn(workshop))) await putBack(found, workshop);
    await rm(workshop, { recursive: true, force: true });
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
