/**
 * An installation to be broken: a database of its own, a queue (in it, or a real Redis), and any number of Freshet
 * processes, each of which may be reached by fault proxies. Closing it ends them all.
 */
import net from 'node:net';
import { connectClient } from '@freshet/shared/adapters/postgres/pool';
import { queueFromUrl } from '@freshet/shared/adapters/queue-from-url';
import { silentLogger } from '@freshet/shared/logger';
import type { JobQueue } from '@freshet/shared/ports/job-queue';
import type { Client } from 'pg';
import { openShop, type Shop } from './api-client.js';
import { type FaultProxy, startFaultProxy } from './fault-proxy.js';
import { type Addresses, type FreshetProcess, launchFreshet, type Role } from './freshet-process.js';
import { expectEffectOnce } from './model-effect.js';
import { createDatabase } from './postgres.js';
import { startRedis, type TestRedis } from './redis.js';
import { expectSoundLedger } from './settled-ledger.js';
import { postgresTarget } from './tcp-proxy.js';
import { until } from './until.js';

export type QueueKind = 'postgres' | 'redis';

export interface FaultSite {
  readonly addresses: Addresses;
  readonly redis: TestRedis | undefined;
  readonly client: Client;
  /** Ids of events that some client saw acknowledged. */
  readonly acknowledged: Set<string>;
  /** Resolves once the process is ready. */
  start(role: Role, addresses?: Addresses): Promise<FreshetProcess>;
  /** Does not wait for it. */
  launch(role: Role, addresses?: Addresses): FreshetProcess;
  /** All that were ever started. */
  processes(): readonly FreshetProcess[];
  shop(process: FreshetProcess): Promise<Shop>;
  /** A producer of wake-ups beside the installation's own. */
  queue(): Promise<JobQueue>;
  /** The way to the database and the queue through proxies. */
  proxied(): Promise<Proxied>;
  /** Waits until the log is learned up to `seq`. */
  applied(seq: number, limitMs?: number): Promise<void>;
  state(): Promise<{ readonly epoch: number; readonly version: number; readonly applied: number }>;
  /** The newest entry with an event in it. */
  newestEvents(): Promise<number>;
  /** The epoch of the delta that learned entry `seq`. */
  epochOf(seq: number): Promise<number>;
  /** The ledger check; then, that the model counts each event once. */
  check(scenario: string): Promise<void>;
  close(): Promise<void>;
}

export interface Proxied {
  readonly addresses: Addresses;
  readonly database: FaultProxy;
  /** The database's when the queue is in it. */
  readonly queue: FaultProxy;
}

const number = async (client: Client, text: string, values: unknown[] = []): Promise<number> => Number((await client.query<{ n: unknown }>(text, values)).rows[0]?.n ?? 0);

export async function openFaultSite(kind: QueueKind, redisArgs?: readonly string[]): Promise<FaultSite> {
  const database = await createDatabase();
  const redis = kind === 'redis' ? await startRedis(redisArgs) : undefined;
  const client = await connectClient({ url: database.url, applicationName: 'freshet-fault-test', onError: () => undefined });
  const addresses: Addresses = { databaseUrl: database.url, queueUrl: redis?.url };
  const acknowledged = new Set<string>();
  const processes: FreshetProcess[] = [];
  const closers: (() => Promise<unknown>)[] = [];

  const launch = (role: Role, to = addresses): FreshetProcess => {
    const process = launchFreshet(role, to);
    processes.push(process);
    return process;
  };
  const state: FaultSite['state'] = async () => {
    const found = await client.query<{ epoch: number; version: number; applied: number }>('select epoch, version, applied from freshet.trainer_state');
    const row = found.rows[0];
    return row ?? { epoch: 0, version: 0, applied: 0 };
  };
  return {
    addresses,
    redis,
    client,
    acknowledged,
    launch,
    async start(role, to) {
      const process = launch(role, to);
      await process.ready;
      return process;
    },
    processes: () => processes,
    shop: async (process) => openShop(await process.url, acknowledged),
    async queue() {
      const queue = await queueFromUrl(addresses.queueUrl, { log: silentLogger, databaseUrl: addresses.databaseUrl });
      closers.push(() => queue.close());
      return queue;
    },
    async proxied() {
      const { target, through } = postgresTarget(addresses.databaseUrl);
      const toDatabase = await startFaultProxy(target, 'postgres');
      closers.push(() => toDatabase.close());
      if (redis === undefined) return { addresses: { databaseUrl: through(toDatabase.port), queueUrl: undefined }, database: toDatabase, queue: toDatabase };
      const url = new URL(redis.url);
      const toQueue = await startFaultProxy({ host: url.hostname, port: Number(url.port) }, 'redis');
      closers.push(() => toQueue.close());
      return { addresses: { databaseUrl: through(toDatabase.port), queueUrl: `redis://127.0.0.1:${toQueue.port}` }, database: toDatabase, queue: toQueue };
    },
    async applied(seq, limitMs) {
      try {
        await until(`entry ${seq} is applied`, async () => (await state()).applied >= seq, limitMs);
      } catch (cause) {
        throw new Error(`entry ${seq} was not applied (${JSON.stringify(await state())}); the trainers said:\n${said(processes, 'trainer')}`, { cause });
      }
    },
    state,
    newestEvents: () => number(client, 'select max(seq) as n from freshet.log_entry where count > 0'),
    epochOf: (seq) => number(client, 'select epoch as n from freshet.delta where from_seq <= $1 and to_seq >= $1', [seq]),
    async check(scenario) {
      await expectSoundLedger(scenario, addresses.databaseUrl, acknowledged);
      await expectEffectOnce(addresses.databaseUrl);
    },
    async close() {
      await Promise.all(processes.map((process) => (process.resume(), process.kill())));
      await Promise.all(closers.map((close) => close()));
      await client.end();
      await redis?.stop();
      await database.drop();
    },
  };
}

const SAID_CHARS = 3_000;

function said(processes: readonly FreshetProcess[], role: Role): string {
  return processes.flatMap((process) => (process.role === role ? [`[${process.pid}] ${process.output().slice(-SAID_CHARS)}`] : [])).join('\n');
}

/** Sends one command to a Redis and resolves with its reply. */
export function redisCommand(url: string, command: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = net.connect(Number(port), hostname, () => socket.write(`${command}\r\n`));
    socket.on('error', reject);
    socket.on('data', (data) => {
      socket.destroy();
      resolve(data.toString());
    });
  });
}
