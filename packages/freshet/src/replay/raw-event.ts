/** What the file readers produce: an event as a shop would send it, not yet cleaned, whose time is known. */
import type { RawEvent } from '@freshet/ingest/clean/event-schema';

export type { RawEvent };

/** `timestamp` is milliseconds since 1970. */
export type TimedEvent = Omit<RawEvent, 'timestamp'> & { readonly timestamp: number };
