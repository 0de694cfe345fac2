/**
 * The server of a data directory as another process finds it: for commands that look into a Freshet that runs.
 *
 * In: what `findDatabase` found. Out: a URL, once the server takes connections; undefined when none runs on these files.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { UnavailableError, UsageError } from '@freshet/shared/errors';
import { PASSWORD_FILE } from './initialize.js';
import { isPostmaster, type PostmasterFile, readPostmasterFile } from './postmaster.js';
import type { Site } from './site.js';
import { socketUrl } from './socket-url.js';

/** A server that recovers from a kill takes a while. */
const READY_MS = 60_000;
const POLL_MS = 50;

export async function findRunning(site: Pick<Site, 'dataDir' | 'pgData'>): Promise<string | undefined> {
  return lookInto(site.dataDir, async () => {
    const server = await whenReady(site.pgData);
    if (server === undefined) return undefined;
    const password = await readFile(path.join(site.dataDir, PASSWORD_FILE), 'utf8');
    return socketUrl(server.socketDir, password.trim());
  });
}

/** Somebody else's data directory is a usage error. */
export async function lookInto<T>(dataDir: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EACCES') throw cause;
    throw new UsageError('data_dir', `this user may not look into ${dataDir}: run the command as the user who runs Freshet`, { cause });
  }
}

async function whenReady(pgData: string): Promise<PostmasterFile | undefined> {
  for (const end = performance.now() + READY_MS; performance.now() < end; await delay(POLL_MS)) {
    const file = await readPostmasterFile(pgData);
    if (file === undefined || !(await isPostmaster(file.pid, pgData))) return undefined;
    if (file.status === 'ready') return file;
  }
  throw new UnavailableError('embedded_postgres', `the server of ${pgData} didn't become ready within ${READY_MS / 1_000} s: see postgres.log`);
}
