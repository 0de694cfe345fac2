/**
 * A real redis-server of its own for a test, on a free port with its own folder. Where Debian's package isn't
 * installed the tests that need it are skipped, and say so.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort } from './free-port.js';

const BINARY = 'redis-server';
const READY_MS = 5_000;
const POLL_MS = 20;

export interface TestRedis {
  readonly url: string;
  /** SIGKILL: nothing is flushed. Resolves when the process is gone. */
  kill(): Promise<void>;
  /** On the same port and folder. */
  restart(): Promise<void>;
  /** SIGSTOP: connections stay open, nothing answers. */
  pause(): void;
  resume(): void;
  stop(): Promise<void>;
}

/** False, with a line on stderr, when there is no redis-server to start. */
export function redisInstalled(): boolean {
  const found = spawnSync(BINARY, ['--version']).status === 0;
  if (!found) console.warn(`SKIPPED: ${BINARY} is not installed (apt-get install redis-server): tests on Redis do not run`);
  return found;
}

/** `args` as on redis-server's command line; by default as the queue wants it, with an append-only file. */
export async function startRedis(args: readonly string[] = ['--appendonly', 'yes', '--appendfsync', 'always']): Promise<TestRedis> {
  const directory = await mkdtemp(path.join(tmpdir(), 'freshet-redis-'));
  const port = await freePort();
  const launch = (): ChildProcess => spawn(BINARY, ['--port', String(port), '--bind', '127.0.0.1', '--dir', directory, '--save', '', ...args], { stdio: 'ignore' });
  let server = launch();
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const exited = once(server, 'exit');
    server.kill(signal);
    await exited;
  };
  await answering(port);
  return {
    url: `redis://127.0.0.1:${port}`,
    kill: () => end('SIGKILL'),
    async restart() {
      await end('SIGKILL');
      server = launch();
      await answering(port);
    },
    pause: () => void server.kill('SIGSTOP'),
    resume: () => void server.kill('SIGCONT'),
    async stop() {
      await end('SIGKILL');
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** A server that wants a password answers too: with an error. */
async function answering(port: number): Promise<void> {
  const deadline = performance.now() + READY_MS;
  for (;;) {
    const reply = await ping(port);
    if (reply.startsWith('+PONG') || reply.startsWith('-NOAUTH')) return;
    if (performance.now() > deadline) throw new Error(`${BINARY} on port ${port} did not answer within ${READY_MS} ms: ${reply}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

function ping(port: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1', () => socket.write('PING\r\n'));
    socket.setTimeout(READY_MS, () => socket.destroy(new Error('silent')));
    socket.on('error', (error) => resolve(error.message));
    socket.on('data', (data) => {
      socket.destroy();
      resolve(data.toString());
    });
  });
}
