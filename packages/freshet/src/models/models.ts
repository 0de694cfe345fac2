/** What `freshet models` asks a running Freshet, and how it rolls back. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { RestClient } from '../cli/rest.js';

export interface Serving {
  readonly version: number;
  readonly learned_until: number;
  readonly items: number;
  readonly refused?: { readonly version: number; readonly reason: string };
  readonly pinned?: { readonly reason: string; readonly set_at: string; readonly newest_version: number };
}

export interface Version {
  readonly version: number;
  readonly epoch: number;
  readonly from_seq: number;
  readonly to_seq: number;
  readonly bytes: number;
  readonly checksum: string;
  readonly rows: Readonly<Record<string, number>>;
  readonly received_at?: string;
  readonly taken_at?: string;
  readonly trained_at?: string;
  readonly committed_at?: string;
  readonly applied_at?: string;
}

export interface ModelEvent {
  readonly id: number;
  readonly at: string;
  readonly kind: string;
  readonly version: number;
  readonly previous?: number;
  readonly replica?: string;
  readonly reason: string;
}

export interface Label {
  readonly label: string;
  readonly version: number;
  readonly share?: number;
  readonly reason: string;
  readonly set_at: string;
  /** Whether the process that was asked answers from it, or holds it beside. */
  readonly serving: boolean;
  /** What a shadow's lists have been like. */
  readonly compared?: { readonly lists: number; readonly overlap: number; readonly score_drift?: number };
}

export interface ModelList {
  readonly serving: Serving;
  readonly labels: readonly Label[];
  readonly versions: readonly Version[];
  readonly events: readonly ModelEvent[];
}

export async function listModels(rest: RestClient, limit: number): Promise<ModelList> {
  const [{ serving, versions }, { labels }, { events }] = await Promise.all([
    rest.get<Pick<ModelList, 'serving' | 'versions'>>('/v1/models', { query: { limit } }),
    rest.get<Pick<ModelList, 'labels'>>('/v1/models/labels'),
    rest.get<Pick<ModelList, 'events'>>('/v1/models/events', { query: { limit } }),
  ]);
  return { serving, labels, versions, events };
}

export function showModel(rest: RestClient, version: number): Promise<Version> {
  return rest.get<Version>(`/v1/models/${version}`);
}

export interface Rollback {
  /** What the label names now; absent when it was taken away. */
  readonly label?: { readonly label: string; readonly version: number; readonly reason: string; readonly set_at: string };
  readonly serving: Serving;
  /** Whether the process that was asked answers accordingly. */
  readonly answering: boolean;
}

/** How long the process that was asked may take to load the version; others take as long. */
const LOAD_MS = 60_000;
const LOOK_EVERY_MS = 100;

export interface RollbackWish {
  readonly version: number | undefined;
  readonly reason: string;
  /** Also to a version that predicted worse, the newest one when it is undone. */
  readonly force: boolean;
}

/** `version` undefined: undone. Waits until the process that was asked answers accordingly. */
export async function rollBack(rest: RestClient, wish: RollbackWish, signal: AbortSignal): Promise<Rollback> {
  const { version, reason, force } = wish;
  const path = '/v1/models/labels/stable';
  const label = version === undefined ? undefined : await rest.put<Rollback['label']>(path, { version, reason, ...(force ? { force } : {}) });
  if (version === undefined) await rest.delete(path, { query: { reason, ...(force ? { force } : {}) } });
  const deadline = performance.now() + LOAD_MS;
  for (;;) {
    const serving = await rest.get<Serving>('/v1/models/latest', { signal, retryMs: LOAD_MS });
    const answering = version === undefined ? serving.pinned === undefined : serving.pinned !== undefined && serving.version === version;
    if (answering || signal.aborted || performance.now() > deadline) return { ...(label === undefined ? {} : { label }), serving, answering };
    await sleep(LOOK_EVERY_MS);
  }
}
