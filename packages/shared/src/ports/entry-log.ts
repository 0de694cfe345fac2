/** Reading and writing the log. Entries come in `seq` order without gaps. */
import type { EntryBody, LogEntry } from '../domain/entry.js';

export interface ItemKey {
  /** 16 bytes as binary text: `eventKey`. */
  readonly id: string;
  /** 8 bytes as binary text: `bodyHash` of the body as sent. */
  readonly body: string;
  /** The hash that the release before made of it; asked only for an id that is known under another one. */
  readonly formerBody?: (() => string) | undefined;
}

export interface AppendRequest {
  readonly body: EntryBody;
  /** One key for each item of the body, in its order; no id twice. */
  readonly keys: readonly ItemKey[];
  readonly source: string;
  readonly receivedAt: number;
  readonly historical: boolean;
}

export interface AppendResult {
  /** The entry's place, or undefined when every item was a duplicate and nothing was written. */
  readonly seq: number | undefined;
  /** For every item that was not new: its index and whether the body differed (`conflict`). */
  readonly known: ReadonlyMap<number, 'duplicate' | 'conflict'>;
}

export interface EntryLog {
  /** Commits durably, exactly once per key within the de-duplication window. */
  append(request: AppendRequest): Promise<AppendResult>;
  /** Entries with `after` < seq, in order, stopping once `maxItems` items are reached (at least one entry). */
  read(after: number, maxItems: number): Promise<readonly LogEntry[]>;
  /** The newest committed seq; 0 for an empty log. */
  head(): Promise<number>;
  /** The place after which the newest `items` items lie: the last one with at least so many behind it, or the log's beginning. */
  startOf(items: number): Promise<number>;
}
