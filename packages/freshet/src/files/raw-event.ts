/** What the file readers produce: events as a shop would send them, not yet cleaned, and what can't be one. */
import type { RawEvent } from '@freshet/ingest/clean/event-schema';
import type { Origin } from './record.js';

export type { RawEvent };

/** `timestamp` is milliseconds since 1970. */
export type TimedEvent = Omit<RawEvent, 'timestamp'> & { readonly timestamp: number };
export type UntimedEvent = Omit<RawEvent, 'timestamp'> & { readonly timestamp?: number };

/** One of a record's events. */
export interface EventRow extends Origin {
  readonly event: UntimedEvent;
  /** What the file says of the event's item. */
  readonly title?: string;
  /** Which of the record's events it is, from 1; most have one. */
  readonly part: number;
}

/** A record (or one of its events) that is no event. */
export interface LeftOut extends Origin {
  readonly event?: undefined;
  readonly part: number;
  readonly code: string;
  /** For people, and the same for every row left out for it. */
  readonly reason: string;
  /** Left out by a rule of the preset; else it can't be read. */
  readonly byRule: boolean;
}

export type FileRow = EventRow | LeftOut;

export type FileRows = AsyncIterable<readonly FileRow[]>;
