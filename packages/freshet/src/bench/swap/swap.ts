/**
 * `bench swap`: is every answer one version's, and how long does a swap hold up the others?
 *
 * A serving process on an embedded Postgres is asked without pause, over HTTP, while its model is swapped: a delta that rewrites every
 * row, a rollback to an older version, the way back, a snapshot past a version that is broken. Every row holds its version's number, so
 * an answer's scores say which version each of its items came from.
 *
 * `mixed`: answers in which an item was another version's than the answer says. `stall_ms`: how long single steps of swaps held the
 * event loop; `machine_ms`: how long as many steps of as much arithmetic took in the same process behind it (machine-steps.ts). `rss_slope_kb`: what a swap has added to the resident memory, by a straight line through the second half.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { chainChecksum } from '@freshet/shared/codec/delta';
import { DEFAULT_MODEL } from '@freshet/shared/domain/model-config';
import { FreshetError } from '@freshet/shared/errors';
import type { Lease } from '@freshet/shared/ports/delta-log';
import type { Stores } from '../../compose/stores.js';
import { type Bench, type BenchContext, type BenchResult, round } from '../bench.js';
import { describeMachine } from '../machine.js';
import { resolveOptions, type Resolved, wholeNumber } from '../options.js';
import { withWorkplace, type Workplace } from '../target/workplace.js';
import { askWithoutPause, type Asked } from './asking.js';
import { createNumberedModel, type NumberedModel } from './numbered-model.js';
import { timeMachineSteps } from './machine-steps.js';
import { slopeOf } from './slope.js';
import type { SwapSite } from './site.js';

const OPTIONS = {
  swaps: wholeNumber('--swaps <number>', { help: 'swaps: of five, three are deltas of all rows, one a rollback, one a snapshot past a broken version or the way back', fallback: 200, from: 10, to: 100_000 }),
  requests: wholeNumber('--requests <number>', { help: 'requests answered at least', fallback: 10_000, from: 100, to: 10_000_000 }),
  items: wholeNumber('--items <number>', { help: 'items of the model', fallback: 10_000, from: 20, to: 500_000 }),
  connections: wholeNumber('--connections <number>', { help: 'connections that ask', fallback: 8, from: 1, to: 256 }),
} as const;
type Options = Resolved<typeof OPTIONS>;

export const swapBench: Bench = {
  help: 'answers of one version each, while all rows change, versions are rolled back and snapshots loaded',
  options: OPTIONS,
  run: (flags, context) => withWorkplace((place) => run(resolveOptions(OPTIONS, flags), place, context)),
};

interface Chain {
  readonly stores: Stores;
  readonly lease: Lease;
  readonly model: NumberedModel;
}

type Kinds = Record<'delta' | 'rollback' | 'undone' | 'snapshot', number>;

async function run(options: Options, place: Workplace, context: BenchContext): Promise<BenchResult> {
  const model = createNumberedModel(DEFAULT_MODEL, options.items);
  let lease: Lease | undefined;
  context.say('starting a serving process on an embedded Postgres');
  // Web server and database drivers are loaded by who needs them.
  const { startSwapSite } = await import('./site.js');
  const site = await startSwapSite(
    {
      model: DEFAULT_MODEL,
      maxItems: options.items + 64,
      before: async (stores) => {
        lease = await stores.deltas.lead(context.signal);
        await publish({ stores, lease, model });
        await cut({ stores, lease, model });
      },
    },
    place,
    context,
  );
  if (lease === undefined) throw new FreshetError('bench_state', 'the bench doesn’t lead the model');
  const chain = { stores: site.stores, lease, model };
  try {
    return await measure(options, { chain, site, context });
  } finally {
    await lease.release();
  }
}

interface Measuring {
  readonly chain: Chain;
  readonly site: SwapSite;
  readonly context: BenchContext;
}

async function measure(options: Options, { chain, site, context }: Measuring): Promise<BenchResult> {
  const asking = askWithoutPause({ ...options, url: site.url, versionOf: chain.model.versionOf });
  const kinds: Kinds = { delta: 0, rollback: 0, undone: 0, snapshot: 0 };
  const memory: number[] = [];
  await asking.reached(options.connections);
  const stallsBefore = site.stalls.length;
  const rssBefore = process.memoryUsage.rss();
  const began = performance.now();
  context.say(`${options.swaps} swaps of a model of ${options.items} items while ${options.connections} connections ask`);
  for (let swaps = 0; swaps < options.swaps; swaps++) {
    context.signal.throwIfAborted();
    kinds[await swapOnce(swaps, chain, site)]++;
    memory.push(process.memoryUsage.rss());
    // So many answers between two swaps that there are enough in the end.
    await asking.reached(Math.ceil(((swaps + 1) * options.requests) / options.swaps));
  }
  const seconds = (performance.now() - began) / 1_000;
  const stalls = inOrder(site.stalls.slice(stallsBefore));
  const machineSteps = inOrder(await timeMachineSteps(quantile(stalls, 0.5), stalls.length));
  const asked = await asking.stop();
  return describe(options, { asked, kinds, seconds, stalls, machineSteps, memory: { before: rssBefore, course: memory } });
}

const MB = 1024 * 1024;

async function swapOnce(turn: number, chain: Chain, site: SwapSite): Promise<keyof Kinds> {
  const { version } = await chain.stores.deltas.state();
  switch (turn % 5) {
    case 2:
      await cut(chain);
      await chain.stores.labels.pin('stable', { version: version - 1, reason: 'bench' });
      return answering(chain, site, { version: version - 1, channel: 'label' }, 'rollback');
    case 3:
      await chain.stores.labels.unpin('stable', { reason: 'bench' });
      return answering(chain, site, { version, channel: 'label' }, 'undone');
    case 4:
      await publishBroken(chain);
      await cut(chain);
      return answering(chain, site, { version: version + 1, channel: 'delta' }, 'snapshot');
    default:
      await publish(chain);
      return answering(chain, site, { version: version + 1, channel: 'delta' }, 'delta');
  }
}

const SWAP_LIMIT_MS = 60_000;

/** Waits until the serving process answers from the version. */
async function answering<K>({ stores }: Chain, site: SwapSite, { version, channel }: { readonly version: number; readonly channel: 'delta' | 'label' }, kind: K): Promise<K> {
  const deadline = performance.now() + SWAP_LIMIT_MS;
  while (site.version() !== version) {
    if (performance.now() > deadline) throw new FreshetError('bench_swap', `version ${version} didn’t answer within ${SWAP_LIMIT_MS / 1_000} s; version ${site.version()} does`);
    stores.announcer.announce(channel, version);
    await sleep(5);
  }
  return kind;
}

