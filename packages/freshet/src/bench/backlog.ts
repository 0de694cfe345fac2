/**
 * `bench backlog`: how fast a trainer that was away catches up, with a fixed and with an adaptive budget.
 *
 * An embedded Postgres with its usual, durable settings; `freshet ingest`, and a backlog of live events sent to it while there is no trainer. Then a trainer in a
 * process of its own learns it, the next backlog is sent, the next trainer has the other budget, turn by turn on one growing model. Timed
 * from the first version it commits, so that neither its start nor the reading of the model counts.
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { FreshetError } from '@freshet/shared/errors';
import { startEmbeddedPostgres } from '../embedded/postgres.js';
import { type Bench, type BenchContext, type BenchResult, round } from './bench.js';
import { createCaller, type Caller } from './load/caller.js';
import { describeMachine } from './machine.js';
import { COMMON_OPTIONS, type Resolved, resolveOptions, wholeNumber } from './options.js';
import { itemsBehind, secondsUntilDrained } from './target/backlog.js';
import { startFreshet } from './target/freshet-process.js';
import { compareLedger, readLedger } from './target/ledger.js';
import type { BenchPool } from './target/pool.js';
import { stopLater, withWorkplace, type Workplace } from './target/workplace.js';
import { fillCatalogue, fillEvents } from './traffic/fill.js';
import { createShop } from './traffic/shop.js';
import { createShoppers, TRAFFIC } from './traffic/shoppers.js';

const OPTIONS = {
  events: wholeNumber('--events <number>', { help: 'events of a backlog', fallback: 100_000, from: 10_000, to: 5_000_000 }),
  turns: wholeNumber('--turns <number>', { help: 'backlogs for each budget', fallback: 3, from: 1, to: 100 }),
  items: wholeNumber('--items <number>', { help: 'items of the catalogue', fallback: 20_000, from: 100, to: 200_000 }),
  users: wholeNumber('--users <number>', { help: 'shoppers', fallback: 50_000, from: 1, to: 5_000_000 }),
  threads: wholeNumber('--threads <number>', { help: 'training threads', fallback: 1, from: 1, to: 64 }),
  replay: wholeNumber('--replay <number>', { help: 'replayed examples for each new one, at most', fallback: 1, from: 0, to: 8 }),
  negatives: wholeNumber('--negatives <number>', { help: 'negatives, at most; a multiple of 4', fallback: 256, from: 4, to: 4_096 }),
  ...COMMON_OPTIONS,
} as const;
type Options = Resolved<typeof OPTIONS>;

const BUDGETS = ['fixed', 'adaptive'] as const;
type BudgetName = (typeof BUDGETS)[number];
const START_LIMIT_MS = 120_000;
const POLL_MS = 10;

export const backlogBench: Bench = {
  help: 'events a second of a trainer that catches up, with a fixed and an adaptive budget',
  options: OPTIONS,
  run: (flags, context) => withWorkplace((place) => run(resolveOptions(OPTIONS, flags), place, context)),
};

async function run(options: Options, place: Workplace, context: BenchContext): Promise<BenchResult> {
  const site = await start(options, place, context);
  const shop = createShop(options.seed, options.items);
  const shoppers = createShoppers(options.seed, shop, { users: options.users });
  await fillCatalogue(site.caller, shop, options.seed);
  const drains: Record<BudgetName, Drain[]> = { fixed: [], adaptive: [] };
  for (let turn = 0; turn < options.turns; turn++) {
    for (const budget of turn % 2 === 0 ? BUDGETS : BUDGETS.toReversed()) {
      context.say(`turn ${turn + 1}: ${options.events} events for a trainer with the budget ${budget}`);
      const run = `${randomBytes(3).toString('hex')}-${turn}`;
      await fillEvents(site.caller, shop, { next: () => shoppers.next(), count: options.events, run });
      drains[budget].push(await drain(site, { options, budget }, context));
    }
  }
  await site.stopIngest();
  const sent = 2 * options.turns * options.events;
  const ledger = await readLedger(site.url);
  return describe(options, { drains, ledger: compareLedger(ledger, sent) });
}

interface Site {
  readonly url: string;
  readonly pool: BenchPool;
  readonly caller: Caller;
  stopIngest(): Promise<void>;
}

async function start(options: Options, place: Workplace, context: BenchContext): Promise<Site> {
  context.say('starting an embedded Postgres and ingest');
  const postgres = stopLater(place, 'Postgres', await startEmbeddedPostgres({ dataDir: place.dir, log: context.say }));
  const { migrate } = await import('@freshet/shared/adapters/postgres/migrate');
  const { createPool } = await import('@freshet/shared/adapters/postgres/pool');
  await migrate(postgres.url);
  const pool = createPool({ url: postgres.url, applicationName: 'freshet-bench', maxConnections: 1, statementTimeoutMs: 0, onError: () => undefined });
  place.owner.defer('pool', () => pool.end());
  const args = ['--unapplied-items', String(10 * options.events + options.items)];
  const ingest = stopLater(place, 'ingest', await startFreshet({ command: 'ingest', args, environment: { DATABASE_URL: postgres.url }, profile: '' }, context));
  const caller = createCaller(ingest.target);
  place.owner.defer('caller', () => caller.close());
  return { url: postgres.url, pool, caller, stopIngest: () => ingest.stop() };
}

interface Drain {
  readonly events: number;
  readonly seconds: number;
  /** As the trainer shows them when it has caught up. */
  readonly replay: number;
  readonly negatives: number;
}

