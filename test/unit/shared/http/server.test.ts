/** The HTTP base on a real socket. */
import { createLogger } from '@freshet/shared/logger';
import Type from 'typebox';
import { expect, test, vi } from 'vitest';
import { answer, json, problemOf, raw, standard, start } from './site.js';

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
