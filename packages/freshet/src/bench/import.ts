/**
 * `bench import`: rows a second of `freshet import` into a Freshet that learns them at the same time.
 *
 * Everything in one process on the embedded Postgres, as `npm start` runs it; the import is this process, on the same
 * cores, reading a file: yours, or a made one. Afterwards the database is asked how many events it has.
 */
import { createWriteStream } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { FreshetError } from '@freshet/shared/errors';
import { createRestClient } from '../cli/rest.js';
import { startEmbeddedPostgres } from '../embedded/postgres.js';
import { resolveImportOptions } from '../import/options.js';
import type { FileResult } from '../import/result.js';
import { runImport } from '../import/run.js';
import { type Bench, type BenchContext, type BenchResult, round } from './bench.js';
import { type Caller, createCaller } from './load/caller.js';
import { describeMachine } from './machine.js';
import { COMMON_OPTIONS, option, type Resolved, resolveOptions, wholeNumber } from './options.js';
import { type CpuUse, startCpuMeter } from './target/cpu.js';
import { startFreshet } from './target/freshet-process.js';
import { compareLedger, type Ledger, readLedger } from './target/ledger.js';
import { type Scrape, scrape, total } from './target/scrape.js';
import { stopLater, withWorkplace, type Workplace } from './target/workplace.js';
import { waitUntilLearned } from './traffic/fill.js';
import { createShop } from './traffic/shop.js';
import { createShoppers, userId } from './traffic/shoppers.js';

const text = (value: string): string => value;

const OPTIONS = {
  file: option({ flags: '--file <path>', help: 'a file of events of your own', fallback: '', parse: text }),
  preset: option({ flags: '--preset <name>', help: 'how it is read, as of freshet import', fallback: '', parse: text }),
  columns: option({ flags: '--columns <map>', help: 'or its columns', fallback: '', parse: text }),
  rows: wholeNumber('--rows <number>', { help: 'rows of the file that is made where none is given', fallback: 500_000, from: 1_000, to: 20_000_000 }),
  inFlight: wholeNumber('--in-flight <requests>', { help: 'requests under way at once', fallback: 3, from: 1, to: 16 }),
  threads: wholeNumber('--threads <number>', { help: 'training threads', fallback: 1, from: 1, to: 64 }),
  users: wholeNumber('--users <number>', { help: 'shoppers of the made file', fallback: 50_000, from: 1, to: 5_000_000 }),
  items: wholeNumber('--items <number>', { help: 'items they deal with', fallback: 20_000, from: 100, to: 5_000_000 }),
  ...COMMON_OPTIONS,
} as const;
type Options = Resolved<typeof OPTIONS>;

export const importBench: Bench = {
  help: 'rows a second of a file into a Freshet that learns them meanwhile',
  options: OPTIONS,
  run: (flags, context) => withWorkplace((place) => run(resolveOptions(OPTIONS, flags), place, context)),
};

async function run(options: Options, place: Workplace, context: BenchContext): Promise<BenchResult> {
  const file = options.file === '' ? await makeFile(options, place, context) : options.file;
  context.say('starting Freshet');
  const args = ['--data-dir', path.join(place.dir, 'data'), '--demo', 'off', '--threads', String(options.threads)];
  const freshet = stopLater(place, 'Freshet', await startFreshet({ command: 'start', args, profile: options.profile }, context));
  const caller = createCaller(freshet.target);
  place.owner.defer('caller', () => caller.close());
  context.say(`importing ${file}`);
  const before = await scrape(caller);
  const cpu = await startCpuMeter(caller);
  const result = await importInto(`http://${freshet.target.host}:${freshet.target.port}`, file, { options, place, context });
  const cores = await cpu.read();
  const after = await scrape(caller);
  const learnedMs = await timeUntilLearned(caller, result, context.signal);
  freshet.assertRunning();
  await freshet.stop();
  context.say('asking the database for what it has');
  const postgres = stopLater(place, 'Postgres', await startEmbeddedPostgres({ dataDir: path.join(place.dir, 'data'), log: context.say }));
  return describe({ options, result, cores, before, after, learnedMs, ledger: await readLedger(postgres.url) });
}

