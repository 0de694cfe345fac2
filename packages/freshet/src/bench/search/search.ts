/**
 * `bench search`: whether search finds what is meant, and how long it takes, on the titles of a real catalogue.
 *
 * Known items: queries made from titles (known-items.ts), on a model that has learned nothing. Personal: purchases searched for before they are learned, with and
 * without the shopper, and by weights that made clicks have taught (personal.ts).
 */
import { UsageError } from '@freshet/shared/errors';
import { type Bench, type BenchContext, type BenchResult, round, roundAll } from '../bench.js';
import { DATA_OPTIONS, readData } from '../data.js';
import { createLatencies, type Latencies } from '../load/latencies.js';
import { describeMachine } from '../machine.js';
import { type Resolved, resolveOptions, seedOption, wholeNumber } from '../options.js';
import { KINDS, type KnownItem, knownItems } from './known-items.js';
import { measurePersonal } from './personal.js';
import { createStage, LIST, mean, reciprocalRank, type Stage } from './stage.js';
import { chineseQueries, chineseTitles, grownTitle } from './made-up-titles.js';

const OPTIONS = {
  ...DATA_OPTIONS,
  queries: wholeNumber('--queries <number>', { help: 'known-item queries of each kind', fallback: 1_000, from: 1, to: 100_000 }),
  items: wholeNumber('--items <number>', { help: 'grow the catalogue to so many items by titles of the same and some new words; 0: as it is', fallback: 0, from: 0, to: 1_000_000 }),
  every: wholeNumber('--every <number>', { help: 'of the last fifth of the events, every which purchase is searched for; 0: none, and nothing is learned', fallback: 10, from: 0, to: 1_000 }),
  clicks: wholeNumber('--clicks <number>', { help: 'of the three fifths before the last, every which purchase is searched for and clicked by a made shopper, to learn search’s weights; 0: none', fallback: 0, from: 0, to: 1_000 }),
  seed: seedOption('seed of the queries and the model'),
} as const;
type Options = Resolved<typeof OPTIONS>;

export const searchBench: Bench = {
  help: 'whether search finds known items and what the shopper is worth to it, and how long it takes',
  options: OPTIONS,
  run: (flags, context) => run(resolveOptions(OPTIONS, flags), context),
};

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
    measures: `mean reciprocal rank among the first ${LIST} of the one item a query was made from (mrr_10), by kind of query, on an untrained model; the same on made-up Chinese titles; time of one search in this process, without HTTP (latency_ms), and the processor’s time it took (cpu_ms), to which other processes don’t add; personal: purchases searched for by their titles’ two rarest words before they are learned, among what was described by then, with and without the shopper; personal.weights: what made clicks have taught (clicks: the chance to look at place k is k^−bias, to click anything there noise), and the same searches of the last fifth by the default (mrr_10_fixed) and by the learned weights`,
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
