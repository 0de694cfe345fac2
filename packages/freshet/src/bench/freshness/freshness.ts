/**
 * `bench freshness`: how long until an accepted event has changed the model that everybody is answered from.
 *
 * Everything in one process on the embedded Postgres, as `npm start` runs it, really training; the client is this
 * process, on the same cores. Requests of ten events come at a fixed rate; for each the probes (probes.ts) time when its
 * entry acts. At the end the process is stopped and the database asked whether anything was lost or kept twice.
 */
import { randomBytes } from 'node:crypto';
import { startEmbeddedPostgres } from '../../embedded/postgres.js';
import { type Bench, type BenchContext, type BenchResult } from '../bench.js';
import { type Caller, createCaller } from '../load/caller.js';
import type { Request } from '../load/load.js';
import { runOpenLoop } from '../load/open-loop.js';
import { encodePost } from '../load/request.js';
import { type Resolved, resolveOptions } from '../options.js';
import { startCpuMeter } from '../target/cpu.js';
import { type FreshetProcess, startFreshet } from '../target/freshet-process.js';
import { type Ledger, readLedger } from '../target/ledger.js';
import { type Scrape, scrape } from '../target/scrape.js';
import { stopLater, withWorkplace, type Workplace } from '../target/workplace.js';
import { scanNumber } from '../traffic/answer.js';
import { EVENTS_PATH, toDocument } from '../traffic/events.js';
import { fillCatalogue, fillEvents, waitUntilLearned } from '../traffic/fill.js';
import { createShop, type Shop } from '../traffic/shop.js';
import { createShoppers, userId } from '../traffic/shoppers.js';
import { FRESHNESS_OPTIONS, type Measured } from './options.js';
import { askModel, askOwnList, createProbe, type Probe } from './probes.js';
import { describeFreshness } from './result.js';
import { takeRefitTurns } from './refits.js';
import { type AcceptedRequest, measureStages } from './stages.js';

type Options = Resolved<typeof FRESHNESS_OPTIONS>;

export const freshnessBench: Bench = {
  help: 'from an accepted event to the model that answers, everything running',
  options: FRESHNESS_OPTIONS,
  run: (flags, context) => withWorkplace((place) => run(resolveOptions(FRESHNESS_OPTIONS, flags), place, context)),
};

/** Long polls held open at once; at 100 requests a second of 100 ms each ten are. */
const MODEL_PROBES = 128;
/** More would be a load of its own: each is a request to the process that is measured. */
const MODEL_PROBES_PER_SECOND = 100;
/** Lists asked for: about this many probes a second, so that asking stays a small part of the load. */
const OWN_LISTS_PER_SECOND = 10;
const OWN_LIST_PROBES = 4;
const CONNECTIONS = 16;

async function run(options: Options, place: Workplace, context: BenchContext): Promise<BenchResult> {
  const { freshet, caller, shop } = await start(options, place, context);
  context.say(`sending ${options.rate} events a second for ${options.warmUpSeconds} s and then, measured, for ${options.seconds} s`);
  const streamed = await stream(options, { freshet, caller, shop, place }, context.signal);
  freshet.assertRunning();
  await freshet.stop();
  const ledger = await auditLog(place, context);
  return describeFreshness(options, { ...streamed, ledger });
}

interface Started {
  readonly freshet: FreshetProcess;
  readonly caller: Caller;
  readonly shop: Shop;
}

async function start({ seed, items, users, history, profile, threads, budget }: Options, place: Workplace, context: BenchContext): Promise<Started> {
  context.say('starting Freshet');
  const args = ['--data-dir', place.dir, '--demo', 'off', '--threads', String(threads), '--budget', budget];
  const freshet = stopLater(place, 'Freshet', await startFreshet({ command: 'start', args, profile }, context));
  const caller = createCaller(freshet.target);
  place.owner.defer('caller', () => caller.close());
  const shop = createShop(seed, items);
  context.say(`filling it with ${items} items and ${history} events of the past`);
  await waitUntilLearned(caller, await fillCatalogue(caller, shop, seed), context.signal);
  const shoppers = createShoppers(seed, shop, { users, period: 1 });
  if (history > 0) await waitUntilLearned(caller, await fillEvents(caller, shop, { ...shoppers, count: history, run: 'past' }), context.signal);
  return { freshet, caller, shop };
}

