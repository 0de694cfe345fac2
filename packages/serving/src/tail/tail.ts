/**
 * The log's events as they came, for somebody who watches: the newest ones, or those after a place.
 *
 * 1. In log order, none twice and none left out from one cursor to the next, whatever the limit cuts.
 * 2. A read is bounded: EXAMINED items, however rare what is asked for may be; the cursor goes on from there. Between its pages
 *    the process does what else is due.
 * 3. Nobody is named: shoppers are the references that the log holds.
 */
import { setImmediate } from 'node:timers/promises';
import type { LogEntry } from '@freshet/shared/domain/entry';
import type { LogEvent } from '@freshet/shared/domain/event';
import type { EntryLog } from '@freshet/shared/ports/entry-log';

/** Of entry `seq` the first `taken` events, and everything before it, have been given. */
export interface TailCursor {
  readonly seq: number;
  readonly taken: number;
}

export interface TailFilter {
  readonly type?: string | undefined;
  readonly item?: string | undefined;
}

export interface TailedEvent {
  readonly entry: Pick<LogEntry, 'seq' | 'source' | 'receivedAt' | 'historical'>;
  readonly event: LogEvent;
}

export interface TailPage {
  readonly events: readonly TailedEvent[];
  readonly cursor: TailCursor;
  /** Entries that had not been given are no longer there: retention has dropped them. */
  readonly missed: boolean;
  /** The bound was reached before the log's end. */
  readonly cut: boolean;
}

export type TailLog = Pick<EntryLog, 'read' | 'startOf' | 'head'>;

const PAGE_ITEMS = 500;
export const EXAMINED = 2_000;
/** What an entry without items counts: a quiet shop's log is mostly heartbeats, one a second. */
const EMPTY = 0.1;

/** Those after `cursor`, at most `limit`. */
export async function readAfter(log: TailLog, cursor: TailCursor, { limit, ...filter }: TailFilter & { readonly limit: number }): Promise<TailPage> {
  const events: TailedEvent[] = [];
  let at = cursor;
  let missed = false;
  for (let examined = 0; events.length < limit && examined < EXAMINED; ) {
    const entries = await readPage(log, at);
    const [first] = entries;
    if (first === undefined) return { events, cursor: at, missed, cut: false };
    missed ||= first.seq > at.seq;
    for (const entry of entries) {
      if (events.length >= limit) break;
      const taken = takeEntry(entry, at, { events, limit, filter });
      examined += Math.max(EMPTY, taken.items);
      at = taken.at;
    }
  }
  return { events, cursor: at, missed, cut: events.length < limit };
}

async function readPage(log: TailLog, { seq }: TailCursor): Promise<readonly LogEntry[]> {
  await setImmediate();
  return log.read(seq - 1, PAGE_ITEMS);
}

interface Taking {
  readonly events: TailedEvent[];
  readonly limit: number;
  readonly filter: TailFilter;
}

function takeEntry(entry: LogEntry, at: TailCursor, { events, limit, filter }: Taking): { readonly at: TailCursor; readonly items: number } {
  const past = { seq: entry.seq + 1, taken: 0 };
  if (entry.kind !== 'events') return { at: past, items: entry.changes.length };
  const first = entry.seq === at.seq ? at.taken : 0;
  for (let index = first; index < entry.events.length; index++) {
    if (events.length >= limit) return { at: { seq: entry.seq, taken: index }, items: index - first };
    const event = entry.events[index];
    if (event !== undefined && matches(event, filter)) events.push({ entry, event });
  }
  return { at: past, items: entry.events.length - first };
}

function matches(event: LogEvent, { type, item }: TailFilter): boolean {
  return (type === undefined || event.type === type) && (item === undefined || event.item === item);
}

/** The newest `limit`: looked for ever further back, within the bound. */
export async function readNewest(log: TailLog, { limit, ...filter }: TailFilter & { readonly limit: number }): Promise<TailPage> {
  if (limit === 0) return { events: [], cursor: { seq: (await log.head()) + 1, taken: 0 }, missed: false, cut: false };
  let nearer: TailPage | undefined;
  for (let items = Math.min(EXAMINED, Math.max(100, limit)); ; items = Math.min(EXAMINED, 8 * items)) {
    const start = await log.startOf(items);
    const found = await readAll(log, start, filter);
    // Too far back in a quiet shop: what was found is not the newest.
    if (found.cut && nearer !== undefined) return nearer;
    nearer = found;
    if (found.events.length >= limit || start === 0 || items === EXAMINED) return { ...found, events: found.events.slice(-limit) };
  }
}

/** From `start` to the end as it is now; what comes meanwhile is the next read's. */
async function readAll(log: TailLog, start: number, filter: TailFilter): Promise<TailPage> {
  const events: TailedEvent[] = [];
  let cursor: TailCursor = { seq: start + 1, taken: 0 };
  for (let examined = 0; examined < 2 * EXAMINED; ) {
    const entries = await readPage(log, cursor);
    if (entries.length === 0) return { events, cursor, missed: false, cut: false };
    for (const entry of entries) {
      const taken = takeEntry(entry, cursor, { events, limit: Number.POSITIVE_INFINITY, filter });
      examined += Math.max(EMPTY, taken.items);
      cursor = taken.at;
    }
  }
  return { events, cursor, missed: false, cut: true };
}
