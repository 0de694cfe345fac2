/**
 * What `postmaster.pid` says of the server of a data directory, and how to end a server that outlived its Freshet.
 *
 * 1. A server is only ever ended if it runs on this very data directory.
 * 2. `postmaster.pid` is never deleted: Postgres reads in it the shared memory that backends of a killed server may still hold.
 */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { UnavailableError } from '@freshet/shared/errors';

export interface PostmasterFile {
  readonly pid: number;
  /** `starting`, `ready`, `standby` or `stopping`; empty while the server hasn't said yet. */
  readonly status: string;
  /** Where its socket is; empty while the server hasn't said yet. */
  readonly socketDir: string;
}

const POLL_MS = 20;
const FAST_STOP_MS = 30_000;
const IMMEDIATE_STOP_MS = 10_000;

export function parsePostmasterFile(text: string): PostmasterFile | undefined {
  const lines = text.split('\n');
  const pid = Number.parseInt(lines[0] ?? '', 10);
  return Number.isSafeInteger(pid) && pid > 0 ? { pid, status: (lines[7] ?? '').trim(), socketDir: (lines[4] ?? '').trim() } : undefined;
}

export async function readPostmasterFile(pgData: string): Promise<PostmasterFile | undefined> {
  try {
    return parsePostmasterFile(await readFile(path.join(pgData, 'postmaster.pid'), 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Is `pid` a live Postgres on `pgData`? Where there is no /proc, any live process counts. */
export async function isPostmaster(pid: number, pgData: string): Promise<boolean> {
  if (!isAlive(pid)) return false;
  if (process.platform !== 'linux') return true;
  try {
    const words = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0');
    return path.basename(words[0] ?? '').startsWith('postgres') && words.includes(pgData);
  } catch {
    return false;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Ends a server left behind by a Freshet that was killed; afterwards a new one can start on its data. */
export async function stopOrphan(pgData: string, log: (line: string) => void): Promise<void> {
  const file = await readPostmasterFile(pgData);
  if (file === undefined) return;
  if (await isPostmaster(file.pid, pgData)) {
    log(`stopping Postgres (process ${file.pid}), left running by a Freshet that was killed`);
    await endPostmaster(file.pid, pgData);
  } else if (isAlive(file.pid)) {
    await disownPidFile(pgData);
  }
}

async function endPostmaster(pid: number, pgData: string): Promise<void> {
  const gone = async (): Promise<boolean> => !(await isPostmaster(pid, pgData));
  const steps = [['SIGINT', FAST_STOP_MS], ['SIGQUIT', IMMEDIATE_STOP_MS]] as const;
  for (const [signal, deadlineMs] of steps) {
    try {
      process.kill(pid, signal);
    } catch (cause) {
      if (await gone()) return;
      throw new UnavailableError('embedded_postgres_orphan', `Postgres process ${pid} still runs on ${pgData} and this user may not stop it: stop it with "kill -INT ${pid}"`, { cause });
    }
    if (await eventually(gone, deadlineMs)) return;
  }
  throw new UnavailableError('embedded_postgres_orphan', `Postgres process ${pid} still runs on ${pgData} and doesn't stop`);
}

/**
 * The pid in the file now belongs to some other program, and Postgres would take it for a living server. Our own pid there, as
 * the parent's of the server to come, is one that Postgres knows to be harmless.
 */
async function disownPidFile(pgData: string): Promise<void> {
  const file = path.join(pgData, 'postmaster.pid');
  const [, ...rest] = (await readFile(file, 'utf8')).split('\n');
  await writeFile(file, [String(process.pid), ...rest].join('\n'));
}

/** Polls until `condition` holds (true) or the time is up (false). */
async function eventually(condition: () => Promise<boolean>, deadlineMs: number): Promise<boolean> {
  const end = performance.now() + deadlineMs;
  while (!(await condition())) {
    if (performance.now() > end) return false;
    await delay(POLL_MS);
  }
  return true;
}
