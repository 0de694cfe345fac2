/**
 * `--workers N`: N processes that share one port. The primary starts them, starts another where one has died, and merges their metrics;
 * it answers nothing itself.
 *
 * 1. When a worker can't start at first, all end, and its error is the start's.
 * 2. Later a worker that dies is replaced, with growing pauses; its successor accepts nothing before it can answer.
 * 3. `stop` lets every worker drain. Workers whose primary is gone end.
 */
import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import { FreshetError, UsageError } from '@freshet/shared/errors';
import { assertCanListen, type ListenAddress } from '@freshet/shared/http/listening';
import { deferred, startService } from '@freshet/shared/lifecycle';
import type { Logger } from '@freshet/shared/logger';
import type { Running } from '../compose/run.js';
import type { News, Order } from './messages.js';
import { createScrapes, type Scrapes } from './scrapes.js';

export interface WorkersOptions {
  readonly workers: number;
  /** What they share. */
  readonly address: ListenAddress;
  readonly log: Logger;
}

const STOP_MS = 20_000;
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 10_000;
/** A worker that lived so long did start. */
const SOUND_MS = 60_000;

interface Fleet {
  readonly log: Logger;
  readonly scrapes: Scrapes;
  readonly workers: Map<number, Worker>;
  readonly ready: Set<number>;
  readonly restarts: Map<number, NodeJS.Timeout>;
  readonly count: number;
  readonly listens: (url: string) => void;
  /** Of the first start, until it has ended. */
  readonly started: () => void;
  readonly failed: (error: Error) => void;
  running: boolean;
  stopping: boolean;
}

export function runWorkers({ workers: count, address, log }: WorkersOptions): Running {
  const url = deferred<string>();
  const start = deferred<void>();
  const fleet: Fleet = {
    log, count, scrapes: createScrapes(), workers: new Map(), ready: new Set(), restarts: new Map(),
    listens: url.resolve, started: start.resolve, failed: start.reject, running: false, stopping: false,
  };
  const service = startService(async ({ owner, signal }) => {
    owner.defer('workers', () => stopAll(fleet), STOP_MS + 1_000);
    signal.addEventListener('abort', () => start.reject(new FreshetError('stopped', 'It was stopped while it was starting.')), { once: true });
    await assertCanListen(address);
    signal.throwIfAborted();
    cluster.setupPrimary({ serialization: 'advanced' });
    for (let seat = 1; seat <= count; seat++) open(fleet, seat, { replaces: false, pauseMs: FIRST_PAUSE_MS });
    await start.promise;
    fleet.running = true;
  });
  service.ready.catch(url.reject);
  return { ...service, url: url.promise };
}

function open(fleet: Fleet, seat: number, { replaces, pauseMs }: { readonly replaces: boolean; readonly pauseMs: number }): void {
  const worker = cluster.fork();
  const began = performance.now();
  fleet.workers.set(seat, worker);
  worker.on('message', (news: News) => (news.kind === 'here' ? send(worker, { kind: 'seat', seat, replaces }) : hear(fleet, seat, { worker, news })));
  worker.on('error', (error) => fleet.log.warn('a worker could not be reached', { worker: seat, error: error.message }));
  worker.on('exit', (code, signal) => {
    fleet.workers.delete(seat);
    fleet.ready.delete(seat);
    if (fleet.stopping) return;
    const how = signal === null || signal === undefined ? `code ${code}` : signal;
    if (!fleet.running) return fleet.failed(new FreshetError('worker_failed', `Worker ${seat} ended (${how}) while it was starting; the log above says why.`));
    const next = performance.now() - began > SOUND_MS ? FIRST_PAUSE_MS : Math.min(LONGEST_PAUSE_MS, 2 * pauseMs);
    fleet.log.error('a worker has died; another takes its place', { worker: seat, ended: how, pause_ms: next });
    fleet.restarts.set(seat, setTimeout(() => open(fleet, seat, { replaces: true, pauseMs: next }), next));
  });
}

function hear(fleet: Fleet, seat: number, { worker, news }: { readonly worker: Worker; readonly news: Exclude<News, { kind: 'here' }> }): void {
  switch (news.kind) {
    case 'listening':
      return fleet.listens(news.url);
    case 'ready':
      if (fleet.running) fleet.log.info('a worker is ready', { worker: seat });
      if (fleet.ready.add(seat).size === fleet.count) fleet.started();
      return undefined;
    case 'failed':
      return fleet.failed(news.usage ? new UsageError(news.code, news.message) : new FreshetError(news.code, news.message));
    case 'scrape':
      return void fleet.scrapes.run([...fleet.workers.values()].map((one) => (id) => send(one, { kind: 'collect', id })), (text) => send(worker, { kind: 'metrics', id: news.id, text }));
    case 'collected':
      return fleet.scrapes.take(news.id, news.samples);
  }
}

function send(worker: Worker, order: Order): void {
  if (worker.isConnected()) worker.send(order, () => undefined);
}

async function stopAll(fleet: Fleet): Promise<void> {
  fleet.stopping = true;
  for (const restart of fleet.restarts.values()) clearTimeout(restart);
  const workers = [...fleet.workers.values()].filter((worker) => !worker.isDead());
  const cut = setTimeout(() => {
    for (const worker of workers) worker.process.kill('SIGKILL');
  }, STOP_MS);
  await Promise.all(
    workers.map(async (worker) => {
      const gone = once(worker, 'exit');
      send(worker, { kind: 'stop' });
      await gone;
    }),
  );
  clearTimeout(cut);
}
