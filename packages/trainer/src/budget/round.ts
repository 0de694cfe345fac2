/** What the budget is told of a round of entries, and what its metrics show of it. */
import type { RoundSizes } from '@freshet/shared/codec/delta';
import type { LogEntry } from '@freshet/shared/domain/entry';
import type { Metrics } from '@freshet/shared/metrics';
import type { Spent } from '../learner/port.js';

/** Whether so many items were read that more may be waiting. */
export function isFull(entries: readonly LogEntry[], maxItems: number): boolean {
  return entries.reduce((sum, entry) => sum + (entry.kind === 'events' ? entry.events.length : entry.changes.length), 0) >= maxItems;
}

/** Age of the oldest event that isn't back-filled; undefined when there is none. */
export function lagOf(entries: readonly LogEntry[], now: number): number | undefined {
  const live = entries.filter((entry) => !entry.historical && entry.kind === 'events' && entry.events.length > 0);
  return live.length === 0 ? undefined : Math.max(0, now - live.reduce((earliest, { receivedAt }) => Math.min(earliest, receivedAt), Infinity));
}

/** Before a round: what it is about to spend on each new example. */
export function showSizes({ trainerReplayRatio, trainerNegatives }: Metrics, { replay, negatives }: RoundSizes): void {
  trainerReplayRatio.set(replay);
  trainerNegatives.set(negatives);
}

export function countSpent({ trainerSpentExamples, trainerShedExamples }: Metrics, { fresh, replayed, texts, shed, undersampled }: Spent): void {
  trainerSpentExamples.inc({ kind: 'new' }, fresh);
  trainerSpentExamples.inc({ kind: 'replayed' }, replayed);
  trainerSpentExamples.inc({ kind: 'text' }, texts);
  trainerShedExamples.inc({ kind: 'replayed' }, shed);
  trainerShedExamples.inc({ kind: 'undersampled' }, undersampled);
}
