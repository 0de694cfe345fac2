/** Routes that answer with items for somebody: recommendations, similar, trending. */
import type { HttpReply, RouteRegistrar } from '@freshet/shared/http/route';
import { problem } from '@freshet/shared/http/problem';
import type { Engine } from '../engine.js';
import { filterOfBody, filterOfQuery } from './filter-wish.js';
import { cleanId, cleanWish } from './ids.js';
import { recommend } from './recommend.js';
import { ItemParams, ListAnswer, ListQuery, RecommendBody, TrendingQuery, UserParams } from './schemas.js';
import { trendingNow } from './trending.js';
import { readSession } from './unsent.js';
import type { Wish } from './wish.js';

const tags = ['answers'];

export function registerAnswers(http: RouteRegistrar, engine: () => Engine): void {
  http.route({
    method: 'POST',
    path: '/v1/recommendations',
    operationId: 'recommend',
    summary: 'Recommend items to a shopper, an anonymous session or a stranger',
    tags,
    body: RecommendBody,
    responses: { 200: ListAnswer },
    example: { body: { user_id: 'ada', limit: 3, session: [{ type: 'view', item_id: 'mug-1' }], exclude_ids: ['jug-1'], filter: { price: { lte: 100 } }, explain: true } },
    handler: ({ body: { session, filter, ...body } }) => {
      const { customTypes, clock } = engine();
      const unsent = session === undefined ? {} : { session: readSession(session, { customTypes, now: clock.now() }) };
      return recommend(engine(), { ...cleanWish(body, ''), ...unsent, ...(filter && { filter: filterOfBody(filter) }) }, 'rank');
    },
  });
  http.route({
    method: 'GET',
    path: '/v1/users/{user_id}/recommendations',
    operationId: 'recommendForUser',
    summary: 'Recommend items to a shopper',
    tags,
    params: UserParams,
    query: ListQuery,
    responses: { 200: ListAnswer },
    example: { params: { user_id: 'ada' }, query: { limit: 3, explain: true, fields: 'title,price' } },
    handler: ({ params, query }) => recommend(engine(), { ...wishOfQuery(query), user_id: cleanId(params.user_id, '/path/user_id') }, 'rank'),
  });
  http.route({
    method: 'GET',
    path: '/v1/items/{id}/similar',
    operationId: 'findSimilar',
    summary: 'Items like an item',
    tags,
    params: ItemParams,
    query: ListQuery,
    responses: { 200: ListAnswer },
    example: { params: { id: 'mug-1' }, query: { limit: 3 } },
    handler: ({ params, query }) => fromItem(engine(), { ...wishOfQuery(query), item_id: cleanId(params.id, '/path/id') }, 'similar'),
  });
  http.route({
    method: 'GET',
    path: '/v1/items/{id}/together',
    operationId: 'findTogether',
    summary: 'What is taken together with an item',
    description: 'Rests on what shoppers took within ten events of it, before or after, counted with a half-life of 90 days. May be shorter than `limit`, and is empty for an item that nobody took with another one. `diversity` and `rotation` have no part in it.',
    tags,
    params: ItemParams,
    query: ListQuery,
    responses: { 200: ListAnswer },
    example: { params: { id: 'mug-1' }, query: { limit: 3 } },
    handler: ({ params, query }) => fromItem(engine(), { ...wishOfQuery(query), item_id: cleanId(params.id, '/path/id') }, 'together'),
  });
  http.route({
    method: 'GET',
    path: '/v1/trending',
    operationId: 'findTrending',
    summary: 'What is taken most now',
    tags,
    query: TrendingQuery,
    responses: { 200: ListAnswer },
    example: { query: { window: '1h', category: 'mugs', limit: 3 } },
    handler: ({ query: { category, filter, ...query } }) =>
      trendingNow(engine(), {
        ...query,
        ...(category === undefined ? {} : { category: cleanId(category, '/query/category') }),
        ...(filter === undefined ? {} : { filter: filterOfQuery(filter) }),
      }),
  });
}

/** What all lists' queries share. */
function wishOfQuery({ filter, ...query }: Omit<Wish, 'filter'> & { readonly filter?: string }): Wish {
  return { ...cleanWish(query, '/query'), ...(filter === undefined ? {} : { filter: filterOfQuery(filter) }) };
}

function fromItem(engine: Engine, wish: Wish & { readonly item_id: string }, method: 'similar' | 'together'): HttpReply | Promise<HttpReply> {
  const { item_id: id } = wish;
  const state = engine.shelf.state(id);
  // A deleted item that the model has learned still has items like it.
  if (engine.view().set.rowOf(id) === undefined && (state === 'undescribed' || state === 'deleted')) {
    throw problem(404, 'item_not_found', { detail: `No item "${id}" is known.` });
  }
  return recommend(engine, wish, method);
}
