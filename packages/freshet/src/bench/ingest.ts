/**
 * `bench ingest`: how many events a second ingest takes durably, and what an event costs; the trainer idle or (`--trainer on`) learning.
 *
 * An embedded Postgres with its usual, durable settings on disk; `freshet ingest` in a process of its own, the trainer in another; N
 * connections that send as fast as they are answered. Afterwards the database is asked how many events it has.
 */
import { randomBytes } from 'node:crypto';
import { startEmbeddedPostgres } from '../embedded/postgres.js';
import { type Bench, type BenchContext, type BenchResult, round, roundAll } from './bench.js';
import { createCaller } from './load/caller.js';
import { runClosedLoop } from './load/closed-loop.js';
import type { LoadResult, Request } from './load/load.js';
import { describeMachine } from './machine.js';
import { COMMON_OPTIONS, option, type Resolved, resolveOptions, wholeNumber } from './options.js';
import { itemsBehind, secondsUntilDrained } from './target/backlog.js';
import { type CpuUse, startCpuMeter } from './target/cpu.js';
import { type DatabaseCost, databaseCost } from './target/database-cost.js';
import { type FreshetProcess, startFreshet } from './target/freshet-process.js';
import { fillIdTables } from './target/id-tables.js';
import type { BenchPool } from './target/pool.js';
import { compareLedger, type Ledger, readLedger } from './target/ledger.js';
import { stopLater, withWorkplace, type Workplace } from './target/workplace.js';
import { scanNumber } from './traffic/answer.js';
import { type PreparedRequest, prepareRequest } from './traffic/events.js';
import { createShop } from './traffic/shop.js';
import { createShoppers, TRAFFIC } from './traffic/shoppers.js';

const OPTIONS = {
  batch: wholeNumber('--batch <events>', { help: 'events in a request', fallback: 500, from: 1, to: 1_000 }),
  connections: wholeNumber('--connections <number>', { help: 'connections that send at once', fallback: 8, from: 1, to: 1_000 }),
  seconds: wholeNumber('--seconds <number>', { help: 'measured seconds, after a second or two of warming up', fallback: 10, from: 1, to: 600 }),
  users: wholeNumber('--users <number>', { help: 'shoppers', fallback: 50_000, from: 1, to: 5_000_000 }),
  items: wholeNumber('--items <number>', { help: 'items they deal with', fallback: 20_000, from: 100, to: 5_000_000 }),
  ids: wholeNumber('--ids <number>', { help: 'ids that the tables of seen ids hold before, half of them in each', fallback: 0, from: 0, to: 500_000_000 }),
  trainer: option({ flags: '--trainer <on|off>', help: 'a trainer that learns meanwhile, in a process of its own', fallback: 'off', parse: parseSwitch }),
  ...COMMON_OPTIONS,
} as const;
type Options = Resolved<typeof OPTIONS>;

export const ingestBench: Bench = {
  help: 'durable events a second of ingest alone',
  options: OPTIONS,
  run: (flags, context) => withWorkplace((place) => run(resolveOptions(OPTIONS, flags), place, context)),
};

function parseSwitch(text: string): boolean {
  if (text === 'on' || text === 'off') return text === 'on';
  throw new RangeError('takes on or off');
}

async function run(options: Options, place: Workplace, context: BenchContext): Promise<BenchResult> {
  const started = await start(options, place, context);
  const { freshet, pool, postmaster } = started;
  context.say(`sending requests of ${options.batch} events over ${options.connections} connections for ${options.seconds} s`);
  const counts = { accepted: 0, measured: 0 };
  const caller = createCaller(freshet.target);
  place.owner.defer('caller', () => caller.close());
  const cpu = await startCpuMeter(caller);
  const before = await databaseCost(pool, postmaster);
  const load = await runClosedLoop<PreparedRequest>({
    target: freshet.target,
    connections: options.connections,
    seconds: options.seconds,
    warmUpSeconds: Math.min(2, options.seconds / 2),
    next: createRequests(options),
    onAnswer: ({ body, measured }) => {
      const accepted = scanNumber(body, 'accepted') ?? 0;
      counts.accepted += accepted;
      if (measured) counts.measured += accepted;
    },
    signal: context.signal,
  });
  const cores = await cpu.read();
  const cost = { before, after: await databaseCost(pool, postmaster), ingestSeconds: await cpu.seconds() };
  const backlog = options.trainer ? { items: await itemsBehind(pool), seconds: await secondsUntilDrained(pool, context.signal) } : undefined;
  started.assertRunning();
  await freshet.stop();
  const ledger = await readLedger(started.url);
  return describe(options, { load, counts, cores, ledger, cost, backlog, filledSeconds: started.filledSeconds });
}

interface Started {
  readonly url: string;
  readonly postmaster: number;
  /** One connection, without a limit of time. */
  readonly pool: BenchPool;
  readonly freshet: FreshetProcess;
  readonly filledSeconds: number;
  assertRunning(): void;
}

