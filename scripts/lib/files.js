/** Where the checkout is and which files it has: what every script needs, and nothing that must be installed first. */
import { readdirSync, realpathSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout's top folder. */
export const root = resolve(fileURLToPath(new URL('../..', import.meta.url)));

/** Folders that hold no sources; a listing may still start at one of them. */
const skipped = new Set(['node_modules', 'dist', '.git', '.freshet']);

/**
 * All files below a folder of the checkout, sorted, relative to `root` with forward slashes; none if the folder doesn't exist.
 * @param {string} folder relative to `root`
 * @param {(path: string) => boolean} [keep]
 * @returns {string[]}
 */
export function listFiles(folder, keep = () => true) {
  /** @type {string[]} */
  const found = [];
  const pending = [join(root, folder)];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    for (const entry of readEntries(next)) {
      const path = join(next, entry.name);
      if (entry.isDirectory() && !skipped.has(entry.name)) pending.push(path);
      if (entry.isFile()) found.push(relative(root, path).split(sep).join('/'));
    }
  }
  return found.filter(keep).sort();
}

/** @param {string} folder */
function readEntries(folder) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

/**
 * Is this module the script that Node was started with?
 * @param {string} moduleUrl
 */
export function isMain(moduleUrl) {
  const started = process.argv[1];
  return started !== undefined && realpathSync(started) === realpathSync(fileURLToPath(moduleUrl));
}
