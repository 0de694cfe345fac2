/** The HTTP base on a real socket. */
import { UnavailableError } from '@freshet/shared/errors';
import type { HttpServerOptions } from '@freshet/shared/http/options';
import { createHttpServer, type HttpServer } from '@freshet/shared/http/server';
import { problem } from '@freshet/shared/http/problem';
import { createLogger, silentLogger } from '@freshet/shared/logger';
import { createMetrics } from '@freshet/shared/metrics';
import { once } from 'node:events';
import net from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import Type from 'typebox';
import { afterEach, expect, test, vi } from 'vitest';

const servers: HttpServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

const answer = { 200: Type.Object({ id: Type.String(), limit: Type.Optional(Type.Integer()) }) };

async function start(options: Partial<HttpServerOptions> = {}, routes: (server: HttpServer) => void = standard) {
  const metrics = createMetrics({ processMetrics: false });
  const server = createHttpServer({ host: '127.0.0.1', port: 0, metrics, log: silentLogger, name: 'Freshet', version: '9.9.9', ...options });
  servers.push(server);
  routes(server);
  const url = await server.listen();
  return { server, metrics, url, call: (path: string, init?: RequestInit) => fetch(url + path, init) };
}

function standard(server: HttpServer): void {
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

const json = (body: string, headers: Record<string, string> = {}): RequestInit => ({ method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } });

/** What `fetch` won't send. The connection is closed by the server. */
async function raw(url: string, request: string): Promise<string> {
  const socket = net.connect(Number(new URL(url).port), '127.0.0.1');
  socket.end(request);
  let reply = '';
  socket.on('data', (chunk) => (reply += chunk.toString()));
  await once(socket, 'close');
  return reply;
}

async function problemOf(response: Response): Promise<Record<string, unknown>> {
  expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  const body = (await response.json()) as Record<string, unknown>;
  expect(body).toMatchObject({ status: response.status, request_id: response.headers.get('x-request-id'), type: `/docs/errors#${String(body['code'])}` });
  return body;
}

test('answers with what the response schema names, after reading path and query by their schemas', async () => {
  const { call } = await start();
  const response = await call('/v1/items/a%2Fb%3Ac?limit=7&deep=true&tag=x');
  expect(response.status).toBe(200);
  expect(await response.json()).toEqual({ id: JSON.stringify(['a/b:c', { limit: 7, deep: true, tag: ['x'] }]) });
  expect((await call('/v1/items/a:b:touch', { method: 'POST' })).status).toBe(200);
});

