/** The parts of the HTTP base that need no socket: host and content checks, paths, JSON, problems. */
import { CapacityError, FencedError, UnavailableError, UsageError } from '@freshet/shared/errors';
import { checkContent, checkHost, checkOrigin, checkSingleHost, hostPolicy } from '@freshet/shared/http/guards';
import { parseJson } from '@freshet/shared/http/parse-json';
import { problem, problemBody, toProblem } from '@freshet/shared/http/problem';
import { methodsAt, routerPath } from '@freshet/shared/http/route';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

describe('the host check', () => {
  const policy = hostPolicy(['Shop.example', 'freshet']);
  test.each(['localhost', 'localhost:8080', 'LOCALHOST', 'demo.localhost:1', '127.0.0.1:8080', '10.1.2.3', '[::1]:8080', 'shop.example', 'SHOP.example:443', 'freshet:80'])('lets %s in', (host) => {
    expect(checkHost(policy, host)).toBeUndefined();
  });
  test.each(['', 'evil.example', 'shop.example.evil.example', 'localhost.evil.example', 'a@localhost', 'localhost/x', 'localhost:x', '127.0.0.1.nip.io', 'xlocalhost'])('answers 421 for %s', (host) => {
    expect(checkHost(policy, host)).toMatchObject({ status: 421, code: 'host_not_allowed' });
  });
  test('answers 400 for none, and for two', () => {
    expect(checkHost(policy, undefined)).toMatchObject({ status: 400, code: 'host_missing' });
    expect(checkSingleHost(['Host', 'localhost', 'X', 'host', 'hOsT', 'evil.example'])).toMatchObject({ status: 400, code: 'malformed_request' });
    expect(checkSingleHost(['Host', 'localhost', 'X', 'host'])).toBeUndefined();
  });
  test('lets every name in behind a proxy that checks', () => {
    expect(checkHost(hostPolicy(['*']), 'anything.example')).toBeUndefined();
  });
});

describe('the origin check', () => {
  const policy = { origins: new Set(['https://shop.example']) };
  test('lets programs, own pages and configured pages write, and no others', () => {
    expect(checkOrigin(policy, undefined, 'localhost:8080')).toBeUndefined();
    expect(checkOrigin(policy, 'http://localhost:8080', 'localhost:8080')).toBeUndefined();
    expect(checkOrigin(policy, 'https://shop.example', 'localhost:8080')).toBeUndefined();
    for (const origin of ['null', 'http://evil.example', 'http://localhost:9999', 'https://shop.example.evil.example']) {
      expect(checkOrigin(policy, origin, 'localhost:8080')).toMatchObject({ status: 403 });
    }
  });
});

describe('the content check', () => {
  const json = ['application/json'];
  test.each([
    [json, { 'content-type': 'application/json', 'content-length': '2' }],
    [json, { 'content-type': 'Application/JSON; charset=utf-8', 'content-length': '2' }],
    [json, { 'content-type': 'application/json;charset="UTF8"', 'content-length': '2' }],
    [json, { 'content-type': 'application/json', 'content-encoding': 'GZip', 'content-length': '2' }],
    [[], {}],
    [[], { 'content-type': 'application/json', 'content-length': '2' }],
  ])('for %j lets %j in', (accepted, headers) => {
    expect(checkContent(accepted, headers)).toBeUndefined();
  });
  test.each([
    [json, {}],
    [json, { 'content-type': 'text/plain', 'content-length': '2' }],
    [json, { 'content-type': 'application/json-seq', 'content-length': '2' }],
    [json, { 'content-type': 'application/json', 'content-encoding': 'zstd', 'content-length': '2' }],
    [json, { 'content-type': 'application/json', 'content-encoding': 'gzip, gzip', 'content-length': '2' }],
    [json, { 'content-type': 'application/json; charset=iso-8859-1', 'content-length': '2' }],
    [[], { 'content-type': 'application/x-www-form-urlencoded', 'content-length': '2' }],
  ])('for %j answers 415 to %j', (accepted, headers) => {
    expect(checkContent(accepted, headers)).toMatchObject({ status: 415 });
  });
});

describe('a path', () => {
  test.each([
    ['/v1/items/{id}', '/v1/items/:id'],
    ['/v1/items:batch', '/v1/items::batch'],
    ['/v1/users/{id}:merge', '/v1/users/:id(.+)::merge'],
    ['/v1/a/{b}/c/{d}', '/v1/a/:b/c/:d'],
  ])('%s is %s for the router', (path, expected) => {
    expect(routerPath(path)).toBe(expected);
  });

  test('knows the methods it has', () => {
    const routes = [
      { method: 'GET', path: '/v1/items/{id}' },
      { method: 'PUT', path: '/v1/items/{id}' },
      { method: 'POST', path: '/v1/items:batch' },
    ] as const;
    expect(methodsAt(routes, '/v1/items/a.b?x=1')).toEqual(['GET', 'PUT', 'HEAD', 'OPTIONS']);
    expect(methodsAt(routes, '/v1/items:batch')).toEqual(['POST', 'OPTIONS']);
    expect(methodsAt(routes, '/v1/items')).toEqual([]);
  });
});

describe('JSON', () => {
  test('is what JSON.parse makes of it', () => {
    fc.assert(fc.property(fc.json(), (text) => {
      fc.pre(!/__proto__|constructor/.test(text));
      expect(parseJson(text)).toEqual(JSON.parse(text));
    }));
  });
  test('may start with a byte order mark and hold harmless words', () => {
    expect(parseJson('\uFEFF{"a":"__proto__","constructor":"Lego"}')).toEqual({ a: '__proto__', constructor: 'Lego' });
  });
  test.each(['{"__proto__":{"x":1}}', '[{"a":[{"__proto__":null}]}]', '{"\\u005f_proto__":1}', '{"constructor":{"prototype":{}}}', '{"c\\u006fnstructor":{"prototype":1}}', '[null,{"__proto__":1}]'])('refuses %s', (text) => {
    expect(() => parseJson(text)).toThrow(/prototype/);
  });
  test('refuses what is not JSON with 400', () => {
    for (const text of ['', '{', '{"a":1}x', 'undefined']) expect(() => parseJson(text)).toThrow(expect.objectContaining({ status: 400, code: 'malformed_json' }) as Error);
  });
  test('survives depth', () => {
    const deep = `${'[1,"constructor",'.repeat(5_000)}0${']'.repeat(5_000)}`;
    expect(Array.isArray(parseJson(deep))).toBe(true);
  });
});

describe('a problem', () => {
  test.each([
    [new CapacityError('adjustments', 'full'), 507, 'capacity'],
    [new UnavailableError('disk_full', 'full'), 503, 'disk_full'],
    [new UnavailableError('postgres', 'away'), 503, 'unavailable'],
    [new UsageError('database_refused', 'secret password'), 503, 'misconfigured'],
    [new FencedError('fenced', 'secret inner detail'), 500, 'internal'],
    [new TypeError('secret inner detail'), 500, 'internal'],
    ['a string', 500, 'internal'],
  ])('of %s is %i %s', (thrown, status, code) => {
    const body = problemBody(toProblem(thrown), 'r1');
    expect(body).toMatchObject({ status, code, type: `/docs/errors#${code}`, request_id: 'r1' });
    expect(JSON.stringify(body)).not.toContain('secret');
  });
  test('of back-pressure says when to come again', () => {
    expect(problem(503, 'trainer_behind', { detail: 'too deep' }).headers).toEqual({ 'retry-after': '1' });
    expect(problem(404, 'item_not_found', { detail: 'none' }).headers).toEqual({});
  });
});
