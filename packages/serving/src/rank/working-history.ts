/**
 * The events an answer is ranked from: the shopper's history, with the session's events that weren't sent yet and the
 * item he is looking at joined on a copy. Newest first, at most HISTORY_LENGTH.
 */
import type { LogEvent } from '@freshet/shared/domain/event';
import { type CustomTypes, meaningOf } from '@freshet/shared/domain/event';
import { emptyHistory, type HistoryEvent, type Mark, remember } from '@freshet/shared/domain/history';
import { HISTORY_LENGTH } from '@freshet/shared/domain/model-config';
import type { RankInput, SessionPart } from './input.js';

/** Behind every committed entry: what the caller knows is newer than what the log knows. */
const UNSENT_SEQ = Number.MAX_SAFE_INTEGER;

export type UnsentEvent = Pick<LogEvent, 'type' | 'item' | 'ts' | 'value'>;

/** Folds unsent events as the log's fold would, so that sending them later gives the same history. */
export function sessionPart(unsent: readonly UnsentEvent[], custom: CustomTypes): SessionPart {
  const history = emptyHistory();
  unsent.forEach((event, index) => remember(history, event, meaningOf(event, custom), { seq: UNSENT_SEQ, index }));
  return { events: history.events, marks: history.seen };
}

export function historyOf(input: Pick<RankInput, 'history' | 'session' | 'item' | 'now'>): readonly HistoryEvent[] {
  const stored = input.history?.events ?? [];
  const events = input.session.events.length === 0 ? stored : merge(input.session.events, stored);
  if (input.item === undefined || events[0]?.item === input.item) return events;
  const looking: HistoryEvent = { item: input.item, ts: input.now, seq: UNSENT_SEQ, index: 0, group: 0 };
  return [looking, ...events.slice(0, HISTORY_LENGTH - 1)];
}

/** The item being looked at stands in the history like an event, but nobody has sent it. */
export function isLooking({ seq, type }: HistoryEvent): boolean {
  return seq === UNSENT_SEQ && type === undefined;
}

/** The last mark of every item: what the caller knows is newer than what is stored. */
export function seenOf({ history, session }: Pick<RankInput, 'history' | 'session'>): ReadonlyMap<string, Mark> {
  const stored = history?.seen ?? session.marks;
  return session.marks.size === 0 || history === undefined ? stored : new Map([...stored, ...session.marks]);
}

function merge(session: readonly HistoryEvent[], stored: readonly HistoryEvent[]): HistoryEvent[] {
  return [...session, ...stored].sort((a, b) => b.ts - a.ts || b.seq - a.seq || b.index - a.index).slice(0, HISTORY_LENGTH);
}
