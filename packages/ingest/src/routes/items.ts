/** Writes to the catalogue: `PUT/PATCH/DELETE /v1/items/{id}` and `POST /v1/items:batch`. 202 means committed. */
import { Type } from 'typebox';
import { HttpProblem } from '@freshet/shared/http/problem';
import type { HttpReply, Route, RouteRegistrar } from '@freshet/shared/http/route';
import { cleanBatchItem, cleanChange, type SentChange } from '../clean/change.js';
import { RawItemSchema } from '../clean/item-schema.js';
import { REQUEST_BYTES, REQUEST_ITEMS } from '../config.js';
import type { IntakeContext } from '../intake.js';
import { JSON_TYPE, NDJSON_TYPES, parseMany, parseOne } from './parse.js';
import { admit, asPreferred, IntakeResultSchema, type RouteDeps } from './shared.js';

const ItemPath = Type.Object({ id: Type.String() });
const WrittenSchema = Type.Object({ id: Type.String(), status: Type.String(), sequence: Type.Optional(Type.Integer()) });
const BatchQuery = Type.Object({
  dry_run: Type.Optional(Type.Boolean({ default: false, description: 'Validates only; answers 200 and writes nothing.' })),
});
const BatchItemSchema = Type.Intersect([
  Type.Object({ id: Type.String(), op: Type.Optional(Type.Union([Type.Literal('put'), Type.Literal('patch'), Type.Literal('delete')], { default: 'put' })) }),
  RawItemSchema,
]);

const MUG = { title: 'Blue mug', categories: ['kitchen', 'mugs'], brand: 'Potter', price: 12.5, available: true, url: 'https://shop.example/mug-1', attributes: { volume: 0.3, colour: 'blue' } };

export function registerItemRoutes(http: RouteRegistrar, deps: RouteDeps): void {
  registerWrite(http, deps, { method: 'PUT', op: 'put', operationId: 'putItem', summary: 'Create or replace an item', example: { params: { id: 'mug-1' }, body: MUG } });
  registerWrite(http, deps, { method: 'PATCH', op: 'patch', operationId: 'patchItem', summary: 'Change some fields of an item', description: 'Fields that aren’t named stay; to take one away, PUT the whole item.', example: { params: { id: 'mug-1' }, body: { price: 9.95, available: true } } });
  registerDelete(http, deps);
  registerBatch(http, deps);
}

interface WriteRoute extends Pick<Route, 'summary' | 'description' | 'example'> {
  readonly method: 'PUT' | 'PATCH';
  readonly op: 'put' | 'patch';
  readonly operationId: string;
}

function registerWrite(http: RouteRegistrar, deps: RouteDeps, { op, ...route }: WriteRoute): void {
  http.route({
    ...route,
    path: '/v1/items/{id}',
    tags: ['catalogue'],
    params: ItemPath,
    rawBody: op === 'patch' ? [JSON_TYPE, 'application/merge-patch+json'] : [JSON_TYPE],
    body: RawItemSchema,
    responses: { 202: WrittenSchema },
    handler: async (request) => {
      const context = admit(request, deps);
      const { id } = request.params;
      return writeOne({ op, id, raw: parseOne(request.rawBody) }, context, deps);
    },
  });
}

function registerDelete(http: RouteRegistrar, deps: RouteDeps): void {
  http.route({
    method: 'DELETE',
    path: '/v1/items/{id}',
    operationId: 'deleteItem',
    summary: 'Take an item out of the catalogue and of every answer',
    description: 'Also 202 for an item nobody knows: a delete can be repeated, and may overtake the write it undoes.',
    tags: ['catalogue'],
    params: ItemPath,
    responses: { 202: WrittenSchema },
    example: { params: { id: 'jug-1' } },
    handler: async (request) => writeOne({ op: 'delete', id: request.params.id }, admit(request, deps), deps),
  });
}

function registerBatch(http: RouteRegistrar, deps: RouteDeps): void {
  http.route({
    method: 'POST',
    path: '/v1/items:batch',
    operationId: 'batchItems',
    summary: 'Write many items',
    description: `A JSON array or NDJSON of items with \`id\` and optionally \`op\` (put, patch, delete); at most ${REQUEST_ITEMS}.`,
    tags: ['catalogue'],
    query: BatchQuery,
    rawBody: [JSON_TYPE, ...NDJSON_TYPES],
    body: Type.Array(BatchItemSchema, { maxItems: REQUEST_ITEMS }),
    bodyLimit: REQUEST_BYTES,
    responses: { 200: IntakeResultSchema, 202: IntakeResultSchema },
    example: { body: [{ id: 'jug-1', title: 'Milk jug', categories: ['jugs'], price: 18 }, { id: 'mug-1', op: 'patch', price: 11 }] },
    handler: async (request) => {
      const context = admit(request, deps);
      const sent = parseMany(request.rawBody, request.mediaType);
      const dryRun = request.query.dry_run ?? false;
      const result = await deps.intake.catalogue(sent, cleanBatchItem, { ...context, dryRun });
      return { status: dryRun ? 200 : 202, ...asPreferred(result, request) };
    },
  });
}

/** Alone in its request, a bad item does fail it: 422, or 409 for a reused idempotency key. */
async function writeOne(change: SentChange, context: IntakeContext, { intake }: RouteDeps): Promise<HttpReply> {
  const result = await intake.catalogue([{ value: change }], () => cleanChange(change), context);
  const [item] = result.items;
  if (item?.problem !== undefined) {
    const status = item.status === 'conflict' ? 409 : 422;
    throw new HttpProblem(status, item.problem.code, item.problem.detail, { errors: [item.problem] });
  }
  return { status: 202, body: { id: item?.id ?? change.id, status: item?.status ?? 'accepted', sequence: result.sequence } };
}
