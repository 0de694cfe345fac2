/** Reads the few small files that configure Freshet. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Files } from './configuration.js';

/** Far more than any configuration has; a pipe or a device would never end. */
const MOST_BYTES = 1024 * 1024;

/** Relative paths are those of `directory`. Node's own messages repeat the path; ours say only what is wrong. */
export function filesIn(directory: string): Files {
  const at = (file: string): string => path.resolve(directory, file);
  return {
    exists: (file) => existsSync(at(file)),
    readText(file) {
      const bytes = read(at(file));
      try {
        return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
      } catch {
        throw new Error('it is not UTF-8');
      }
    },
  };
}

function read(file: string): Buffer {
  try {
    if (statSync(file).isDirectory()) throw new Error('it is a directory');
    if (statSync(file).size > MOST_BYTES) throw new Error('it is larger than 1 MiB');
    return readFileSync(file);
  } catch (thrown) {
    throw new Error(reason(thrown), { cause: thrown });
  }
}

function reason(thrown: unknown): string {
  const { code, message } = thrown as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'there is no such file';
  if (code === 'EACCES' || code === 'EPERM') return 'this user may not read it';
  return message;
}
