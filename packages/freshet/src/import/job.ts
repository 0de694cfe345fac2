/** The import of one file, ready to run: what is to be read, where it begins, where its account and its state are kept. */
import type { Progress } from '../cli/progress.js';
import type { RestClient } from '../cli/rest.js';
import { STANDARD_INPUT } from '../files/bytes.js';
import type { FileRows } from '../files/raw-event.js';
import { openTable, type Table } from '../files/table.js';
import { type Accounting, createAccounting, EMPTY_ACCOUNT } from './account.js';
import { checkArchive } from './archive.js';
import { fingerprintOfHead, keyOf, type Plan } from './fingerprint.js';
import type { ImportOptions } from './options.js';
import { BEGINNING, type Position } from './position.js';
import { openRejects, type RejectsFile } from './rejects.js';
import { findStart, type Start } from './resume.js';
import { defaultStatePath } from './state.js';

export interface ImportDeps {
  readonly rest: Pick<RestClient, 'attempt' | 'url'>;
  readonly progress: Progress;
  /** Milliseconds of a clock that only runs forward. */
  readonly now: () => number;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
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
  /** Undefined where nothing can be resumed: standard input, a dry run. */
  readonly statePath: string | undefined;
  readonly accounting: Accounting;
  readonly rejects: RejectsFile | undefined;
  /** Of the clock that only runs forward. */
  readonly beganAt: number;
  /** RFC 3339; of the first run. */
  readonly startedAt: string;
  /** What is settled so far, and the newest log entry of it. */
  readonly settled: { position: Position; sequence: number | undefined; batches: number };
}

export async function prepareJob(task: FileTask, options: ImportOptions, deps: ImportDeps): Promise<Job> {
  const { path, plan } = task;
  const isStream = path === STANDARD_INPUT;
  const beganAt = deps.now();
  const table = await openTable(path);
  const statePath = isStream || options.dryRun ? undefined : (options.state ?? defaultStatePath(path, deps.rest.url));
  const start = isStream ? startOfStream(table, plan) : await findStart({ path, plan, statePath, restart: options.restart });
  const lines = table.gzip && !isStream && !start.complete ? await checkArchive(path, deps.progress) : undefined;
  return {
    task, options, deps, table, lines, start, statePath, beganAt,
    accounting: createAccounting(start.account),
    rejects: start.complete ? undefined : openRejectsFor(options, start),
    startedAt: start.earlier?.startedAt ?? new Date(deps.clock()).toISOString(),
    settled: { position: start.position, sequence: undefined, batches: 0 },
  };
}

function startOfStream({ head }: Table, plan: Plan): Start {
  const fingerprint = fingerprintOfHead(head);
  return { fingerprint, key: keyOf(fingerprint, plan), position: BEGINNING, account: EMPTY_ACCOUNT, earlier: undefined, complete: false };
}

function openRejectsFor({ rejects }: ImportOptions, { earlier }: Start): RejectsFile | undefined {
  if (rejects === undefined) return undefined;
  return openRejects(rejects, earlier?.rejects?.path === rejects ? earlier.rejects.bytes : 0);
}
