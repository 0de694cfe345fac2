/**
 * From an event and the history it came upon to a training example. Only events before this one count, wherever in
 * time it falls; items that have no row yet (they were never learned) are left out.
 */
import type { History } from '@freshet/shared/domain/history';
import { before } from '@freshet/shared/domain/history';
import { ageBucket } from '@freshet/shared/domain/model-config';
import type { Example, PooledEvent } from '../engine/example.js';
import type { LearnerEvent } from './port.js';
import type { Vocabulary } from './vocabulary.js';

/** The example with weight 1 and nothing of its own to take out; undefined when there is no history to predict from. */
export function exampleOf(place: LearnerEvent, history: History | undefined, at: { target: number; vocabulary: Vocabulary }): Example | undefined {
  if (history === undefined) return undefined;
  const { ts } = place.event;
  const pooled: PooledEvent[] = [];
  for (const past of before(history, { ts, seq: place.seq, index: place.index })) {
    const row = at.vocabulary.rowOf(past.item);
    if (row !== undefined) pooled.push({ row, bucket: ageBucket(ts - past.ts), group: past.group });
  }
  return pooled.length === 0 ? undefined : { target: at.target, weight: 1, effect: 'positive', history: pooled, own: 0 };
}

/** Rows of all that the shopper has seen. */
export function seenRows(history: History | undefined, vocabulary: Vocabulary): number[] {
  const rows: number[] = [];
  for (const item of history?.seen.keys() ?? []) {
    const row = vocabulary.rowOf(item);
    if (row !== undefined) rows.push(row);
  }
  return rows;
}
