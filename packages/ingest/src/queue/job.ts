/**
 * From a job's data, which anybody may have written, to what the intake takes. Pure. In: parsed JSON. Out: the events as sent,
 * or the one problem for which the whole job is refused.
 *
 * A job is an array of events, or `{"events": […], "historical": true}`; the limits are those of a request.
 */
import type { ProblemCode } from '@freshet/shared/http/problems/catalogue';
import { isTooDeep, TOO_DEEP } from '../clean/nesting.js';
import { REQUEST_BYTES, REQUEST_ITEMS } from '../config.js';
import type { Sent } from '../intake.js';

export interface ReadJob {
  readonly sent: readonly Sent[];
  readonly historical: boolean;
  /** As JSON. */
  readonly bytes: number;
}

export interface JobProblem {
  readonly code: ProblemCode;
  readonly pointer: string;
  readonly detail: string;
}

export type JobReading = { readonly ok: true; readonly job: ReadJob } | { readonly ok: false; readonly problem: JobProblem };

export function readJob(data: unknown): JobReading {
  if (Array.isArray(data)) return readEvents(data, false);
  if (typeof data !== 'object' || data === null) return refused('not_events', '', `A job's data is an array of events; this is ${nameOf(data)}.`);
  const { events, historical = false } = data as { readonly events?: unknown; readonly historical?: unknown };
  if (!Array.isArray(events)) return refused('not_events', '/events', `A job's data is an array of events, or an object that has one as "events"; here "events" is ${nameOf(events)}.`);
  if (typeof historical !== 'boolean') return refused('wrong_type', '/historical', '"historical" is true or false.');
  return readEvents(events, historical);
}

function readEvents(events: readonly unknown[], historical: boolean): JobReading {
  if (events.length > REQUEST_ITEMS) return refused('too_many_items', '', `The job has ${events.length} events; at most ${REQUEST_ITEMS} fit in one.`);
  const sent: Sent[] = [];
  // The brackets; each event brings its comma.
  let bytes = 2;
  for (const value of events) {
    // What is nested too deeply can't be written out, so it can't be measured either.
    const tooDeep = isTooDeep(value);
    sent.push(tooDeep ? { problem: TOO_DEEP, text: '' } : { value });
    if (!tooDeep) bytes += Buffer.byteLength(JSON.stringify(value)) + 1;
    if (bytes > REQUEST_BYTES) return refused('body_too_large', '', `The job's data is larger than ${REQUEST_BYTES} bytes; split it.`);
  }
  return { ok: true, job: { sent, historical, bytes } };
}

function refused(code: ProblemCode, pointer: string, detail: string): JobReading {
  return { ok: false, problem: { code, pointer, detail } };
}

function nameOf(value: unknown): string {
  if (value === null) return 'null';
  if (value === undefined) return 'missing';
  return Array.isArray(value) ? 'an array' : `a${/^[aeiou]/.test(typeof value) ? 'n' : ''} ${typeof value}`;
}
