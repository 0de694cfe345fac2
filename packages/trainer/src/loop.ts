/**
 * The trainer's loop while it leads: take all that waits, learn it, cut, commit, next.
 *
 * 1. The log is applied in sequence order, each entry in exactly one delta (SPEC: every accepted event moves the model once).
 * 2. No timer: a wake-up starts a round at once, unless the last one began less than the gap ago (≥ `minGapMs`, longer when
 *    deltas exceed their byte budget).
 * 3. While a delta is being committed the next round may train; its cut waits for that commit.
 * 4. A candidate that has learned all that was taken learns the next round instead of the learner, and the rounds after that: its
 *    delta is its promotion. Should that commit fail the term ends as with any other.
 * 5. It ends by `signal` (drained: what was learned is committed) or by an error, after which memory must be dropped.
 */
import type { RoundSizes } from '@freshet/shared/codec/delta';
import type { LogEntry } from '@freshet/shared/domain/entry';
import { randomUnit } from '@freshet/shared/domain/random';
import type { Logger } from '@freshet/shared/logger';
import type { Metrics } from '@freshet/shared/metrics';
import type { Clock } from '@freshet/shared/ports/clock';
import type { EntryLog } from '@freshet/shared/ports/entry-log';
import type { DeadLetters } from '@freshet/shared/ports/dead-letters';
import type { Budget } from './budget/budget.js';
import { countSpent, isFull, lagOf, showSizes } from './budget/round.js';
import type { ResolvedTrainerOptions } from './config.js';
import type { Learner, LearnerEvent, RoundReport } from './learner/port.js';
import { isTarget } from './learner/target.js';
import type { Presence } from './presence.js';
import type { Prequential } from './prequential.js';
import type { Publisher } from './publish/publisher.js';
import type { QualityRecorder } from './quality.js';
import type { Aside } from './refit/aside.js';
import type { Sampler } from './sampler.js';
import type { Wake } from './wake.js';

export interface LoopDeps {
  readonly entries: Pick<EntryLog, 'read'>;
  readonly learner: Learner;
  readonly publisher: Publisher;
  readonly deadLetters: DeadLetters;
  readonly wake: Wake;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly presence: Presence;
  readonly prequential: Prequential;
  readonly sampler: Sampler;
  readonly budget: Budget;
  readonly quality: QualityRecorder;
  /** A candidate that waits to take the learner's place. */
  readonly aside: Aside;
  /** Called after each commit with the newest entry that is applied. */
  readonly onApplied: (seq: number) => void;
}

export async function runLoop(deps: LoopDeps, options: ResolvedTrainerOptions, run: { signal: AbortSignal; flags: number }): Promise<void> {
  let taken = deps.publisher.position.applied;
  let commit: Promise<number> = Promise.resolve(0);
  let flags = run.flags;
  let gapMs = options.minGapMs;
  let cutAt = deps.clock.now();
  let { learner } = deps;
  showRows(deps, learner, options);
  deps.budget.restart(cutAt);
  while (!run.signal.aborted) {
    const entries = await deps.entries.read(taken, options.maxRoundEvents);
    if (entries.length === 0) {
      // Throws when the commit in flight has failed; goes on at once while it is pending.
      await Promise.race([commit, Promise.resolve()]);
      if (!(await deps.aside.step(taken))) await deps.wake.wait(options.pollMs);
      continue;
    }
    const began = deps.clock.now();
    await deps.presence.ready(entries);
    const due = deps.aside.takeDue(taken);
    learner = due?.learner ?? learner;
    const sizes = deps.budget.sizes();
    // What it takes to load histories isn't the budget's to spend.
    const readyAt = deps.clock.now();
    showSizes(deps.metrics, sizes ?? options.model);
    const report = await learn({ ...deps, learner }, options, { entries, sizes });
    const trainedAt = deps.clock.now();
    deps.budget.observe({ at: trainedAt, trainedMs: trainedAt - readyAt, full: isFull(entries, options.maxRoundEvents), lagMs: lagOf(entries, trainedAt) });
    const span = { fromSeq: taken + 1, toSeq: entries.at(-1)?.seq ?? taken, takenAt: began };
    const bytes = await commit;
    gapMs = Math.max(options.minGapMs, (1_000 * bytes) / options.deltaBytesPerSecond);
    taken = span.toSeq;
    const cut = learner.cut(trainedAt - cutAt);
    cutAt = trainedAt;
    showRows(deps, learner, options);
    commit = deps.publisher
      .publish({ cut, toSeq: taken, learnedMs: lastReceived(entries), flags, sizes, timings: { ...timingsOf(entries), takenAt: began, trainedAt }, promotion: due?.promotion })
      .then((size) => {
        const { applied, version } = deps.publisher.position;
        due?.promoted(version);
        deps.onApplied(applied);
        deps.quality.committed(report, span, version);
        return size;
      });
    // The next `await commit` reports a failure; until then it must not count as unhandled.
    commit.catch(() => deps.wake.wake());
    flags = 0;
    await letter(deps, entries, report);
    await deps.aside.step(taken);
    const rest = gapMs - (deps.clock.now() - began);
    if (rest > 0) await deps.clock.sleep(rest, run.signal);
  }
  await commit;
  await deps.quality.close();
}

