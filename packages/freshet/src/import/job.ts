/** The import of one file, ready to run: what is to be read, where it begins, where its account and its state are kept. */
import type { Progress } from '../cli/progress.js';
import type { RestClient } from '../cli/rest.js';
import { STANDARD_INPUT } from '../files/bytes.js';
import type { FileRows } from '../files/raw-event.js';
import { openTable, type Table } from '../files/table.js';
import { type Accounting, createAccounting, EMPTY_ACCOUNT } from './account.js';
import { checkArchive } from './archive.js';
import { describePlan, fingerprintOfHead, keyOf, type Plan } from './fingerprint.js';
import type { ImportOptions } from './options.js';
import { BEGINNING, type Position } from './position.js';
import { openRejects, type RejectsFile } from './rejects.js';
import { findStart, type Start } from './resume.js';
import { checkStatePlace, defaultStatePath, type ImportState, openState, type Progressed, type StateFile } from './state.js';

export interface ImportDeps {
  readonly rest: Pick<RestClient, 'attempt' | 'url'>;
  readonly progress: Progress;
  /** Milliseconds of a clock that only runs forward. */
  readonly now: () => number;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  /** Where states are kept that `--state` names no place for. */
  readonly stateDir: string;
  /** Rejects when the signal comes. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<unknown>;
  readonly signal: AbortSignal;
}

export interface FileTask {
  readonly path: string;
  readonly plan: Plan;
  readonly read: (table: Table) => FileRows;
}

export interface Job {
  readonly task: FileTask;
  readonly options: ImportOptions;
  readonly deps: ImportDeps;
  readonly table: Table;
  /** Where they have been counted. */
  readonly lines: number | undefined;
  readonly start: Start;
  /** Undefined where nothing can be resumed (standard input, a dry run), or nothing is left to do. */
  readonly state: StateFile | undefined;
  readonly statePath: string | undefined;
  readonly accounting: Accounting;
  readonly rejects: RejectsFile | undefined;
  /** Of the clock that only runs forward. */
  readonly beganAt: number;
  /** What is settled so far, and the newest log entry of it. */
  readonly settled: { position: Position; sequence: number | undefined; batches: number };
}

export async function prepareJob(task: FileTask, options: ImportOptions, deps: ImportDeps): Promise<Job> {
  const { path, plan } = task;
  const isStream = path === STANDARD_INPUT;
  const beganAt = deps.now();
  const table = await openTable(path);
  const statePath = isStream || options.dryRun ? undefined : (options.state ?? defaultStatePath(deps.stateDir, path, deps.rest.url));
  if (statePath !== undefined) checkStatePlace(statePath);
  const start = isStream ? startOfStream(table, plan) : await findStart({ path, plan, statePath, restart: options.restart });
  const lines = table.gzip && !isStream && !start.complete ? await checkArchive(path, deps.progress) : undefined;
  const shared = { task, options, deps, table, lines, start, statePath, beganAt, accounting: createAccounting(start.account), settled: { position: start.position, sequence: undefined, batches: 0 } };
  if (start.complete) return { ...shared, state: undefined, rejects: undefined };
  const rejects = openRejectsFor(options, start);
  return { ...shared, rejects, state: statePath === undefined ? undefined : openState(statePath, begunState(shared, rejects)) };
}

function begunState({ task, deps, start }: Pick<Job, 'task' | 'deps' | 'start'>, rejects: RejectsFile | undefined): ImportState {
  const now = new Date(deps.clock()).toISOString();
  return {
    file: task.path,
    url: deps.rest.url,
    plan: describePlan(task.plan),
    fingerprint: start.fingerprint,
    key: start.key,
    startedAt: start.earlier?.startedAt ?? now,
    ...progressOf(rejects, { position: start.position, account: start.account, complete: false, updatedAt: now }),
  };
}

export function progressOf(rejects: RejectsFile | undefined, progressed: Omit<Progressed, 'rejects'>): Progressed {
  return rejects === undefined ? progressed : { ...progressed, rejects: { path: rejects.path, bytes: rejects.bytes() } };
}

function startOfStream({ head }: Table, plan: Plan): Start {
  const fingerprint = fingerprintOfHead(head);
  return { fingerprint, key: keyOf(fingerprint, plan), position: BEGINNING, account: EMPTY_ACCOUNT, earlier: undefined, complete: false };
}

function openRejectsFor({ rejects }: ImportOptions, { earlier }: Start): RejectsFile | undefined {
  if (rejects === undefined) return undefined;
  return openRejects(rejects, earlier?.rejects?.path === rejects ? earlier.rejects.bytes : 0);
}
