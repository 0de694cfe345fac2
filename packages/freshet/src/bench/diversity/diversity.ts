/**
 * `bench diversity`: what `diversity` gives and costs, on a real history. The trainer's learner learns a file of events in time
 * order; before it learns them, serving's own ranking, on serving's own tables, makes each of the last events' shopper a list of
 * ten for each value of `diversity`. A shopper's history is up to date; the model has learned all but the present micro-batch.
 */
import { existsSync } from 'node:fs';
import { createHistories, type Histories } from '@freshet/shared/domain/histories';
import { meaningOf } from '@freshet/shared/domain/event';
import { DEFAULT_MODEL } from '@freshet/shared/domain/model-config';
import { UsageError } from '@freshet/shared/errors';
import { START } from '@freshet/shared/model/load';
import type { RankedItem } from '@freshet/serving/rank/input';
import { createRanker, type Ranker } from '@freshet/serving/rank/ranker';
import { loadKernel } from '@freshet/serving/store/kernel';
import { createShelf, type Shelf } from '@freshet/serving/store/shelf';
import { createTablePool } from '@freshet/serving/store/table-pool';
import type { TableSet } from '@freshet/serving/store/table-set';
import { createLearner } from '@freshet/trainer/learner/create';
import type { Learner, LearnerEvent } from '@freshet/trainer/learner/port';
import { cleanAll } from '../../replay/clean-step.js';
import { readItemsFile } from '../../replay/items-file.js';
import { readSource, type Source } from '../../replay/source.js';
import { type Bench, type BenchContext, type BenchResult, round } from '../bench.js';
import { describeMachine } from '../machine.js';
import { option, type Resolved, resolveOptions, wholeNumber } from '../options.js';
import { createListTally, type ListTally } from './lists.js';

const OPTIONS = {
  data: option({ flags: '--data <file>', help: 'a file of events, or a preset’s folder', fallback: '', parse: (text) => text }),
  preset: option({ flags: '--preset <name>', help: 'as for replay', fallback: '', parse: (text) => text }),
  columns: option({ flags: '--columns <map>', help: 'as for replay', fallback: '', parse: (text) => text }),
  items: option({ flags: '--items <file>', help: 'a catalogue, for categories and brands', fallback: '', parse: (text) => text }),
  diversity: option({ flags: '--diversity <list>', help: 'values beside 0', fallback: '0.1,0.3,0.5', parse: parseValues }),
  every: wholeNumber('--every <number>', { help: 'of the last fifth of the events, every which one is ranked', fallback: 4, from: 1, to: 1_000 }),
  seed: wholeNumber('--seed <number>', { help: 'seed of the model', fallback: 1, from: 0, to: 2 ** 32 - 1 }),
} as const;
type Options = Resolved<typeof OPTIONS>;

export const diversityBench: Bench = {
  help: 'what diversity gives and costs: accuracy, distance, coverage, on a file of events',
  options: OPTIONS,
  run: (flags, context) => run(resolveOptions(OPTIONS, flags), context),
};

const LIST = 10;
const TEACHING = 0.8;

function parseValues(text: string): number[] {
  const values = text.split(',').map(Number);
  if (values.every((value) => value > 0 && value <= 1)) return values;
  throw new RangeError('takes numbers above 0, up to 1, with commas between');
}

interface Stage {
  readonly learner: Learner;
  readonly histories: Histories;
  readonly set: TableSet;
  readonly shelf: Shelf;
  readonly ranker: Ranker;
  readonly noRepeats: boolean;
  readonly tallies: ReadonlyMap<number, ListTally>;
}

