/** Reading the catalogue: one item, all items in id order. */
import type { ItemDocument } from '@freshet/shared/domain/kept-documents';
import { problem } from '@freshet/shared/http/problem';
import type { RouteRegistrar } from '@freshet/shared/http/route';
import type { Engine } from '../engine.js';
import { cleanId, idsOfQuery } from './ids.js';
import { DEFAULT_LIMIT, ItemAnswer, ItemParams, ItemsAnswer, ItemsQuery, MAX_LIMIT, Sequenced } from './schemas.js';
import { reach } from './waiting.js';

const tags = ['catalogue'];

export function registerItems(http: RouteRegistrar, engine: () => Engine): void {
  http.route({
    method: 'GET',
    path: '/v1/items/{id}',
    operationId: 'getItem',
    summary: 'One item of the catalogue',
    tags,
    params: ItemParams,
    query: Sequenced,
    responses: { 200: ItemAnswer },
    revalidated: true,
    example: { params: { id: 'mug-1' } },
    handler: async ({ params, query }) => {
      const id = cleanId(params.id, '/path/id');
      await reach(engine(), query.after_sequence);
      return { body: findItem(engine(), id) };
    },
  });
  http.route({
    method: 'GET',
    path: '/v1/items',
    operationId: 'listItems',
    summary: 'The catalogue in id order, a page at a time, or the items that are named',
    tags,
    query: ItemsQuery,
    responses: { 200: ItemsAnswer },
    revalidated: true,
    example: { query: { limit: 2 } },
    handler: async ({ query }) => {
      const ids = query.ids === undefined ? undefined : idsOfQuery(query.ids, { pointer: '/query/ids', most: MAX_LIMIT });
      await reach(engine(), query.after_sequence);
      return { body: ids === undefined ? listItems(engine(), query) : { items: namedItems(engine(), ids) } };
    },
  });
}

function findItem(engine: Engine, id: string): object {
  const document = engine.shelf.catalogue.document(id);
  if (document?.deleted === false) return describe(document);
  const known = document === undefined && engine.view().set.rowOf(id) !== undefined;
  if (!known) throw problem(404, 'item_not_found', { detail: `No item "${id}" is known.` });
  return { id, described: false };
}

function listItems(engine: Engine, query: { readonly cursor?: string; readonly limit?: number }): object {
  const limit = query.limit ?? DEFAULT_LIMIT;
  const page = engine.shelf.list(query.cursor === undefined ? undefined : readCursor(query.cursor), limit);
  const last = page.at(-1);
  const next = page.length === limit && last !== undefined ? { next_cursor: Buffer.from(last.id, 'utf8').toString('base64url') } : {};
  return { items: page.map(describe), ...next };
}

function namedItems(engine: Engine, ids: readonly string[]): object[] {
  return [...new Set(ids)].flatMap((id) => {
    const document = engine.shelf.catalogue.find(id);
    return document === undefined ? [] : [describe(document)];
  });
}

function readCursor(cursor: string): string {
  const id = Buffer.from(cursor, 'base64url').toString('utf8');
  if (Buffer.from(id, 'utf8').toString('base64url') === cursor) return id;
  throw problem(422, 'invalid_cursor', { detail: 'The cursor is not one that a listing has given out.', options: { errors: [{ pointer: '/query/cursor', code: 'invalid_cursor', detail: 'is not a cursor' }] } });
}

function describe(document: ItemDocument): object {
  return {
    id: document.id,
    described: true,
    ...document.fields,
    ...(document.filled.length === 0 ? {} : { filled: document.filled }),
    sequence: document.seq,
  };
}