async function start(options: Options, place: Workplace, context: BenchContext): Promise<Started> {
  context.say('starting an embedded Postgres and ingest');
  const postgres = stopLater(place, 'Postgres', await startEmbeddedPostgres({ dataDir: place.dir, log: context.say }));
  // Only now: the command line lists the benches without a database's libraries.
  const { migrate } = await import('@freshet/shared/adapters/postgres/migrate');
  const { createPool } = await import('@freshet/shared/adapters/postgres/pool');
  await migrate(postgres.url);
  const pool = createPool({ url: postgres.url, applicationName: 'freshet-bench', maxConnections: 1, statementTimeoutMs: 0, onError: () => undefined });
  place.owner.defer('pool', () => pool.end());
  if (options.ids > 0) context.say(`filling the tables of seen ids with ${options.ids}`);
  const filledSeconds = options.ids > 0 ? await fillIdTables(pool, options.ids) : 0;
  const spec = { args: [], environment: { DATABASE_URL: postgres.url }, profile: options.profile };
  const freshet = stopLater(place, 'ingest', await startFreshet({ ...spec, command: 'ingest' }, context));
  const trainer = options.trainer ? stopLater(place, 'trainer', await startFreshet({ ...spec, command: 'trainer' }, context)) : undefined;
  const assertRunning = (): void => [freshet, trainer].forEach((one) => one?.assertRunning());
  return { url: postgres.url, postmaster: postgres.pid, pool, freshet, filledSeconds, assertRunning };
}

/** More than connections, so that a request isn't renewed while it is on its way; enough for many different shoppers. */
const PREPARED_EVENTS = 100_000;

function createRequests({ seed, batch, connections, users, items }: Options): () => Request<PreparedRequest> {
  const shop = createShop(seed, items);
  const shoppers = createShoppers(seed, shop, { users });
  const naming = { run: randomBytes(3).toString('hex'), now: Date.now() };
  const requests = Array.from({ length: Math.max(4 * connections, Math.ceil(PREPARED_EVENTS / batch)) }, () =>
    prepareRequest(shop, Array.from({ length: batch }, () => shoppers.next()), naming),
  );
  let sent = 0;
  return () => {
    const request = requests[sent % requests.length] ?? prepareRequest(shop, [shoppers.next()], naming);
    request.renew(sent++ * batch);
    return { bytes: request.bytes, tag: request };
  };
}

interface Measured {
  readonly load: LoadResult;
  readonly counts: { readonly accepted: number; readonly measured: number };
  readonly cores: CpuUse;
  readonly ledger: Ledger;
  /** From the first request on, those of the warm-up included. */
  readonly cost: { readonly before: DatabaseCost; readonly after: DatabaseCost; readonly ingestSeconds: number };
  /** When the last request was answered, and how long until the trainer had learned it. */
  readonly backlog: { readonly items: number; readonly seconds: number } | undefined;
  readonly filledSeconds: number;
}

function describeCost({ cost: { before, after, ingestSeconds }, counts }: Measured): Readonly<Record<string, number>> {
  const each = (total: number): number => round(total / Math.max(1, counts.accepted));
  const postgres = before.cpuSeconds === undefined || after.cpuSeconds === undefined ? {} : { postgres_cpu_us_per_event: each(1e6 * (after.cpuSeconds - before.cpuSeconds)) };
  return { ingest_cpu_us_per_event: each(1e6 * ingestSeconds), ...postgres, wal_bytes_per_event: each(after.walBytes - before.walBytes) };
}

function describe(options: Options, measured: Measured): BenchResult {
  const { load, counts, cores, ledger, backlog, filledSeconds } = measured;
  const { max: _, ...latency } = load.latencies.summary();
  return {
    bench: 'ingest',
    measures: 'events a second that `freshet ingest` answered with 202, each checked, cleaned, made unique and committed to an embedded Postgres on disk; latency of a whole request at saturation',
    not_measured: [...(options.trainer ? ['serving beside it'] : ['training and serving beside it']), 'a network between client and server', 'TLS and API keys'],
    machine: describeMachine(),
    seconds: round(load.seconds),
    events_per_second: Math.round(counts.measured / load.seconds),
    latency_ms: roundAll(latency),
    accepted: counts.accepted,
    durable: ledger.events,
    ...compareLedger(ledger, counts.accepted),
    requests: load.requests,
    errors: load.errors,
    ...(load.firstError === undefined ? {} : { first_error: load.firstError }),
    cores_used: cores,
    ...describeCost(measured),
    ...(backlog === undefined ? {} : { trainer: { events_behind: backlog.items, learned_seconds_later: round(backlog.seconds) } }),
    ids: options.ids,
    ...(options.ids === 0 ? {} : { filled_seconds: round(filledSeconds) }),
    batch: options.batch,
    connections: options.connections,
    users: options.users,
    items: options.items,
    seed: options.seed,
    traffic: TRAFFIC,
  };
}
