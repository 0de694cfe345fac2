/**
 * The log in memory: for unit tests and dry runs. Same contract as the Postgres adapter, without its 48 h limit on
 * recognising duplicates.
 */
import { decodePayload, encodePayload } from '../../codec/payload.js';
import type { LogEntry } from '../../domain/entry.js';
import type { UserRef } from '../../domain/event.js';
import { checkAppend, isSameBody } from '../entry-log-request.js';
import type { AppendRequest, EntryLog } from '../../ports/entry-log.js';

interface Stored {
  readonly entry: LogEntry;
  readonly count: number;
}

export interface MemoryEntryLog extends EntryLog {
  /** See port `Erasure`. */
  emptyProfiles(user: UserRef, before: number): void;
}

export function memoryEntryLog(): MemoryEntryLog {
  const entries: Stored[] = [];
  const bodies = new Map<string, string>();

  return {
    append: async (request) => {
      checkAppend(request);
      const known = new Map<number, 'duplicate' | 'conflict'>();
      request.keys.forEach((key, index) => {
        const body = bodies.get(key.id);
        if (body === undefined) bodies.set(key.id, key.body);
        else known.set(index, isSameBody(key, body) ? 'duplicate' : 'conflict');
      });
      if (request.keys.length > 0 && known.size === request.keys.length) return { seq: undefined, known };
      const seq = entries.length + 1;
      entries.push({ entry: toEntry(request, seq, [...known.keys()]), count: request.keys.length - known.size });
      return { seq, known };
    },
    read(after, maxItems) {
      const found: LogEntry[] = [];
      let items = 0;
      for (let i = Math.max(0, after); i < entries.length && (i === after || items < maxItems); i++) {
        const stored = entries[i];
        if (stored === undefined) break;
        found.push(stored.entry);
        items += stored.count;
      }
      return Promise.resolve(found);
    },
    head: () => Promise.resolve(entries.length),
    startOf(items) {
      let seq = entries.length;
      for (let behind = 0; seq > 0 && behind < items; seq--) behind += entries[seq - 1]?.count ?? 0;
      return Promise.resolve(seq);
    },
    emptyProfiles(user, before) {
      entries.forEach(({ entry, count }, i) => {
        if (entry.kind !== 'user' || entry.seq >= before || !entry.changes.some((change) => change.user === user)) return;
        entries[i] = { count, entry: { ...entry, changes: [{ user, segments: [] }] } };
      });
    },
  };
}

/** Through the codec, so that a test sees exactly what a reader of stored bytes would see. */
function toEntry(request: AppendRequest, seq: number, skip: readonly number[]): LogEntry {
  const { source, receivedAt, historical } = request;
  return { ...decodePayload(request.body.kind, encodePayload(request.body), skip), seq, source, receivedAt, historical };
}
