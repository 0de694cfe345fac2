/**
 * Where Postgres is: a server of the user's (`DATABASE_URL`) or the embedded one, migrated before anybody uses it.
 * Released last, since everything else drains into it.
 */
import path from 'node:path';
import { migrate } from '@freshet/shared/adapters/postgres/migrate';
import type { Owner } from '@freshet/shared/lifecycle';
import type { Logger } from '@freshet/shared/logger';
import { startEmbeddedPostgres } from '../embedded/postgres.js';

export interface DatabaseOptions {
  readonly databaseUrl: string | undefined;
  readonly dataDir: string;
}

export interface Database {
  readonly url: string;
  readonly embedded: boolean;
  /** Where an embedded server keeps its files. */
  readonly pgData: string | undefined;
  /** Resolves when an embedded server has ended by itself; never for a server of the user's. */
  readonly ended: Promise<Error | undefined>;
}

/** Stopping the embedded server takes a checkpoint. */
const STOP_MS = 25_000;

export async function openDatabase(options: DatabaseOptions, { owner, log, signal }: { owner: Owner; log: Logger; signal: AbortSignal }): Promise<Database> {
  const say = (line: string): void => log.info(line);
  if (options.databaseUrl !== undefined) {
    await migrate(options.databaseUrl, { log: say, signal });
    return { url: options.databaseUrl, embedded: false, pgData: undefined, ended: new Promise(() => undefined) };
  }
  const server = await startEmbeddedPostgres({ dataDir: path.resolve(options.dataDir), log: say });
  owner.defer('embedded Postgres', () => server.stop(), STOP_MS);
  await migrate(server.url, { log: say, signal });
  return { url: server.url, embedded: true, pgData: server.pgData, ended: server.ended };
}
