/**
 * `bench soak`: does a day change anything? A demo shop's day, hour by hour, quicker than it would pass.
 *
 * Everything in one process on the embedded Postgres, as `npm start` runs it, with a small limit for the log so that it
 * is reached. Each hour's events carry that hour's times and come in requests as small as the demo's: most of them
 * `speed` times as quickly, the last ones at the true rate, with freshness measured. Then memory and disk are read.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { startEmbeddedPostgres } from '../../embedded/postgres.js';
import { demoCatalogue, toItemDocuments } from '../../demo/catalogue.js';
import { createShoppers, type Shoppers } from '../../demo/shoppers.js';
import type { Bench, BenchContext, BenchResult } from '../bench.js';
import { type Caller, createCaller, numberIn } from '../load/caller.js';
import { type Latencies, createLatencies } from '../load/latencies.js';
import { COMMON_OPTIONS, type Resolved, resolveOptions, wholeNumber } from '../options.js';
import { startFreshet } from '../target/freshet-process.js';
import { readLedger } from '../target/ledger.js';
import { stopLater, withWorkplace, type Workplace } from '../target/workplace.js';
import { waitUntilLearned } from '../traffic/fill.js';
import { describeSoak } from './result.js';
import { type HourFigures, readSizes } from './sizes.js';

const SOAK_OPTIONS = {
  hours: wholeNumber('--hours <number>', { help: 'hours of the shop’s life', fallback: 24, from: 1, to: 1_000 }),
  hourSeconds: wholeNumber('--hour-seconds <number>', { help: 'seconds of each hour that are lived; fewer for a quick look', fallback: 3_600, from: 10, to: 3_600 }),
  rate: wholeNumber('--rate <number>', { help: 'events a second of that life', fallback: 20, from: 1, to: 1_000 }),
  postsPerSecond: wholeNumber('--posts-per-second <number>', { help: 'requests of a second of that life; the demo sends what is due four times a second', fallback: 4, from: 1, to: 4 }),
  speed: wholeNumber('--speed <factor>', { help: 'how many times as quickly it passes', fallback: 100, from: 1, to: 1_000 }),
  probeSeconds: wholeNumber('--probe-seconds <number>', { help: 'seconds of each hour at the true rate, in which freshness is measured', fallback: 10, from: 1, to: 600 }),
  logMaxMb: wholeNumber('--log-max-mb <number>', { help: 'limit of the log', fallback: 100, from: 50, to: 1_000_000 }),
  activeUsers: wholeNumber('--active-users <number>', { help: 'histories in memory; about those of an hour, since no hour of real time passes', fallback: 2_000, from: 1, to: 1_000_000 }),
  ...COMMON_OPTIONS,
} as const;

type Options = Resolved<typeof SOAK_OPTIONS>;

export const soakBench: Bench = {
  help: 'a day of the demo shop at speed: memory, disk and freshness from hour to hour',
  options: SOAK_OPTIONS,
  run: (flags, context) => withWorkplace((place) => run(resolveOptions(SOAK_OPTIONS, flags), place, context)),
};

const HOUR_MS = 3_600_000;
const CATALOGUE_BATCH = 500;
/** The last event of the day lies this long ago, so that none is in the future when the clock is set. */
const MARGIN_MS = 60_000;

interface Shop {
  readonly caller: Caller;
  readonly shoppers: Shoppers;
  readonly totals: { accepted: number; items: number; last: number };
  readonly signal: AbortSignal;
}

