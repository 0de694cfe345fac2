/**
 * `bench ingest`: how many events a second ingest takes durably, the trainer idle.
 *
 * An embedded Postgres with its usual, durable settings on disk; `freshet ingest` in a process of its own; N connections
 * that send as fast as they are answered. Afterwards the database is asked how many events it has.
 */
import { randomBytes } from 'node:crypto';
import { startEmbeddedPostgres } from '../embedded/postgres.js';
import { type Bench, type BenchContext, type BenchResult, round, roundAll } from './bench.js';
import { createCaller } from './load/caller.js';
import { runClosedLoop } from './load/closed-loop.js';
import type { LoadResult, Request } from './load/load.js';
import { describeMachine } from './machine.js';
import { COMMON_OPTIONS, type Resolved, resolveOptions, wholeNumber } from './options.js';
import { type CpuUse, startCpuMeter } from './target/cpu.js';
import { type FreshetProcess, startFreshet } from './target/freshet-process.js';
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
  ...COMMON_OPTIONS,
} as const;
type Options = Resolved<typeof OPTIONS>;

export const ingestBench: Bench = {
  help: 'durable events a second of ingest alone',
  options: OPTIONS,
  run: (flags, context) => withWorkplace((place) => run(resolveOptions(OPTIONS, flags), place, context)),
};

async function run(options: Options, place: Workplace, context: BenchContext): Promise<BenchResult> {
  const { url, freshet } = await start(options, place, context);
  context.say(`sending requests of ${options.batch} events over ${options.connections} connections for ${options.seconds} s`);
  const counts = { accepted: 0, measured: 0 };
  const caller = createCaller(freshet.target);
  place.owner.defer('caller', () => caller.close());
  const cpu = await startCpuMeter(caller);
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
  freshet.assertRunning();
  await freshet.stop();
  const ledger = await readLedger(url);
  return describe(options, { load, counts, cores, ledger });
}

async function start(options: Options, place: Workplace, context: BenchContext): Promise<{ url: string; freshet: FreshetProcess }> {
  context.say('starting an embedded Postgres and ingest');
  const postgres = stopLater(place, 'Postgres', await startEmbeddedPostgres({ dataDir: place.dir, log: context.say }));
  // Only now: the command line lists the benches without a database's libraries.
  const { migrate } = await import('@freshet/shared/adapters/postgres/migrate');
  await migrate(postgres.url);
  const spec = { command: 'ingest', args: [], environment: { DATABASE_URL: postgres.url }, profile: options.profile };
  return { url: postgres.url, freshet: stopLater(place, 'ingest', await startFreshet(spec, context)) };
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
}

function describe(options: Options, { load, counts, cores, ledger }: Measured): BenchResult {
  const { max: _, ...latency } = load.latencies.summary();
  return {
    bench: 'ingest',
    measures: 'events a second that `freshet ingest` answered with 202, each checked, cleaned, made unique and committed to an embedded Postgres on disk; latency of a whole request at saturation',
    not_measured: ['training and serving beside it', 'id tables that already hold tens of millions of ids', 'a network between client and server', 'TLS and API keys'],
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
    batch: options.batch,
    connections: options.connections,
    users: options.users,
    items: options.items,
    seed: options.seed,
    traffic: TRAFFIC,
  };
}