/** A CSV as a shop exports it: one event a line, in the order of time. */
async function makeFile({ seed, rows, users, items }: Options, place: Workplace, context: BenchContext): Promise<string> {
  context.say(`writing a file of ${rows} rows`);
  const shop = createShop(seed, items);
  const shoppers = createShoppers(seed, shop, { users });
  const file = path.join(place.dir, 'events.csv');
  const from = Date.now() - rows * 1_000;
  function* lines(): Generator<string> {
    yield 'user,item,time,type\n';
    for (let n = 0; n < rows; n++) {
      const event = shoppers.next();
      yield `${userId(event.user)},${shop.itemId(event.item)},${new Date(from + n * 1_000).toISOString()},${event.type}\n`;
    }
  }
  await pipeline(Readable.from(lines()), createWriteStream(file));
  return file;
}

interface Setting {
  readonly options: Options;
  readonly place: Workplace;
  readonly context: BenchContext;
}

async function importInto(url: string, file: string, { options, place, context }: Setting): Promise<FileResult> {
  const { preset, columns, inFlight } = options;
  const flags = { ...(preset === '' ? {} : { preset }), ...(columns === '' ? {} : { columns }), inFlight: String(inFlight) };
  const [result] = await runImport(resolveImportOptions([file], flags), {
    rest: createRestClient({ url }),
    progress: { step: () => undefined, say: context.say, end: () => undefined },
    now: () => performance.now(),
    clock: () => Date.now(),
    stateDir: place.dir,
    sleep: (ms, signal) => sleep(ms, undefined, { signal }),
    signal: context.signal,
  });
  if (result?.complete === true) return result;
  context.signal.throwIfAborted();
  throw new FreshetError('bench_import', `the import did not come to its end: ${result?.failure?.detail ?? 'it was stopped'}`);
}

async function timeUntilLearned(caller: Caller, { sequence }: FileResult, signal: AbortSignal): Promise<number> {
  const from = performance.now();
  if (sequence !== undefined) await waitUntilLearned(caller, sequence, signal);
  return performance.now() - from;
}

interface Measured {
  readonly options: Options;
  readonly result: FileResult;
  readonly cores: CpuUse;
  readonly before: Scrape;
  readonly after: Scrape;
  readonly learnedMs: number;
  readonly ledger: Ledger;
}

function describe({ options, result, cores, before, after, learnedMs, ledger }: Measured): BenchResult {
  const examples = total(after, 'freshet_trainer_examples_total') - total(before, 'freshet_trainer_examples_total');
  const { rows, accepted, rejected, seconds } = result;
  return {
    bench: 'import',
    measures: 'rows of a file a second, from opening it until the last one is acknowledged as durable, by an all-in-one Freshet on its embedded Postgres that learns at the same time; the importing process shares its cores',
    not_measured: ['a network between client and server', 'a trainer in a process of its own', 'answers to shoppers meanwhile'],
    machine: describeMachine(),
    seconds: round(seconds),
    rows_per_second: result.rows_per_second,
    rows,
    accepted,
    rejected,
    events_per_second: Math.round(accepted / seconds),
    durable: ledger.events,
    ...compareLedger(ledger, accepted),
    trainer: {
      examples_per_second: Math.round(examples / seconds),
      items_behind: total(after, 'freshet_inbox_unapplied_events'),
      learned_seconds_later: round(learnedMs / 1_000),
    },
    cores_used: cores,
    in_flight: options.inFlight,
    threads: options.threads,
    ...(options.file === '' ? { users: options.users, items: options.items, seed: options.seed } : { file: path.basename(options.file) }),
  };
}
