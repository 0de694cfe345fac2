/**
 * A request as it would have been without something in the shopper's history: what counterfactuals are computed from.
 *
 * 1. Nothing of the given request is changed.
 * 2. Without an event, the last mark of its item is the newest of the item's other events that are kept; with none, the item was never had.
 *    What the history has forgotten (it keeps its 20 latest events) doesn't come back.
 */
import { compareMoments, type History, type HistoryEvent, type Mark } from '@freshet/shared/domain/history';
import type { RankInput, SessionPart } from './input.js';
import { isLooking } from './working-history.js';

/** Without one event, or without the item that is looked at. */
export function withoutEvent(input: RankInput, event: HistoryEvent): RankInput {
  if (isLooking(event)) return { ...input, item: undefined };
  return without(input, (other) => other.item === event.item && compareMoments(other, event) === 0);
}

/** Without all that was done with an item. */
export function withoutItem(input: RankInput, item: string): RankInput {
  return without({ ...input, item: input.item === item ? undefined : input.item }, (other) => other.item === item);
}

type Drop = (event: HistoryEvent) => boolean;

function without(input: RankInput, drop: Drop): RankInput {
  const { history, session } = input;
  const kept: SessionPart = { events: session.events.filter((event) => !drop(event)), marks: marksWithout(session.events, session.marks, drop) };
  return { ...input, session: kept, history: history && historyWithout(history, drop) };
}

function historyWithout(history: History, drop: Drop): History {
  return { ...history, events: history.events.filter((event) => !drop(event)), seen: marksWithout(history.events, history.seen, drop) };
}

function marksWithout(events: readonly HistoryEvent[], marks: ReadonlyMap<string, Mark>, drop: Drop): Map<string, Mark> {
  const left = new Map(marks);
  for (const event of events.filter(drop)) {
    const mark = marks.get(event.item);
    if (mark === undefined || compareMoments(mark, event) !== 0) continue;
    const before = events.find((other) => other.item === event.item && !drop(other));
    if (before === undefined) left.delete(event.item);
    else left.set(event.item, { ts: before.ts, seq: before.seq, index: before.index, refused: false });
  }
  return left;
}
