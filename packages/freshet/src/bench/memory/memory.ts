/**
 * `bench memory`: how much memory a trainer, or serving (serving.ts), takes, by what is in it. One is built in this process, without a database, and filled
 * part by part (fill.ts); after each part the garbage is collected and the process's resident memory is read, as soon as it falls no more.
 */
import { setImmediate } from 'node:timers/promises';
import type { LogEntry } from '@freshet/shared/domain/entry';
import { DEFAULT_MODEL, FOLLOWERS_STEP, MAX_FOLLOWERS, type ModelConfig } from '@freshet/shared/domain/model-config';
import { createRefSet } from '@freshet/shared/domain/ref-set';
import { createLearner } from '@freshet/trainer/learner/create';
import type { Learner } from '@freshet/trainer/learner/port';
import { type Bench, type BenchContext, type BenchResult, round } from '../bench.js';
import { describeMachine } from '../machine.js';
import { option, refuse, type Resolved, resolveOptions, wholeNumber } from '../options.js';
import { descriptions, loadFollowers, loadModel, newEvents, pastEvents, type Sizes, userRef } from './fill.js';
import { measureParts, megabytes } from './measure.js';
import { measureServing } from './serving.js';

const OPTIONS = {
  of: option({ flags: '--of <process>', help: 'whose memory: trainer or serving', fallback: 'trainer', parse: (text) => (text === 'trainer' || text === 'serving' ? text : refuse('takes trainer or serving')) }),
  items: wholeNumber('--items <number>', { help: 'items of the model', fallback: 1_000_000, from: 100, to: 4_000_000 }),
  dim: wholeNumber('--dim <number>', { help: 'floats of an item’s embedding, a multiple of 16', fallback: 64, from: 16, to: 512 }),
  followers: wholeNumber('--followers <number>', { help: `followers of an item, all there, a multiple of ${FOLLOWERS_STEP}`, fallback: 32, from: FOLLOWERS_STEP, to: MAX_FOLLOWERS }),
  words: wholeNumber('--words <number>', { help: 'words that have a row', fallback: 100_000, from: 1, to: 1_000_000 }),
  users: wholeNumber('--users <number>', { help: 'shoppers whose histories are in memory', fallback: 1_000_000, from: 1, to: 10_000_000 }),
  events: wholeNumber('--events <number>', { help: 'events of each shopper', fallback: 10, from: 1, to: 1_000 }),
  replay: wholeNumber('--replay <number>', { help: 'examples of the replay buffer, all there', fallback: 200_000, from: 1, to: 10_000_000 }),
  seed: wholeNumber('--seed <number>', { help: 'seed of everything drawn', fallback: 1, from: 0, to: 2 ** 32 - 1 }),
} as const;
type Options = Resolved<typeof OPTIONS>;

/** Entries learned as one round. */
const ROUND_ENTRIES = 8;
/** Entries between two turns of the event loop. */
const TURN = 64;
/** Events that are timed, and how many shoppers do them whose histories stay open. */
const TIMED = 50_000;
const LIVE_SHOPPERS = 1_000;
export const memoryBench: Bench = {
  help: 'memory of a trainer, or of serving, that holds so much',
  options: OPTIONS,
  run: (flags, context) => run(resolveOptions(OPTIONS, flags), context),
};

async function run(options: Options, context: BenchContext): Promise<BenchResult> {
  const { dim, followers, replay, ...rest } = options;
  const model: ModelConfig = { ...DEFAULT_MODEL, dim, followers, replayCapacity: replay, seed: options.seed };
  const sizes: Sizes = { ...rest, model };
  return options.of === 'serving' ? { ...(await measureServing(sizes, context)), ...options } : await measureTrainer(options, sizes, context);
}

async function measureTrainer(options: Options, sizes: Sizes, context: BenchContext): Promise<BenchResult> {
  const { signal } = context;
  const { model } = sizes;
  const { replay } = options;
  const began = performance.now();
  const { parts, part } = await measureParts(context);
  const learner = await createLearner({ model, threads: 1, engine: 'wasm', maxItems: options.items, maxWords: options.words, trustedItems: false });
  const known = createRefSet();
  try {
    await part('model_mb', () => loadModel(learner.sink, sizes));
    await part('followers_mb', () => loadFollowers(learner.sink, sizes));
    await part('texts_mb', () => remember(learner, descriptions(sizes), signal));
    await part('histories_mb', () => remember(learner, pastEvents(sizes), signal));
    const foldUs = timeFolds(learner, sizes);
    await part('known_people_mb', () => {
      for (let user = 0; user < options.users; user++) known.add(userRef(user));
    });
    await part('learning_mb', () => learnAll(learner, newEvents(sizes, replay), signal));
    const { rss, heapUsed } = process.memoryUsage();
    return {
      bench: 'memory',
      measures: 'resident memory after the collection of garbage, of a process that holds a trainer’s state and has just learned as many events as the replay buffer has room for; each part is what the process grew by while it was filled',
      not_measured: ['Postgres, the queue, ingest and serving', 'entries on their way, deltas being encoded, table ratings', 'what the runtime takes between two collections: see peak_mb, which has also what filling took'],
      machine: describeMachine(),
      seconds: round((performance.now() - began) / 1_000),
      ...options,
      rss_mb: megabytes(rss),
      heap_mb: megabytes(heapUsed),
      peak_mb: round(process.resourceUsage().maxRSS / 1_000),
      held: { items: learner.rows() - 1, words: learner.words(), histories: learner.histories().size, open: learner.histories().open, people: known.size },
      fold_us: foldUs,
      parts,
    };
  } finally {
    await learner.close();
  }
}

/** Microseconds of folding an event into its shopper's history, one that is open and one that is packed: shoppers in turn, so that each is opened and another one packed. */
function timeFolds(learner: Learner, sizes: Sizes): { readonly open: number; readonly packed: number } {
  const histories = learner.histories();
  const time = (users: number): number => {
    const entries = [...newEvents({ ...sizes, users: Math.min(users, sizes.users) }, TIMED)];
    const began = performance.now();
    for (const { seq, ...entry } of entries) if (entry.kind === 'events') entry.events.forEach((event, index) => histories.apply(event, { seq, index }));
    return round((1_000 * (performance.now() - began)) / TIMED);
  };
  time(LIVE_SHOPPERS);
  return { open: time(LIVE_SHOPPERS), packed: time(sizes.users) };
}

async function remember(learner: Learner, entries: Iterable<LogEntry>, signal: AbortSignal): Promise<void> {
  let count = 0;
  for (const entry of entries) {
    learner.remember([entry]);
    if (++count % TURN !== 0) continue;
    signal.throwIfAborted();
    await setImmediate();
  }
}

async function learnAll(learner: Learner, entries: Iterable<LogEntry>, signal: AbortSignal): Promise<void> {
  let waiting: LogEntry[] = [];
  const learn = async (): Promise<void> => {
    signal.throwIfAborted();
    await learner.learn(waiting);
    learner.cut();
    waiting = [];
  };
  for (const entry of entries) if (waiting.push(entry) === ROUND_ENTRIES) await learn();
  if (waiting.length > 0) await learn();
}
