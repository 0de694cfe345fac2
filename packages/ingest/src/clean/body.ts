/**
 * What makes two sendings of an event the same: the fields that are read, in one order. So it is the same event whatever
 * order its producer, or a queue that keeps JSON in Postgres, wrote them in, and whatever else came along.
 */
import { EVENT_FIELDS, type RawEvent } from './event-schema.js';

const FIELDS = [...EVENT_FIELDS] as (keyof RawEvent)[];

/** A text that differs when the event does. In: what the schema has passed, `null` for absent fields included. */
export function eventBody(sent: RawEvent): string {
  const values: unknown[] = [];
  for (const field of FIELDS) values.push(sent[field]);
  return JSON.stringify(values);
}
