/**
 * From an event and the history it came upon to a training example. Only events before this one count, wherever in
 * time it falls; items that have no row yet (they were never learned) are left out.
 */
import type { History } from '@freshet/shared/domain/history';
import { before, pastItems } from '@freshet/shared/domain/history';
import { ageBucket } from '@freshet/shared/domain/model-config';
import type { Example, PastRow, PooledEvent } from '../engine/example.js';
import type { LearnerEvent } from './port.js';
import type { Vocabulary } from './vocabulary.js';

/** The example with weight 1 and nothing of its own to take out; undefined when there is no history to predict from. */
export function exampleOf(place: LearnerEvent, history: History | undefined, at: ExamplePlace): Example | undefined {
  if (history === undefined) return undefined;
  const moment = { ts: place.event.ts, seq: place.seq, index: place.index };
  const events = before(history, moment);
  const pooled: PooledEvent[] = [];
  for (const { item, ts, group } of events) {
    const row = at.vocabulary.rowOf(item);
    if (row !== undefined) pooled.push({ row, bucket: ageBucket(moment.ts - ts), group });
  }
  if (pooled.length === 0) return undefined;
  const past: PastRow[] = [];
  for (const { item, ts } of pastItems(history.seen, events, { moment, limit: at.pastItems })) {
    const row = at.vocabulary.rowOf(item);
    if (row !== undefined) past.push({ row, bucket: ageBucket(moment.ts - ts) });
  }
  return { target: at.target, weight: 1, effect: 'positive', history: pooled, own: 0, past };
}

export interface ExamplePlace {
  /** Row of the event's item. */
  readonly target: number;
  readonly vocabulary: Vocabulary;
  /** ModelConfig.pastItems. */
  readonly pastItems: number;
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
