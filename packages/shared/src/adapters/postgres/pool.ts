/**
 * The one place where connections to Postgres are made.
 *
 * In: a URL. Out: node-postgres pools and clients, all set up alike.
 * 1. No connection's error is ever unhandled: pools and clients report to `onError`.
 * 2. Nothing waits for ever: getting a connection, a statement (server's clock) and an answer (ours, for a half-open
 *    connection) each have a limit, and so has an idle transaction.
 * 3. Unqualified names mean schema `freshet`, then BullMQ's.
 * 4. `bigint` columns arrive as numbers, or as `bigint` beyond 2^53.
 * Leaves out PgBouncer in transaction mode: prepared statements, LISTEN and session locks need sessions.
 */
import { Client, Pool, types, type ClientConfig, type CustomTypesConfig } from 'pg';
import { UsageError } from '../../errors.js';
import { toDatabaseError } from './database-error.js';

export interface ConnectionOptions {
  readonly url: string;
  /** What pg_stat_activity shows: `freshet-ingest` … */
  readonly applicationName: string;
  /** Told about connections lost while nobody was waiting for an answer. */
  readonly onError: (error: Error) => void;
  /** Limit of one statement; 0 = none. Default 60 s. */
  readonly statementTimeoutMs?: number;
}

export interface PoolOptions extends ConnectionOptions {
  /** Connections at most; a caller beyond it waits up to 5 s. Default 10. */
  readonly maxConnections?: number;
}

const SEARCH_PATH = 'freshet,bullmq,public';
const DEFAULT_CONNECTIONS = 10;
const DEFAULT_STATEMENT_MS = 60_000;
const CONNECT_MS = 5_000;
/** Opening one costs a password check of some milliseconds, so keep them for a while. */
const IDLE_MS = 300_000;
const KEEP_ALIVE_MS = 10_000;
/** Longer than the server's own limit, so that the server's clearer answer comes first. */
const ANSWER_GRACE_MS = 5_000;

export function createPool(options: PoolOptions): Pool {
  const pool = new Pool({
    ...clientConfig(options),
    max: options.maxConnections ?? DEFAULT_CONNECTIONS,
    idleTimeoutMillis: IDLE_MS,
  });
  pool.on('error', options.onError);
  // The pool listens to idle clients only: one that breaks in somebody's hands would end the process.
  pool.on('connect', (client) => client.on('error', options.onError));
  return pool;
}

/** A connection of its own: for LISTEN, session locks and migrations. The caller ends it. */
export async function connectClient(options: ConnectionOptions): Promise<Client> {
  const client = new Client(clientConfig(options));
  client.on('error', options.onError);
  try {
    await client.connect();
    return client;
  } catch (thrown) {
    await client.end().catch(() => undefined);
    throw toDatabaseError(thrown, describeTarget(options.url));
  }
}

/** Where a URL leads, for sentences: never the password. */
export function describeTarget(url: string): string {
  const parsed = parseUrl(url);
  const host = parsed.searchParams.get('host') ?? parsed.hostname;
  return `Postgres at ${host}${parsed.port === '' ? '' : `:${parsed.port}`}, database ${parsed.pathname.slice(1)}`;
}

function clientConfig(options: ConnectionOptions): ClientConfig {
  const statementMs = options.statementTimeoutMs ?? DEFAULT_STATEMENT_MS;
  const limits = statementMs === 0 ? {} : { statement_timeout: statementMs, query_timeout: statementMs + ANSWER_GRACE_MS };
  return {
    connectionString: withSearchPath(options.url),
    application_name: options.applicationName,
    connectionTimeoutMillis: CONNECT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
    idle_in_transaction_session_timeout: DEFAULT_STATEMENT_MS,
    types: parsers,
    ...limits,
  };
}

/** In the URL, because node-postgres lets an `options` there replace any given beside it. */
function withSearchPath(url: string): string {
  const parsed = parseUrl(url);
  const given = parsed.searchParams.get('options');
  parsed.searchParams.set('options', `${given === null ? '' : `${given} `}-c search_path=${SEARCH_PATH}`);
  return parsed.href.replaceAll('+', '%20');
}

function parseUrl(url: string): URL {
  if (/^postgres(ql)?:\/\//.test(url) && URL.canParse(url)) return new URL(url);
  throw new UsageError('database_url', 'DATABASE_URL must look like postgresql://user:password@host:5432/database (special characters in the password as %XX)');
}

/** `bigint` in text format. */
function parseInt8(text: string): number | bigint {
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : BigInt(text);
}

function findParser(oid: number, format?: 'text' | 'binary'): unknown {
  return oid === types.builtins.INT8 && format !== 'binary' ? parseInt8 : types.getTypeParser(oid, format);
}

const parsers: CustomTypesConfig = { getTypeParser: findParser as typeof types.getTypeParser };
