/**
 * `bench scan`: the search for the best items among all, without HTTP: how long each path takes, and how much of the exact
 * answer the lists find, by the whole score (repeats and followers included), on a trained model and its own shoppers.
 */
import type { History } from '@freshet/shared/domain/history';
import { START } from '@freshet/shared/model/load';
import type { RankInput } from '@freshet/serving/rank/input';
import { createQuery, formQuery } from '@freshet/serving/rank/query';
import { createRanker } from '@freshet/serving/rank/ranker';
import { createShelf } from '@freshet/serving/store/shelf';
import type { TableSet } from '@freshet/serving/store/table-set';
import { type Bench, type BenchContext, type BenchResult, round } from '../bench.js';
import { describeMachine } from '../machine.js';
import { option, type Resolved, resolveOptions, wholeNumber } from '../options.js';
import { exportScan } from './export.js';
import { type TrainedShop, trainShop } from './trained-shop.js';

const OPTIONS = {
  items: wholeNumber('--items <number>', { help: 'items of the model', fallback: 100_000, from: 1_000, to: 2_000_000 }),
  users: wholeNumber('--users <number>', { help: 'shoppers of the shop', fallback: 20_000, from: 100, to: 1_000_000 }),
  events: wholeNumber('--events <number>', { help: 'events that the model learns before; 0: five for each item', fallback: 0, from: 0, to: 100_000_000 }),
  dim: wholeNumber('--dim <number>', { help: 'floats of an item’s embedding, a multiple of 16', fallback: 64, from: 16, to: 512 }),
  k: wholeNumber('--k <number>', { help: 'items of an answer', fallback: 20, from: 1, to: 200 }),
  queries: wholeNumber('--queries <number>', { help: 'shoppers who are searched for', fallback: 500, from: 10, to: 10_000 }),
  seed: wholeNumber('--seed <number>', { help: 'seed of the synthetic shop and its shoppers', fallback: 1, from: 0, to: 2 ** 32 - 1 }),
  export: option({ flags: '--export <dir>', help: 'also write rows, queries and what was found there, as NPY files', fallback: '', parse: (text) => text }),
} as const;
type Options = Resolved<typeof OPTIONS>;

export const scanBench: Bench = {
  help: 'the search among all items alone: time and recall of each path',
  options: OPTIONS,
  run: (flags, context) => run(resolveOptions(OPTIONS, flags), context),
};

const PATHS = ['floats', 'codes', 'lists'] as const;
/** Each path has all its searches behind each other, as in a process that has one; the paths take turns in rounds. */
const ROUNDS = 3;
/** Answers whose recall is sampled before the measurement: by then as many lists are read as are needed. */
const SAMPLES = 192;

async function run(options: Options, { say, signal }: BenchContext): Promise<BenchResult> {
  const events = options.events === 0 ? 5 * options.items : options.events;
  say(`learning ${events} events of a shop with ${options.items} items`);
  const shop = await trainShop({ ...options, events, say, signal });
  const began = performance.now();
  const sets = new Map<string, TableSet>();
  const read = { samples: 0, probes: 0 };
  const sampled = (_: number, probes: number): void => void Object.assign(read, { samples: read.samples + 1, probes });
  for (const path of PATHS) sets.set(path, await shop.load(path, sampled));
  const settled = settle(sets.get('lists'));
  const shoppers = chooseShoppers(shop, options.queries);
  findProbes(sets.get('lists'), shop, { shoppers, k: options.k, signal, enough: () => read.samples >= SAMPLES });
  say(`searching for ${shoppers.length} shoppers on each path`);
  const times = timePaths(sets, shop, { ...options, shoppers, signal });
  if (options.export !== '') exportScan(options.export, { sets, shoppers, k: options.k, now: shop.now });
  const exact = answers(sets.get('floats'), shop, { ...options, shoppers });
  const recall = (path: string): number => overlap(exact, answers(sets.get(path), shop, { ...options, shoppers }));
  return {
    bench: 'scan',
    measures: 'scan_us: the search alone, microseconds, the query formed before, all of a path’s behind each other, in three rounds; recall: share of the items of whole exact answers (repeats and followers included) that a path’s answers hold; rank_us: the place of one item in the whole order, of items all over it',
    not_measured: ['HTTP', 'rows that change meanwhile', 'several threads'],
    machine: describeMachine(),
    seconds: round((performance.now() - began) / 1_000),
    ...options,
    events,
    rows: sets.get('lists')?.rows ?? 0,
    scan_us: times,
    rank_us: timeRanks(sets, shop, { ...options, shoppers }),
    recall: { codes: recall('codes'), lists: recall('lists') },
    lists_read: read.probes,
    lists_settled_ms: settled,
  };
}

