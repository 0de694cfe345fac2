/** A server with a few routes on a real socket, for the tests of the HTTP base; closed after each test. */
import { UnavailableError } from '@freshet/shared/errors';
import type { HttpServerOptions } from '@freshet/shared/http/options';
import { createHttpServer, type HttpServer } from '@freshet/shared/http/server';
import { problem } from '@freshet/shared/http/problem';
import { silentLogger } from '@freshet/shared/logger';
import { createMetrics } from '@freshet/shared/metrics';
import { once } from 'node:events';
import net from 'node:net';
import Type from 'typebox';
import { afterEach, expect } from 'vitest';

const servers: HttpServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

export const answer = { 200: Type.Object({ id: Type.String(), limit: Type.Optional(Type.Integer()) }) };

export async function start(options: Partial<HttpServerOptions> = {}, routes: (server: HttpServer) => void = standard) {
  const metrics = createMetrics({ processMetrics: false });
  const server = createHttpServer({ host: '127.0.0.1', port: 0, metrics, log: silentLogger, name: 'Freshet', version: '9.9.9', ...options });
  servers.push(server);
  routes(server);
  const url = await server.listen();
  return { server, metrics, url, call: (path: string, init?: RequestInit) => fetch(url + path, init) };
}

export function standard(server: HttpServer): void {
  server.route({
    method: 'GET', path: '/v1/items/{id}', operationId: 'getItem', summary: 'An item', params: Type.Object({ id: Type.String() }),
    query: Type.Object({ limit: Type.Optional(Type.Integer({ maximum: 100 })), deep: Type.Optional(Type.Boolean()), tag: Type.Optional(Type.Array(Type.String())) }, { additionalProperties: false }),
    responses: answer, handler: ({ params, query }) => ({ body: { id: JSON.stringify([params.id, query]), secret: 'not in the schema' } }),
  });
  server.route({
    method: 'POST', path: '/v1/items', operationId: 'addItem', summary: 'Add', body: Type.Object({ id: Type.String(), n: Type.Integer() }, { additionalProperties: false }),
    responses: answer, handler: ({ body }) => Promise.resolve({ body }),
  });
  server.route({
    method: 'POST', path: '/v1/items/{id}:touch', operationId: 'touchItem', summary: 'Touch', params: Type.Object({ id: Type.String() }),
    responses: answer, handler: ({ params }) => ({ body: params }),
  });
  server.route({
    method: 'POST', path: '/v1/events', operationId: 'addEvents', summary: 'Events', rawBody: ['application/json', 'application/x-ndjson'], bodyLimit: 64,
    body: Type.Array(Type.Object({ type: Type.String() })), responses: { 202: Type.Object({ bytes: Type.Integer(), media: Type.String() }) },
    handler: ({ rawBody, mediaType }) => ({ status: 202, body: { bytes: rawBody.length, media: mediaType } }),
  });
  server.route({
    method: 'GET', path: '/v1/fail/{how}', operationId: 'fail', summary: 'Fails', params: Type.Object({ how: Type.String() }), responses: answer,
    handler: ({ params }) => {
      if (params.how === 'problem') throw problem(409, 'id_conflict', { detail: 'Someone was faster.', options: { errors: [{ pointer: '/version', code: 'stale', detail: 'is 3' }] } });
      if (params.how === 'away') return Promise.reject(new UnavailableError('postgres_away', 'Postgres does not answer.'));
      throw new Error('an inner secret');
    },
  });
}

export const json = (body: string, headers: Record<string, string> = {}): RequestInit => ({ method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } });

/** What `fetch` won't send. The connection is closed by the server. */
export async function raw(url: string, request: string): Promise<string> {
  const socket = net.connect(Number(new URL(url).port), '127.0.0.1');
  socket.end(request);
  let reply = '';
  socket.on('data', (chunk) => (reply += chunk.toString()));
  await once(socket, 'close');
  return reply;
}

export async function problemOf(response: Response): Promise<Record<string, unknown>> {
  expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  const body = (await response.json()) as Record<string, unknown>;
  expect(body).toMatchObject({ status: response.status, request_id: response.headers.get('x-request-id'), type: `/docs/errors#${String(body['code'])}` });
  return body;
}
