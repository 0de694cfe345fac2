/**
 * `bench diversity`: what `diversity`, `rotation` and `explore` give and cost, on a real history. The trainer's learner learns a file of events in
 * time order; before it learns them, serving's own ranking, on serving's own tables, makes each of the last events' shopper a list of
 * ten in each way. A shopper's history is up to date; the model has learned all but the present micro-batch.
 * With `--explore` items are described, by the catalogue or by their titles just before their first events, so that there are new ones to be tried.
 */
import { createHistories, type Histories } from '@freshet/shared/domain/histories';
import { meaningOf } from '@freshet/shared/domain/event';
import { DEFAULT_MODEL } from '@freshet/shared/domain/model-config';
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
import { catalogueEntry, createDescriptions, type Descriptions } from '../../replay/descriptions.js';
import type { Source } from '../../replay/source.js';
import { type Bench, type BenchContext, type BenchResult, round } from '../bench.js';
import { describeMachine } from '../machine.js';
import { DATA_OPTIONS, readData } from '../data.js';
import { option, type Resolved, resolveOptions, seedOption, textOption, wholeNumber } from '../options.js';
import { createListTally, type ListTally } from './lists.js';
import { inputOf, type Kind, KINDS, parseValues, type Variant, variantsOf } from './variants.js';

const OPTIONS = {
  ...DATA_OPTIONS,
  items: textOption('--items <file>', 'a catalogue, for categories and brands'),
  diversity: option({ flags: '--diversity <list>', help: 'values beside 0', fallback: '0.1,0.3,0.5', parse: parseValues }),
  rotation: option({ flags: '--rotation <list>', help: 'values of rotation beside 0', fallback: '', parse: parseValues }),
  explore: option({ flags: '--explore <list>', help: 'values of explore beside 0; then items are also described by their titles', fallback: '', parse: parseValues }),
  every: wholeNumber('--every <number>', { help: 'of the last fifth of the events, every which one is ranked', fallback: 4, from: 1, to: 1_000 }),
  seed: seedOption('seed of the model'),
} as const;
type Options = Resolved<typeof OPTIONS>;

export const diversityBench: Bench = {
  help: 'what diversity, rotation and exploration give and cost: accuracy, distance, coverage, on a file of events',
  options: OPTIONS,
  run: (flags, context) => run(resolveOptions(OPTIONS, flags), context),
};

const LIST = 10;
const TEACHING = 0.8;
const MAX_WORDS = 20_000;

interface Stage {
  readonly learner: Learner;
  readonly histories: Histories;
  readonly set: TableSet;
  readonly shelf: Shelf;
  readonly ranker: Ranker;
  readonly noRepeats: boolean;
  readonly descriptions: Descriptions;
  readonly tallies: ReadonlyMap<Variant, ListTally>;
}

async function run(options: Options, { say, signal }: BenchContext): Promise<BenchResult> {
  const began = performance.now();
  const source = await readData(options);
  const { events, items } = cleanAll(source.events);
  const stage = await prepare(options, { source, items });
  say(`learning ${events.length} events; of the last ${events.length - Math.floor(TEACHING * events.length)} every ${options.every}. is ranked`);
  for (let start = 0, seq = 1; start < events.length; start += DEFAULT_MODEL.batch, seq++) {
    signal.throwIfAborted();
    const batch = events.slice(start, start + DEFAULT_MODEL.batch).map((event, index): LearnerEvent => ({ event, seq, index }));
    await describe(stage, batch);
    batch.forEach((next, i) => {
      const place = start + i;
      if (place >= TEACHING * events.length && place % options.every === 0) rankAll(stage, next);
      stage.histories.apply(next.event, next);
    });
    await stage.learner.round(batch);
    takeCut(stage);
  }
  await stage.learner.close();
  return {
    bench: 'diversity',
    measures: `lists of ${LIST} by serving’s ranking, test-then-train: hit ratio and NDCG of what came next; distance: mean 1 − cosine of a list’s pairs; coverage: share of the items that any list showed; gini: of how often items were shown; explored_a_list: places given to new items`,
    not_measured: ['what shoppers think of it, and what a model learns of what they do then', ...(options.explore.length > 0 ? [] : ['words of titles']), ...(options.items === '' ? ['categories: no catalogue was given'] : [])],
    machine: describeMachine(),
    seconds: round((performance.now() - began) / 1_000),
    events: events.length,
    items,
    every: options.every,
    seed: options.seed,
    ...Object.fromEntries(KINDS.filter((kind) => options[kind].length > 0).map((kind) => [`by_${kind}`, figuresBy(kind, stage, items)])),
  };
}

