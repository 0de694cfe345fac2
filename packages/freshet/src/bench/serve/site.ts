/**
 * What `bench serve` asks: everything in one process with the embedded Postgres, filled through its public API and waited for until it has
 * learned it, and, if wanted, `freshet serving --workers N` beside it on the same database.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RetrievalMode } from '@freshet/serving/retrieval/modes';
import { LISTS_FROM } from '@freshet/serving/retrieval/retrieval';
import type { BenchContext } from '../bench.js';
import { type Caller, createCaller } from '../load/caller.js';
import { type FreshetProcess, startFreshet } from '../target/freshet-process.js';
import { type Scrape, scrape } from '../target/scrape.js';
import { waitUntil } from '../target/wait-until.js';
import { stopLater, type Workplace } from '../target/workplace.js';
import { fillCatalogue, fillEvents, waitUntilLearned } from '../traffic/fill.js';
import { createShop, type Shop } from '../traffic/shop.js';
import { createShoppers, type Shoppers } from '../traffic/shoppers.js';
import { isFilled, markFilled } from './filled-shop.js';

export interface SiteOptions {
  readonly seed: number;
  readonly items: number;
  readonly users: number;
  readonly events: number;
  readonly profile: string;
  readonly workers: number;
  readonly retrieval: RetrievalMode;
  /** The share of lists that the recommendation log keeps. */
  readonly logged: number;
  /** Where the filled shop is kept for the next run; '': nowhere. */
  readonly shop: string;
}

export interface Site {
  /** What takes the events. */
  readonly whole: FreshetProcess;
  /** What is asked, and its metrics. */
  readonly asked: FreshetProcess;
  readonly caller: Caller;
  readonly shop: Shop;
  readonly shoppers: Shoppers;
  /** All of it, the embedded Postgres included. */
  stop(): Promise<void>;
}

/** An answer to a batch of items or events: beside other work a machine may be slow. */
const FILL_LIMIT_MS = 60_000;
const WORKERS_LIMIT_MS = 300_000;
/** Items without a row yet aren't searched. */
const LISTS_ASKED_FROM = 1.5 * LISTS_FROM;
const LISTS_LIMIT_MS = 900_000;
const POLL_MS = 200;
/** Requests of a turn, and turns in which the same path has answered. */
const ASKED = 20;
const SAME_TURNS = 20;

export function maxItems({ items }: Pick<SiteOptions, 'items'>): number {
  return Math.max(1_024, items + 64);
}

/** Where the data are. */
export function dataFolder({ shop }: Pick<SiteOptions, 'shop'>, place: Workplace): string {
  return shop === '' ? place.dir : shop;
}

export async function openSite(options: SiteOptions, place: Workplace, context: BenchContext): Promise<Site> {
  const { seed, items, users, workers } = options;
  const folder = dataFolder(options, place);
  const filled = isFilled(folder, options);
  context.say('starting Freshet');
  const args = ['--max-items', String(maxItems(options)), '--retrieval', options.retrieval, '--recommendation-log-sample', String(options.logged)];
  const profile = workers === 0 ? options.profile : '';
  const whole = stopLater(place, 'Freshet', await startFreshet({ command: 'start', args: ['--data-dir', folder, '--demo', 'off', ...args], profile }, context));
  const shop = createShop(seed, items);
  const shoppers = createShoppers(seed, shop, { users });
  if (!filled) {
    await fill(options, { shop, shoppers, context, target: whole.target });
    markFilled(folder, options);
  }
  const asked = workers === 0 ? whole : await startWorkers(options, { place, context, args });
  const caller = createCaller(asked.target);
  place.owner.defer('caller', () => caller.close());
  const stop = async (): Promise<void> => {
    if (asked !== whole) await asked.stop();
    await whole.stop();
  };
  return { whole, asked, caller, shop, shoppers, stop };
}

async function fill({ seed, items, events }: SiteOptions, { shop, shoppers, context, target }: Pick<Site, 'shop' | 'shoppers'> & { readonly context: BenchContext } & Pick<FreshetProcess, 'target'>): Promise<void> {
  context.say(`filling it with ${items} items and ${events} events`);
  const filler = createCaller(target, FILL_LIMIT_MS);
  await fillCatalogue(filler, shop, seed);
  const sequence = await fillEvents(filler, shop, { ...shoppers, count: events, run: 'serve' });
  await waitUntilLearned(filler, sequence, context.signal);
  filler.close();
}

async function startWorkers(options: SiteOptions, { place, context, args }: { readonly place: Workplace; readonly context: BenchContext; readonly args: readonly string[] }): Promise<FreshetProcess> {
  const { workers, profile } = options;
  context.say(`starting ${workers} workers of serving`);
  const environment = { DATABASE_URL: (await readFile(path.join(dataFolder(options, place), 'postgres.url'), 'utf8')).trim() };
  const serving = stopLater(place, 'serving', await startFreshet({ command: 'serving', args: ['--workers', String(workers), ...args], environment, profile }, context));
  const caller = createCaller(serving.target);
  try {
    // `/readyz` speaks for the worker that it comes to.
    const isSo = async (): Promise<boolean> => [...(await scrape(caller)).keys()].filter((key) => key.startsWith('freshet_serving_model_version{')).length === workers || workers === 1;
    await waitUntil(isSo, { what: () => `all workers serve. They said:\n${serving.said()}`, limitMs: WORKERS_LIMIT_MS, pollMs: POLL_MS, signal: context.signal });
  } finally {
    caller.close();
  }
  return serving;
}

/**
 * While lists are split and have their first turns, another path answers: only a process that has just started, or copied its model, does that. Waits until
 * the path stays the same, and is the lists' where they are to come; returns it.
 */
export async function settledPath({ items, retrieval }: Pick<SiteOptions, 'items' | 'retrieval'>, caller: Caller, ask: () => Promise<unknown>): Promise<string> {
  const deadline = performance.now() + LISTS_LIMIT_MS;
  const wantsLists = retrieval === 'auto' && items > LISTS_ASKED_FROM;
  let path = '';
  for (let same = 0; same < SAME_TURNS && performance.now() < deadline; ) {
    const before = scansBy(await scrape(caller));
    for (let i = 0; i < ASKED; i++) await ask();
    const now = mainPath(before, scansBy(await scrape(caller)));
    same = now === path && (now === 'lists' || !wantsLists) ? same + 1 : 0;
    path = now;
    await sleep(POLL_MS);
  }
  return path;
}

function scansBy(values: Scrape): ReadonlyMap<string, number> {
  const scans = new Map<string, number>();
  for (const [key, value] of values) {
    const path = /^freshet_scans_total\{.*path="(\w+)"/.exec(key)?.[1];
    if (path !== undefined) scans.set(path, (scans.get(path) ?? 0) + value);
  }
  return scans;
}

/** By which path most scans between two scrapes were answered. */
function mainPath(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): string {
  const grown = [...after].map(([path, count]) => [path, count - (before.get(path) ?? 0)] as const);
  return grown.sort((a, b) => b[1] - a[1])[0]?.[0] ?? '';
}
