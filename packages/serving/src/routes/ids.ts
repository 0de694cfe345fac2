/**
 * Ids as callers send them → ids as ingest has stored them. In: what a schema has accepted. Out: the same, its ids cleaned.
 *
 * 1. Every id of a request goes through here before anything is looked up by it.
 * 2. An id of which nothing is left is refused as an empty one is: 422 with its place.
 */
import { cleanText } from '@freshet/shared/domain/text';
import { problem } from '@freshet/shared/http/problem';
import type { SentEvent, Wish } from './recommend.js';

/** `pointer`: where the id stands, as problems name places. */
export function cleanId(id: string, pointer: string): string {
  const clean = cleanText(id);
  if (clean !== '') return clean;
  const detail = 'must have at least one character that is neither white space nor a control character';
  throw problem(422, 'invalid_request', {
    detail: `The request doesn't fit: ${pointer} ${detail}.`,
    options: { errors: [{ pointer, code: 'minLength', detail }] },
  });
}

/** `place`: what the pointers start with, empty for a body. */
export function cleanWish(wish: Wish, place: '' | '/query'): Wish {
  const { user_id, session_id, session, item_id, exclude_ids } = wish;
  return {
    ...wish,
    ...(user_id === undefined ? {} : { user_id: cleanId(user_id, `${place}/user_id`) }),
    ...(session_id === undefined ? {} : { session_id: cleanId(session_id, `${place}/session_id`) }),
    ...(session === undefined ? {} : { session: session.map((event, i) => cleanSent(event, `${place}/session/${i}`)) }),
    ...(item_id === undefined ? {} : { item_id: cleanId(item_id, `${place}/item_id`) }),
    ...(exclude_ids === undefined ? {} : { exclude_ids: cleanIds(exclude_ids, `${place}/exclude_ids`) }),
  };
}

function cleanSent(event: SentEvent, place: string): SentEvent {
  return event.item_id === undefined ? event : { ...event, item_id: cleanId(event.item_id, `${place}/item_id`) };
}

/** One id, or several: a query's parameter may be repeated. */
export function cleanIds(ids: readonly string[] | string, place: string): readonly string[] {
  if (typeof ids === 'string') return [cleanId(ids, place)];
  return ids.map((id, i) => cleanId(id, `${place}/${i}`));
}
