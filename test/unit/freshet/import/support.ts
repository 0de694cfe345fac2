/** A Freshet that takes events and items in memory, by the rules of the real one, and an import into it. */
import { join } from 'node:path';
import { cleanEvent } from '@freshet/ingest/clean/event';
import { cleanItem } from '@freshet/ingest/clean/item';
import { FreshetError } from '@freshet/shared/errors';
import type { ImportDeps } from 'freshet/import/job';
import { type ImportFlags, resolveImportOptions } from 'freshet/import/options';
import type { FileResult } from 'freshet/import/result';
import { runImport } from 'freshet/import/run';
import { directory } from '../../../support/data-files.js';

type Attempt = ImportDeps['rest']['attempt'];
type Failure = Extract<Awaited<ReturnType<Attempt>>, { error: unknown }>;

export interface FakeServer {
  readonly url: string;
  readonly attempt: Attempt;
  /** Bodies accepted, by id, in the order of their acceptance. */
  readonly taken: Map<string, Readonly<Record<string, unknown>>>;
  /** Every request: how many rows, with what. */
  readonly requests: { readonly path: string; readonly rows: number; readonly query: object; readonly headers: object }[];
  /** Called before each request; a failure is its answer. */
  before: (request: number) => Failure | undefined | Promise<Failure | undefined>;
}

const NOW = Date.UTC(2026, 0, 1);

export function fakeServer(): FakeServer {
  const server: FakeServer = {
    url: 'http://shop.example:8080',
    taken: new Map(),
    requests: [],
    before: () => undefined,
    attempt: async <T>(path: string, body: { readonly text: string }, options: { query?: object; headers?: object } = {}) => {
      const rows = JSON.parse(body.text) as Record<string, unknown>[];
      server.requests.push({ path, rows: rows.length, query: options.query ?? {}, headers: options.headers ?? {} });
      const failure = await server.before(server.requests.length);
      if (failure !== undefined) return failure;
      const items = rows.map((row, index) => ({ index, ...judge(path, row, server.taken, 'dry_run' in (options.query ?? {})) }));
      const count = (status: string): number => items.filter((item) => item.status === status).length;
      const answer = { accepted: count('accepted'), duplicates: count('duplicate'), rejected: count('rejected') + count('conflict'), items, sequence: server.taken.size };
      return { answer: answer as T };
    },
  };
  return server;
}

function judge(path: string, row: Record<string, unknown>, taken: Map<string, Readonly<Record<string, unknown>>>, dry: boolean) {
  const clean = path === '/v1/events' ? cleanEvent(row, { receivedAt: NOW, happenedAt: NOW, customTypes: {}, makeId: () => 'none' }) : cleanItem(row['op'] === 'patch' ? 'patch' : 'put', String(row['id']), row);
  if (!clean.ok) return { status: 'rejected', problem: clean.problem };
  const known = taken.get(String(row['id']));
  if (known !== undefined) return JSON.stringify(known) === JSON.stringify(row) ? { status: 'duplicate' } : { status: 'conflict', problem: { code: 'id_conflict', pointer: '/id', detail: 'used before' } };
  if (!dry) taken.set(String(row['id']), row);
  return { status: 'accepted' };
}

export function refusal(status: number, code: string, options: { retryAfterMs?: number; retryable?: boolean } = {}): Failure {
  const { retryAfterMs, retryable = status === 503 || status === 429 } = options;
  return { error: new FreshetError(code, `it said ${code}.`, { retryable }), status, retryAfterMs };
}

export interface Imported {
  readonly results: readonly FileResult[];
  /** Of the only file. */
  readonly result: FileResult;
  /** What was said to people. */
  readonly said: string[];
  /** How long was waited, each time. */
  readonly waits: number[];
}

export interface ImportSetting extends ImportFlags {
  readonly signal?: AbortSignal;
}

/** In a state directory of its own unless `state` is given. */
export async function importInto(server: FakeServer, path: string | readonly string[], { signal = new AbortController().signal, ...flags }: ImportSetting): Promise<Imported> {
  const paths = typeof path === 'string' ? [path] : path;
  const one = paths.length === 1 && flags.items === undefined;
  const stateDir = directory({});
  const options = resolveImportOptions(paths, one ? { state: join(stateDir, 'state'), ...flags } : flags);
  const said: string[] = [];
  const waits: number[] = [];
  let now = 0;
  const results = await runImport(options, {
    rest: server,
    progress: { step: () => undefined, say: (line) => void said.push(line), end: () => undefined },
    now: () => now,
    clock: () => NOW,
    stateDir,
    sleep: (ms, stop) => {
      waits.push(ms);
      now += ms;
      return stop.aborted ? Promise.reject(new Error('stopped')) : Promise.resolve();
    },
    signal,
  });
  const [result] = results;
  if (result === undefined) throw new Error('nothing was imported');
  return { results, result, said, waits };
}

export const COLUMNS = 'user=who,item=what,time=when';

/** `count` rows that differ, with a header. */
export function rowsOf(count: number, from = 0): string {
  const rows = Array.from({ length: count }, (_, n) => `u${(from + n) % 7},i${(from + n) % 11},${1_600_000_000 + from + n}`);
  return `who,what,when\n${rows.join('\n')}\n`;
}
