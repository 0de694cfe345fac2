/**
 * Requests made at random from the API's own OpenAPI document, right ones and wrong ones, sent to a real process: none is answered with
 * 500, what is refused is a problem that the document knows, and in the end the process serves as before.
 */
import fc, { type Arbitrary } from 'fast-check';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openShop } from '../support/api-client.js';
import { endAll, type FreshetCommand, startFreshet } from '../support/freshet-command.js';
import { fromSchema, type JsonSchema } from '../support/from-schema.js';
import { createDatabase, type TestDatabase } from '../support/postgres.js';
import { documents } from '../support/small-shop.js';

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly schema?: JsonSchema;
}

interface Operation {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema?: JsonSchema; readonly example?: unknown }>> };
}

interface Call {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
}

interface Attempt {
  readonly path: Readonly<Record<string, unknown>>;
  readonly query: Readonly<Record<string, unknown>>;
  readonly body: unknown;
}

const REQUESTS = 40;
const SEED = 20_261_128;
/** A process that refits, or answers from one version for good, would make the rest of the run slow, or blind. */
const LEFT_OUT = /^POST \/v1\/models\/refits$|^PUT \/v1\/models\/labels/;

let database: TestDatabase;
let freshet: FreshetCommand;
let calls: readonly Call[];

beforeAll(async () => {
  database = await createDatabase();
  freshet = await startFreshet({ command: 'start', args: ['--database-url', database.url, '--demo', 'off', '--max-items', '4096'] });
  await freshet.ready();
  await openShop(freshet.url).describe(documents());
  const { paths } = (await (await fetch(`${freshet.url}/openapi.json`)).json()) as { paths: Record<string, Record<string, Operation>> };
  calls = Object.entries(paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })));
});
afterAll(async () => {
  await endAll();
  await database.drop();
});

function attempts({ operation }: Call): Arbitrary<Attempt> {
  const at = (place: string): Arbitrary<Record<string, unknown>> => {
    const wanted = (operation.parameters ?? []).filter((one) => one.in === place);
    const values = Object.fromEntries(wanted.map(({ name, schema }) => [name, fromSchema(schema)]));
    return fc.record(values, { requiredKeys: wanted.filter(({ required }) => required === true).map(({ name }) => name) });
  };
  const json = operation.requestBody?.content['application/json'];
  // Half of the bodies have the example's shape in part, so that what lies behind validation is reached, too.
  const body = json === undefined ? fc.constant(undefined) : fc.oneof(fromSchema(json.schema), partsOf(json.example, json.schema));
  return fc.record({ path: at('path'), query: at('query'), body });
}

function partsOf(example: unknown, schema: JsonSchema | undefined): Arbitrary<unknown> {
  if (typeof example !== 'object' || example === null || Array.isArray(example)) return fc.oneof(fc.constant(example), fromSchema(schema));
  const entries = Object.entries(example);
  return fc.tuple(fc.subarray(entries), fc.subarray(Object.entries(schema?.properties ?? {}), { maxLength: Math.min(3, Object.keys(schema?.properties ?? {}).length) })).chain(([kept, more]) =>
    fc.record(Object.fromEntries(more.map(([name, one]) => [name, fromSchema(one)]))).map((random) => ({ ...Object.fromEntries(kept), ...random })),
  );
}

function addressOf(call: Call, { path, query }: Attempt): string {
  const filled = Object.entries(path).reduce((text, [name, value]) => text.replace(`{${name}}`, encodeURIComponent(textOf(value)) || 'x'), call.path);
  const search = new URLSearchParams(Object.entries(query).map(([name, value]): [string, string] => [name, textOf(value)])).toString();
  return `${freshet.url}${filled}${search === '' ? '' : `?${search}`}`;
}

/** A lone surrogate can't be percent-encoded. */
function textOf(value: unknown): string {
  return Buffer.from(typeof value === 'string' ? value : (JSON.stringify(value) ?? ''), 'utf8').toString('utf8');
}

async function send(call: Call, attempt: Attempt): Promise<Response> {
  const body = attempt.body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(attempt.body) };
  return fetch(addressOf(call, attempt), { method: call.method, signal: AbortSignal.timeout(20_000), ...body });
}

test('no request that can be made from the document is answered with a failure, and what is refused is a problem', { timeout: 400_000 }, async () => {
  const statuses = new Map<number, number>();
  for (const call of calls) {
    const what = `${call.method} ${call.path}`;
    if (LEFT_OUT.test(what)) continue;
    await fc.assert(
      fc.asyncProperty(attempts(call), async (attempt) => {
        const response = await send(call, attempt);
        const text = await response.text();
        statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
        if (response.status >= 500) throw new Error(`${what} was answered with ${response.status}: ${text}`);
        const type = response.headers.get('content-type') ?? '';
        if (response.status >= 400) expect([what, type.split(';')[0], JSON.parse(text)]).toMatchObject([what, 'application/problem+json', { code: expect.any(String) as string, status: response.status }]);
      }),
      { numRuns: REQUESTS, seed: SEED, endOnFailure: true },
    );
  }
  console.info(`requests by status: ${[...statuses].sort(([a], [b]) => a - b).map(([status, count]) => `${status}: ${count}`).join(', ')}`);
  // A fuzzer that is always refused, or never, has tried nothing.
  const count = (from: number, to: number): number => [...statuses].reduce((sum, [status, n]) => sum + (status >= from && status < to ? n : 0), 0);
  expect(count(200, 300)).toBeGreaterThan(100);
  expect(count(400, 500)).toBeGreaterThan(100);
});

test('afterwards it is ready, answers, and learns', async () => {
  const shop = openShop(freshet.url);
  const sequence = await shop.send([{ id: 'after-1', type: 'view', user_id: 'after', item_id: 'rugs-7' }]);
  for (let tries = 0; tries < 200; tries++) {
    const answer = await fetch(`${freshet.url}/v1/users/after/recommendations?limit=3&after_sequence=${sequence}`);
    if (answer.status === 200) {
      expect(await answer.json()).toMatchObject({ fallback: 'personal' });
      expect((await fetch(`${freshet.url}/readyz`)).status).toBe(200);
      expect(freshet.stderr()).not.toMatch(/"level":"error"/);
      return;
    }
    await sleep(100);
  }
  throw new Error('it never learned the event');
});