interface RoundInput {
  readonly entries: readonly LogEntry[];
  readonly sizes: RoundSizes | undefined;
}

async function learn(deps: LoopDeps, options: ResolvedTrainerOptions, { entries, sizes }: RoundInput): Promise<RoundReport> {
  const began = performance.now();
  const { seed } = options.model;
  showThreads(deps.metrics, options.threads, true);
  const share = deps.sampler.share(countTargets(entries), deps.clock.now());
  const evaluate = ({ event, seq, index }: LearnerEvent): boolean => isTarget({ event }) && randomUnit(seed, seq >>> 0, index) < share;
  const report = await deps.learner
    .learn(entries, { evaluate, floors: true, sizes })
    .finally(() => showThreads(deps.metrics, options.threads, false));
  deps.metrics.trainerStep.observe((performance.now() - began) / 1_000);
  deps.metrics.trainerExamples.inc(report.examples);
  countSpent(deps.metrics, report.spent);
  deps.metrics.trainerWatermark.set(lastReceived(entries) / 1_000);
  deps.sampler.spent(report.ranks.length, report.rankMs);
  deps.prequential.observe(report);
  return report;
}

function countTargets(entries: readonly LogEntry[]): number {
  let count = 0;
  for (const entry of entries) if (entry.kind === 'events') for (const event of entry.events) if (isTarget({ event })) count++;
  return count;
}

/** With no threads of its own the loop's thread is the one that trains. */
export function showThreads({ trainerThreads }: Metrics, threads: number, busy: boolean): void {
  const all = Math.max(1, threads);
  trainerThreads.set({ state: 'busy' }, busy ? all : 0);
  trainerThreads.set({ state: 'idle' }, busy ? 0 : all);
}

/** How full the tables are, in items (row 0 is no item's) and words. */
function showRows({ metrics }: LoopDeps, learner: Learner, { maxItems, maxWords }: ResolvedTrainerOptions): void {
  metrics.tableRows.set({ table: 'item' }, learner.rows() - 1);
  metrics.tableRowsLimit.set({ table: 'item' }, maxItems);
  metrics.tableRows.set({ table: 'word' }, learner.words());
  metrics.tableRowsLimit.set({ table: 'word' }, maxWords);
}

/** Refused events are kept with their reason; failing to keep them never stops the loop. */
async function letter(deps: LoopDeps, entries: readonly LogEntry[], report: RoundReport): Promise<void> {
  if (report.refused.length === 0) return;
  const events = entries.flatMap((entry) => (entry.kind === 'events' ? entry.events.map((event) => ({ event, source: entry.source })) : []));
  const letters = report.refused.map(({ index, reason }) => {
    deps.metrics.trainerRejectedSteps.inc({ reason });
    const refused = events[index];
    const detail = reason === 'not_finite' ? 'its gradient was not finite' : 'the tables are full';
    return { queue: 'trainer', source: refused?.source ?? '', code: reason, pointer: '', detail, payload: JSON.stringify(refused?.event ?? null) };
  });
  await deps.deadLetters.add(letters).catch((error: unknown) => deps.log.error('refused events could not be kept', { error: String(error), events: letters.length }));
}

function lastReceived(entries: readonly LogEntry[]): number {
  return entries.reduce((latest, entry) => Math.max(latest, entry.receivedAt), 0);
}

/** Freshness counts from the entry that has waited longest and isn't back-filled; 0 when all are. */
function timingsOf(entries: readonly LogEntry[]): { receivedAt: number } {
  const live = entries.filter((entry) => !entry.historical);
  return { receivedAt: live.reduce((earliest, entry) => Math.min(earliest, entry.receivedAt), live[0]?.receivedAt ?? 0) };
}