function figuresBy(kind: Kind, { tallies }: Stage, items: number): object {
  const own = [...tallies].filter(([variant]) => variant.kind === undefined || variant.kind === kind);
  return Object.fromEntries(own.map(([{ value }, tally]) => [value, tally.figures(items)]));
}

/** What a shop does before it sells an item. */
async function describe(stage: Stage, batch: readonly LearnerEvent[]): Promise<void> {
  const described = stage.descriptions.before(batch);
  if (described?.kind !== 'catalogue') return;
  described.changes.forEach((change, index) => stage.shelf.apply(change, { seq: described.seq, index }));
  await stage.learner.learn([described]);
  takeCut(stage);
}

function takeCut({ learner, set }: Stage): void {
  const { vocabulary, tables } = learner.cut();
  for (const { row, name, table } of vocabulary) set.name(row, name, table);
  for (const { table, ids, values } of tables) set.write(table, ids, values);
}

async function prepare(options: Options, { source, items }: { readonly source: Source; readonly items: number }): Promise<Stage> {
  const model = { ...DEFAULT_MODEL, seed: options.seed };
  const hasWords = options.explore.length > 0;
  const maxWords = hasWords ? MAX_WORDS : 0;
  const catalogue = options.items === '' ? [] : (await readItemsFile(options.items)).changes;
  const maxItems = items + 1 + (hasWords ? catalogue.length : 0);
  const learner = await createLearner({ model, threads: 0, engine: 'wasm', maxItems, maxWords, trustedItems: true, publish: 'all' });
  const shelf = createShelf(() => undefined);
  catalogue.forEach((change, index) => shelf.apply(change, { seq: 1, index }));
  if (hasWords && catalogue.length > 0) await learner.learn([catalogueEntry(catalogue, { seq: 1, receivedAt: 0 })]);
  const set = await createTablePool({ kernel: await loadKernel(), model, maxItems, maxWords, shelf: () => 'available' }).take();
  const tallies = new Map(variantsOf(options).map((variant) => [variant, createListTally()]));
  const descriptions = createDescriptions(hasWords && catalogue.length === 0 ? source.titles : new Map());
  return { descriptions, learner, histories: createHistories(), set, shelf, ranker: createRanker(), noRepeats: source.noRepeats, tallies };
}

function rankAll(stage: Stage, { event }: LearnerEvent): void {
  const history = stage.histories.find(event.user);
  if (event.item === undefined || meaningOf(event).effect !== 'positive' || history === undefined || history.events.length === 0) return;
  for (const [variant, tally] of stage.tallies) {
    const { items } = stage.ranker.rank({
      model: { set: stage.set, position: START, learnedMs: 0, epoch: 0 },
      shelf: stage.shelf, history, session: { events: [], marks: new Map() }, item: undefined,
      limit: LIST, excludeIds: [], excludeSeen: stage.noRepeats, anyAvailability: false, reasons: false, now: event.ts, ...inputOf(variant, { user: event.user, now: event.ts }),
    });
    const ids = items.map(({ id }) => id);
    tally.add({ ids, vectors: vectorsOf(stage.set, items), categories: ids.flatMap((id) => stage.shelf.catalogue.document(id)?.fields.categories ?? []), place: ids.indexOf(event.item), explored: items.filter(({ explored }) => explored === true).length });
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
