/**
 * `filter` as it is sent, in a body as JSON, in a query as its text → a filter, or one 422 with the place of every fault.
 * A filter without conditions is none.
 */
import { problem, sentence } from '@freshet/shared/http/problem';
import { type Filter, readFilter } from '../filter/expression.js';
import { unfit } from './ids.js';

/** As many faults as the validator lists. */
const MAX_FINDINGS = 20;

export function filterOfBody(sent: object): Filter | undefined {
  return filterAt('/filter', sent);
}

export function filterOfQuery(text: string): Filter | undefined {
  const sent = parsed(text);
  if (typeof sent === 'object' && sent !== null && !Array.isArray(sent)) return filterAt('/query/filter', sent);
  throw unfit({ pointer: '/query/filter', code: 'type', detail: 'must be a JSON object such as {"price":{"lte":30}}' });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function filterAt(place: string, sent: object): Filter | undefined {
  const read = readFilter(sent);
  if (read.ok) return read.filter.conditions.length === 0 ? undefined : read.filter;
  const errors = read.faults.slice(0, MAX_FINDINGS).map((fault) => ({ ...fault, pointer: place + fault.pointer }));
  throw problem(422, 'invalid_filter', { detail: sentence(`The filter can't be used: ${errors[0]?.pointer} ${errors[0]?.detail}`), options: { errors } });
}
