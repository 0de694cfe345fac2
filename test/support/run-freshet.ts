/**
 * A `freshet` command that ends by itself, as a real process: what it printed on either stream, and its exit code.
 * Nothing of the caller's own Freshet configuration reaches it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';

const MAIN = createRequire(import.meta.url).resolve('freshet/main');
const OURS = /^(FRESHET_|DATABASE_URL|QUEUE_URL|PG[A-Z]+$)/;

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Where a `freshet.yaml` would be found. */
  readonly cwd?: string;
}

export interface FreshetRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly ms: number;
}

/** One that is still going on: for services and what is to be interrupted. */
export interface OngoingRun {
  readonly child: ChildProcess;
  readonly ended: Promise<FreshetRun>;
  stdout(): string;
  stderr(): string;
}

export function launch(args: readonly string[], { env = {}, cwd }: RunOptions = {}): OngoingRun {
  const began = performance.now();
  const inherited = Object.entries(process.env).filter(([name]) => !OURS.test(name));
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'], env: { ...Object.fromEntries(inherited), ...env }, ...(cwd === undefined ? {} : { cwd }) });
  const text = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text.stdout += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (text.stderr += chunk));
  // `close` comes after all output has been read.
  const ended = once(child, 'close').then(([code]) => ({ ...text, code: code as number | null, ms: performance.now() - began }));
  return { child, ended, stdout: () => text.stdout, stderr: () => text.stderr };
}

export function runFreshet(args: readonly string[], options: RunOptions = {}): Promise<FreshetRun> {
  return launch(args, options).ended;
}
