/** The pages about the API, as a browser gets them: made from the schemas, escaped, without a script. */
import { createHttpServer, type HttpServer } from '@freshet/shared/http/server';
import { PROBLEMS } from '@freshet/shared/http/problems/catalogue';
import { silentLogger } from '@freshet/shared/logger';
import { createMetrics } from '@freshet/shared/metrics';
import Type from 'typebox';
import { afterAll, beforeAll, expect, test } from 'vitest';

let server: HttpServer;
let url = '';

beforeAll(async () => {
  server = createHttpServer({ host: '127.0.0.1', port: 0, metrics: createMetrics({ processMetrics: false }), log: silentLogger, name: 'Fresh <b>shop</b>', version: '1.2.3' });
  server.route({
    method: 'PUT', path: '/v1/things/{id}', operationId: 'putThing', summary: 'Write a thing', tags: ['things'],
    params: Type.Object({ id: Type.String() }),
    query: Type.Object({ size: Type.Optional(Type.Integer({ minimum: 1, maximum: 9, default: 2, description: 'How `large`; <script>alert(1)</script>' })) }),
    body: Type.Object({ title: Type.String({ maxLength: 20, description: 'Its name.' }), tags: Type.Optional(Type.Array(Type.String())) }),
    responses: { 202: Type.Object({ id: Type.String() }, { description: 'Written' }) },
    example: { params: { id: 'a/b' }, query: { size: 3 }, body: { title: "it's <new>" } },
    handler: ({ params }) => ({ status: 202, body: params }),
  });
  url = await server.listen();
});
afterAll(() => server.close());

async function get(path: string): Promise<{ readonly text: string; readonly headers: Headers }> {
  const response = await fetch(url + path);
  expect(response.status).toBe(200);
  return { text: await response.text(), headers: response.headers };
}

test('/docs shows each call with its parameters, body, answers and a command that makes it', async () => {
  const { text, headers } = await get('/docs');
  expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(text).toContain('<code>/v1/things/{id}</code>');
  expect(text).toContain('<td>whole number 1–9, else 2</td>');
  expect(text).toContain('<td>text, up to 20 characters</td><td><em>needed.</em> Its name.</td>');
  expect(text).toContain('<td>202</td><td>Written</td><td><code>id</code> </td>');
  expect(text).toContain('curl -s -X PUT &#39;http://127.0.0.1:8080/v1/things/a%2Fb?size=3&#39;');
});

test('what comes from schemas and examples can’t become markup, and no page may run or load anything of others', async () => {
  for (const path of ['/docs', '/docs/errors']) {
    const { text, headers } = await get(path);
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(headers.get('content-security-policy')).not.toContain('unsafe');
    expect(text).not.toMatch(/<script|<b>shop|style=|https?:\/\/(?!127\.0\.0\.1:8080|shop\.example)/);
    for (const [, address = ''] of text.matchAll(/(?:href|src)="([^"#]+)/g)) expect((await fetch(url + address)).status).toBe(200);
  }
  expect((await get('/docs')).text).toContain('How <code>large</code>; &lt;script&gt;alert(1)&lt;/script&gt;');
});

test('the type of every problem points to a place on /docs/errors that says what it means', async () => {
  const { text } = await get('/docs/errors');
  for (const { code, title } of PROBLEMS) {
    expect(text).toContain(`<section id="${code}">`);
    expect(text).toContain(`<strong>${title}.</strong>`);
  }
  const problem = (await (await fetch(`${url}/nothing`)).json()) as { type: string; title: string };
  expect(problem).toMatchObject({ type: '/docs/errors#route_not_found', title: 'Nothing here' });
});

test('/openapi.json carries the example in parameters, body and a command', async () => {
  const document = JSON.parse((await get('/openapi.json')).text) as { paths: Record<string, Record<string, { parameters: unknown; requestBody: { content: Record<string, unknown> }; 'x-codeSamples': { source: string }[] }>> };
  const operation = document.paths['/v1/things/{id}']?.['put'];
  expect(operation?.parameters).toMatchObject([{ name: 'size', example: 3 }, { name: 'id', example: 'a/b' }]);
  expect(operation?.requestBody.content['application/json']).toMatchObject({ example: { title: "it's <new>" } });
  expect(operation?.['x-codeSamples'][0]?.source).toContain(String.raw`-d '{"title":"it'\''s <new>"}'`);
});