async function run(options: Options, { say, signal }: BenchContext): Promise<BenchResult> {
  const began = performance.now();
  if (!existsSync(options.data)) throw new UsageError('option_value', `--data takes a file of events that exists, not "${options.data}".`);
  const source = await readSource({ paths: [options.data], ...given('preset', options.preset), ...given('columns', options.columns) });
  const { events, items } = cleanAll(source.events);
  const stage = await prepare(options, { source, items });
  say(`learning ${events.length} events; of the last ${events.length - Math.floor(TEACHING * events.length)} every ${options.every}. is ranked`);
  for (let start = 0, seq = 1; start < events.length; start += DEFAULT_MODEL.batch, seq++) {
    signal.throwIfAborted();
    const batch = events.slice(start, start + DEFAULT_MODEL.batch).map((event, index): LearnerEvent => ({ event, seq, index }));
    batch.forEach((next, i) => {
      const place = start + i;
      if (place >= TEACHING * events.length && place % options.every === 0) rankAll(stage, next);
      stage.histories.apply(next.event, next);
    });
    await stage.learner.round(batch);
    const { vocabulary, tables } = stage.learner.cut();
    for (const { row, name, table } of vocabulary) stage.set.name(row, name, table);
    for (const { table, ids, values } of tables) stage.set.write(table, ids, values);
  }
  await stage.learner.close();
  return {
    bench: 'diversity',
    measures: `lists of ${LIST} by serving’s ranking, test-then-train: hit ratio and NDCG of what came next; distance: mean 1 − cosine of a list’s pairs; coverage: share of the items that any list showed; gini: of how often items were shown`,
    not_measured: ['what shoppers think of it', 'words of titles', ...(options.items === '' ? ['categories: no catalogue was given'] : [])],
    machine: describeMachine(),
    seconds: round((performance.now() - began) / 1_000),
    events: events.length,
    items,
    every: options.every,
    seed: options.seed,
    by_diversity: Object.fromEntries([...stage.tallies].map(([value, tally]) => [value, tally.figures(items)])),
  };
}

function given<K extends string>(name: K, value: string): Partial<Record<K, string>> {
  return value === '' ? {} : ({ [name]: value } as Record<K, string>);
}

async function prepare(options: Options, { source, items }: { readonly source: Source; readonly items: number }): Promise<Stage> {
  const model = { ...DEFAULT_MODEL, seed: options.seed };
  const learner = await createLearner({ model, threads: 0, engine: 'wasm', maxItems: items + 1, trustedItems: true, publish: 'all' });
  const shelf = createShelf(() => undefined);
  const catalogue = options.items === '' ? [] : (await readItemsFile(options.items)).changes;
  catalogue.forEach((change, index) => shelf.apply(change, { seq: 1, index }));
  const set = await createTablePool({ kernel: await loadKernel(), model, maxItems: items + 1, shelf: () => 'available' }).take();
  const tallies = new Map([0, ...options.diversity].map((value) => [value, createListTally()]));
  return { learner, histories: createHistories(), set, shelf, ranker: createRanker(), noRepeats: source.noRepeats, tallies };
}

function rankAll(stage: Stage, { event }: LearnerEvent): void {
  const history = stage.histories.find(event.user);
  if (event.item === undefined || meaningOf(event).effect !== 'positive' || history === undefined || history.events.length === 0) return;
  for (const [diversity, tally] of stage.tallies) {
    const { items } = stage.ranker.rank({
      model: { set: stage.set, position: START, learnedMs: 0, epoch: 0 },
      shelf: stage.shelf, history, session: { events: [], marks: new Map() }, item: undefined,
      limit: LIST, excludeIds: [], excludeSeen: stage.noRepeats, diversity, anyAvailability: false, reasons: false, now: event.ts,
    });
    const ids = items.map(({ id }) => id);
    tally.add({ ids, vectors: vectorsOf(stage.set, items), categories: ids.flatMap((id) => stage.shelf.catalogue.document(id)?.fields.categories ?? []), place: ids.indexOf(event.item) });
  }
}

function vectorsOf(set: TableSet, items: readonly RankedItem[]): Float32Array[] {
  const { dim } = set.layout;
  return items.flatMap(({ id }) => {
    const row = set.rowOf(id);
    if (row === undefined) return [];
    const vector = set.embeddings.slice(row * dim, (row + 1) * dim);
    const length = Math.hypot(...vector) || 1;
    return [vector.map((x) => x / length)];
  });
}
