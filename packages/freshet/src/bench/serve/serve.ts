/**
 * `bench serve`: recommendations a second, and how long each takes.
 *
 * The whole of Freshet in a process of its own with the embedded Postgres, filled through its public API (catalogue and
 * events), waited for until it has learned them. Then shoppers ask for their lists: at a fixed rate, or as fast as they
 * are answered (`--rate max`), if wanted while more events change the model, and if wanted from `freshet serving --workers N` beside it.
 */
import { randomBytes } from 'node:crypto';
import { DEFAULT_MODEL } from '@freshet/shared/domain/model-config';
import { RETRIEVAL_MODES } from '@freshet/serving/retrieval/modes';
import { startEmbeddedPostgres } from '../../embedded/postgres.js';
import { createRandomStream } from '../../demo/random-stream.js';
import { type Bench, type BenchContext, type BenchResult, round, roundAll } from '../bench.js';
import { runClosedLoop } from '../load/closed-loop.js';
import type { LoadOptions, LoadResult } from '../load/load.js';
import { runOpenLoop } from '../load/open-loop.js';
import { encodeGet, encodePost } from '../load/request.js';
import { describeMachine } from '../machine.js';
import { COMMON_OPTIONS, option, parseWhole, refuse, type Resolved, resolveOptions, wholeNumber } from '../options.js';
import { type CpuUse, startCpuMeter } from '../target/cpu.js';
import { measureRecall } from '../target/recall.js';
import { residentMegabytes, type Scrape, scrape, total } from '../target/scrape.js';
import { stopLater, withWorkplace, type Workplace } from '../target/workplace.js';
import { EVENTS_PATH, toDocument } from '../traffic/events.js';
import { skewed, TRAFFIC, userId } from '../traffic/shoppers.js';
import { dataFolder, maxItems, openSite, settledPath, type Site } from './site.js';

const OPTIONS = {
  items: wholeNumber('--items <number>', { help: 'items of the catalogue', fallback: 10_000, from: 100, to: 2_000_000 }),
  users: wholeNumber('--users <number>', { help: 'shoppers who ask', fallback: 5_000, from: 1, to: 1_000_000 }),
  events: wholeNumber('--events <number>', { help: 'events they have sent before', fallback: 80_000, from: 1, to: 10_000_000 }),
  rate: option({
    flags: '--rate <number|max>', help: 'requests a second, or max', fallback: 'max',
    parse: (text) => (text === 'max' ? 'max' : parseWhole(text, 1, 100_000)),
  }),
  connections: wholeNumber('--connections <number>', { help: 'connections', fallback: 32, from: 1, to: 1_000 }),
  seconds: wholeNumber('--seconds <number>', { help: 'measured seconds', fallback: 10, from: 1, to: 600 }),
  warmUpSeconds: wholeNumber('--warm-up-seconds <number>', { help: 'seconds of the same requests before, which don’t count', fallback: 2, from: 1, to: 600 }),
  workers: wholeNumber('--workers <number>', { help: 'processes of `freshet serving` beside, which are asked then; 0: everything in one process', fallback: 0, from: 0, to: 64 }),
  retrieval: option({
    flags: '--retrieval <path>', help: 'how the best items are searched for, as of `freshet serving`', fallback: 'auto',
    parse: (text) => RETRIEVAL_MODES.find((mode) => mode === text) ?? refuse(`takes one of ${RETRIEVAL_MODES.join(', ')}`),
  }),
  logged: option({
    flags: '--logged <share>', help: 'lists that the recommendation log keeps, from 0 to 1', fallback: '1',
    parse: (text): number => (/^(0|1|0?\.\d+)$/.test(text) ? Number(text) : refuse('takes a share from 0 to 1')),
  }),
  shop: option({ flags: '--shop <dir>', help: 'keep the filled shop there, and ask it again in the next run', fallback: '', parse: (text) => text }),
  rowChangesPerSecond: wholeNumber('--row-changes-per-second <number>', { help: 'rows of the model that events change meanwhile, about', fallback: 0, from: 0, to: 100_000 }),
  ...COMMON_OPTIONS,
} as const;
type Options = Resolved<typeof OPTIONS>;

export const serveBench: Bench = {
  help: 'recommendations a second, from a filled shop',
  options: OPTIONS,
  run: (flags, context) => withWorkplace((place) => run(resolveOptions(OPTIONS, flags), place, context)),
};

async function run(options: Options, place: Workplace, context: BenchContext): Promise<BenchResult> {
  const site = await openSite(options, place, context);
  const requests = Array.from({ length: options.users }, (_, user) => recommendationsOf(user));
  context.say('waiting for the lists to be split, if there are any');
  let turn = 0;
  const retrieval = await settledPath(options, site.caller, () => site.caller.get(requests[turn++ % requests.length] ?? ''));
  context.say(`asking for recommendations (${options.rate === 'max' ? 'as fast as they come' : `${options.rate}/s`}) for ${options.seconds} s`);
  const cpu = await startCpuMeter(site.caller);
  const before = await scrape(site.caller);
  const load = await ask(options, { ...site, requests }, context.signal);
  const after = await scrape(site.caller);
  const cores = await cpu.read();
  site.whole.assertRunning();
  site.asked.assertRunning();
  await site.stop();
  return describe(options, { ...load, before, after, cores, retrieval, recall: await recallOf(options, { place, context, retrieval, after }) });
}

