/**
 * A worker's side of `--workers`: its seat, what it tells the primary, and the metrics of all workers for whoever scrapes it.
 */
import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import { FreshetError } from '@freshet/shared/errors';
import type { Metrics, MetricSamples } from '@freshet/shared/metrics';
import type { News, Order } from './messages.js';

export interface Seat {
  /** From 1; the worker that comes in another's place has its number. */
  readonly number: number;
  readonly replaces: boolean;
  tell(news: News): void;
  /** Runs once the primary wants this worker to end. */
  onStop(stop: () => void): void;
  /** The same instruments, whose text has all workers' samples. */
  share(metrics: Metrics): Metrics;
  /** Nothing keeps the process any more. */
  leave(): void;
}

/** Longer than the primary waits for its workers. */
const SCRAPE_MS = 3_000;

/** Undefined where there is no primary. */
export async function takeSeat(): Promise<Seat | undefined> {
  const { worker } = cluster;
  if (worker === undefined) return undefined;
  const answered = once(worker, 'message') as Promise<[Order]>;
  worker.send({ kind: 'here' } satisfies News);
  const [order] = await answered;
  if (order.kind !== 'seat') throw new FreshetError('worker_protocol', `a worker's first message was ${order.kind}`);
  return createSeat(worker, order);
}

function createSeat(worker: Worker, { seat, replaces }: Extract<Order, { kind: 'seat' }>): Seat {
  const tell = (news: News): void => {
    if (worker.isConnected()) worker.send(news);
  };
  let stop: (() => void) | undefined;
  let collect: (() => Promise<MetricSamples>) | undefined;
  const scrapes = new Map<number, (text: string) => void>();
  worker.on('message', (order: Order) => {
    switch (order.kind) {
      case 'stop':
        return stop?.();
      case 'collect':
        return void collect?.().then((samples) => tell({ kind: 'collected', id: order.id, samples }), () => undefined);
      case 'metrics':
        return scrapes.get(order.id)?.(order.text);
      case 'seat':
    }
  });
  return {
    number: seat,
    replaces,
    tell,
    onStop: (run) => (stop = run),
    share(metrics) {
      collect = metrics.samples;
      return { ...metrics, render: () => scrapeAll(scrapes, tell) };
    },
    leave: () => worker.disconnect(),
  };
}

let lastScrape = 0;

async function scrapeAll(scrapes: Map<number, (text: string) => void>, tell: (news: News) => void): Promise<string> {
  const id = ++lastScrape;
  try {
    return await new Promise<string>((resolve, reject) => {
      setTimeout(() => reject(new FreshetError('scrape_failed', `the metrics of the workers were not there within ${SCRAPE_MS} ms`)), SCRAPE_MS).unref();
      scrapes.set(id, resolve);
      tell({ kind: 'scrape', id });
    });
  } finally {
    scrapes.delete(id);
  }
}
