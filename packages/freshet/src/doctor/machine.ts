/** Is this machine, or container, big enough and set up for what the settings ask of it? Facts in, findings out. Pure. */
import type { Settings } from '../cli/settings.js';
import { error, type Finding, ok, warning } from './finding.js';

export interface MachineFacts {
  /** `20.19.1` */
  readonly node: string;
  readonly cores: number;
  /** What this process may use: of the container where there is one. */
  readonly memoryBytes: number;
  /** Files it may open; undefined where that can't be read. */
  readonly openFiles: number | undefined;
}

const OLDEST_NODE: readonly [number, number] = [20, 19];
const GIB = 2 ** 30;
/** Without a model: Node, the embedded Postgres, queue and caches. */
const BASE_BYTES = 0.75 * GIB;
/** Trainer and serving together, at dimension 64 (docs/OPERATING.md). */
const ITEM_BYTES = 2_500;
const DIM = 64;
const LEAST_FILES = 1_024;

export function judgeMachine({ node, cores, memoryBytes, openFiles }: MachineFacts, settings: Pick<Settings, 'threads' | 'maxItems' | 'dim'>): readonly Finding[] {
  return [judgeNode(node), judgeCores(cores, settings.threads), judgeMemory(memoryBytes, settings), ...(openFiles === undefined ? [] : [judgeFiles(openFiles)])];
}

function judgeNode(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [oldMajor, oldMinor] = OLDEST_NODE;
  if (major > oldMajor || (major === oldMajor && minor >= oldMinor)) return ok('node', `Node ${version}`);
  return error('node', `this is Node ${version}`, `install Node ${OLDEST_NODE.join('.')} or newer`);
}

function judgeCores(cores: number, threads: number): Finding {
  const found = `${cores} ${cores === 1 ? 'core' : 'cores'}, ${threads} training ${threads === 1 ? 'thread' : 'threads'}`;
  if (threads < cores || (threads === 1 && cores === 1)) return ok('threads', found);
  return warning('threads', found, 'leave a core to answers and Postgres: lower threads');
}

function judgeMemory(bytes: number, { maxItems, dim }: Pick<Settings, 'maxItems' | 'dim'>): Finding {
  const needed = BASE_BYTES + (maxItems * ITEM_BYTES * dim) / DIM;
  const found = `${gib(bytes)} of memory; ${maxItems} items of dimension ${dim} take up to ${gib(needed)} when all are used`;
  if (bytes >= needed) return ok('memory', found);
  if (bytes < BASE_BYTES) return error('memory', found, `give it at least ${gib(BASE_BYTES)}`);
  return warning('memory', found, 'lower max_items to what the shop will have, or give it more');
}

function judgeFiles(limit: number): Finding {
  if (limit >= LEAST_FILES) return ok('open_files', `${limit} open files are allowed`);
  return warning('open_files', `only ${limit} open files are allowed`, `raise the limit (ulimit -n) to ${LEAST_FILES} or more: each connection is one`);
}

function gib(bytes: number): string {
  return `${(bytes / GIB).toFixed(1)} GiB`;
}
