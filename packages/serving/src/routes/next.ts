/**
 * `POST /v1/recommendations/{recommendation_id}:next`: the list that a token names goes on, with nothing that its pages have shown.
 *
 * 1. A page is ranked by the version, the histories and the catalogue of now: what happened since the page before counts, an item that was
 *    sold out meanwhile doesn't come. What was asked, and the seed of a rotation, are those of the first page.
 * 2. No item comes twice in a list, whichever processes answer its pages. After MOST_HIDDEN shown items the list is at its end: an empty page.
 *    Ids that were excluded don't count; with many of them the token is full before, and the list can't be gone on from (422).
 */
import { problem } from '@freshet/shared/http/problem';
import type { HttpReply, RouteRegistrar } from '@freshet/shared/http/route';
import { Type } from 'typebox';
import type { Engine } from '../engine.js';
import { MOST_HIDDEN } from '../rank/hidden.js';
import type { ListToken } from '../token/content.js';
import { listAnswer } from './list-answer.js';
import { recommend } from './recommend.js';
import { AfterSequence, Explain, FieldList, Limit, ListAnswer, WaitFor } from './schemas.js';
import { tokenFilter } from './token-filter.js';
import { trendingNow } from './trending.js';
import { LanguageWish } from './voice.js';
import type { Page, Wish } from './wish.js';

const ListParams = Type.Object({ recommendation_id: Type.String({ minLength: 1, maxLength: 4_096, description: 'The `recommendation_id` of the page before, whole.' }) });
const NextBody = Type.Object(
  {
    limit: Type.Optional(Limit),
    explain: Type.Optional(Explain),
    language: Type.Optional(LanguageWish),
    fields: Type.Optional(FieldList),
    after_sequence: Type.Optional(AfterSequence),
    wait_for: Type.Optional(WaitFor),
  },
  { additionalProperties: false },
);

export function registerNext(http: RouteRegistrar, engine: () => Engine): void {
  http.route({
    method: 'POST',
    path: '/v1/recommendations/{recommendation_id}:next',
    operationId: 'nextPage',
    summary: 'The next page of a list, without repeats',
    tags: ['answers'],
    params: ListParams,
    body: NextBody,
    responses: { 200: ListAnswer },
    example: { params: { recommendation_id: 'rec_an-id-that-a-list-came-with' }, body: { limit: 3 } },
    handler: ({ params, body }) => nextPage(engine(), engine().tokens.read(params.recommendation_id, engine().clock.now()), body),
  });
}

type Own = Pick<Wish, 'limit' | 'explain' | 'language' | 'fields' | 'after_sequence' | 'wait_for'>;

function nextPage(engine: Engine, token: ListToken, own: Own): HttpReply | Promise<HttpReply> {
  const page: Page = token;
  if (!token.whole) {
    throw problem(422, 'list_not_continuable', { detail: 'That list was asked for with more than a token holds (excluded ids, unsent events, a filter): ask for a new list, with `exclude_ids`.' });
  }
  if (token.shown.length > MOST_HIDDEN) return endOf(engine, token);
  const { window, category, item_id, session, segments, explore } = token.texts;
  const filter = tokenFilter(token, 'list_not_continuable');
  const shared = { limit: token.limit, ...own, available: token.anyAvailability ? 'any' : 'only', ...(filter && { filter }) } as const;
  if (token.method === 'trending') return trendingNow(engine, { ...shared, ...(window === undefined ? {} : { window }), ...(category === undefined ? {} : { category }), ...(token.context && { context: token.context }) }, page);
  if (token.method === 'search') throw problem(422, 'list_not_continuable', { detail: `A list of the kind "${token.method}" has one page.` });
  const { diversity, rotation, excludeSeen: exclude_seen, context } = token;
  const asked = { diversity, rotation, exclude_seen, ...(context && { context }), ...(item_id === undefined ? {} : { item_id }), ...(session === undefined ? {} : { session }), ...(segments && { segments }), ...(explore === undefined ? {} : { explore }) };
  return recommend(engine, { ...shared, ...asked }, token.method, page);
}

function endOf(engine: Engine, token: ListToken): HttpReply {
  return listAnswer(engine, { model: engine.beside.viewFor(token.person), rung: token.rung, items: [], asked: token, before: token.shown, now: engine.clock.now(), started: performance.now() });
}