async function drain({ url, pool }: Site, { options, budget }: { readonly options: Options; readonly budget: BudgetName }, context: BenchContext): Promise<Drain> {
  const { threads, replay, negatives, profile } = options;
  const args = Object.entries({ threads, replay, negatives, budget }).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const before = await itemsBehind(pool);
  const trainer = await startFreshet({ command: 'trainer', args, environment: { DATABASE_URL: url }, profile }, context);
  const caller = createCaller(trainer.target);
  try {
    const events = await firstVersion(pool, before, context.signal);
    const seconds = await secondsUntilDrained(pool, context.signal);
    const scrape = (await caller.get('/metrics')).body.toString('utf8');
    return { events, seconds, replay: gaugeOf(scrape, 'freshet_trainer_replay_ratio'), negatives: gaugeOf(scrape, 'freshet_trainer_negatives') };
  } finally {
    caller.close();
    await trainer.stop();
  }
}

/** Events still behind when the first of them were learned. */
async function firstVersion(pool: BenchPool, before: number, signal: AbortSignal): Promise<number> {
  const deadline = performance.now() + START_LIMIT_MS;
  while (performance.now() < deadline) {
    signal.throwIfAborted();
    const behind = await itemsBehind(pool);
    if (behind < before) return behind;
    await sleep(POLL_MS);
  }
  throw new FreshetError('bench_target', `the trainer had learned nothing after ${START_LIMIT_MS / 1_000} s`);
}

function gaugeOf(scrape: string, name: string): number {
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(scrape)?.[1] ?? Number.NaN);
}

interface Measured {
  readonly drains: Readonly<Record<BudgetName, readonly Drain[]>>;
  readonly ledger: ReturnType<typeof compareLedger>;
}

function describe(options: Options, { drains, ledger }: Measured): BenchResult {
  const speeds = (budget: BudgetName): number[] => drains[budget].map(({ events, seconds }) => events / seconds);
  const figures = (budget: BudgetName) => {
    const last = drains[budget].at(-1);
    return { events_per_second: Math.round(median(speeds(budget))), least: Math.round(Math.min(...speeds(budget))), most: Math.round(Math.max(...speeds(budget))), replay_at_the_end: last?.replay, negatives_at_the_end: last?.negatives };
  };
  return {
    bench: 'backlog',
    measures: 'events a second that a trainer learns and commits while it catches up on a backlog of live events, from its first version until nothing is behind; medians over the turns, which take turns with the budgets',
    not_measured: ['accuracy: see docs/experiments.md', 'serving, and events that come meanwhile'],
    machine: describeMachine(),
    seconds: round([...drains.fixed, ...drains.adaptive].reduce((sum, { seconds }) => sum + seconds, 0)),
    fixed: figures('fixed'),
    adaptive: figures('adaptive'),
    ratio: round(median(speeds('adaptive')) / median(speeds('fixed'))),
    ...ledger,
    events: options.events,
    turns: options.turns,
    items: options.items,
    users: options.users,
    threads: options.threads,
    replay: options.replay,
    negatives: options.negatives,
    seed: options.seed,
    traffic: TRAFFIC,
  };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle)] ?? Number.NaN)) / 2;
}
