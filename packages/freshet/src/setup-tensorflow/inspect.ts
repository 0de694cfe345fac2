/** Looks at this machine: the facts that `requirements.ts` judges. Tools are tried by running them. */
import { accessSync, constants, existsSync, realpathSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import path from 'node:path';
import { findPackage } from '@freshet/trainer/engine/tensorflow/addon';
import type { Environment } from '../cli/variables.js';
import type { Facts } from './requirements.js';
import { tryRun } from './run.js';

export interface Machine {
  /** May name other tools: CXX, PYTHON. */
  readonly environment: Environment;
}

export async function inspect({ environment }: Machine): Promise<Facts> {
  const folder = findPackage()?.folder;
  const compiler = environment['CXX'] || 'g++';
  const python = environment['PYTHON'] || 'python3';
  const answerOf = (file: string, ...args: readonly string[]): Promise<string | undefined> => tryRun({ file, args, environment });
  const [compiles, interprets, pip, libc, freeBytes] = await Promise.all([
    answerOf(compiler, '--version'),
    answerOf(python, '-c', 'import sys, zipfile; sys.exit(sys.version_info < (3, 8))'),
    answerOf(python, '-m', 'pip', '--version'),
    answerOf('getconf', 'GNU_LIBC_VERSION'),
    folder === undefined ? 0 : freeSpace(folder),
  ]);
  return {
    platform: `${process.platform} ${process.arch}`,
    glibc: /glibc ([\d.]+)/.exec(libc ?? '')?.[1],
    folder,
    writable: folder !== undefined && isWritable(folder),
    freeBytes,
    compiler: { name: compiler, works: compiles !== undefined },
    python: { name: python, works: interprets !== undefined },
    pip: pip !== undefined,
    nodeHeaders: findNodeHeaders(folder),
  };
}

async function freeSpace(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** Beside Node's own binary, where Debian has them, or the package node-api-headers next to ours. */
function findNodeHeaders(folder: string | undefined): string | undefined {
  const besideNode = path.join(path.dirname(path.dirname(realpathSync(process.execPath))), 'include', 'node');
  const asPackage = folder === undefined ? [] : [path.resolve(folder, '../../node-api-headers/include')];
  return [besideNode, '/usr/include/node', '/usr/include/nodejs/src', ...asPackage].find((dir) => existsSync(path.join(dir, 'node_api.h')));
}
