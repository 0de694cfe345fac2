/** What the HTTP base does with answers: compression, entity tags, deadlines, work that waits. */
import type { HttpServer } from '@freshet/shared/http/server';
import { request } from 'node:http';
import Type from 'typebox';
import { gunzipSync, brotliDecompressSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { json, problemOf, start } from './site.js';

const TEXT = 'freshet '.repeat(400);

/** `fetch` decompresses and hides what was sent. */
function sentBytes(url: string, headers: Record<string, string>): Promise<{ readonly headers: Record<string, unknown>; readonly body: Buffer }> {
  return new Promise((resolve, reject) => {
    request(url, { headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve({ headers: response.headers, body: Buffer.concat(chunks) }));
    })
      .on('error', reject)
      .end();
  });
}

function shop(server: HttpServer): void {
  const state = { text: TEXT };
  server.route({
    method: 'GET', path: '/v1/items', operationId: 'items', summary: 'Long', responses: { 200: Type.Object({ text: Type.String() }) }, revalidated: true,
    handler: () => Promise.resolve({ body: state }),
  });
  server.route({
    method: 'GET', path: '/v1/long', operationId: 'long', summary: 'Long', responses: { 200: Type.Object({ text: Type.String() }) },
    handler: () => ({ body: state }),
  });
  server.route({
    method: 'GET', path: '/v1/short', operationId: 'short', summary: 'Short', responses: { 200: Type.Object({ text: Type.String() }) },
    handler: () => ({ body: { text: 'short' } }),
  });
  server.route({
    method: 'POST', path: '/v1/items', operationId: 'change', summary: 'Change', body: Type.Object({ text: Type.String() }), responses: { 200: Type.Object({}) },
    handler: ({ body }) => {
      state.text = body.text;
      return { body: {} };
    },
  });
}

test('a long answer is compressed as the client likes it, a short one and one for a client that takes nothing is not', async () => {
  const { url } = await start({}, shop);
  const br = await sentBytes(`${url}/v1/long`, { 'accept-encoding': 'gzip, br' });
  expect(br.headers['content-encoding']).toBe('br');
  expect(br.headers['vary']).toMatch(/accept-encoding/i);
  expect(JSON.parse(brotliDecompressSync(br.body).toString())).toEqual({ text: TEXT });
  const gzip = await sentBytes(`${url}/v1/items`, { 'accept-encoding': 'gzip' });
  expect(gzip.headers['content-encoding']).toBe('gzip');
  expect(JSON.parse(gunzipSync(gzip.body).toString())).toEqual({ text: TEXT });
  for (const [path, accepted] of [['/v1/short', 'br'], ['/v1/long', 'identity'], ['/v1/long', 'gzip;q=0']] as const) {
    const plain = await sentBytes(url + path, { 'accept-encoding': accepted });
    expect(plain.headers['content-encoding'], `${path} ${accepted}`).toBeUndefined();
    expect(JSON.parse(plain.body.toString())).toHaveProperty('text');
  }
});

test('what may be revalidated has a tag: unchanged it is 304 without a body, changed it is sent, whatever the encoding', async () => {
  const { url, call } = await start({}, shop);
  const first = await call('/v1/items');
  const tag = first.headers.get('etag') ?? '';
  expect(tag).toMatch(/^W\/"/);
  expect(first.headers.get('cache-control')).toBe('no-cache');
  for (const accepted of ['gzip', 'br', 'identity']) {
    const again = await sentBytes(`${url}/v1/items`, { 'if-none-match': tag, 'accept-encoding': accepted });
    expect(again.body.length).toBe(0);
    expect(again.headers['etag']).toBe(tag);
  }
  for (const known of [tag, tag.slice(2), `"other", ${tag}`, '*']) expect([known, (await call('/v1/items', { headers: { 'if-none-match': known } })).status]).toEqual([known, 304]);
  await call('/v1/items', json('{"text":"another"}'));
  const changed = await call('/v1/items', { headers: { 'if-none-match': tag } });
  expect(changed.status).toBe(200);
  expect(await changed.json()).toEqual({ text: 'another' });
  expect(changed.headers.get('etag')).not.toBe(tag);
});

test('an answer that changes all the time has no tag and is not stored', async () => {
  const { call } = await start({}, shop);
  const answer = await call('/v1/long');
  expect(answer.headers.get('etag')).toBeNull();
  expect(answer.headers.get('cache-control')).toBe('no-store');
});

function slow(deadlineMs: number, maxInFlight: number, waiting: (() => void)[]) {
  return (server: HttpServer): void =>
    server.route({
      method: 'GET', path: '/v1/slow', operationId: 'slow', summary: 'Slow', responses: { 200: Type.Object({ done: Type.Boolean() }) }, deadlineMs, maxInFlight,
      handler: () => new Promise((resolve) => void waiting.push(() => resolve({ body: { done: true } }))),
    });
}

test('a handler past its deadline is answered for with 503, once, and its late result is dropped', async () => {
  const waiting: (() => void)[] = [];
  const { call } = await start({}, slow(500, 10, waiting));
  const late = await call('/v1/slow');
  expect(late.status).toBe(503);
  expect(late.headers.get('retry-after')).toBe('1');
  expect(await problemOf(late)).toMatchObject({ code: 'deadline_exceeded' });
  for (const end of waiting.splice(0)) end();
  const next = call('/v1/slow');
  await expect.poll(() => waiting.length).toBe(1);
  waiting[0]?.();
  expect(await (await next).json()).toEqual({ done: true });
});

test('more requests than may wait are refused at once, and a place is free again when the work has ended, not when it was answered', async () => {
  const waiting: (() => void)[] = [];
  const { call } = await start({}, slow(500, 2, waiting));
  const held = [call('/v1/slow'), call('/v1/slow')];
  await expect.poll(() => waiting.length).toBe(2);
  const refused = await call('/v1/slow');
  expect(await problemOf(refused)).toMatchObject({ status: 503, code: 'too_many_in_flight' });
  for (const one of await Promise.all(held)) expect((await problemOf(one))['code']).toBe('deadline_exceeded');
  expect((await problemOf(await call('/v1/slow')))['code']).toBe('too_many_in_flight');
  waiting.shift()?.();
  const free = call('/v1/slow');
  await expect.poll(() => waiting.length).toBe(2);
  waiting[1]?.();
  expect((await free).status).toBe(200);
});
