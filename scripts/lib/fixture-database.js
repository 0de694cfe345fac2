/** The embedded database of a release's data directory, looked at once more by that release's own server before it is packed. */
import { readdirSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from './files.js';

/** @typedef {{ url: string, stop(): Promise<void> }} Server */
/** @typedef {{ startEmbeddedPostgres(options: { dataDir: string, log: (line: string) => void }): Promise<Server> }} Embedded */
/** @typedef {{ query(text: string): Promise<{ rows: Record<string, string>[] }>, end(): Promise<void> }} Session */
/** @typedef {{ connectClient(options: object): Promise<Session> }} Pool */

const SEGMENT_BYTES = 16 * 1024 * 1024;
/** The switch leaves the new segment with a page or two at its stop. */
const WRITTEN_BYTES = 64 * 1024;

/**
 * What the model and the log are, and the log segments emptied: what lies before the last checkpoint is needed by nobody.
 * @param {string} checkout
 * @param {string} dataDir
 */
export async function settle(checkout, dataDir) {
  const { startEmbeddedPostgres } = /** @type {Embedded} */ (await import(pathToFileURL(join(checkout, 'packages/freshet/dist/embedded/postgres.js')).href));
  const { connectClient } = /** @type {Pool} */ (await import(pathToFileURL(join(root, 'packages/shared/dist/adapters/postgres/pool.js')).href));
  const server = await startEmbeddedPostgres({ dataDir, log: () => undefined });
  const session = await connectClient({ url: server.url, applicationName: 'fixture', onError: () => undefined, statementTimeoutMs: 0 });
  const first = async (/** @type {string} */ query) => (await session.query(query)).rows[0] ?? {};
  const state = await first(`select version, applied, encode(checksum, 'hex') as checksum from freshet.trainer_state`);
  const log = await first('select last from freshet.log_counter');
  const { server_version: postgres = '' } = await first('show server_version');
  await session.query('checkpoint');
  await session.query('select pg_switch_wal()');
  await session.query('checkpoint');
  const { segment = '' } = await first('select pg_walfile_name(pg_current_wal_lsn()) as segment');
  await session.end();
  await server.stop();
  emptySegments(join(dataDir, 'postgres/pg_wal'), segment);
  return { postgres, version: Number(state['version']), applied: Number(state['applied']), checksum: state['checksum'], sequence: Number(log['last']) };
}

/**
 * @param {string} folder
 * @param {string} kept the segment with the last checkpoint
 */
function emptySegments(folder, kept) {
  for (const name of readdirSync(folder)) {
    const file = join(folder, name);
    if (!/^[0-9A-F]{24}$/.test(name) || !statSync(file).isFile()) continue;
    truncateSync(file, name === kept ? WRITTEN_BYTES : 0);
    // A recycled segment holds old records, which no server reads: nothing is what it may hold.
    truncateSync(file, SEGMENT_BYTES);
  }
}
