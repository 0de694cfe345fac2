/** What an import tells, as the JSON document. For people: describe.ts. */
import { type Account, EMPTY_ACCOUNT } from './account.js';
import type { FileTask, Job } from './job.js';

/** How a file's import ended. */
export interface Ended {
  readonly complete: boolean;
  readonly failure?: { readonly code: string; readonly detail: string };
}

/** Counts are of the whole import, over all its runs; seconds and rate of this run. */
export interface FileResult extends Account {
  readonly file: string;
  readonly kind: 'events' | 'items';
  readonly dry_run: boolean;
  readonly seconds: number;
  readonly rows_per_second: number;
  /** The last line that an earlier run had settled; 0: there was none. */
  readonly resumed_from: number;
  /** The log entry by which all that this run sent is there, for `after_sequence`. */
  readonly sequence?: number;
  readonly complete: boolean;
  readonly failure?: { readonly code: string; readonly detail: string };
  /** What the next run goes on from. */
  readonly state?: string;
  readonly rejects?: string;
}

/** Of one file its result; of several their sums and each. */
export type ImportResult = FileResult | SeveralResults;

export interface SeveralResults extends Pick<FileResult, 'rows' | 'accepted' | 'duplicates' | 'rejected' | 'seconds' | 'rows_per_second' | 'complete'> {
  readonly files: readonly FileResult[];
}

export function toFileResult({ task, options, start, statePath, accounting, settled, ended, seconds }: Job & { readonly ended: Ended; readonly seconds: number }): FileResult {
  const account = accounting.read();
  const rows = account.rows - start.account.rows;
  return {
    file: task.path,
    kind: task.plan.kind,
    dry_run: options.dryRun,
    ...account,
    seconds: Math.round(seconds * 1_000) / 1_000,
    rows_per_second: seconds === 0 ? 0 : Math.round(rows / seconds),
    resumed_from: start.position.line,
    ...(settled.sequence === undefined ? {} : { sequence: settled.sequence }),
    ...ended,
    ...(statePath === undefined ? {} : { state: statePath }),
    ...(options.rejects === undefined ? {} : { rejects: options.rejects }),
  };
}

/** Of a file that was not begun, after others were imported. */
export function refusedResult({ path, plan }: FileTask, error: Error): FileResult {
  const failure = { code: 'code' in error ? String(error.code) : 'unknown', detail: error.message };
  return { file: path, kind: plan.kind, dry_run: false, ...EMPTY_ACCOUNT, seconds: 0, rows_per_second: 0, resumed_from: 0, complete: false, failure };
}

export function toResult(results: readonly FileResult[]): ImportResult {
  const [only] = results;
  if (only !== undefined && results.length === 1) return only;
  const sum = (of: (result: FileResult) => number): number => results.reduce((total, result) => total + of(result), 0);
  const seconds = Math.round(sum((result) => result.seconds) * 1_000) / 1_000;
  return {
    files: results,
    rows: sum((result) => result.rows),
    accepted: sum((result) => result.accepted),
    duplicates: sum((result) => result.duplicates),
    rejected: sum((result) => result.rejected),
    seconds,
    rows_per_second: seconds === 0 ? 0 : Math.round(sum((result) => result.rows_per_second * result.seconds) / seconds),
    complete: results.every((result) => result.complete),
  };
}

/** Exit code 1: it didn't come to its end, or nothing went in. */
export function hasFailed(results: readonly FileResult[]): boolean {
  return results.some(({ complete, rows, rejected }) => !complete || (rows > 0 && rejected === rows));
}
