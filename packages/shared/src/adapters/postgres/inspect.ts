/**
 * What a Postgres server says of itself, for whoever judges whether Freshet can rest on it. Reads only; changes nothing.
 * A server that can't be reached, or refuses, throws as every connection does (database-error.ts).
 */
import type { Client } from 'pg';
import { toError, UsageError } from '../../errors.js';
import { connectClient, describeTarget } from './pool.js';
import { knownFiles, readLevel } from './schema-level.js';

export interface PostgresFacts {
  /** Where it is, without the password. */
  readonly label: string;
  readonly version: string;
  readonly major: number;
  /** Of `SETTINGS_READ`, as this user's sessions have them. */
  readonly settings: ReadonlyMap<string, string>;
  readonly standby: boolean;
  readonly encoding: string;
  /** Freshet's schemas are there, or this user may make them. */
  readonly mayCreate: boolean;
  /** Connections that are left for users who aren't superusers. */
  readonly connectionsLeft: number;
  /** The server's clock minus ours, in milliseconds; exact to half of `roundTripMs`. */
  readonly clockAheadMs: number;
  readonly roundTripMs: number;
  readonly schema: SchemaFacts;
  /** Undefined before the first start. */
  readonly model: ModelFacts | undefined;
}

export type SchemaFacts =
  | { readonly state: 'empty' }
  | { readonly state: 'current' }
  | { readonly state: 'behind'; readonly missing: readonly string[] }
  | { readonly state: 'refused'; readonly reason: string };

export interface ModelFacts {
  /** Of the newest delta; undefined when there is none. */
  readonly dim: number | undefined;
  /** The log's newest entry, and the newest one learned. */
  readonly logged: number;
  readonly applied: number;
  /** Since the leading trainer last said that it is there. */
  readonly trainerSilentMs: number;
  readonly deadLetters: number;
}

const SETTINGS_READ = ['synchronous_commit', 'fsync', 'full_page_writes', 'autovacuum', 'default_transaction_read_only', 'default_transaction_isolation', 'max_connections', 'statement_timeout', 'max_wal_size'];
/** Of the delta's header (codec/delta): where `dim` stands, counted from 1 as SQL does. */
const DIM_AT = 45;

export async function inspectPostgres(url: string): Promise<PostgresFacts> {
  const client = await connectClient({ url, applicationName: 'freshet doctor', onError: () => undefined, statementTimeoutMs: 10_000 });
  try {
    const asked = Date.now();
    const { rows } = await client.query<{ now: number }>('select extract(epoch from clock_timestamp())::float8 * 1000 as now');
    const answered = Date.now();
    return {
      label: describeTarget(url),
      clockAheadMs: (rows[0]?.now ?? answered) - (asked + answered) / 2,
      roundTripMs: answered - asked,
      ...(await readServer(client)),
      schema: await readSchema(client),
      model: await readModel(client),
    };
  } finally {
    await client.end();
  }
}

interface ServerRow {
  readonly version: string;
  readonly number: string;
  readonly standby: boolean;
  readonly encoding: string;
  readonly may_create: boolean;
  readonly connections_left: number;
  readonly settings: Readonly<Record<string, string>>;
}

const SERVER = `
  select current_setting('server_version') as version, current_setting('server_version_num') as number,
    pg_is_in_recovery() as standby, current_setting('server_encoding') as encoding,
    coalesce(has_database_privilege(current_database(), 'CREATE'), false)
      or (to_regnamespace('freshet') is not null and to_regnamespace('bullmq') is not null) as may_create,
    current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
      - (select count(*)::int from pg_stat_activity where backend_type = 'client backend') as connections_left,
    (select jsonb_object_agg(name, current_setting(name)) from unnest($1::text[]) as name) as settings`;

async function readServer(client: Client): Promise<Pick<PostgresFacts, 'version' | 'major' | 'standby' | 'encoding' | 'mayCreate' | 'connectionsLeft' | 'settings'>> {
  const { rows } = await client.query<ServerRow>(SERVER, [SETTINGS_READ]);
  const [row] = rows;
  return {
    version: row?.version ?? 'unknown',
    major: Math.floor(Number(row?.number ?? 0) / 10_000),
    standby: row?.standby === true,
    encoding: row?.encoding ?? '',
    mayCreate: row?.may_create === true,
    connectionsLeft: row?.connections_left ?? 0,
    settings: new Map(Object.entries(row?.settings ?? {})),
  };
}

async function readSchema(client: Client): Promise<SchemaFacts> {
  try {
    const { files } = await readLevel(client);
    const missing = (await knownFiles()).filter((name) => !files.includes(name));
    if (files.length === 0) return { state: 'empty' };
    return missing.length === 0 ? { state: 'current' } : { state: 'behind', missing };
  } catch (thrown) {
    if (!(thrown instanceof UsageError)) throw thrown;
    return { state: 'refused', reason: toError(thrown).message };
  }
}

const MODEL = `
  select
    (select last from freshet.log_counter) as logged,
    (select max(applied) from freshet.trainer_state) as applied,
    (select min(extract(epoch from clock_timestamp() - heartbeat_at)::float8 * 1000) from freshet.trainer_state) as silent,
    (select count(*)::int from freshet.dead_letter) as dead_letters,
    (select substring(bytes from ${DIM_AT} for 4) from freshet.delta order by version desc limit 1) as dim`;

async function readModel(client: Client): Promise<ModelFacts | undefined> {
  const there = await client.query<{ there: boolean }>(`select to_regclass('freshet.trainer_state') is not null as there`);
  if (there.rows[0]?.there !== true) return undefined;
  const { rows } = await client.query<{ logged: string | number; applied: string | number; silent: number; dead_letters: number; dim: Buffer | null }>(MODEL);
  const [row] = rows;
  if (row === undefined) return undefined;
  const dim = row.dim?.length === 4 ? row.dim.readUInt32LE(0) : undefined;
  return { dim, logged: Number(row.logged), applied: Number(row.applied), trainerSilentMs: row.silent, deadLetters: row.dead_letters };
}
