/**
 * `bench search`: whether search finds what is meant, and how long it takes, on the titles of a real catalogue.
 *
 * Known items: queries made from titles (known-items.ts), on a model that has learned nothing. Personal: the trainer's learner learns the file's
 * events in time order; before it learns them, some of the last fifth's purchases are searched for by the two rarest words of their titles,
 * with and without the shopper.
 */
import { createHistories } from '@freshet/shared/domain/histories';
import type { History } from '@freshet/shared/domain/history';
import { meaningOf } from '@freshet/shared/domain/event';
import { DEFAULT_MODEL } from '@freshet/shared/domain/model-config';
import { UsageError } from '@freshet/shared/errors';
import { START } from '@freshet/shared/model/load';
import { createSearcher, type Searcher } from '@freshet/serving/search/searcher';
import { loadKernel } from '@freshet/serving/store/kernel';
import { createShelf, type Shelf } from '@freshet/serving/store/shelf';
import { createTablePool } from '@freshet/serving/store/table-pool';
import type { TableSet } from '@freshet/serving/store/table-set';
import { createLearner } from '@freshet/trainer/learner/create';
import type { LearnerEvent } from '@freshet/trainer/learner/port';
import { cleanAll } from '../../replay/clean-step.js';
import { createDescriptions } from '../../replay/descriptions.js';
import type { Source } from '../../replay/source.js';
import { type Bench, type BenchContext, type BenchResult, round, roundAll } from '../bench.js';
import { DATA_OPTIONS, readData } from '../data.js';
import { createLatencies, type Latencies } from '../load/latencies.js';
import { describeMachine } from '../machine.js';
import { type Resolved, resolveOptions, seedOption, wholeNumber } from '../options.js';
import { KINDS, type KnownItem, knownItems } from './known-items.js';
import { chineseQueries, chineseTitles, grownTitle } from './made-up-titles.js';
import { rarestWords } from './rarest-words.js';

const OPTIONS = {
  ...DATA_OPTIONS,
  queries: wholeNumber('--queries <number>', { help: 'known-item queries of each kind', fallback: 1_000, from: 1, to: 100_000 }),
  items: wholeNumber('--items <number>', { help: 'grow the catalogue to so many items by titles of the same and some new words; 0: as it is', fallback: 0, from: 0, to: 1_000_000 }),
  every: wholeNumber('--every <number>', { help: 'of the last fifth of the events, every which purchase is searched for; 0: none, and nothing is learned', fallback: 10, from: 0, to: 1_000 }),
  seed: seedOption('seed of the queries and the model'),
} as const;
type Options = Resolved<typeof OPTIONS>;

export const searchBench: Bench = {
  help: 'whether search finds known items and what the shopper is worth to it, and how long it takes',
  options: OPTIONS,
  run: (flags, context) => run(resolveOptions(OPTIONS, flags), context),
};

const LIST = 10;
const TEACHING = 0.8;
const MAX_WORDS = 20_000;
/** Made-up Chinese titles. */
const CHINESE = 300;

async function run(options: Options, context: BenchContext): Promise<BenchResult> {
  const began = performance.now();
  const source = await readData(options);
  if (source.titles.size === 0) throw new UsageError('option_value', `"${options.data}" says no titles: there is nothing to search.`);
  const stage = await createStage(options, source.titles.size);
  await describe(stage, catalogueOf(source.titles, options), context);
  const known = measureKnownItems(stage, source.titles, options, context);
  const chinese = await measureChinese(options, context);
  const personal = options.every === 0 ? {} : { personal: await measurePersonal(source, options, context) };
  return {
    bench: 'search',
    measures: `mean reciprocal rank among the first ${LIST} of the one item a query was made from (mrr_10), by kind of query, on an untrained model; the same on made-up Chinese titles; time of one search in this process, without HTTP (latency_ms), and the processor’s time it took (cpu_ms), to which other processes don’t add; personal: purchases searched for by their titles’ two rarest words before they are learned, among what was described by then, with and without the shopper`,
    not_measured: ['queries of real shoppers', 'HTTP', 'categories, brands and attributes', ...(options.every === 0 ? ['what the shopper is worth'] : [])],
    machine: describeMachine(),
    seconds: round((performance.now() - began) / 1_000),
    items: stage.searcher.size,
    titles: source.titles.size,
    seed: options.seed,
    ...known,
    chinese,
    ...personal,
  };
}

interface Stage {
  readonly searcher: Searcher;
  readonly shelf: Shelf;
  readonly set: TableSet;
}

async function createStage({ seed }: Options, items: number): Promise<Stage> {
  const searcher = createSearcher();
  const shelf = createShelf(searcher.change);
  const model = { ...DEFAULT_MODEL, seed };
  const set = await createTablePool({ kernel: await loadKernel(), model, maxItems: items + 1, maxWords: MAX_WORDS, shelf: () => 'available' }).take();
  return { searcher, shelf, set };
}

function* catalogueOf(titles: ReadonlyMap<string, string>, { items, seed }: Options): Iterable<readonly [id: string, title: string]> {
  yield* titles;
  const words = [...titles.values()].map((title) => title.split(/\s+/));
  for (let n = titles.size; n < items; n++) yield [`grown-${n}`, grownTitle(words, seed, n)];
}

async function describe({ searcher, shelf }: Stage, titles: Iterable<readonly [id: string, title: string]>, { say }: BenchContext): Promise<void> {
  const began = performance.now();
  let seq = 0;
  for (const [id, title] of titles) shelf.apply({ op: 'put', id, fields: { title } }, { seq: ++seq, index: 0 });
  await searcher.settled();
  say(`${searcher.size} items indexed in ${round((performance.now() - began) / 1_000)} s`);
}