async function stream(options: Options, { freshet, caller, shop, place }: Started & { readonly place: Workplace }, signal: AbortSignal): Promise<Omit<Measured, 'ledger'>> {
  // On a connection of its own: the bench's other questions don't wait for it.
  const asking = createCaller(freshet.target);
  place.owner.defer('refit caller', () => asking.close());
  const refits = options.refitEpochs === 0 ? undefined : takeRefitTurns(asking, options.refitEpochs);
  const model = createProbe(freshet.target, MODEL_PROBES, { ask: askModel, also: () => refits?.latencies() });
  const ownList = createProbe(freshet.target, OWN_LIST_PROBES, { ask: askOwnList });
  place.owner.defer('probes', () => [model, ownList].forEach((probe) => probe.close()));
  const requests: AcceptedRequest[] = [];
  const totals = { accepted: 0, measured: 0, last: 0 };
  const rate = options.rate / options.batch;
  const modelEvery = Math.max(1, Math.round(rate / MODEL_PROBES_PER_SECOND));
  const ownEvery = Math.max(1, Math.round(rate / OWN_LISTS_PER_SECOND));
  let before: Promise<Scrape> | undefined;
  const cpu = await startCpuMeter(caller);
  const load = await runOpenLoop<string>({
    target: freshet.target,
    connections: CONNECTIONS,
    seconds: options.seconds,
    warmUpSeconds: options.warmUpSeconds,
    rate,
    signal,
    next: createRequests(options, shop),
    onAnswer: ({ body, tag: user, answeredAt, ms, measured }) => {
      const acceptedAt = Date.now();
      const accepted = scanNumber(body, 'accepted') ?? 0;
      const sequence = scanNumber(body, 'sequence') ?? 0;
      totals.accepted += accepted;
      totals.last = Math.max(totals.last, sequence);
      if (!measured) return;
      before ??= scrape(caller);
      totals.measured += accepted;
      requests.push({ sequence, acceptedAt, acceptMs: ms });
      if (requests.length % modelEvery === 0) model.start('', sequence, answeredAt);
      if (requests.length % ownEvery === 0) ownList.start(user, sequence, answeredAt);
    },
  });
  const cores = await cpu.read();
  await refits?.stop();
  await waitUntilLearned(caller, totals.last, signal);
  await Promise.all([model.idle(), ownList.idle()]);
  const scrapes = { before: (await before) ?? new Map<string, number>(), after: await scrape(caller) };
  return { load, totals, cores, model: summaryOf(model), ownList: summaryOf(ownList), stages: await measureStages(caller, requests), refits, ...scrapes };
}

function summaryOf({ latencies, missed, skipped }: Probe): Measured['model'] {
  return { latencies, missed, skipped };
}

/** The tag is the shopper of the request's last event. */
function createRequests({ seed, users, batch }: Options, shop: Shop): () => Request<string> {
  const shoppers = createShoppers(seed, shop, { users });
  const run = randomBytes(4).toString('hex');
  let count = 0;
  return () => {
    const now = Date.now();
    const events = Array.from({ length: batch }, () => shoppers.next());
    const documents = events.map((event) => toDocument(shop, event, { id: `${run}-${String(count++).padStart(12, '0')}`, now }));
    return { bytes: encodePost(EVENTS_PATH, documents), tag: userId(events.at(-1)?.user ?? 0) };
  };
}

async function auditLog(place: Workplace, context: BenchContext): Promise<Ledger> {
  context.say('asking the database for what it has');
  const postgres = stopLater(place, 'Postgres', await startEmbeddedPostgres({ dataDir: place.dir, log: context.say }));
  return readLedger(postgres.url);
}
