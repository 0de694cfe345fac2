/** What the HTTP base makes of odd requests: compressed bodies, unknown parameters, methods and origins, strange paths. */
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { sentence } from '@freshet/shared/http/problem';
import Type from 'typebox';
import { answer, json, problemOf, raw, start } from './site.js';

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

test('names the values there are where another one was sent, once, and ends its sentences once', async () => {
  const { call } = await start({}, (server) => {
    const words = Type.Union([Type.Literal('up'), Type.Literal('down')]);
    const query = Type.Object({ way: Type.Optional(words), only: Type.Optional(Type.Literal('x')) }, { additionalProperties: false });
    server.route({ method: 'GET', path: '/v1/ways', operationId: 'ways', summary: 'Ways', query, responses: answer, handler: ({ query: { way } }) => ({ body: { id: way ?? '' } }) });
  });
  expect((await call('/v1/ways?way=up')).status).toBe(200);
  expect(await problemOf(await call('/v1/ways?way=left'))).toMatchObject({
    status: 422,
    detail: "The request doesn't fit: /query/way must be one of up, down.",
    errors: [{ pointer: '/query/way', code: 'const', detail: 'must be one of up, down' }],
  });
  expect(await problemOf(await call('/v1/ways?only=y'))).toMatchObject({ errors: [{ pointer: '/query/only', code: 'const', detail: 'must be x' }] });
  expect(['is x', 'is x.', 'is it x?'].map(sentence)).toEqual(['is x.', 'is x.', 'is it x?']);
});

test('answers HEAD where GET is, and OPTIONS with what there is', async () => {
  const { call } = await start();
  const head = await call('/v1/items/a', { method: 'HEAD' });
  expect([head.status, Number(head.headers.get('content-length')) > 0, await head.text()]).toEqual([200, true, '']);
  expect((await call('/v1/items', { method: 'HEAD' })).status).toBe(405);
  const options = await call('/v1/items', { method: 'OPTIONS' });
  expect([options.status, options.headers.get('allow'), await options.text()]).toEqual([204, 'POST, OPTIONS', '']);
  // Without configured origins no page of another one is told that it may write.
  expect(options.headers.get('access-control-allow-origin')).toBeNull();
  expect((await call('/nothing', { method: 'OPTIONS' })).status).toBe(404);
});

test('lets browsers send JSON from pages of configured origins, and from no others', async () => {
  const { call } = await start({ allowedOrigins: ['https://shop.example'] });
  const ask = (origin: string): Promise<Response> => call('/v1/items', { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type' } });
  const told = (response: Response): unknown[] => ['origin', 'methods', 'headers'].map((name) => response.headers.get(`access-control-allow-${name}`));
  expect(told(await ask('https://shop.example'))).toEqual(['https://shop.example', 'POST, OPTIONS', 'content-type, content-encoding, idempotency-key, prefer, x-request-id']);
  const foreign = await ask('https://evil.example');
  expect([...told(foreign), foreign.headers.get('vary')]).toEqual([null, null, null, 'origin']);
  const written = await call('/v1/items', json('{"id":"a","n":1}', { origin: 'https://shop.example' }));
  expect([written.status, written.headers.get('access-control-allow-origin')]).toEqual([200, 'https://shop.example']);
  // A refusal can be read by the page too.
  expect((await call('/v1/items', json('{', { origin: 'https://shop.example' }))).headers.get('access-control-allow-origin')).toBe('https://shop.example');
});

test('answers paths that no id can have with a problem', async () => {
  const { call, url } = await start();
  expect(await problemOf(await call(`/v1/items/${'x'.repeat(5_000)}`))).toMatchObject({ status: 414, code: 'uri_too_long' });
  expect(await raw(url, 'GET /v1/items/%zz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')).toMatch(/^HTTP\/1.1 400 [^]*"code":"malformed_url"/);
  expect(await raw(url, 'GET /livez HTTP/1.1\r\nConnection: close\r\n\r\n')).toMatch(/^HTTP\/1.1 400 [^]*"code":"host_missing"/);
  expect(await raw(url, 'GET /livez HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nConnection: close\r\n\r\n')).toMatch(/^HTTP\/1.1 400 [^]*"code":"malformed_request"/);
});
