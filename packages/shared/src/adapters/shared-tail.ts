/**
 * A log of which the newest entries are kept in memory, as they were written or first read here. So the readers of one process
 * (trainer, serving) get what ingest beside them has just committed without a query and without parsing it, each the same objects.
 *
 * 1. What is read here is what the log has: an entry is kept only once its append has been committed, or as it was read.
 * 2. A read that begins with a kept entry gives a run of kept ones without a gap; any other goes to the log.
 * 3. `alone` says that only this process writes: then nothing is asked after the newest entry for `ASK_AGAIN_MS` at a time. What
 *    another process writes all the same, or an append whose outcome is unknown, is found at the next asking.
 * 4. What is said of shoppers isn't kept: who erases it from the log has erased it. A reader fetches such an entry from there.
 * Limit: `KEPT_ITEMS` items, the oldest go first.
 */
import { decodePayload, encodePayload } from '../codec/payload.js';
import type { EntryBody, LogEntry } from '../domain/entry.js';
import type { AppendRequest, AppendResult, EntryLog } from '../ports/entry-log.js';

export interface SharedTailOptions {
  readonly alone: boolean;
  /** Milliseconds. */
  readonly now: () => number;
}

const KEPT_ITEMS = 20_000;
export const ASK_AGAIN_MS = 200;

export function sharedTail(log: EntryLog, { alone, now }: SharedTailOptions): EntryLog {
  const kept = createKept();
  let askedAt = Number.NEGATIVE_INFINITY;
  return {
    ...log,
    async append(request) {
      const result = await log.append(request);
      if (result.seq !== undefined) kept.put(entryOf(request, result, result.seq));
      return result;
    },
    async read(after, maxItems) {
      const run = kept.runAfter(after, maxItems);
      if (run.length > 0) return run;
      if (alone && after === kept.newest && now() - askedAt < ASK_AGAIN_MS) return run;
      askedAt = now();
      const page = await log.read(after, maxItems);
      // A full page is of a reader who is behind: nobody else will come by soon.
      if (page.reduce((sum, entry) => sum + itemsOf(entry), 0) < maxItems) page.forEach(kept.put);
      return page;
    },
  };
}

interface Kept {
  put(entry: LogEntry): void;
  /** Kept entries from `after` + 1 on, as a read gives them; none when that one isn't kept. */
  runAfter(after: number, maxItems: number): readonly LogEntry[];
  /** The newest entry ever put. */
  readonly newest: number;
}

function createKept(): Kept {
  const bySeq = new Map<number, LogEntry>();
  let newest = 0;
  let items = 0;
  const dropOldest = (): void => {
    for (const [seq, entry] of bySeq) {
      if (items <= KEPT_ITEMS) return;
      bySeq.delete(seq);
      items -= sizeOf(entry);
    }
  };
  return {
    put(entry) {
      newest = Math.max(newest, entry.seq);
      if (bySeq.has(entry.seq) || entry.kind === 'user') return;
      bySeq.set(entry.seq, entry);
      items += sizeOf(entry);
      dropOldest();
    },
    runAfter(after, maxItems) {
      const run: LogEntry[] = [];
      let taken = 0;
      for (let entry = bySeq.get(after + 1); entry !== undefined && (run.length === 0 || taken < maxItems); entry = bySeq.get(entry.seq + 1)) {
        run.push(entry);
        taken += itemsOf(entry);
      }
      return run;
    },
    get newest() {
      return newest;
    },
  };
}

function itemsOf(body: EntryBody): number {
  return body.kind === 'events' ? body.events.length : body.changes.length;
}

/** An entry without items takes memory, too. */
function sizeOf(entry: LogEntry): number {
  return 1 + itemsOf(entry);
}

function entryOf({ body, source, receivedAt, historical }: AppendRequest, { known }: AppendResult, seq: number): LogEntry {
  return { ...asStored(body, known), seq, source, receivedAt: Math.round(receivedAt), historical };
}

/**
 * Cleaned events are made of the values that JSON gives back (a law of cleaning, test/unit/ingest/clean); a change of the catalogue
 * is rare, deep and of any shape, so it goes through the codec.
 */
function asStored(body: EntryBody, known: AppendResult['known']): EntryBody {
  if (body.kind !== 'events') return decodePayload(body.kind, encodePayload(body), [...known.keys()]);
  return known.size === 0 ? body : { kind: 'events', events: body.events.filter((_, index) => !known.has(index)) };
}
