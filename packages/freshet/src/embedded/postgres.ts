/**
 * The embedded Postgres: one server process, started with us and stopped last.
 *
 * In: a directory. Out: a URL. A killed Freshet leaves a running server behind, which the next start stops before it begins.
 * 1. One Freshet per data directory (data-dir-lock); the lock outlives the server.
 * 2. The server has a process group of its own: Ctrl-C reaches Freshet, which drains while the database is still there.
 * 3. Whatever was killed, the next start finds what was committed (Postgres's crash recovery).
 * Leaves out: replication (use DATABASE_URL), upgrades between major versions (back up, restore).
 */
import { totalmem } from 'node:os';
import path from 'node:path';
import { prepareBinaries } from './binaries.js';
import { lockDirectory } from './data-dir-lock.js';
import { initialize } from './initialize.js';
import { keepLayout } from './layout.js';
import { stopOrphan } from './postmaster.js';
import { openServerLog } from './server-log.js';
import { startServer } from './server.js';
import { serverSettings } from './settings.js';
import { resolveSite, type Site } from './site.js';
import { createSocketDir, removeSocketDir } from './socket-dir.js';
import { socketUrl } from './socket-url.js';
import { removeStaleUrlFile, writeUrlFile } from './url-file.js';

export interface EmbeddedPostgresOptions {
  readonly dataDir: string;
  /** Told, in a sentence each, about what takes time or surprises. */
  readonly log: (line: string) => void;
  readonly maxConnections?: number;
  /** False only in tests: no fsync, so a crash of the machine (not of a process) may lose data. */
  readonly durable?: boolean;
}

export interface EmbeddedPostgres extends AsyncDisposable {
  readonly url: string;
  readonly pid: number;
  /** Where the database files are: `<dataDir>/postgres`, or elsewhere if the server's user can't enter that. */
  readonly pgData: string;
  /** Resolves when the server has ended: undefined after `stop`, else an error that says how. */
  readonly ended: Promise<Error | undefined>;
  /** Waits at most some 20 s; idempotent. */
  stop(): Promise<void>;
}

const DEFAULT_CONNECTIONS = 150;

type Release = () => Promise<void>;

export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const held: Release[] = [];
  try {
    const site = await resolveSite(options.dataDir, options.log);
    const lock = await lockDirectory(site.dataDir);
    held.push(() => lock.release());
    return await startLocked({ site, options, held });
  } catch (error) {
    await releaseAll(held);
    throw error;
  }
}

interface Locked {
  readonly site: Site;
  readonly options: EmbeddedPostgresOptions;
  /** Released last in, first out. */
  readonly held: Release[];
}

async function startLocked({ site, options, held }: Locked): Promise<EmbeddedPostgres> {
  const { log, durable = true, maxConnections = DEFAULT_CONNECTIONS } = options;
  await keepLayout(site.dataDir);
  await stopOrphan(site.pgData, log);
  await removeStaleUrlFile(site.dataDir);
  const binaries = await prepareBinaries({ home: site.home, user: site.user, log });
  const socketDir = await createSocketDir(site);
  held.push(() => removeSocketDir(socketDir));
  const password = await initialize({ site, binaries, privateDir: socketDir, durable, log });
  const serverLog = await openServerLog(path.join(site.dataDir, 'postgres.log'));
  held.push(() => serverLog.close());
  const settings = serverSettings({ socketDir, maxConnections, durable, memoryBytes: availableMemory() });
  const server = await startServer({ binary: binaries.postgres, site, settings, serverLog, log });
  held.push(() => server.stop());
  const url = socketUrl(socketDir, password);
  held.push(await writeUrlFile(site.dataDir, url, log));
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopping ??= releaseAll(held));
  const { pid, ended } = server;
  return { url, pid, pgData: site.pgData, ended, stop, [Symbol.asyncDispose]: stop };
}

async function releaseAll(held: Release[]): Promise<void> {
  for (let release = held.pop(); release !== undefined; release = held.pop()) await release();
}

/** A container's limit counts, not the machine's memory. */
function availableMemory(): number {
  const limit = process.constrainedMemory();
  return limit > 0 && limit < totalmem() ? limit : totalmem();
}
