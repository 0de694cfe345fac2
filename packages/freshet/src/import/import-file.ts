/**
 * One file: read → batches → requests → account and state.
 *
 * 1. Every row ends as accepted, duplicate or rejected with a reason, each once, over any number of runs.
 * 2. State is saved after every batch that is settled, in order: a run that is killed loses no row and doubles none.
 * 3. Once a batch is settled a failure is a result: what was reached, and why it went no further.
 */
import { type FreshetError, toError, UsageError } from '@freshet/shared/errors';
import { readItemRows } from '../files/item-rows.js';
import type { Table } from '../files/table.js';
import type { Rejection } from './account.js';
import { type Batch, makeBatches } from './batches.js';
import { createEventEncoder, encodeItem } from './encode.js';
import { type FileTask, type ImportDeps, type Job, prepareJob, progressOf } from './job.js';
import type { ImportOptions } from './options.js';
import { pump } from './pump.js';
import { type Ended, type FileResult, toFileResult } from './result.js';
import { createSender, type Outcome } from './send.js';

export async function importFile(task: FileTask, options: ImportOptions, deps: ImportDeps): Promise<FileResult> {
  const job = await prepareJob(task, options, deps);
  try {
    const ended = job.start.complete ? ALREADY : await run(job);
    return toFileResult({ ...job, ended, seconds: (deps.now() - job.beganAt) / 1_000 });
  } finally {
    job.rejects?.close();
    job.state?.close();
  }
}

const ALREADY: Ended = { complete: true };

async function run(job: Job): Promise<Ended> {
  const { options, deps, settled } = job;
  const { inFlight } = options;
  try {
    const whole = await pump(batchesOf(job), { inFlight, send: senderOf(job), settle: (batch, outcome) => settle(job, batch, outcome), signal: deps.signal });
    if (!whole) return stopped(job);
    if (job.accounting.read().rows === 0) throw new UsageError('file_no_rows', `${job.table.name} has nothing but its first line.`);
    save(job, true);
    return { complete: true };
  } catch (thrown) {
    if (deps.signal.aborted) return stopped(job);
    const error = toError(thrown);
    if (settled.batches === 0 && error instanceof UsageError) throw error;
    return { complete: false, failure: { code: 'code' in error ? String(error.code) : 'unknown', detail: error.message } };
  }
}

/** By a person, or by `--strict`. */
function stopped({ deps }: Job): Ended {
  const failure = deps.signal.aborted ? { code: 'stopped', detail: 'stopped' } : { code: 'strict', detail: 'stopped at the first rejected row (--strict)' };
  return { complete: false, failure };
}

function batchesOf({ task, table, start, options }: Job): AsyncGenerator<Batch> {
  const shared = { from: start.position, strict: options.strict };
  if (task.plan.kind === 'items') return makeBatches(readItemRows(table), { ...shared, encode: encodeItem });
  return makeBatches(task.read(table), { ...shared, encode: createEventEncoder(start.key) });
}

const REPEAT_WAIT_MS = 30_000;

function senderOf({ task, start, options, deps }: Job): ReturnType<typeof createSender> {
  let told = { code: '', at: Number.NEGATIVE_INFINITY };
  const onWait = (reason: FreshetError, ms: number): void => {
    const at = deps.now();
    if (reason.code === told.code && at - told.at < REPEAT_WAIT_MS) return;
    told = { code: reason.code, at };
    deps.progress.say(`waiting: ${reason.message} Trying again in ${Math.ceil(ms / 1_000)} s.`);
  };
  const { rest, now } = deps;
  const wait = (ms: number): Promise<unknown> => deps.sleep(ms, deps.signal);
  return createSender({ rest, kind: task.plan.kind, key: start.key, dryRun: options.dryRun, now, wait, onWait });
}

/** False ends the import. */
function settle(job: Job, batch: Batch, outcome: Outcome): boolean {
  const { accounting, settled, options, deps, table } = job;
  accounting.accept(outcome.accepted);
  accounting.duplicate(outcome.duplicates);
  const leftOut = batch.leftOut.map(({ line, text, code, reason, byRule }): Rejection => ({ line, text, code, pointer: '', by: byRule ? 'preset' : 'reader', detail: reason }));
  const rejections = [...leftOut, ...outcome.rejections];
  for (const rejection of rejections) accounting.reject(rejection);
  for (const note of batch.notes) accounting.note(note);
  job.rejects?.write(rejections);
  settled.position = batch.end;
  settled.sequence = outcome.sequence ?? settled.sequence;
  settled.batches++;
  save(job, false);
  deps.progress.step(options.dryRun ? 'checking' : 'importing', batch.end.line, job.lines ?? estimate(table, batch.end.line));
  return !options.strict || rejections.every(({ by }) => by === 'preset');
}

/** Lines of the whole file, told from the share of its bytes that these are. */
function estimate(table: Table, line: number): number | undefined {
  const taken = table.position();
  return table.size === undefined || taken === 0 ? undefined : Math.max(line, Math.round((line * table.size) / taken));
}

function save({ state, rejects, settled, accounting, deps }: Job, complete: boolean): void {
  state?.save(progressOf(rejects, { position: settled.position, account: accounting.read(), complete, updatedAt: new Date(deps.clock()).toISOString() }));
}