async function publish({ stores, lease, model }: Chain): Promise<void> {
  const { version, checksum } = await stores.deltas.state();
  await commit({ stores, lease, model }, { version: version + 1, checksum, bytes: model.delta(version + 1, lease.epoch) });
}

/** A version with a broken header, under a sound checksum. */
async function publishBroken(chain: Chain): Promise<void> {
  const { version, checksum } = await chain.stores.deltas.state();
  await commit(chain, { version: version + 1, checksum, bytes: chain.model.delta(version, chain.lease.epoch) });
}

async function commit({ stores, lease }: Chain, { version, checksum, bytes }: { readonly version: number; readonly checksum: Buffer; readonly bytes: Buffer }): Promise<void> {
  const timings = { receivedAt: 0, takenAt: 0, trainedAt: 0, committedAt: 0 };
  const result = await stores.deltas.commit({ version, epoch: lease.epoch, fromSeq: version, toSeq: version, bytes, checksum: chainChecksum(checksum, bytes), timings });
  if (result !== 'committed') throw new FreshetError('bench_swap', `version ${version} was ${result}`);
}

/** A snapshot of the newest version. */
async function cut({ stores, lease, model }: Chain): Promise<void> {
  const { version, applied, checksum } = await stores.deltas.state();
  const writer = await stores.snapshots.begin(version);
  if (writer === undefined) throw new FreshetError('bench_swap', 'somebody else cuts a snapshot');
  for (const bytes of model.chunks(version, lease.epoch)) await writer.chunk(bytes, version);
  await writer.finish({ version, applied, checksum, parent: checksum });
}

interface Measured {
  readonly asked: Asked;
  readonly kinds: Kinds;
  readonly seconds: number;
  /** Both in rising order. */
  readonly stalls: readonly number[];
  readonly machineSteps: readonly number[];
  readonly memory: { readonly before: number; readonly course: readonly number[] };
}

function describe(options: Options, { asked, kinds, seconds, stalls, machineSteps, memory }: Measured): BenchResult {
  const half = memory.course.slice(Math.floor(memory.course.length / 2));
  return {
    bench: 'swap',
    measures: 'GET /v1/items/{id}/similar?limit=10 without pause while the model is swapped; each item’s score tells its version. stall_ms: single steps of swaps (checking, writing, replacing) in the serving process',
    not_measured: ['several serving processes', 'pauses of the garbage collector and of the machine between two steps', 'a catalogue', 'lists among more than 50,000 items'],
    machine: describeMachine(),
    seconds: round(seconds),
    swaps: options.swaps,
    kinds,
    answers: asked.answers,
    versions: asked.versions,
    mixed: asked.mixed,
    errors: asked.errors,
    ...(asked.firstFault === undefined ? {} : { first_fault: asked.firstFault }),
    stall_ms: tailOf(stalls),
    machine_ms: tailOf(machineSteps),
    rss_mb: { before: round(memory.before / MB), after: round((memory.course.at(-1) ?? 0) / MB), highest: round(Math.max(...memory.course) / MB) },
    rss_slope_kb: round(slopeOf(half) / 1024),
    items: options.items,
    connections: options.connections,
  };
}

function tailOf(sorted: readonly number[]): object {
  return { p50: round(quantile(sorted, 0.5)), p90: round(quantile(sorted, 0.9)), p99: round(quantile(sorted, 0.99)), max: round(sorted.at(-1) ?? 0), steps: sorted.length };
}

function inOrder(values: readonly number[]): readonly number[] {
  return [...values].sort((a, b) => a - b);
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}