function recommendationsOf(user: number): string {
  return `/v1/users/${userId(user)}/recommendations?limit=20`;
}

/** Of lists, what the process has sampled of its own answers; of what is exact, searches of the last model, compared with a plain loop. */
async function recallOf(options: Options, { place, context, retrieval, after }: { readonly place: Workplace; readonly context: BenchContext; readonly retrieval: string; readonly after: Scrape }): Promise<number> {
  if (retrieval === 'lists') return total(after, 'freshet_scan_recall_ratio') / Math.max(1, options.workers);
  const postgres = stopLater(place, 'Postgres', await startEmbeddedPostgres({ dataDir: dataFolder(options, place), log: context.say }));
  return measureRecall({ url: postgres.url, model: DEFAULT_MODEL, maxItems: maxItems(options), seed: options.seed });
}

interface Loads {
  readonly load: LoadResult;
  readonly rungs: ReadonlyMap<string, number>;
}

async function ask(options: Options, site: Site & { readonly requests: readonly string[] }, signal: AbortSignal): Promise<Loads> {
  const rungs = new Map<string, number>();
  const requests = site.requests.map(encodeGet);
  const random = createRandomStream(options.seed, 31);
  const spec: LoadOptions<undefined> = {
    target: site.asked.target,
    connections: options.connections,
    seconds: options.seconds,
    warmUpSeconds: options.warmUpSeconds,
    next: () => ({ bytes: requests[skewed(random.unit(), requests.length)] ?? encodeGet('/v1/trending'), tag: undefined }),
    onAnswer: ({ body }) => {
      const rung = rungOf(body);
      rungs.set(rung, (rungs.get(rung) ?? 0) + 1);
    },
    signal,
  };
  const [load] = await Promise.all([options.rate === 'max' ? runClosedLoop(spec) : runOpenLoop({ ...spec, rate: options.rate }), changeRows(options, site, signal)]);
  return { load, rungs };
}

const RUNG = Buffer.from('"fallback":"');

/** Which rung answered; without parsing the list. */
function rungOf(body: Buffer): string {
  const start = body.indexOf(RUNG);
  if (start < 0) return 'none';
  return body.toString('latin1', start + RUNG.length, body.indexOf('"', start + RUNG.length));
}

/** Rows of the model that an event changes, about: measured, see the row figures of `bench freshness`. */
const ROWS_AN_EVENT = 5;
const EVENTS_A_REQUEST = 10;

async function changeRows(options: Options, { whole, shop, shoppers }: Site, signal: AbortSignal): Promise<void> {
  if (options.rowChangesPerSecond === 0) return;
  const run = randomBytes(4).toString('hex');
  let count = 0;
  const next = () => {
    const now = Date.now();
    const events = Array.from({ length: EVENTS_A_REQUEST }, () => toDocument(shop, shoppers.next(), { id: `${run}-${count++}`, now }));
    return { bytes: encodePost(EVENTS_PATH, events), tag: undefined };
  };
  const rate = options.rowChangesPerSecond / ROWS_AN_EVENT / EVENTS_A_REQUEST;
  await runOpenLoop({ target: whole.target, connections: 8, seconds: options.seconds, warmUpSeconds: options.warmUpSeconds, next, signal, rate });
}

interface Measured extends Loads {
  readonly retrieval: string;
  readonly before: Scrape;
  readonly after: Scrape;
  readonly cores: CpuUse;
  readonly recall: number;
}

function describe(options: Options, { load, rungs, before, after, cores, recall, retrieval }: Measured): BenchResult {
  const seconds = options.seconds + options.warmUpSeconds;
  const rows = total(after, 'freshet_delta_rows_total') - total(before, 'freshet_delta_rows_total');
  return {
    bench: 'serve',
    measures: `GET /v1/users/{id}/recommendations?limit=20 over keep-alive connections from the same machine, answered by ${options.workers === 0 ? 'everything in one process' : `${options.workers} workers of serving beside the process that takes events`}; latency ${options.rate === 'max' ? 'at saturation (closed loop)' : 'from when a request was due (open loop)'}`,
    not_measured: ['a network between client and server', 'TLS and API keys', 'filters and explanations'],
    machine: describeMachine(),
    seconds: round(load.seconds),
    warm_up_seconds: options.warmUpSeconds,
    requests_per_second: Math.round(load.requests / load.seconds),
    latency_ms: roundAll(load.latencies.summary()),
    errors: load.errors,
    ...(load.firstError === undefined ? {} : { first_error: load.firstError }),
    rss_mb: residentMegabytes(after),
    recall_20: Math.round(recall * 10_000) / 10_000,
    retrieval,
    lists_read: total(after, 'freshet_scan_probes') / Math.max(1, options.workers),
    rows: Math.max(0, ...[...after].filter(([key]) => /^freshet_table_rows\{.*table="item"/.test(key)).map(([, rows]) => rows)),
    cores_used: cores,
    rate: options.rate,
    connections: options.connections,
    workers: options.workers,
    items: options.items,
    users: options.users,
    events: options.events,
    answered_by: Object.fromEntries(rungs),
    row_changes_per_second: Math.round(rows / seconds),
    seed: options.seed,
    traffic: TRAFFIC,
  };
}
