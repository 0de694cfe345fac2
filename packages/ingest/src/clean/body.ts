/**
 * What makes two sendings of an event the same: the fields that are read, in one order. So it is the same event whatever
 * order its producer, or a queue that keeps JSON in Postgres, wrote them in, and whatever else came along.
 */
import { EVENT_FIELDS, type RawEvent } from './event-schema.js';

const FIELDS = [...EVENT_FIELDS] as (keyof RawEvent)[];

/**
 * A text that differs when the event does. In: what the schema has passed, `null` for absent fields included. Its hash is stored:
 * a later release may add fields at the end of the list, and events without them keep their text.
 */
export function eventBody(sent: RawEvent): string {
  const values: unknown[] = [];
  for (const field of FIELDS) values.push(sent[field] ?? null);
  while (values.at(-1) === null) values.pop();
  return JSON.stringify(values);
}

/** As release 0.1.0 made it: all that was sent, in the order it was sent. So a retry after an upgrade is a duplicate, not a conflict. */
export function formerEventBody(sent: RawEvent): string {
  return JSON.stringify(sent);
}
