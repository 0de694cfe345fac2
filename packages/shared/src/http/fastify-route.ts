/** One of our routes as a Fastify route: schemas compiled by TypeBox on the way in, by fast-json-stringify on the way out. */
import type { FastifyReply, FastifyRequest, FastifySchema, RouteOptions } from 'fastify';
import { type TSchema, Type } from 'typebox';
import { createGate } from './gate.js';
import { mediaType } from './guards.js';
import { PROBLEM_MEDIA_TYPE, ProblemSchema } from './problem.js';
import { acceptedMediaTypes, routerPath, type HttpReply, type Route } from './route.js';
import { partValidator, type PartResult, type RequestPart } from './validation.js';

/** What the hooks need to know of a route; Fastify keeps it as the route's `config`. */
export interface RouteConfig {
  readonly pattern: string;
  readonly accepted: readonly string[];
  readonly raw: boolean;
  readonly revalidated: boolean;
}

const NO_BODY = Buffer.alloc(0);
const NO_QUERY = Type.Object({});
const PARTS: Readonly<Record<string, RequestPart>> = { body: 'body', querystring: 'query', params: 'path' };

export function fastifyRoute(route: Route): RouteOptions {
  const config: RouteConfig = { pattern: route.path, accepted: acceptedMediaTypes(route), raw: route.rawBody !== undefined, revalidated: route.revalidated === true };
  return {
    method: route.method,
    url: routerPath(route.path),
    config: { freshet: config },
    schema: schemaOf(route),
    ...(route.bodyLimit === undefined ? {} : { bodyLimit: route.bodyLimit }),
    validatorCompiler: ({ schema, httpPart }) => validatorOf(route, schema as TSchema, httpPart ?? 'body'),
    handler: handlerOf(route),
  };
}

/** Property names beyond Fastify's own are read by the OpenAPI collector. */
function schemaOf(route: Route): FastifySchema {
  const documented = {
    operationId: route.operationId,
    summary: route.summary,
    ...(route.description === undefined ? {} : { description: route.description }),
    ...(route.tags === undefined ? {} : { tags: route.tags }),
    ...(route.hidden === true ? { hide: true } : {}),
    ...(route.rawBody === undefined ? {} : { consumes: route.rawBody }),
  };
  const problem = { description: 'What went wrong', content: { [PROBLEM_MEDIA_TYPE]: { schema: ProblemSchema } } };
  return {
    ...documented,
    ...(route.params === undefined ? {} : { params: route.params }),
    // Pages and assets, which OpenAPI leaves out, take any: browsers and links bring their own.
    ...(route.query === undefined && route.hidden === true ? {} : { querystring: route.query ?? NO_QUERY }),
    ...(route.body === undefined ? {} : { body: route.body }),
    response: { ...route.responses, ...(route.hidden === true ? {} : { default: problem }) },
  };
}

function validatorOf(route: Route, schema: TSchema, httpPart: string): (value: unknown) => PartResult {
  if (httpPart === 'body' && route.rawBody !== undefined) return (value) => ({ value });
  return partValidator(schema, PARTS[httpPart] ?? 'body');
}

function handlerOf(route: Route): (request: FastifyRequest, reply: FastifyReply) => void {
  const raw = route.rawBody !== undefined;
  const gate = createGate(route);
  return (request, reply) => {
    gate.admit();
    const answer = route.handler({
      id: request.id,
      params: request.params,
      query: request.query,
      body: raw ? undefined : request.body,
      rawBody: raw && Buffer.isBuffer(request.body) ? request.body : NO_BODY,
      mediaType: mediaType(request.headers['content-type'] ?? ''),
      headers: request.headers,
    });
    // A synchronous handler stays synchronous: a promise a request costs more than the routing.
    if (answer instanceof Promise) {
      gate.pass(
        answer,
        (settled) => send(reply, settled),
        (error) => void reply.send(error),
      );
    } else send(reply, answer);
  };
}

function send(reply: FastifyReply, answer: HttpReply): void {
  reply.code(answer.status ?? 200);
  if (answer.headers !== undefined) reply.headers(answer.headers);
  void reply.send(answer.body);
}
