/**
 * Whether the demo shop runs, and its way to the API. An empty database is filled with it; a database that it has filled
 * before gets its shoppers back; a shop's own data is left alone.
 *
 * 1. A process that is filling its demo shop is not ready before catalogue and past can be seen in its answers, or
 *    FILL_MS have gone by: the demo never keeps the product from starting.
 * 2. Of what an earlier release has filled, the catalogue is sent again when it has changed since.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '@freshet/shared/adapters/system-clock';
import { toError } from '@freshet/shared/errors';
import type { HealthChecks } from '@freshet/shared/http/health';
import type { RouteRegistrar } from '@freshet/shared/http/route';
import { registerStaticFiles } from '@freshet/shared/http/static-files';
import type { Owner } from '@freshet/shared/lifecycle';
import type { Logger } from '@freshet/shared/logger';
import type { EntryLog } from '@freshet/shared/ports/entry-log';
import { demoCatalogue, type DemoItem, PICTURES } from '../demo/catalogue.js';
import { drawPicture } from '../demo/pictures/picture.js';
import { describeTrend, listShoppers } from '../demo/roster.js';
import { type Post, startDemo } from '../demo/start.js';

export type DemoState = 'empty' | 'demo' | 'own-data';

export async function demoState(entries: EntryLog, seed: number): Promise<DemoState> {
  const catalogueIds = new Set(demoCatalogue(seed).map((item) => item.id));
  let seq = 0;
  for (;;) {
    const page = await entries.read(seq, 100);
    if (page.length === 0) return 'empty';
    for (const entry of page) {
      if (entry.kind === 'rule' || entry.kind === 'user') return 'own-data';
      if (entry.kind === 'catalogue') return entry.changes.some((change) => catalogueIds.has(change.id)) ? 'demo' : 'own-data';
      // Heartbeats are empty; anything else before a catalogue is somebody's own.
      if (entry.events.length > 0) return 'own-data';
      seq = entry.seq;
    }
  }
}

export interface DemoPlan {
  readonly state: DemoState;
  /** Its shoppers come to this process. */
  readonly runs: boolean;
  readonly rate: number;
  readonly seed: number;
}

/** Shoppers that a page offers. */
const OFFERED = 24;
/** A picture changes with a release only. */
const PICTURE_AGE_S = 3_600;

/** What the page asks of the demo; a process without one has no shoppers to offer. */
export function registerDemo(http: RouteRegistrar, { state, runs, seed }: DemoPlan): void {
  const shoppers = runs ? listShoppers(seed, OFFERED) : [];
  http.route({
    method: 'GET',
    path: '/demo/shoppers',
    operationId: 'listDemoShoppers',
    summary: 'Shoppers of the demo, and what is in fashion among them',
    hidden: true,
    responses: {},
    handler: () => ({
      headers: { 'content-type': 'application/json; charset=utf-8' },
      body: JSON.stringify(runs ? { shoppers, trend: describeTrend(seed, systemClock.now()) } : { shoppers }),
    }),
  });
  if (!runs && state !== 'demo') return;
  const files = demoCatalogue(seed).map((item) => ({ name: `${item.id}.svg`, bytes: () => Buffer.from(drawPicture(item)) }));
  registerStaticFiles(http, { prefix: PICTURES, files, maxAgeSeconds: PICTURE_AGE_S });
}

const FILL_MS = 60_000;
const PAST_EVENTS = 8_000;

export interface DemoSite {
  readonly url: string;
  readonly owner: Owner;
  readonly log: Logger;
}

/** Call it before the process listens: from then on it isn't ready. The result fills the shop and lets its shoppers come. */
export function planDemoShop({ state, rate, seed }: DemoPlan, health: HealthChecks): (site: DemoSite) => Promise<void> {
  const endWait = health.addReadiness('demo', () => ({ ok: false, detail: 'filling the demo shop' }));
  return async ({ url, owner, log }) => {
    const api = openApi(url);
    const empty = state === 'empty';
    const catalogue = empty || (await isOutdated(url, demoCatalogue(seed)));
    const demo = startDemo({ post: api.post, clock: systemClock, log: (line) => log.info(line), rate, seed, catalogue, history: empty ? PAST_EVENTS : 0 });
    const ending = new AbortController();
    owner.defer('demo shop', () => {
      ending.abort();
      return demo.stop();
    });
    const enough = AbortSignal.any([ending.signal, AbortSignal.timeout(FILL_MS)]);
    await Promise.race([demo.ready.then(() => api.caughtUp(enough)), whenAborted(enough)]).catch((thrown: unknown) => {
      if (!enough.aborted) log.warn('the demo shop did not start', { error: toError(thrown).message });
    });
    endWait();
  };
}

function whenAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

interface Api {
  readonly post: Post;
  /** Resolves once the answers have seen everything posted so far. */
  caughtUp(signal: AbortSignal): Promise<void>;
}

/** Time between two questions when one is refused at once. */
const PAUSE_MS = 100;

function openApi(url: string): Api {
  let posted = 0;
  return {
    async post(path, body, signal) {
      const answer = await fetch(`${url}${path}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body), signal });
      const { sequence } = (await answer.json()) as { readonly sequence?: number };
      posted = Math.max(posted, sequence ?? 0);
      return { status: answer.status };
    },
    async caughtUp(signal) {
      const wanted = posted;
      while (!signal.aborted) {
        const answer = await fetch(`${url}/v1/models/latest?after_sequence=${wanted}`, { signal });
        await answer.arrayBuffer();
        if (answer.status === 200) return;
        await sleep(PAUSE_MS, undefined, { signal });
      }
    },
  };
}

/** Whether the catalogue here is another release's; one item stands for all. */
async function isOutdated(url: string, [first]: readonly DemoItem[]): Promise<boolean> {
  if (first === undefined) return false;
  const answer = await fetch(`${url}/v1/items/${encodeURIComponent(first.id)}`);
  const found = (await answer.json()) as { readonly title?: string; readonly image_url?: string; readonly attributes?: Readonly<Record<string, unknown>> };
  const { title, image_url, attributes } = first.fields;
  return found.title !== title || found.image_url !== image_url || found.attributes?.['title_zh'] !== attributes?.['title_zh'];
}
