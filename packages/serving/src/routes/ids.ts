/**
 * Ids, and names of segments, as callers send them → as they are stored. In: what a schema has accepted. Out: the same, its ids cleaned.
 *
 * 1. Every id of a request goes through here before anything is looked up by it.
 * 2. An id of which nothing is left is refused as an empty one is: 422 with its place.
 * 3. A list in a query may be one parameter with commas, or several. An id may hold commas itself, so such a text stands
 *    for its parts and for the whole.
 */
import { cleanText, isLongerThan } from '@freshet/shared/domain/text';
import { type HttpProblem, problem, sentence } from '@freshet/shared/http/problem';
import type { Wish } from './wish.js';
import { ID_CHARS, MAX_EXCLUDED } from './schemas.js';

/** `pointer`: where the id stands, as problems name places. */
export function cleanId(id: string, pointer: string): string {
  const clean = cleanText(id);
  if (clean !== '') return clean;
  throw unfit({ pointer, ...BLANK });
}

/** What is wrong with a text of which cleaning leaves nothing. */
export const BLANK = { code: 'minLength', detail: 'must have at least one character that is neither white space nor a control character' } as const;

/** As they are stored, of shoppers and of rules alike: each once. */
export function cleanSegments(sent: readonly string[]): readonly string[] {
  return [...new Set(sent.map((segment, i) => cleanId(segment, `/segments/${i}`)))];
}

/** `place`: what the pointers start with, empty for a body. Only a body has segments. */
export function cleanWish<W extends Pick<Wish, 'user_id' | 'session_id' | 'item_id' | 'exclude_ids' | 'segments'>>(wish: W, place: '' | '/query'): W {
  const { user_id, session_id, item_id, exclude_ids, segments } = wish;
  return {
    ...wish,
    ...(user_id === undefined ? {} : { user_id: cleanId(user_id, `${place}/user_id`) }),
    ...(session_id === undefined ? {} : { session_id: cleanId(session_id, `${place}/session_id`) }),
    ...(item_id === undefined ? {} : { item_id: cleanId(item_id, `${place}/item_id`) }),
    ...(exclude_ids === undefined ? {} : { exclude_ids: cleanIds(exclude_ids, place) }),
    ...(segments && { segments: cleanSegments(segments) }),
  };
}

function cleanIds(ids: readonly string[] | string, place: '' | '/query'): readonly string[] {
  if (place === '/query') return idsOfQuery(ids, { pointer: '/query/exclude_ids', most: MAX_EXCLUDED });
  return (typeof ids === 'string' ? [ids] : ids).map((id, i) => cleanId(id, `/exclude_ids/${i}`));
}

export interface ListPlace {
  readonly pointer: string;
  /** Ids at most. */
  readonly most: number;
}

export function idsOfQuery(given: readonly string[] | string, { pointer, most }: ListPlace): readonly string[] {
  const texts = typeof given === 'string' ? [given] : given;
  // Nothing at all is an empty list, as `ids.join(',')` makes it; white space is somebody's mistake.
  const parts = texts.flatMap((text) => text.split(',')).filter((id) => id !== '').map((id) => cleanId(id, pointer));
  if (parts.length > most) throw unfit({ pointer, code: 'maxItems', detail: `must not have more than ${most} ids` });
  if (parts.some((id) => isLongerThan(id, ID_CHARS))) throw unfit({ pointer, code: 'maxLength', detail: `must have ids of at most ${ID_CHARS} characters` });
  const whole = texts.filter((text) => text.includes(',')).map(cleanText);
  return [...parts, ...whole];
}

/** As the schemas' validator says it. */
export function unfit(...errors: readonly HttpProblem['errors'][number][]): HttpProblem {
  const [first] = errors;
  return problem(422, 'invalid_request', { detail: sentence(`The request doesn't fit: ${first?.pointer ?? ''} ${first?.detail ?? ''}`), options: { errors } });
}
