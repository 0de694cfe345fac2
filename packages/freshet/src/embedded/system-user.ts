/**
 * Which operating-system user the embedded server runs as. Postgres refuses to run as root, so root hands it to an
 * ordinary user; everybody else runs it as themselves.
 *
 * In: the text of /etc/passwd, our own uid, the owner of existing data. Out: a user to switch to, or undefined for "as we are".
 * 1. Existing data keeps its owner, whatever else exists.
 * 2. Never an account with uid 0.
 */
import { chown, lstat, readFile, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { UsageError } from '@freshet/shared/errors';

export interface SystemUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** Tried in this order. `nobody` exists on every Linux. */
const CANDIDATES: readonly string[] = ['freshet', 'postgres', 'nobody'];

export function parsePasswd(text: string): readonly SystemUser[] {
  return text.split('\n').flatMap((line) => {
    const [name, , uid, gid] = line.split(':');
    if (name === undefined || !/^\d+$/.test(uid ?? '') || !/^\d+$/.test(gid ?? '')) return [];
    return [{ name, uid: Number(uid), gid: Number(gid) }];
  });
}

export interface UserChoice {
  readonly ownUid: number;
  readonly users: readonly SystemUser[];
  /** The uid that owns the data on disk already, if there is any. */
  readonly dataOwner: number | undefined;
}

export function chooseServerUser({ ownUid, users, dataOwner }: UserChoice): SystemUser | undefined {
  if (ownUid !== 0) {
    if (dataOwner === undefined || dataOwner === ownUid) return undefined;
    const owner = users.find((user) => user.uid === dataOwner)?.name ?? `uid ${dataOwner}`;
    throw new UsageError('embedded_postgres_owner', `the database files belong to the user ${owner}: start Freshet as root or ${owner}, or choose another --data-dir`);
  }
  const wanted = dataOwner === undefined || dataOwner === 0
    ? CANDIDATES.map((name) => users.find((user) => user.name === name)).find((user) => user !== undefined)
    : users.find((user) => user.uid === dataOwner);
  if (wanted === undefined || wanted.uid === 0) {
    throw new UsageError('embedded_postgres_root', 'Postgres refuses to run as root and this system has no user to run it as: start Freshet as an ordinary user, add a user named freshet, or set DATABASE_URL');
  }
  return wanted;
}

export async function readSystemUsers(): Promise<readonly SystemUser[]> {
  try {
    return parsePasswd(await readFile('/etc/passwd', 'utf8'));
  } catch {
    return []; // No such file on this system: the choice above says what to do.
  }
}

/** Owner of a path, or undefined when it doesn't exist. */
export async function ownerOf(target: string): Promise<number | undefined> {
  try {
    return (await lstat(target)).uid;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** May `user` enter this directory and every one above it? Reads mode bits only: access lists are left out. */
export async function canTraverse(directory: string, user: SystemUser): Promise<boolean> {
  for (let current = await realpath(directory); ; current = path.dirname(current)) {
    const { mode, uid, gid } = await stat(current);
    const bit = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001;
    if ((mode & bit) === 0) return false;
    if (current === path.dirname(current)) return true;
  }
}

/** Root makes files for the server's user; everybody else keeps their own. */
export async function giveTo(target: string, user: SystemUser | undefined): Promise<void> {
  if (user === undefined) return;
  await chown(target, user.uid, user.gid);
}
