/** The filter that a list was asked for with, out of its token. */
import { problem } from '@freshet/shared/http/problem';
import { type Filter, readFilter } from '../filter/expression.js';
import type { ListToken } from '../token/content.js';

/** `code`: what can't be done with the list when this process can't read its filter. It was checked before it was sealed, so only a later release's can't be. */
export function tokenFilter({ texts: { filter: key } }: ListToken, code: 'list_not_explained' | 'list_not_continuable'): Filter | undefined {
  if (key === undefined) return undefined;
  const read = readFilter(Object.fromEntries(JSON.parse(key) as [string, unknown][]));
  if (read.ok) return read.filter;
  throw problem(422, code, { detail: 'That list was asked for with a filter that this process can’t read: ask for a new list.' });
}
