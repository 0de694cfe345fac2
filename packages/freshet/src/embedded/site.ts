/**
 * Where the embedded server's files live.
 *
 * `dataDir` is what the user named (`--data-dir`). The files are in it unless root started us and the server's user can't enter
 * it (a checkout under /root): then they are under /var/lib/freshet (or the temp directory), and `dataDir/postgres.location`
 * remembers where.
 * 1. The same `dataDir` always leads to the same files; once moved they stay moved.
 * 2. Data that exists but can't be entered is never shadowed by a new, empty database: that is an error.
 */
import { createHash } from 'node:crypto';
import { chmod, mkdir, readFile, realpath, rename, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { UsageError } from '@freshet/shared/errors';
import { makeDirectory } from './make-directory.js';
import { canTraverse, chooseServerUser, ownerOf, readSystemUsers, type SystemUser } from './system-user.js';

export interface Site {
  /** What the user named, resolved: holds the password and the pointer; the lock is on it. */
  readonly dataDir: string;
  /** What the server's user can enter: database files, log, copied binaries. */
  readonly home: string;
  /** Postgres's own data directory. */
  readonly pgData: string;
  /** Undefined: the server runs as we do. */
  readonly user: SystemUser | undefined;
}

const POINTER = 'postgres.location';
const DATABASE = 'postgres';

export async function resolveSite(given: string, log: (line: string) => void): Promise<Site> {
  const ownUid = process.getuid?.() ?? -1;
  const dataDir = await createDataDir(given, ownUid);
  const pointer = await readPointer(dataDir);
  const current = pointer ?? dataDir;
  const dataOwner = await ownerOf(path.join(current, DATABASE));
  const user = chooseServerUser({ ownUid, users: await readSystemUsers(), dataOwner });
  const home = pointer ?? (await chooseHome({ dataDir, user, dataExists: dataOwner !== undefined, log }));
  if (user !== undefined && !(await canTraverse(home, user))) throw unreachable(home, user);
  return { dataDir, home, pgData: path.join(home, DATABASE), user };
}

/** Where the database of a data directory is, or undefined when there is none. Makes nothing. */
export async function findDatabase(given: string): Promise<Pick<Site, 'dataDir' | 'pgData'> | undefined> {
  const named = path.resolve(given);
  if ((await ownerOf(named)) === undefined) return undefined;
  const dataDir = await realpath(named);
  const pgData = path.join((await readPointer(dataDir)) ?? dataDir, DATABASE);
  return (await ownerOf(pgData)) === undefined ? undefined : { dataDir, pgData };
}

async function createDataDir(given: string, ownUid: number): Promise<string> {
  const target = path.resolve(given);
  try {
    // Root leaves the door open for the server's user; the database files inside are 0700.
    await makeDirectory(target, ownUid === 0 ? 0o755 : 0o700);
    return await realpath(target);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new UsageError('data_dir', `the data directory ${target} can't be created (${code ?? 'unknown'}): choose another --data-dir`, { cause });
  }
}

async function readPointer(dataDir: string): Promise<string | undefined> {
  let home: string;
  try {
    home = (await readFile(path.join(dataDir, POINTER), 'utf8')).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  if ((await ownerOf(home)) !== undefined) return home;
  throw new UsageError('embedded_postgres_moved', `${path.join(dataDir, POINTER)} says that the database is in ${home}, which is gone: restore it, or delete that file to start empty`);
}

interface HomeQuestion {
  readonly dataDir: string;
  readonly user: SystemUser | undefined;
  readonly dataExists: boolean;
  readonly log: (line: string) => void;
}

async function chooseHome({ dataDir, user, dataExists, log }: HomeQuestion): Promise<string> {
  if (user === undefined || (await canTraverse(dataDir, user))) return dataDir;
  if (dataExists) throw unreachable(dataDir, user);
  const key = createHash('sha256').update(dataDir).digest('hex').slice(0, 12);
  for (const base of ['/var/lib/freshet', path.join(tmpdir(), 'freshet')]) {
    const home = path.join(base, key);
    if (!(await createRootDirectory(base)) || !(await createRootDirectory(home)) || !(await canTraverse(home, user))) continue;
    await writePointer(dataDir, home);
    log(`the user ${user.name}, who runs Postgres, can't enter ${dataDir}: the database lives in ${home}`);
    return home;
  }
  throw unreachable(dataDir, user);
}

/** False when it can't be made, or somebody else's directory stands there (a shared temp directory is anybody's). */
async function createRootDirectory(directory: string): Promise<boolean> {
  try {
    await mkdir(directory, { recursive: true });
    if ((await stat(directory)).uid !== 0) return false;
    await chmod(directory, 0o755);
    return true;
  } catch {
    return false;
  }
}

async function writePointer(dataDir: string, home: string): Promise<void> {
  const file = path.join(dataDir, POINTER);
  await writeFile(`${file}.new`, `${home}\n`);
  await rename(`${file}.new`, file);
}

function unreachable(directory: string, user: SystemUser): UsageError {
  return new UsageError('embedded_postgres_unreachable', `Postgres runs as the user ${user.name}, who can't enter ${directory}: allow it (chmod o+x on each directory above), or choose another --data-dir`);
}
