/**
 * Any `freshet` command with any options, as a real process: for whole installations and how they start, end and die.
 * (`freshet-process.ts` has single services with a small model, to be broken.)
 *
 * 1. `startFreshet` resolves once the process says where it listens; `ready` once `/readyz` agrees.
 * 2. Nothing of the caller's own Freshet configuration reaches it, and no build is triggered.
 * 3. Whatever a test does not end, `endAll` (for `afterAll`) kills, the embedded Postgres included.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { until } from './until.js';

export interface CommandOptions {
  /** `start`, `ingest`, `trainer` or `serving`. */
  readonly command: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** From the signal to the end. */
  readonly ms: number;
}

export interface FreshetCommand {
  readonly url: string;
  readonly pid: number;
  /** What it printed so far. */
  stdout(): string;
  stderr(): string;
  /** Waits until it serves. */
  ready(): Promise<void>;
  /** As Ctrl-C or a supervisor does; resolves when it has ended. */
  stop(signal?: 'SIGINT' | 'SIGTERM'): Promise<Exit>;
  /** SIGSTOP and SIGCONT: connections stay open, nothing is read. */
  pause(): void;
  resume(): void;
  /** Process ids of what it has started, and of what these have. */
  descendants(): readonly number[];
  /** SIGKILL to it and everything it has started, at once. */
  killTree(): Promise<void>;
}

const MAIN = createRequire(import.meta.url).resolve('freshet/main');
const OURS = /^(FRESHET_|DATABASE_URL|QUEUE_URL|PG[A-Z]+$)/;
const START_MS = 60_000;

const running = new Set<FreshetCommand>();

/** Kills what still runs. */
export async function endAll(): Promise<void> {
  await Promise.all([...running].map((one) => one.killTree()));
}

export async function startFreshet({ command, args = [], env = {} }: CommandOptions): Promise<FreshetCommand> {
  const inherited = Object.entries(process.env).filter(([name]) => !OURS.test(name));
  const child = spawn(process.execPath, [MAIN, command, '--port', '0', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...Object.fromEntries(inherited), ...env },
  });
  const exited = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  const output = keepOutput(child);
  const assertRuns = (): void => {
    if (hasEnded(child)) throw new Error(`freshet ${command} ended (${child.signalCode ?? child.exitCode}):\n${output.stdout}${output.stderr}`);
  };
  const findUrl = (): string | undefined => {
    assertRuns();
    return /listens on (http:\S+)/.exec(output.stdout)?.[1];
  };
  const url = await until(`freshet ${command} listens`, findUrl, START_MS);
  const started: FreshetCommand = {
    url,
    pid: child.pid ?? 0,
    stdout: () => output.stdout,
    stderr: () => output.stderr,
    async ready() {
      const isReady = async (): Promise<boolean> => {
        assertRuns();
        return (await fetch(`${url}/readyz`)).status === 200;
      };
      await until(`freshet ${command} is ready`, isReady, START_MS);
    },
    async stop(signal = 'SIGTERM') {
      const asked = performance.now();
      child.kill(signal);
      const [code, by] = await exited;
      running.delete(started);
      return { code, signal: by, ms: performance.now() - asked };
    },
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    descendants: () => descendants(child.pid ?? 0),
    async killTree() {
      const root = child.pid ?? 0;
      for (const pid of [root, ...descendants(root)]) kill(pid);
      if (!hasEnded(child)) await exited;
      running.delete(started);
    },
  };
  running.add(started);
  return started;
}

interface Output {
  stdout: string;
  stderr: string;
}

function keepOutput(child: ChildProcess): Output {
  const output: Output = { stdout: '', stderr: '' };
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
  return output;
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/** Children, their children and so on; the embedded Postgres has a process group of its own, so a group is not enough. */
function descendants(root: number): number[] {
  const children = new Map<number, number[]>();
  for (const [pid, parent] of process.platform === 'linux' ? processesOfLinux() : processesOfPs()) {
    children.set(parent, [...(children.get(parent) ?? []), pid]);
  }
  const found: number[] = [];
  for (let next = children.get(root) ?? []; next.length > 0; next = next.flatMap((pid) => children.get(pid) ?? [])) found.push(...next);
  return found;
}

function processesOfLinux(): [pid: number, parent: number][] {
  return readdirSync('/proc').flatMap((name): [number, number][] => {
    if (!/^\d+$/.test(name)) return [];
    try {
      // The name in parentheses may hold anything; the parent is the second field behind it.
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      return [[Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])]];
    } catch {
      return [];
    }
  });
}

function processesOfPs(): [pid: number, parent: number][] {
  const listed = spawnSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' }).stdout;
  return listed.trim().split('\n').map((line) => line.trim().split(/\s+/).map(Number) as [number, number]);
}

/** One that has ended meanwhile is as dead as wished. */
function kill(pid: number): void {
  try {
    if (pid > 0) process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
