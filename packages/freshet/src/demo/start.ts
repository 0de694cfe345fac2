/**
 * The demo: synthetic shoppers who use the public REST API like anybody else.
 *
 * In: how to post, a clock, a rate. Out: `{ready, done, stop}`.
 * 1. It sends nothing but `POST /v1/items:batch` (only when asked) and `POST /v1/events`.
 * 2. First a short past (`historical=true`), fast; then `rate` events a second, never more than two seconds' worth at once.
 * 3. A request is tried at most `ATTEMPTS` times, with the same ids, so a retry is recognised; then it is given up
 *    and said so, at most once a minute. The demo never fails its host.
 * 4. `stop` is idempotent, ends a wait or a request at once, and resolves when nothing runs any more.
 */
import { toError } from '@freshet/shared/errors';
import type { Clock } from '@freshet/shared/ports/clock';
import { demoCatalogue, toItemDocuments } from './catalogue.js';
import { createShoppers, type Shoppers } from './shoppers.js';

/** Sends JSON to a path of the API. A failed connection throws. */
export type Post = (path: string, body: unknown, signal: AbortSignal) => Promise<{ readonly status: number }>;

export interface DemoOptions {
  readonly post: Post;
  readonly clock: Clock;
  readonly log: (line: string) => void;
  /** Events a second; default 20, at most 1,000. */
  readonly rate?: number;
  readonly seed?: number;
  /** Load the catalogue first; default false. */
  readonly catalogue?: boolean;
  /** Events of the past sent first; default 2,000. */
  readonly history?: number;
}

export interface Demo {
  /** Resolves when the catalogue and the past have been sent (or given up), or when stopped. */
  readonly ready: Promise<void>;
  /** Resolves after `stop`. */
  readonly done: Promise<void>;
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

const ATTEMPTS = 6;
const BACKOFF_MS = 250;
const BATCH = 500;
const TICK_MS = 250;
const PAST_MS = 2 * 3_600_000;
const BURST_S = 2;
const COMPLAINT_MS = 60_000;

export function startDemo(options: DemoOptions): Demo {
  const { clock, seed = 1, catalogue = false, history = 2_000 } = options;
  const rate = Math.min(1_000, Math.max(0.1, options.rate ?? 20));
  const abort = new AbortController();
  const send = createSender(options, abort.signal);
  const items = demoCatalogue(seed);
  const shoppers = createShoppers(seed, items, { run: `demo-${clock.now().toString(36)}` });
  const ready = (async () => {
    if (catalogue) await sendBatches(send, '/v1/items:batch', toItemDocuments(items));
    const start = clock.now() - PAST_MS;
    const past = Array.from({ length: history }, (_, n) => shoppers.next(Math.floor(start + (PAST_MS * n) / history)));
    await sendBatches(send, '/v1/events?historical=true', past);
  })();
  const done = ready.then(() => live({ shoppers, rate, clock, send, signal: abort.signal }));
  const stop = (): Promise<void> => {
    abort.abort();
    return done;
  };
  return { ready, done, stop, [Symbol.asyncDispose]: stop };
}

async function sendBatches(send: Send, path: string, documents: readonly unknown[]): Promise<void> {
  for (let start = 0; start < documents.length; start += BATCH) await send(path, documents.slice(start, start + BATCH));
}

interface Live {
  readonly shoppers: Shoppers;
  readonly rate: number;
  readonly clock: Clock;
  readonly send: Send;
  readonly signal: AbortSignal;
}

async function live({ shoppers, rate, clock, send, signal }: Live): Promise<void> {
  let sentUntil = clock.now();
  while (!signal.aborted) {
    await clock.sleep(TICK_MS, signal);
    if (signal.aborted) return;
    // After a pause (a laptop's lid, a slow server) what was missed stays missed.
    sentUntil = Math.max(sentUntil, clock.now() - BURST_S * 1000);
    const due = Math.floor(((clock.now() - sentUntil) / 1000) * rate);
    const from = sentUntil;
    sentUntil += (due / rate) * 1000;
    const events = Array.from({ length: due }, (_, n) => shoppers.next(Math.floor(from + ((n + 1) / rate) * 1000)));
    if (events.length > 0) await send('/v1/events', events);
  }
}

type Send = (path: string, body: unknown) => Promise<void>;

function createSender({ post, clock, log }: DemoOptions, signal: AbortSignal): Send {
  let lastComplaint = -Infinity;
  const complain = (path: string, why: string): void => {
    if (signal.aborted || clock.now() - lastComplaint < COMPLAINT_MS) return;
    lastComplaint = clock.now();
    log(`demo: ${path} was given up: ${why}`);
  };
  return async (path, body) => {
    for (let attempt = 1; !signal.aborted; attempt++) {
      const outcome = await tryPost(post, { path, body, signal });
      if (outcome === 'ok') return;
      if (!outcome.retry || attempt === ATTEMPTS) return complain(path, outcome.why);
      await clock.sleep(BACKOFF_MS * 2 ** (attempt - 1), signal);
    }
  };
}

interface Request {
  readonly path: string;
  readonly body: unknown;
  readonly signal: AbortSignal;
}

async function tryPost(post: Post, { path, body, signal }: Request): Promise<'ok' | { readonly retry: boolean; readonly why: string }> {
  try {
    const { status } = await post(path, body, signal);
    if (status < 400) return 'ok';
    return { retry: status >= 500 || status === 429, why: `status ${status}` };
  } catch (thrown) {
    return { retry: true, why: toError(thrown).message };
  }
}
