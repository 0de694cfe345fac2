/**
 * Routes, specification and examples are one: every route in /openapi.json has an example, and each, sent to a real process
 * as the document gives it, is answered with success and with what its schema says.
 */
import Schema from 'typebox/schema';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openShop } from '../support/api-client.js';
import { endAll, type FreshetCommand, startFreshet } from '../support/freshet-command.js';
import { createDatabase, type TestDatabase } from '../support/postgres.js';
import { until } from '../support/until.js';

interface Media {
  readonly schema: object;
  readonly example?: unknown;
}

interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required?: boolean; readonly example?: unknown }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, Media>> };
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, Media>> }>>;
  readonly 'x-codeSamples'?: readonly { readonly source: string }[];
}

interface Call {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
}

let database: TestDatabase;
let freshet: FreshetCommand;
let calls: readonly Call[];

beforeAll(async () => {
  database = await createDatabase();
  freshet = await startFreshet({ command: 'start', args: ['--database-url', database.url, '--demo', 'off', '--max-items', '4096'] });
  await freshet.ready();
  const { paths } = (await (await fetch(`${freshet.url}/openapi.json`)).json()) as { paths: Record<string, Record<string, Operation>> };
  calls = Object.entries(paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })));
});
afterAll(async () => {
  await endAll();
  await database.drop();
});

/** `list`: a list's id that this process has given out, for the one of the example. */
function addressOf({ path, operation }: Call, list?: string): string {
  const examples = (operation.parameters ?? []).filter(({ example }) => example !== undefined);
  const given = examples.map((one) => (one.name === 'recommendation_id' && list !== undefined ? { ...one, example: list } : one));
  const filled = given.filter((one) => one.in === 'path').reduce((text, { name, example }) => text.replace(`{${name}}`, encodeURIComponent(String(example))), path);
  const query = new URLSearchParams(given.filter((one) => one.in === 'query').map(({ name, example }): [string, string] => [name, String(example)])).toString();
  return `${freshet.url}${filled}${query === '' ? '' : `?${query}`}`;
}

async function send(call: Call, mediaType: string | undefined): Promise<number> {
  const example = mediaType === undefined ? undefined : call.operation.requestBody?.content[mediaType]?.example;
  const body = example === undefined ? {} : { headers: { 'content-type': mediaType ?? '' }, body: typeof example === 'string' ? example : JSON.stringify(example) };
  const list = (await openShop(freshet.url).get('/v1/users/ada/recommendations')).body['recommendation_id'];
  const response = await fetch(addressOf(call, String(list)), { method: call.method, ...body });
  const text = await response.text();
  const what = `${call.method} ${call.path}${mediaType === undefined ? '' : ` as ${mediaType}`}`;
  if (!response.ok) throw new Error(`${what} was answered with ${response.status}: ${text}`);
  const schema = call.operation.responses[String(response.status)]?.content?.['application/json']?.schema;
  expect([what, schema === undefined]).toEqual([what, false]);
  const [fits, findings] = Schema.Errors(schema ?? {}, JSON.parse(text) as unknown);
  expect([what, fits, findings]).toEqual([what, true, []]);
  return (JSON.parse(text) as { sequence?: number }).sequence ?? 0;
}

/** What the other examples ask for is written first and taken away last; a pinned model learns nothing more, so that comes after. */
const PHASES: readonly ((call: Call) => boolean)[] = [
  ({ method, path }) => method === 'PUT' && !isPin(path),
  ({ method }) => method === 'PATCH',
  ({ method, path }) => method === 'POST' && (path === '/v1/items:batch' || path === '/v1/events'),
  ({ method }) => method === 'POST',
  ({ method }) => method === 'PUT',
  ({ method }) => method === 'GET',
  ({ method }) => method === 'DELETE',
];

function isPin(path: string): boolean {
  return path.startsWith('/v1/models/labels');
}

function phaseOf(call: Call): number {
  return PHASES.findIndex((belongs) => belongs(call));
}

test('every route has an example: its needed parameters, its body, and a command', () => {
  const lacking = calls.filter(({ operation }) => {
    const parameters = (operation.parameters ?? []).filter(({ required }) => required === true);
    const bodies = Object.values(operation.requestBody?.content ?? {});
    return operation['x-codeSamples'] === undefined || [...parameters, ...bodies].some(({ example }) => example === undefined);
  });
  expect(lacking.map(({ method, path }) => `${method} ${path}`)).toEqual([]);
  expect(calls.length).toBeGreaterThan(18);
  expect(new Set(calls.map(({ operation }) => operation.operationId)).size).toBe(calls.length);
});

test('every example is answered with success and with what its schema says', async () => {
  const shop = openShop(freshet.url);
  // The examples about dead letters speak of one that is there.
  await shop.post('/v1/events', [{ type: 'teleport', user_id: 'ada', item_id: 'mug-1' }]);
  await until('the dead letter is kept', async () => JSON.stringify((await shop.get('/v1/dead-letters')).body).includes('teleport'));
  let sequence = 0;
  for (const phase of PHASES.keys()) {
    // Pins come after this one: until then the model follows.
    if (phase === 4) await until('the model has learned the examples', async () => (await shop.latest()).learned_until >= sequence);
    for (const call of calls.filter((one) => phaseOf(one) === phase)) {
      const mediaTypes = Object.keys(call.operation.requestBody?.content ?? {});
      for (const mediaType of mediaTypes.length === 0 ? [undefined] : mediaTypes) sequence = Math.max(sequence, await send(call, mediaType));
    }
  }
});

test('the command of each example names its address and is the one that was sent', () => {
  for (const call of calls) {
    const source = call.operation['x-codeSamples']?.[0]?.source ?? '';
    expect(source).toContain(`'${addressOf(call).replace(freshet.url, 'http://127.0.0.1:8080')}'`);
  }
});
