/**
 * A shopper is his history: the L greatest (timestamp, seq, index) of his positive events, plus the last mark of each
 * of at most 1,000 items he has seen. One pure fold, used by the trainer and by serving alike.
 *
 * 1. Order-independent: any order of `remember` and `join` over the same events gives the same history.
 * 2. Idempotent: remembering an event again changes nothing, so a checkpoint may be newer than its `seq` says.
 * 3. An event that comes late is put at its own time; `before` shows the history as it was at that time.
 */
import type { EventMeaning, LogEvent, UserRef } from './event.js';
import { HISTORY_LENGTH } from './model-config.js';

export const SEEN_LIMIT = 1_000;

/** Total order of everything that a shopper did. */
export interface Moment {
  readonly ts: number;
  readonly seq: number;
  readonly index: number;
}

export interface HistoryEvent extends Moment {
  readonly item: string;
  /** Row of `w_type`. */
  readonly group: number;
  /** As it was sent; undefined in checkpoints of release 0.1. */
  readonly type?: string | undefined;
}

/** The last thing that happened between the shopper and an item. */
export interface Mark extends Moment {
  /** True when it was a dislike, a return or a removal. */
  readonly refused: boolean;
  /** Of a refusal, as it was sent: these stand in no other place of the history. */
  readonly type?: string | undefined;
}

export interface History {
  /** Newest first, at most `HISTORY_LENGTH`. */
  readonly events: HistoryEvent[];
  readonly seen: Map<string, Mark>;
  /** How many of the marks are refusals: mostly none, and then nobody need look for them. */
  refusals: number;
  /** This was an anonymous session that has joined a shopper: look there. */
  joined?: UserRef;
}

export function emptyHistory(): History {
  return { events: [], seen: new Map(), refusals: 0 };
}

/** Negative when `a` is earlier than `b`. */
export function compareMoments(a: Moment, b: Moment): number {
  return a.ts - b.ts || a.seq - b.seq || a.index - b.index;
}

/** Folds one event in. Events without an item or without a meaning for the model leave the history as it is. */
export function remember(history: History, event: Pick<LogEvent, 'item' | 'ts'> & { readonly type?: string }, meaning: EventMeaning, at: Omit<Moment, 'ts'>): void {
  if (event.item === undefined || meaning.effect === 'none') return;
  const { item, type, ts } = event;
  const { seq, index } = at;
  // Written out: to spread an object costs more than the whole fold, and every event is folded twice (trainer and serving).
  mark(history, item, meaning.effect === 'negative' ? { ts, seq, index, refused: true, type } : { ts, seq, index, refused: false });
  if (meaning.effect === 'positive') insert(history.events, { ts, seq, index, item, group: meaning.group, type });
}

/** Adds all that `from` knows to `into`: an anonymous session that turned out to be this shopper. */
export function join(into: History, from: History): void {
  for (const event of from.events) insert(into.events, event);
  for (const [item, last] of from.seen) mark(into, item, last);
}

/** An item and when it was last had. */
export interface PastItem extends Moment {
  readonly item: string;
}

/**
 * The items had before `moment` that stand in none of the `pooled` events, at most `limit` of them, the latest first. Refused ones are left
 * out, and so are those had again after `moment`: when they were had before it isn't known.
 */
export function pastItems(seen: ReadonlyMap<string, Mark>, pooled: readonly HistoryEvent[], { moment, limit }: { readonly moment: Moment; readonly limit: number }): PastItem[] {
  if (limit === 0 || seen.size === 0) return [];
  const near = new Set(pooled.map((event) => event.item));
  const found: PastItem[] = [];
  for (const [item, { ts, seq, index, refused }] of seen) {
    const mark = { ts, seq, index, item };
    if (!refused && !near.has(item) && compareMoments(mark, moment) < 0) found.push(mark);
  }
  return latest(found, limit).sort((a, b) => compareMoments(b, a));
}

/** Those with the `limit` latest times, and all that share the last of these times: numbers sort ten times faster than objects. */
function latest(found: PastItem[], limit: number): PastItem[] {
  if (found.length <= limit) return found;
  const times = Float64Array.from(found, ({ ts }) => ts).sort();
  const least = times[times.length - limit] ?? 0;
  return found.filter(({ ts }) => ts >= least).sort((a, b) => compareMoments(b, a)).slice(0, limit);
}

/** The events that came before `moment`, newest first: the history an event at that moment is predicted from. */
export function before(history: History, moment: Moment): readonly HistoryEvent[] {
  const events = history.events;
  let start = 0;
  while (start < events.length && compareMoments(events[start] as HistoryEvent, moment) >= 0) start++;
  return start === 0 ? events : events.slice(start);
}

function insert(events: HistoryEvent[], event: HistoryEvent): void {
  let place = 0;
  for (; place < events.length; place++) {
    const order = compareMoments(event, events[place] as HistoryEvent);
    if (order === 0) return;
    if (order > 0) break;
  }
  if (place >= HISTORY_LENGTH) return;
  events.splice(place, 0, event);
  if (events.length > HISTORY_LENGTH) events.pop();
}

function mark(history: History, item: string, last: Mark): void {
  const known = history.seen.get(item);
  if (known !== undefined && compareMoments(known, last) >= 0) return;
  history.seen.set(item, last);
  history.refusals += Number(last.refused) - Number(known?.refused ?? false);
  if (history.seen.size > SEEN_LIMIT) forgetOldest(history);
}

function forgetOldest(history: History): void {
  let oldest: [string, Mark] | undefined;
  for (const entry of history.seen) if (oldest === undefined || compareMoments(entry[1], oldest[1]) < 0) oldest = entry;
  if (oldest === undefined) return;
  history.seen.delete(oldest[0]);
  history.refusals -= Number(oldest[1].refused);
}