/** Milliseconds until all lists were split and have had their first turns. */
function settle(set: TableSet | undefined): number {
  const began = performance.now();
  while (set !== undefined && set.tend(performance.now() + 1_000) !== 'turns');
  return round(performance.now() - began);
}

function findProbes(set: TableSet | undefined, { now }: TrainedShop, { k, shoppers, signal, enough }: Searched & { readonly signal: AbortSignal; readonly enough: () => boolean }): void {
  const query = createQuery();
  while (set !== undefined && !enough()) {
    for (const { events, seen } of shoppers) {
      formQuery(set, query, { events, seen, now });
      set.scan(k, 'served');
    }
    signal.throwIfAborted();
  }
}

function chooseShoppers({ histories }: TrainedShop, count: number): History[] {
  const all = [...histories.entries()].map(([, history]) => history).filter(({ events }) => events.length > 0);
  const step = Math.max(1, Math.floor(all.length / count));
  return all.filter((_, place) => place % step === 0).slice(0, count);
}

interface Searched extends Pick<Options, 'k'> {
  readonly shoppers: readonly History[];
}

function timePaths(sets: ReadonlyMap<string, TableSet>, { now }: TrainedShop, { k, shoppers, signal }: Searched & { readonly signal: AbortSignal }): Record<string, { p50: number; p99: number }> {
  const query = createQuery();
  const times = new Map([...sets.keys()].map((path): [string, number[]] => [path, []]));
  const searchAll = (): void => {
    for (const [path, set] of sets) {
      for (const { events, seen } of shoppers) {
        formQuery(set, query, { events, seen, now });
        const began = performance.now();
        set.scan(k, 'served');
        times.get(path)?.push(1_000 * (performance.now() - began));
      }
      signal.throwIfAborted();
    }
  };
  searchAll();
  for (const measured of times.values()) measured.length = 0;
  for (let round = 0; round < ROUNDS; round++) searchAll();
  return Object.fromEntries([...times].map(([path, measured]) => [path, percentiles(measured)]));
}

/** Places of items that stand anywhere: on the codes those near to a row's score cost most. */
function timeRanks(sets: ReadonlyMap<string, TableSet>, { now }: TrainedShop, { shoppers }: Searched): Record<string, { p50: number; p99: number }> {
  const query = createQuery();
  const timed = [...sets].filter(([path]) => path !== 'lists').map(([path, set]) => {
    const times = shoppers.map(({ events, seen }, place) => {
      formQuery(set, query, { events, seen, now });
      const row = 1 + ((place * 7_919) % (set.rows - 1));
      const began = performance.now();
      set.countAhead({ row, score: set.scoreOf(row, 'served'), column: 'served' });
      return 1_000 * (performance.now() - began);
    });
    return [path, percentiles(times)] as const;
  });
  return Object.fromEntries(timed);
}

function percentiles(values: number[]): { p50: number; p99: number } {
  values.sort((a, b) => a - b);
  return { p50: round(values[Math.floor(values.length / 2)] ?? 0), p99: round(values[Math.floor(values.length * 0.99)] ?? 0) };
}

function answers(set: TableSet | undefined, { now }: TrainedShop, { k, shoppers }: Searched): string[][] {
  if (set === undefined) return [];
  const ranker = createRanker();
  const shelf = createShelf(() => undefined);
  const rest: Omit<RankInput, 'history'> = {
    model: { set, position: START, learnedMs: 0, epoch: 0 }, shelf, session: { events: [], marks: new Map() }, item: undefined,
    limit: k, excludeIds: [], excludeSeen: false, diversity: 0, anyAvailability: false, reasons: false, now,
  };
  return shoppers.map((history) => ranker.rank({ ...rest, history }).items.map(({ id }) => id));
}

function overlap(exact: readonly string[][], found: readonly string[][]): number {
  let hits = 0;
  let wanted = 0;
  exact.forEach((best, place) => {
    const mine = new Set(found[place]);
    wanted += best.length;
    hits += best.filter((id) => mine.has(id)).length;
  });
  return Math.round((10_000 * hits) / Math.max(1, wanted)) / 10_000;
}
