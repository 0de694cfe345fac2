/**
 * One Freshet at a time for each data directory.
 *
 * The lock is a listening socket that the kernel closes with the process, however that ends: nothing goes stale after a SIGKILL.
 * Linux has nameless (abstract) sockets for this; elsewhere it is a socket file, whose leftover is recognised by nobody
 * answering. Whoever connects is told the holder's pid.
 * 1. At most one process in a network namespace holds a directory's lock, whatever path leads to the directory.
 * 2. A refusal names the holder's pid.
 */
import { rm, stat } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { UnavailableError } from '@freshet/shared/errors';

export interface DirectoryLock {
  release(): Promise<void>;
}

const ATTEMPTS = 5;
const ANSWER_MS = 1_000;

/** A pid; `silent` when somebody listens but says nothing; `nobody` when there is no listener. */
type Holder = number | 'silent' | 'nobody';

export async function lockDirectory(directory: string): Promise<DirectoryLock> {
  const { dev, ino } = await stat(directory);
  const name = `freshet-${dev.toString(36)}-${ino.toString(36)}`;
  const address = process.platform === 'linux' ? `\0${name}` : `/tmp/${name}.lock`;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const server = await tryListen(address);
    if (server !== undefined) return { release: () => close(server) };
    const holder = await askHolder(address);
    if (holder !== 'nobody') throw inUse(directory, holder);
    if (address.startsWith('/')) await rm(address, { force: true });
  }
  throw inUse(directory, 'silent');
}

function inUse(directory: string, holder: number | 'silent'): UnavailableError {
  const who = holder === 'silent' ? 'another process' : `process ${holder}`;
  return new UnavailableError('data_dir_in_use', `the data directory ${directory} is in use by ${who}: stop it, or choose another --data-dir`);
}

function tryListen(address: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined); // Whoever asked has gone.
      socket.end(`${process.pid}\n`);
    });
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined);
      else reject(error);
    });
    server.listen(address, () => {
      server.unref();
      resolve(server);
    });
  });
}

function askHolder(address: string): Promise<Holder> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect(address);
    socket.setTimeout(ANSWER_MS, () => socket.destroy());
    socket.on('data', (chunk) => (answer += chunk.toString('utf8')));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED' || error.code === 'ENOENT') resolve('nobody');
    });
    socket.on('close', () => resolve(/^\d+\n/.test(answer) ? Number.parseInt(answer, 10) : 'silent'));
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}
