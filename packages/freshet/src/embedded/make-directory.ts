/**
 * Makes a directory and those above it, one by one. Node's own recursive `mkdir` never returns where a file system answers
 * ENOENT to every attempt (below /proc): it goes on trying at full speed (seen with Node 20).
 */
import { mkdir, stat } from 'node:fs/promises';
import path from 'node:path';

/** Resolves when `target` (absolute) is a directory; rejects with the system's error. New ones get `mode`. */
export async function makeDirectory(target: string, mode: number): Promise<void> {
  const missing: string[] = [];
  for (let current = target; !(await exists(current)); current = path.dirname(current)) missing.unshift(current);
  for (const directory of missing) await makeOne(directory, mode);
  if (!(await stat(target)).isDirectory()) throw Object.assign(new Error(`${target} is not a directory`), { code: 'ENOTDIR' });
}

async function makeOne(directory: string, mode: number): Promise<void> {
  try {
    await mkdir(directory, { mode });
  } catch (error) {
    // Somebody else was quicker.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

async function exists(directory: string): Promise<boolean> {
  try {
    await stat(directory);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}
