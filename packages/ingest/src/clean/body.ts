/**
 * What makes two sendings of an event the same: the fields that are read, in one order. So it is the same event whatever
 * order its producer, or a queue that keeps JSON in Postgres, wrote them in, and whatever else came along.
 */
import { EVENT_FIELDS, type RawEvent } from './event-schema.js';

const FIELDS = [...EVENT_FIELDS] as (keyof RawEvent)[];
/** Has all that JSON writes otherwise than it is; a text without it needs quotes only. */
const ESCAPED = /["\\\p{Cc}\p{Cs}]/u;

/**
 * A text that differs when the event does: the JSON of the fields' values, without the absent ones at the end. In: what the schema
 * has passed, `null` for absent fields included. Its hash is stored: a later release may add fields at the end of the list, and
 * events without them keep their text. (Written out: `JSON.stringify` of a list of the values took 1.9 µs instead of .5.)
 */
export function eventBody(sent: RawEvent): string {
  let text = '';
  let absent = '';
  for (const field of FIELDS) {
    const value = sent[field];
    if (value === undefined || value === null) {
      absent += 'null,';
      continue;
    }
    text += `${absent}${typeof value === 'number' ? String(value) : quote(value)},`;
    absent = '';
  }
  return `[${text.slice(0, -1)}]`;
}

function quote(text: string): string {
  return ESCAPED.test(text) ? JSON.stringify(text) : `"${text}"`;
}

/** As release 0.1.0 made it: all that was sent, in the order it was sent. So a retry after an upgrade is a duplicate, not a conflict. */
export function formerEventBody(sent: RawEvent): string {
  return JSON.stringify(sent);
}
