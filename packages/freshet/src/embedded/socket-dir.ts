/**
 * A private directory for the server's socket. It is not in the data directory: a socket's path may have about 100 characters,
 * and some file systems (mounts of a desktop's folders into containers) hold no sockets.
 * 1. 0700 and owned by the server's user; a directory that somebody else has put in its place is not used.
 */
import { createHash } from 'node:crypto';
import { chmod, lstat, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { explainFailure } from './failure.js';
import type { Site } from './site.js';
import { giveTo } from './system-user.js';

const MAX_BASE = 70;

export async function createSocketDir({ pgData, user }: Site): Promise<string> {
  const base = tmpdir().length <= MAX_BASE ? tmpdir() : '/tmp';
  const stable = path.join(base, `freshet-${createHash('sha256').update(pgData).digest('hex').slice(0, 10)}`);
  try {
    const directory = (await claim(stable, user?.uid ?? process.getuid?.())) ? stable : await mkdtemp(path.join(base, 'freshet-'));
    await chmod(directory, 0o700);
    await empty(directory);
    await giveTo(directory, user);
    return directory;
  } catch (cause) {
    throw explainFailure({ doing: "create the socket's directory", place: base, output: '', cause });
  }
}

/** Always the same name where possible, so that starts after a kill leave no trail of directories. */
async function claim(directory: string, uid: number | undefined): Promise<boolean> {
  try {
    await mkdir(directory, { mode: 0o700 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const found = await lstat(directory);
  return found.isDirectory() && found.uid === uid;
}

/**
 * What a killed server left: its socket's lock file names a pid, which may live on as another program or as a zombie. The
 * caller holds the data directory's lock and has ended the server, so nobody uses it.
 */
async function empty(directory: string): Promise<void> {
  for (const name of await readdir(directory)) await rm(path.join(directory, name), { recursive: true, force: true });
}

export async function removeSocketDir(directory: string): Promise<void> {
  await rm(directory, { recursive: true, force: true });
}
