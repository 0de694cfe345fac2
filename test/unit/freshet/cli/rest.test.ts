/** Against a real server on a real socket. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createRestClient, type RestClient } from 'freshet/cli/rest';
import { FreshetError, UsageError } from '@freshet/shared/errors';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

interface Seen {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly type: string | undefined;
  readonly body: string;
}

async function serve(answer: (response: ServerResponse, count: number) => void): Promise<{ client: RestClient; seen: Seen[] }> {
  const seen: Seen[] = [];
  const read = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    seen.push({ method: request.method, url: request.url, type: request.headers['content-type'], body });
    answer(response, seen.length);
  };
  const server = createServer((request, response) => void read(request, response));
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { client: createRestClient({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` }), seen };
}

const problem = (response: ServerResponse, status: number, body: object): void => {
  response.writeHead(status, { 'content-type': 'application/problem+json' }).end(JSON.stringify(body));
};

async function failure(work: Promise<unknown>): Promise<FreshetError> {
  const error = await work.then(() => undefined, (thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(FreshetError);
  return error as FreshetError;
}

describe('the REST client', () => {
  it('sends JSON, NDJSON and queries, and reads JSON and text', async () => {
    const { client, seen } = await serve((response) => response.end('{"ok":true}'));
    expect(await client.get('/v1/items', { query: { cursor: 'a b&c', limit: 5, all: undefined } })).toEqual({ ok: true });
    expect(await client.post('/v1/events', [{ id: 'e1' }])).toEqual({ ok: true });
    await client.postLines('/v1/events', ['{"id":"e1"}', '{"id":"e2"}']);
    await client.put('/v1/items/1', { title: 'Mug' });
    await client.delete('/v1/items/1');
    expect(await client.text('/metrics')).toBe('{"ok":true}');
    expect(seen).toEqual([
      { method: 'GET', url: '/v1/items?cursor=a+b%26c&limit=5', type: undefined, body: '' },
      { method: 'POST', url: '/v1/events', type: 'application/json', body: '[{"id":"e1"}]' },
      { method: 'POST', url: '/v1/events', type: 'application/x-ndjson', body: '{"id":"e1"}\n{"id":"e2"}' },
      { method: 'PUT', url: '/v1/items/1', type: 'application/json', body: '{"title":"Mug"}' },
      { method: 'DELETE', url: '/v1/items/1', type: undefined, body: '' },
      { method: 'GET', url: '/metrics', type: undefined, body: '' },
    ]);
  });

  it('tells a problem in one sentence with what is wrong where, and keeps its code', async () => {
    const errors = [1, 2, 3, 4, 5].map((n) => ({ pointer: `/${n}/price`, code: 'range', detail: `bad ${n}` }));
    const { client } = await serve((response) => problem(response, 422, { code: 'invalid', detail: 'The body is not acceptable.', errors }));
    const error = await failure(client.post('/v1/items:batch', []));
    expect(error).toMatchObject({ code: 'invalid', retryable: false });
    expect(error.message).toBe('The body is not acceptable. (/1/price: bad 1; /2/price: bad 2; /3/price: bad 3; and 2 more)');
  });

  it('says what to do when nothing listens, and keeps why', async () => {
    const { client } = await serve(() => undefined);
    for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
    const error = await failure(client.get('/readyz'));
    expect(error).toMatchObject({ code: 'nothing_answers', retryable: true });
    expect(error.message).toBe(`nothing answers at ${client.url}: start Freshet with \`freshet start\`, or give --url`);
    expect(String(error.cause)).toContain('ECONNREFUSED');
  });

  it('gives up on an answer that does not come', async () => {
    const { client } = await serve(() => undefined);
    const error = await failure(client.get('/readyz', { timeoutMs: 50 }));
    expect(error.code).toBe('no_answer');
    expect(error.message).toMatch(/did not answer GET \/readyz within 0.05 s/);
  });

  it.each([
    [(response: ServerResponse) => response.writeHead(404).end('<html>Apache</html>'), /answered with 404, and not by Freshet/],
    [(response: ServerResponse) => response.end('<html>hello</html>'), /not JSON/],
  ])('recognises a stranger on the port', async (answer, sentence) => {
    const { client } = await serve(answer);
    const error = await failure(client.get('/v1/models'));
    expect(error.code).toBe('unexpected_answer');
    expect(error.message).toMatch(sentence);
  });

  it('tries again what may succeed later, when told to, and nothing else', async () => {
    const later = await serve((response, count) => {
      if (count < 3) response.writeHead(503, { 'retry-after': '0' }).end('{"code":"backlog","detail":"Too far behind."}');
      else response.end('{"count":3}');
    });
    expect(await later.client.post('/v1/events', [], { retryMs: 5_000 })).toEqual({ count: 3 });
    const patient = await serve((response) => response.writeHead(503, { 'retry-after': '60' }).end('{"code":"backlog","detail":"Too far behind."}'));
    expect(await failure(patient.client.post('/v1/events', [], { retryMs: 5_000 }))).toMatchObject({ code: 'backlog', retryable: true });
    const never = await serve((response) => problem(response, 422, { code: 'invalid', detail: 'No.' }));
    await failure(never.client.post('/v1/events', [], { retryMs: 5_000 }));
    expect([later.seen.length, patient.seen.length, never.seen.length]).toEqual([3, 1, 1]);
  });

  it('ends at once when it is told to', async () => {
    const { client } = await serve((response) => response.writeHead(503, { 'retry-after': '30' }).end('{"code":"backlog","detail":"."}'));
    const stop = new AbortController();
    const work = client.get('/x', { retryMs: 60_000, signal: stop.signal });
    stop.abort();
    await expect(work).rejects.toThrow(/abort/i);
  });

  it.each(['nonsense', 'ftp://shop', '127.0.0.1:8080', 'postgres://x'])('refuses %s as an address', (url) => {
    expect(() => createRestClient({ url })).toThrow(UsageError);
  });
});
