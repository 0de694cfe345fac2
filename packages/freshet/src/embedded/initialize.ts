/**
 * Makes the database files, once.
 *
 * 1. The files appear under their final name by one rename after initdb has finished and synced: a start that was killed in
 *    between begins again.
 * 2. Files of another major version are refused, never touched.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, statfs, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { UnavailableError, UsageError } from '@freshet/shared/errors';
import type { Binaries } from './binaries.js';
import { explainFailure } from './failure.js';
import { runCommand } from './run-command.js';
import type { Site } from './site.js';
import { giveTo } from './system-user.js';

/** The superuser's name in the embedded database. */
export const ROLE = 'freshet';

const INITDB_TIMEOUT_MS = 120_000;
/** A new cluster takes 40 MB and its first log segments 130 MB. */
const MIN_FREE_BYTES = 300 * 2 ** 20;
export const PASSWORD_FILE = 'postgres.password';

export interface InitializeOptions {
  readonly site: Site;
  readonly binaries: Binaries;
  /** 0700, owned by the server's user: the password passes through it. */
  readonly privateDir: string;
  readonly durable: boolean;
  readonly log: (line: string) => void;
}

/** Returns the role's password. */
export async function initialize(options: InitializeOptions): Promise<string> {
  const { site, binaries } = options;
  const version = await readIfThere(path.join(site.pgData, 'PG_VERSION'));
  const passwordFile = path.join(site.dataDir, PASSWORD_FILE);
  const password = (await readIfThere(passwordFile))?.trim();
  if (version === undefined) {
    const fresh = password ?? (await createPassword(passwordFile));
    await createCluster(options, fresh);
    return fresh;
  }
  if (Number.parseInt(version, 10) !== binaries.major) {
    throw new UsageError('embedded_postgres_version', `the database in ${site.pgData} was made by Postgres ${version.trim()} and this Freshet brings Postgres ${binaries.major}: start it with the Freshet that made it (freshet backup there and freshet restore here carries it over), or choose another --data-dir`);
  }
  if (password === undefined) {
    throw new UsageError('embedded_postgres_password', `${passwordFile} is missing, without which nobody can log in to the database: restore it, or choose another --data-dir`);
  }
  return password;
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    if (code === 'EACCES') throw new UsageError('data_dir', `this user may not read ${file}: check who owns it, or choose another --data-dir`, { cause: error });
    throw error;
  }
}

async function createPassword(file: string): Promise<string> {
  const password = randomBytes(24).toString('base64url');
  try {
    const handle = await open(`${file}.new`, 'w', 0o600);
    await handle.writeFile(`${password}\n`);
    await handle.sync();
    await handle.close();
    await rename(`${file}.new`, file);
    return password;
  } catch (cause) {
    throw explainFailure({ doing: 'write the password', place: path.dirname(file), output: '', cause });
  }
}

async function createCluster({ site, binaries, privateDir, durable, log }: InitializeOptions, password: string): Promise<void> {
  await checkFreeSpace(site.home);
  log(`creating the database in ${site.pgData}`);
  const draft = `${site.pgData}.new`;
  const passwordCopy = path.join(privateDir, 'password');
  await rm(draft, { recursive: true, force: true });
  try {
    await mkdir(draft, { mode: 0o700 });
    await giveTo(draft, site.user);
    await writeFile(passwordCopy, password, { mode: 0o600 });
    await giveTo(passwordCopy, site.user);
    await runInitdb({ binaries, site, draft, passwordCopy, durable });
    await rename(draft, site.pgData);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    throw error;
  } finally {
    await rm(passwordCopy, { force: true });
  }
}

interface InitdbInput {
  readonly binaries: Binaries;
  readonly site: Site;
  readonly draft: string;
  readonly passwordCopy: string;
  readonly durable: boolean;
}

async function runInitdb({ binaries, site, draft, passwordCopy, durable }: InitdbInput): Promise<void> {
  const args = [
    '-D', draft, '-U', ROLE, `--pwfile=${passwordCopy}`, '--auth=scram-sha-256',
    '--locale=C', '--encoding=UTF8', '--data-checksums', '--no-instructions', ...(durable ? [] : ['--no-sync']),
  ];
  const { error, output } = await runCommand({ file: binaries.initdb, args, user: site.user, timeoutMs: INITDB_TIMEOUT_MS });
  if (error !== undefined) throw explainFailure({ doing: 'create the database', place: site.pgData, output, cause: error });
}

async function checkFreeSpace(directory: string): Promise<void> {
  const { bavail, bsize } = await statfs(directory);
  if (bavail * bsize >= MIN_FREE_BYTES) return;
  throw new UnavailableError('disk_full', `the disk that holds ${directory} has ${Math.floor((bavail * bsize) / 2 ** 20)} MB left and a new database needs 300: free some space or choose another --data-dir`);
}
