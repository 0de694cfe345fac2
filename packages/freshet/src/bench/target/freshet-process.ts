/**
 * The measured Freshet: the command itself, in a process of its own.
 *
 * 1. Ready means `/readyz` says so; a process that ends or takes too long before that rejects with what it printed.
 * 2. `stop` asks (SIGTERM), waits, then kills; idempotent. The caller stops it on every path.
 * 3. It listens on the loopback address only, and nothing of the caller's own Freshet configuration reaches it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { devNull } from 'node:os';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { FreshetError } from '@freshet/shared/errors';
import type { BenchContext } from '../bench.js';
import type { Target } from '../load/connection.js';
import { createCaller } from '../load/caller.js';
import { waitUntil } from './wait-until.js';

export interface FreshetProcess {
  readonly target: Target;
  readonly pid: number;
  /** The end of what it has printed. */
  said(): string;
  /** Throws when it has ended by itself. */
  assertRunning(): void;
  stop(): Promise<void>;
}

export interface FreshetProcessOptions {
  /** Such as `start` or `ingest`. */
  readonly command: string;
  readonly args: readonly string[];
  /** Of this process alone: what must not stand in a command line. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Directory for V8 CPU profiles; empty for none. */
  readonly profile: string;
}

const HOST = '127.0.0.1';
/** A model of a million items is read from its log first. */
const START_LIMIT_MS = 900_000;
const STOP_LIMIT_MS = 30_000;
const POLL_MS = 50;
const KEPT_OUTPUT = 8_000;
const OURS = /^(FRESHET_|DATABASE_URL|QUEUE_URL|PG[A-Z]+$)/;

export async function startFreshet(options: FreshetProcessOptions, context: BenchContext): Promise<FreshetProcess> {
  const target = { host: HOST, port: await freePort() };
  const child = launch(options, target, context.environment);
  const output = keepOutput(child);
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()).once('error', () => resolve()));
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopping ??= end(child, ended));
  const assertRunning = (): void => {
    if (child.exitCode === null && child.signalCode === null && child.pid !== undefined) return;
    throw new FreshetError('bench_target', `freshet ${options.command} ended (${child.signalCode ?? child.exitCode}):\n${output()}`);
  };
  try {
    const isUp = (): Promise<boolean> => {
      assertRunning();
      return isReady(target);
    };
    await waitUntil(isUp, { what: () => `freshet ${options.command} is ready. It said:\n${output()}`, limitMs: START_LIMIT_MS, pollMs: POLL_MS, signal: context.signal });
    return { target, pid: child.pid ?? 0, said: output, assertRunning, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function launch({ command, args, environment, profile }: FreshetProcessOptions, target: Target, callers: BenchContext['environment']): ChildProcess {
  const main = fileURLToPath(new URL('../../main.js', import.meta.url));
  const node = profile === '' ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`];
  const inherited = Object.entries(callers).filter(([name]) => !OURS.test(name));
  return spawn(process.execPath, [...node, main, command, '--host', target.host, '--port', String(target.port), '--log-level', 'warn', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    // No configuration file of the caller's directory, either.
    env: { ...Object.fromEntries(inherited), FRESHET_CONFIG: devNull, ...environment },
  });
}

/** The end of what it prints, for an error's message. */
function keepOutput(child: ChildProcess): () => string {
  let kept = '';
  const keep = (chunk: Buffer): void => {
    kept = (kept + chunk.toString('utf8')).slice(-KEPT_OUTPUT);
  };
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  return () => kept;
}

async function isReady(target: Target): Promise<boolean> {
  const caller = createCaller(target);
  try {
    return (await caller.get('/readyz')).status === 200;
  } catch {
    return false;
  } finally {
    caller.close();
  }
}

async function end(child: ChildProcess, ended: Promise<void>): Promise<void> {
  if (child.pid === undefined) return;
  child.kill('SIGTERM');
  const kill = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
  await ended;
  clearTimeout(kill);
}

/** Somebody else could take it before the child does; then the child says so and the bench fails. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, HOST, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