interface Question {
  readonly query: string;
  readonly history?: History | undefined;
  readonly now: number;
}

/** 1 / the item's place, 0 when it isn't among the first. */
function reciprocalRank({ searcher, shelf, set }: Stage, id: string, { query, history, now }: Question): number {
  const found = searcher.search({
    model: { set, position: START, learnedMs: 0, epoch: 0 },
    shelf, history, session: { events: [], marks: new Map() }, anyAvailability: false, now,
    query, offset: 0, limit: LIST, conditions: [], facets: [], highlights: false,
  });
  const place = found.items.findIndex((item) => item.id === id);
  return place < 0 ? 0 : 1 / (place + 1);
}

function measureKnownItems(stage: Stage, titles: ReadonlyMap<string, string>, options: Options, { say }: BenchContext): object {
  const all = createLatencies();
  const busy = createLatencies();
  const ask = (measured: readonly Latencies[], { id, query }: KnownItem): number => {
    const cpu = process.cpuUsage();
    const began = performance.now();
    const rank = reciprocalRank(stage, id, { query, now: 0 });
    const took = performance.now() - began;
    const { user, system } = process.cpuUsage(cpu);
    if (measured.length > 0) busy.record((user + system) / 1_000);
    for (const latencies of measured) latencies.record(took);
    return rank;
  };
  const queries = Object.fromEntries(KINDS.map((kind) => [kind, knownItems(titles, kind, { seed: options.seed, count: options.queries })]));
  // Until it is compiled a search takes ten times as long.
  for (const known of Object.values(queries)) for (const one of known.slice(0, 100)) ask([], one);
  const mrr: Record<string, number> = {};
  const p95: Record<string, number> = {};
  for (const [kind, known] of Object.entries(queries)) {
    const latencies = createLatencies();
    mrr[kind] = mean(known.map((one) => ask([all, latencies], one)));
    p95[kind] = round(latencies.percentile(95));
    say(`${kind}: MRR@${LIST} ${mrr[kind]} over ${known.length} queries, p95 ${p95[kind]} ms`);
  }
  return {
    queries: Object.fromEntries(Object.entries(queries).map(([kind, known]) => [kind, known.length])),
    mrr_10: mrr,
    latency_ms: roundAll({ ...all.summary() }),
    cpu_ms: roundAll({ ...busy.summary() }),
    p95_ms: p95,
  };
}

async function measureChinese(options: Options, context: BenchContext): Promise<object> {
  const titles = chineseTitles(CHINESE, options.seed);
  const stage = await createStage(options, CHINESE);
  await describe(stage, titles.map(({ id, title }) => [id, title] as const), context);
  const queries = chineseQueries(titles);
  const mrrOf = (known: readonly KnownItem[]): number => mean(known.map(({ id, query }) => reciprocalRank(stage, id, { query, now: 0 })));
  return { titles: titles.length, mrr_10: { whole: mrrOf(queries.whole), name: mrrOf(queries.name) } };
}

async function measurePersonal(source: Source, options: Options, { say, signal }: BenchContext): Promise<object> {
  const { events, items } = cleanAll(source.events);
  const queryOf = rarestWords(source.titles);
  const learner = await createLearner({ model: { ...DEFAULT_MODEL, seed: options.seed }, threads: 0, engine: 'wasm', maxItems: items + 1, maxWords: MAX_WORDS, trustedItems: true, publish: 'all' });
  const descriptions = createDescriptions(source.titles);
  const stage = await createStage(options, source.titles.size + items);
  const histories = createHistories();
  const ranks = { with: [] as number[], without: [] as number[] };
  let purchases = 0;
  say(`learning ${events.length} events; of the last fifth's purchases every ${options.every}. is searched for`);
  for (let start = 0, seq = 1; start < events.length; start += DEFAULT_MODEL.batch, seq++) {
    signal.throwIfAborted();
    const batch = events.slice(start, start + DEFAULT_MODEL.batch).map((event, index): LearnerEvent => ({ event, seq, index }));
    // A shop describes an item before it sells it.
    const described = descriptions.before(batch);
    if (described?.kind === 'catalogue') described.changes.forEach((change, index) => stage.shelf.apply(change, { seq, index }));
    await stage.searcher.settled();
    for (const [i, next] of batch.entries()) {
      const { event } = next;
      const query = event.item === undefined || start + i < TEACHING * events.length || event.type !== 'purchase' || purchases++ % options.every !== 0 ? undefined : queryOf(event.item);
      const history = histories.find(event.user);
      if (query !== undefined && event.item !== undefined && history !== undefined && meaningOf(event).effect === 'positive') {
        ranks.with.push(reciprocalRank(stage, event.item, { query, history, now: event.ts }));
        ranks.without.push(reciprocalRank(stage, event.item, { query, now: event.ts }));
      }
      histories.apply(event, next);
    }
    if (described !== undefined) await learner.learn([described]);
    await learner.round(batch);
    const { vocabulary, tables } = learner.cut();
    for (const { row, name, table } of vocabulary) stage.set.name(row, name, table);
    for (const { table, ids, values } of tables) stage.set.write(table, ids, values);
  }
  await learner.close();
  return { searches: ranks.with.length, mrr_10: mean(ranks.with), mrr_10_without: mean(ranks.without) };
}

function mean(values: readonly number[]): number {
  return Math.round((1e4 * values.reduce((sum, value) => sum + value, 0)) / Math.max(1, values.length)) / 1e4;
}
