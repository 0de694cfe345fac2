/** A whole serving process on memory adapters, behind a real HTTP server, with a fake trainer and a log to write to. */
import { memoryAnnouncer } from '@freshet/shared/adapters/memory/announcer';
import { memoryCheckpoint } from '@freshet/shared/adapters/memory/checkpoint';
import { memoryEntryLog } from '@freshet/shared/adapters/memory/entry-log';
import { memoryErasure } from '@freshet/shared/adapters/memory/erasure';
import { memoryQualityLog } from '@freshet/shared/adapters/memory/quality-log';
import { memoryRecommendationLog } from '@freshet/shared/adapters/memory/recommendation-log';
import { memorySearchWeights } from '@freshet/shared/adapters/memory/search-weights';
import { memorySecrets } from '@freshet/shared/adapters/memory/secrets';
import { memoryUserRefs } from '@freshet/shared/adapters/memory/user-refs';
import { systemClock } from '@freshet/shared/adapters/system-clock';
import type { CatalogueChange } from '@freshet/shared/domain/entry';
import type { LogEvent, UserRef } from '@freshet/shared/domain/event';
import { bodyHash, eventKey, pseudonymOf } from '@freshet/shared/domain/keys';
import { createHttpServer } from '@freshet/shared/http/server';
import { silentLogger } from '@freshet/shared/logger';
import { createMetrics } from '@freshet/shared/metrics';
import type { RefitOptions } from '@freshet/shared/ports/refit-log';
import type { SearchWeightsStore } from '@freshet/shared/ports/search-weights';
import type { EventTrace } from '@freshet/shared/ports/trace-store';
import { resolveServingOptions } from '@freshet/serving/config';
import { startServing } from '@freshet/serving/service';
import { createSite, type ModelStores, type Site } from './follower.js';
import { MODEL, type ModelData } from './model.js';

export type Answer = { readonly status: number; readonly body: Record<string, unknown> & { readonly items?: readonly { id: string; score: number; reasons?: readonly { kind: string; contribution: number }[] }[] } };

export interface ServeOptions {
  readonly start?: boolean;
  readonly activeUsers?: number;
  readonly searchWeights?: 'learned' | 'fixed';
  readonly refit?: Partial<RefitOptions>;
  /** Weights that are stored before the process starts. */
  readonly trial?: Parameters<SearchWeightsStore['add']>[0];
  /** What is stored before the process starts. */
  readonly before?: (site: Site) => Promise<void>;
  /** Instead of those in memory. */
  readonly stores?: ModelStores;
  /** Followers look at their stores every so many milliseconds, and after a failure too. */
  readonly pollMs?: number;
}

export async function serve(options: ServeOptions = {}) {
  const site = await createSite();
  const stores: ModelStores = options.stores ?? site;
  await options.before?.(site);
  const entries = memoryEntryLog();
  const userRefs = memoryUserRefs();
  const checkpoint = memoryCheckpoint();
  const announcer = memoryAnnouncer();
  const recommendations = memoryRecommendationLog(systemClock);
  const searchWeights = memorySearchWeights(recommendations, systemClock);
  if (options.trial !== undefined) await searchWeights.add(options.trial, 0);
  const traces = new Map<string, EventTrace>();
  const erasure = memoryErasure(entries, checkpoint);
  const erased: { readonly ref: UserRef; readonly seq: number }[] = [];
  const quality = memoryQualityLog(site.deltas, systemClock);
  const metrics = createMetrics({ processMetrics: false });
  const http = createHttpServer({ host: '127.0.0.1', port: 0, metrics, log: silentLogger, name: 'serving', version: 'test' });
  const serving = startServing(
    { ...resolveServingOptions({ model: MODEL, maxItems: 4_096, refit: options.refit ?? {}, ...(options.activeUsers === undefined ? {} : { activeUsers: options.activeUsers }) }), sequenceWaitMs: 300, weightsPollMs: 20, ...(options.searchWeights === undefined ? {} : { searchWeights: options.searchWeights }), ...(options.pollMs === undefined ? {} : { pollMs: options.pollMs, labelPollMs: options.pollMs }) },
    { ...site, ...stores, recommendations, searchWeights, secrets: memorySecrets(), entries, quality, userRefs, checkpoint, announcer, http, metrics, log: silentLogger, clock: systemClock, traces: { find: (_, id) => Promise.resolve(traces.get(id)) }, erasure: { eraseProfile: (ref, seq) => erasure.eraseProfile(ref, seq).then(() => void erased.push({ ref, seq })) } },
  );
  const url = await http.listen();
  if (options.start !== false) await serving.ready;

  const request = async (method: string, path: string, body?: object): Promise<Answer> => {
    const response = await fetch(url + path, { method, ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }) });
    return { status: response.status, body: (await response.json()) as Answer['body'] };
  };
  const append = async (body: Parameters<typeof entries.append>[0]['body'], ids: readonly string[]): Promise<number> => {
    const keys = ids.map((id) => ({ id: eventKey('default', id), body: bodyHash('1') }));
    const { seq } = await entries.append({ body, keys, source: 'http', receivedAt: Date.now(), historical: false });
    announcer.announce('log', seq ?? 0);
    return seq ?? 0;
  };
  let made = 0;
  return {
    ...site,
    serving,
    checkpoint,
    metrics,
    traces,
    /** What was to be taken out of storage. */
    erased,
    quality,
    recommendations,
    searchWeights,
    url,
    get: (path: string) => request('GET', path),
    post: (path: string, body: object) => request('POST', path, body),
    put: (path: string, body: object) => request('PUT', path, body),
    remove: (path: string) => request('DELETE', path),
    person: async (id: string, kind: 'user' | 'session' = 'user'): Promise<UserRef> => {
      const [found] = await userRefs.lookup([{ kind, pseudonym: pseudonymOf(kind, id), create: true }]);
      if (found === undefined) throw new Error('no reference was made');
      return found.ref;
    },
    event: (event: Omit<LogEvent, 'id'>) => append({ kind: 'events', events: [{ id: `e${made}`, ...event }] }, [`e${made++}`]),
    change: (...changes: CatalogueChange[]) => append({ kind: 'catalogue', changes }, changes.map(() => `c${made++}`)),
    announce: announcer.announce,
    publish: async (data: ModelData, entriesLearned = 1): Promise<number> => {
      const version = await stores.trainer.publish(data, { entries: entriesLearned, receivedAt: Date.now() });
      announcer.announce('delta', version);
      return version;
    },
    async [Symbol.asyncDispose]() {
      await serving.stop();
      await http.close();
      await announcer.close();
    },
  };
}
