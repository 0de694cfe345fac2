/** Files of a page on a real socket. */
import { createHttpServer } from '@freshet/shared/http/server';
import { registerStaticFiles } from '@freshet/shared/http/static-files';
import { silentLogger } from '@freshet/shared/logger';
import { createMetrics } from '@freshet/shared/metrics';
import { request } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';

const script = 'export const long = 1;\n'.repeat(100);
const files = [
  { name: 'index.html', bytes: Buffer.from('<!doctype html><title>é</title>') },
  { name: 'main.js', bytes: Buffer.from(script) },
  { name: 'icon.svg', bytes: Buffer.from('<svg/>') },
  { name: 'odd', bytes: Buffer.from([0, 1, 2]) },
];

async function open() {
  const server = createHttpServer({ host: '127.0.0.1', port: 0, metrics: createMetrics({ processMetrics: false }), log: silentLogger, name: 'page', version: 'test' });
  registerStaticFiles(server, { prefix: '/page', files, index: 'index.html' });
  const url = await server.listen();
  return { url, [Symbol.asyncDispose]: () => server.close() };
}

interface Raw {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** Without what `fetch` adds and decodes by itself. */
function get(url: string, headers: Record<string, string> = {}): Promise<Raw> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { headers }, (answer) => {
      const parts: Buffer[] = [];
      answer.on('data', (part: Buffer) => parts.push(part));
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(parts) }));
    });
    asked.on('error', reject);
    asked.end();
  });
}

test('every file has its media type and the policy under which nothing comes from elsewhere', async () => {
  await using site = await open();
  const types = { '/': 'text/html; charset=utf-8', '/page/index.html': 'text/html; charset=utf-8', '/page/main.js': 'text/javascript; charset=utf-8', '/page/icon.svg': 'image/svg+xml', '/page/odd': 'application/octet-stream' };
  for (const [path, type] of Object.entries(types)) {
    const { status, headers } = await get(site.url + path);
    expect([path, status, headers['content-type']]).toEqual([path, 200, type]);
    expect(headers['content-security-policy']).toBe("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
    expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer', 'cache-control': 'no-cache' });
  }
  expect((await get(`${site.url}/`)).body).toEqual(files[0]?.bytes);
});

test('a file that the browser still has is not sent again; a changed one is', async () => {
  await using site = await open();
  const first = await get(`${site.url}/page/main.js`);
  const tag = String(first.headers['etag']);
  const again = await get(`${site.url}/page/main.js`, { 'if-none-match': `"other", ${tag}` });
  expect([again.status, again.body.length, again.headers['etag']]).toEqual([304, 0, tag]);
  expect((await get(`${site.url}/page/main.js`, { 'if-none-match': '"other"' })).status).toBe(200);
});

test('text is compressed as every answer is', async () => {
  await using site = await open();
  const packed = await get(`${site.url}/page/main.js`, { 'accept-encoding': 'gzip, deflate' });
  expect(packed.headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'accept-encoding', 'content-type': 'text/javascript; charset=utf-8' });
  expect(packed.body.length).toBeLessThan(script.length / 5);
  expect(gunzipSync(packed.body).toString()).toBe(script);
});

test('what is not in the table is a 404, however it is asked for', async () => {
  await using site = await open();
  for (const path of ['/page/', '/page/none.js', '/page/..%2F..%2Fpackage.json', '/page/__proto__', '/page/sub/main.js']) {
    expect([path, (await get(site.url + path)).status]).toEqual([path, 404]);
  }
});