test('echoes a request id, and makes one when there is none or a strange one', async () => {
  const { call } = await start();
  expect((await call('/livez', { headers: { 'x-request-id': 'order-7:a' } })).headers.get('x-request-id')).toBe('order-7:a');
  for (const given of ['', 'a b', 'x'.repeat(65), '<script>']) {
    expect((await call('/livez', { headers: { 'x-request-id': given } })).headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  }
});

test('answers 422 with a pointer for each thing that does not fit', async () => {
  const { call } = await start();
  const body = await problemOf(await call('/v1/items', json('{"n":1.5,"extra":1}')));
  expect(body['code']).toBe('invalid_request');
  expect(body['errors']).toEqual(expect.arrayContaining([
    { pointer: '/id', code: 'required', detail: 'is required' },
    { pointer: '/extra', code: 'additionalProperties', detail: 'is not a known property' },
    { pointer: '/n', code: 'type', detail: 'must be integer' },
  ]));
  expect((await problemOf(await call('/v1/items/a?limit=101')))['errors']).toEqual([{ pointer: '/query/limit', code: 'maximum', detail: 'must be <= 100' }]);
  expect((await call('/v1/items/a?limit=ten')).status).toBe(422);
});

test('tells malformed JSON, poisoned JSON and a wrong media type apart from a wrong meaning', async () => {
  const { call } = await start();
  expect(await problemOf(await call('/v1/items', json('{"id":')))).toMatchObject({ status: 400, code: 'malformed_json' });
  expect(await problemOf(await call('/v1/items', json('')))).toMatchObject({ status: 400, code: 'malformed_json' });
  expect(await problemOf(await call('/v1/items', json('{"id":"a","n":1,"__proto__":{}}')))).toMatchObject({ status: 400, code: 'malformed_json' });
  expect(await problemOf(await call('/v1/items', { method: 'POST', body: 'id=a' }))).toMatchObject({ status: 415 });
  expect(await problemOf(await call('/v1/items', json('{}', { 'content-encoding': 'compress' })))).toMatchObject({ status: 415, code: 'encoding_not_supported' });
  const latin = { method: 'POST', body: Buffer.from('{"id":"Zo\u00eb","n":1}', 'latin1'), headers: { 'content-type': 'application/json' } };
  expect(await problemOf(await call('/v1/items', latin))).toMatchObject({ status: 400, code: 'invalid_utf8' });
});

test('reads compressed bodies, and stops inflating at the limit of the route', async () => {
  const { call } = await start();
  const events = '[{"type":"view"}]';
  const send = (body: Buffer, encoding: string): Promise<Response> => call('/v1/events', { method: 'POST', body: new Uint8Array(body), headers: { 'content-type': 'application/json', 'content-encoding': encoding } });
  const packers = { gzip: gzipSync, 'X-GZip': gzipSync, deflate: deflateSync, br: brotliCompressSync };
  for (const [encoding, pack] of Object.entries(packers)) {
    expect(await (await send(pack(events), encoding)).json()).toEqual({ bytes: events.length, media: 'application/json' });
    const bomb = pack(Buffer.alloc(50_000));
    expect(bomb.length).toBeLessThan(100);
    expect(await problemOf(await send(bomb, encoding))).toMatchObject({ status: 413, code: 'body_too_large' });
    expect(await problemOf(await send(pack(events).subarray(0, -3), encoding))).toMatchObject({ status: 400, code: 'malformed_compression' });
    expect(await problemOf(await send(Buffer.from(events), encoding))).toMatchObject({ status: 400, code: 'malformed_compression' });
  }
  const refused = await send(gzipSync(gzipSync(events)), 'gzip, gzip');
  expect(refused.headers.get('accept-encoding')).toBe('gzip, deflate, br');
  expect(await problemOf(refused)).toMatchObject({ status: 415, code: 'encoding_not_supported' });
});

test('refuses query parameters that a route has not, and says which one was meant', async () => {
  const { call } = await start();
  const misspelt = await problemOf(await call('/v1/items/a?limt=3'));
  expect(misspelt).toMatchObject({ status: 422, code: 'unknown_parameter', errors: [{ pointer: '/query/limt', code: 'unknown_parameter' }] });
  expect(misspelt['detail']).toBe('“limt” is not a parameter of this route; did you mean “limit”? There are limit, deep, tag.');
  expect(await problemOf(await call('/v1/items/a?Deep=true'))).toMatchObject({ status: 422, detail: expect.stringContaining('“deep”') as string });
  expect(await problemOf(await call('/v1/items?dry_run=true', json('{"id":"a","n":1}')))).toMatchObject({ status: 422, detail: '“dry_run” is not a parameter of this route. This route has none.' });
  expect(await problemOf(await call('/v1/items/a?__proto__=1'))).toMatchObject({ status: 422, code: 'unknown_parameter' });
  expect(await problemOf(await call('/v1/items/a?limit=1&limit=2'))).toMatchObject({ status: 422, errors: [{ pointer: '/query/limit', code: 'repeated' }] });
  expect((await call('/v1/items/a?tag=x&tag=y')).status).toBe(200);
  // Nobody documents these; links and scrapers bring parameters of their own.
  expect((await call('/metrics?collect=all')).status).toBe(200);
});

test('answers HEAD where GET is, and OPTIONS with what there is', async () => {
  const { call } = await start();
  const head = await call('/v1/items/a', { method: 'HEAD' });
  expect([head.status, Number(head.headers.get('content-length')) > 0, await head.text()]).toEqual([200, true, '']);
  expect((await call('/v1/items', { method: 'HEAD' })).status).toBe(405);
  const options = await call('/v1/items', { method: 'OPTIONS' });
  expect([options.status, options.headers.get('allow'), await options.text()]).toEqual([204, 'POST, OPTIONS', '']);
  // No page of another origin is told that it may write.
  expect(options.headers.get('access-control-allow-origin')).toBeNull();
  expect((await call('/nothing', { method: 'OPTIONS' })).status).toBe(404);
});

test('answers paths that no id can have with a problem', async () => {
  const { call, url } = await start();
  expect(await problemOf(await call(`/v1/items/${'x'.repeat(2_000)}`))).toMatchObject({ status: 414, code: 'uri_too_long' });
  expect(await raw(url, 'GET /v1/items/%zz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')).toMatch(/^HTTP\/1.1 400 [^]*"code":"malformed_url"/);
  expect(await raw(url, 'GET /livez HTTP/1.1\r\nConnection: close\r\n\r\n')).toMatch(/^HTTP\/1.1 400 [^]*"code":"host_missing"/);
  expect(await raw(url, 'GET /livez HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nConnection: close\r\n\r\n')).toMatch(/^HTTP\/1.1 400 [^]*"code":"malformed_request"/);
});

test('hands a raw route its bytes unread, in each of its media types', async () => {
  const { call } = await start();
  const response = await call('/v1/events', { method: 'POST', body: '{"broken\n', headers: { 'content-type': 'application/x-ndjson; charset=utf-8' } });
  expect(response.status).toBe(202);
  expect(await response.json()).toEqual({ bytes: 9, media: 'application/x-ndjson' });
  expect(await problemOf(await call('/v1/events', { method: 'POST', body: 'x', headers: { 'content-type': 'text/csv' } }))).toMatchObject({ status: 415 });
});

test('refuses a body beyond the limit of the route, or else of the server', async () => {
  const { call } = await start({ bodyLimit: 128 });
  expect(await problemOf(await call('/v1/events', json('x'.repeat(65))))).toMatchObject({ status: 413, code: 'body_too_large' });
  expect((await call('/v1/items', json(`{"id":"${'x'.repeat(80)}","n":1}`))).status).toBe(200);
  expect(await problemOf(await call('/v1/items', json(`{"id":"${'x'.repeat(120)}","n":1}`)))).toMatchObject({ status: 413 });
});

test('answers 404 where nothing is and 405 with Allow where another method is', async () => {
  const { call } = await start();
  expect(await problemOf(await call('/nothing', { method: 'POST', body: 'x' }))).toMatchObject({ status: 404, code: 'route_not_found' });
  const response = await call('/v1/items/a', { method: 'DELETE' });
  expect(response.headers.get('allow')).toBe('GET, HEAD, OPTIONS');
  expect(await problemOf(response)).toMatchObject({ status: 405, code: 'method_not_allowed' });
});

test('answers 421 for a foreign host and 403 for a write from a foreign page', async () => {
  const { call, url } = await start({ allowedHosts: ['shop.example'] });
  const ask = (host: string): Promise<string> => raw(url, `GET /livez HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
  expect(await ask('evil.example')).toMatch(/^HTTP\/1.1 421 [^]*"code":"host_not_allowed"/);
  expect(await ask('shop.example')).toMatch(/^HTTP\/1.1 200 /);
  expect(await problemOf(await call('/v1/items', json('{"id":"a","n":1}', { origin: 'http://evil.example' })))).toMatchObject({ status: 403, code: 'origin_not_allowed' });
  expect((await call('/v1/items', json('{"id":"a","n":1}', { origin: url }))).status).toBe(200);
});

test('answers what cannot be parsed as HTTP with a problem too', async () => {
  const { url } = await start();
  expect(await raw(url, 'NONSENSE\r\n\r\n')).toMatch(/^HTTP\/1.1 400 [^]*"code":"malformed_request"/);
  expect(await raw(url, `GET /livez HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`)).toMatch(/^HTTP\/1.1 431 [^]*"code":"headers_too_large"/);
});

test('answers a thrown problem as it is, a missing server with 503, and hides and logs the unexpected', async () => {
  const lines: string[] = [];
  const { call } = await start({ log: createLogger({ write: (line) => void lines.push(line) }) });
  expect(await problemOf(await call('/v1/fail/problem'))).toMatchObject({ status: 409, code: 'id_conflict', errors: [{ pointer: '/version', code: 'stale', detail: 'is 3' }] });
  expect(lines).toEqual([]);
  const away = await call('/v1/fail/away');
  expect(away.headers.get('retry-after')).toBe('1');
  expect(await problemOf(away)).toMatchObject({ status: 503, code: 'unavailable' });
  const unexpected = await problemOf(await call('/v1/fail/otherwise'));
  expect(unexpected).toMatchObject({ status: 500, code: 'internal' });
  expect(JSON.stringify(unexpected)).not.toContain('secret');
  expect(lines.map((line) => (JSON.parse(line) as { level: string }).level)).toEqual(['warn', 'error']);
  expect(lines[1]).toContain('an inner secret');
  expect(lines[1]).toContain(String(unexpected['request_id']));
});

test('measures every request under its route pattern, never under its path', async () => {
  const { call } = await start();
  for (const path of ['/v1/items/1', '/v1/items/2', '/nothing/3']) await call(path);
  const text = await (await call('/metrics')).text();
  expect(text).toContain('freshet_http_request_duration_seconds_count{route="/v1/items/{id}",method="GET",code="200"} 2');
  expect(text).toContain('freshet_http_request_duration_seconds_count{route="unmatched",method="GET",code="404"} 1');
});

test('says whether it is alive and ready, from registered checks, each bounded', async () => {
  const { server, call } = await start();
  let caughtUp = false;
  server.health.addReadiness('model', () => ({ ok: caughtUp, detail: 'version 7 of 9' }));
  const broken = server.health.addReadiness('database', () => Promise.reject(new Error('away')));
  const verbose = await call('/readyz?verbose');
  expect(verbose.status).toBe(503);
  expect(await verbose.json()).toEqual({ status: 'failing', checks: expect.arrayContaining([{ name: 'model', ok: false, detail: 'version 7 of 9' }, { name: 'database', ok: false, detail: 'away' }]) as unknown });
  broken();
  caughtUp = true;
  expect(await (await call('/readyz')).json()).toEqual({ status: 'ok' });
  expect((await call('/livez')).status).toBe(200);
  server.health.addReadiness('hanging', () => new Promise(() => undefined));
  expect((await call('/readyz')).status).toBe(503);
});

test('describes itself in OpenAPI 3.1 from the schemas that validate', async () => {
  const { call } = await start();
  const document = (await (await call('/openapi.json')).json()) as { openapi: string; info: unknown; paths: Record<string, Record<string, { operationId: string; requestBody?: { content: object }; responses: object }>> };
  expect(document.openapi).toBe('3.1.0');
  expect(document.info).toMatchObject({ title: 'Freshet', version: '9.9.9' });
  expect(Object.keys(document.paths).sort()).toEqual(['/livez', '/readyz', '/v1/events', '/v1/fail/{how}', '/v1/items', '/v1/items/{id}', '/v1/items/{id}:touch', '/v1/version']);
  expect(Object.keys(document.paths['/v1/events']?.['post']?.requestBody?.content ?? {})).toEqual(['application/json', 'application/x-ndjson']);
  expect(document.paths['/v1/items']?.['post']).toMatchObject({ operationId: 'addItem', responses: { 200: {}, default: { content: { 'application/problem+json': {} } } } });
  expect(await (await call('/v1/version')).json()).toEqual({ name: 'Freshet', version: '9.9.9', node: process.version });
});

test('lets a request in flight finish when it closes, and accepts no more', async () => {
  let finish: (() => void) | undefined;
  const { server, call, url } = await start({}, (own) => own.route({
    method: 'GET', path: '/slow', operationId: 'slow', summary: 'Slow', responses: { 200: Type.Object({ ok: Type.Boolean() }) },
    handler: () => new Promise((resolve) => (finish = () => resolve({ body: { ok: true } }))),
  }));
  const pending = call('/slow');
  await vi.waitFor(() => expect(finish).toBeDefined());
  const closing = server.close();
  await vi.waitFor(() => expect(fetch(`${url}/livez`, { headers: { connection: 'close' } })).rejects.toThrow());
  finish?.();
  expect(await (await pending).json()).toEqual({ ok: true });
  await closing;
});

test('cuts a request that is still running when the time to drain is over', async () => {
  let started = false;
  const { server, call } = await start({ drainMs: 20 }, (own) => own.route({
    method: 'GET', path: '/stuck', operationId: 'stuck', summary: 'Stuck', responses: answer,
    handler: () => {
      started = true;
      return new Promise(() => undefined);
    },
  }));
  const pending = call('/stuck').catch((error: unknown) => error);
  await vi.waitFor(() => expect(started).toBe(true));
  await server.close();
  expect(await pending).toBeInstanceOf(TypeError);
});

test('names the port that is taken, and refuses routes that come too late', async () => {
  const { server, url } = await start();
  const port = Number(new URL(url).port);
  await expect(start({ port })).rejects.toMatchObject({ code: 'port_in_use', message: expect.stringContaining(String(port)) as string });
  expect(() => standard(server)).toThrow(/after the server had started/);
});