async function run(options: Options, place: Workplace, context: BenchContext): Promise<BenchResult> {
  const args = ['--data-dir', place.dir, '--demo', 'off', '--log-max-mb', String(options.logMaxMb), '--active-users', String(options.activeUsers)];
  const freshet = stopLater(place, 'Freshet', await startFreshet({ command: 'start', args, profile: options.profile }, context));
  const caller = createCaller(freshet.target);
  place.owner.defer('caller', () => caller.close());
  const catalogue = demoCatalogue(options.seed);
  const shop: Shop = {
    caller,
    shoppers: createShoppers(options.seed, catalogue, { run: 'soak' }),
    totals: { accepted: 0, items: catalogue.length, last: 0 },
    signal: context.signal,
  };
  await fillCatalogue(shop, toItemDocuments(catalogue));
  const start = Date.now() - options.hours * HOUR_MS - MARGIN_MS;
  const hours: HourFigures[] = [];
  const began = performance.now();
  for (let hour = 0; hour < options.hours; hour++) {
    hours.push(await passHour(options, shop, { start: start + hour * HOUR_MS, dir: place.dir }));
    freshet.assertRunning();
    context.say(`hour ${hour + 1}: ${JSON.stringify(hours.at(-1))}`);
  }
  const seconds = (performance.now() - began) / 1_000;
  await freshet.stop();
  const postgres = stopLater(place, 'Postgres', await startEmbeddedPostgres({ dataDir: place.dir, log: context.say }));
  return describeSoak(options, { hours, seconds, ...shop.totals, ledger: await readLedger(postgres.url) });
}

async function fillCatalogue(shop: Shop, documents: readonly unknown[]): Promise<void> {
  for (let at = 0; at < documents.length; at += CATALOGUE_BATCH) {
    const answer = await shop.caller.postJson('/v1/items:batch', documents.slice(at, at + CATALOGUE_BATCH));
    shop.totals.last = numberIn(answer, 'sequence');
  }
  await waitUntilLearned(shop.caller, shop.totals.last, shop.signal);
}

async function passHour(options: Options, shop: Shop, { start, dir }: { readonly start: number; readonly dir: string }): Promise<HourFigures> {
  const { rate, speed, hourSeconds, postsPerSecond } = options;
  const posts = hourSeconds * postsPerSecond;
  const truePosts = Math.min(options.probeSeconds * postsPerSecond, posts);
  const began = performance.now();
  for (let post = 0; post < posts - truePosts; post++) {
    await send(shop, { ...options, start, post });
    const early = began + ((post + 1) * 1_000) / postsPerSecond / speed - performance.now();
    if (early > 1) await sleep(early);
  }
  const seconds = (performance.now() - began) / 1_000;
  await waitUntilLearned(shop.caller, shop.totals.last, shop.signal);
  const lags = createLatencies();
  for (let post = posts - truePosts; post < posts; post++) {
    await sleep(1_000 / postsPerSecond);
    await send(shop, { ...options, start, post });
    await measureLag(shop, lags);
  }
  return {
    events_per_second: Math.round(((posts - truePosts) * rate) / postsPerSecond / seconds),
    lag_ms: { p50: round(lags.percentile(50)), max: round(lags.percentile(100)) },
    ...(await readSizes(shop.caller, dir)),
  };
}

interface Post extends Pick<Options, 'rate' | 'postsPerSecond'> {
  /** Of the hour. */
  readonly start: number;
  readonly post: number;
}

/** What is due since the post before. */
async function send(shop: Shop, { rate, postsPerSecond, start, post }: Post): Promise<void> {
  shop.signal.throwIfAborted();
  const from = Math.round((post * rate) / postsPerSecond);
  const to = Math.round(((post + 1) * rate) / postsPerSecond);
  if (to === from) return;
  const events = Array.from({ length: to - from }, (_, n) => shop.shoppers.next(Math.floor(start + ((from + n) * 1_000) / rate)));
  const answer = await shop.caller.postJson('/v1/events', events);
  shop.totals.accepted += numberIn(answer, 'accepted');
  shop.totals.last = numberIn(answer, 'sequence');
}

/** From the 202 to the served model that has learned it. */
async function measureLag(shop: Shop, lags: Latencies): Promise<void> {
  const answeredAt = performance.now();
  await waitUntilLearned(shop.caller, shop.totals.last, shop.signal);
  lags.record(performance.now() - answeredAt);
}

function round(ms: number): number {
  return Math.round(ms * 10) / 10;
}
