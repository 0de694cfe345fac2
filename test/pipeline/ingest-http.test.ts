/** Ingest as its producers see it: HTTP in front, a real database behind. */
import { resolveIngestConfig, type IngestOptions } from '@freshet/ingest/config';
import { startIngest, type IngestService } from '@freshet/ingest/service';
import { memoryAnnouncer } from '@freshet/shared/adapters/memory/announcer';
import { postgresDeadLetters } from '@freshet/shared/adapters/postgres/dead-letters';
import { postgresEntryLog } from '@freshet/shared/adapters/postgres/entry-log';
import { postgresLogUpkeep } from '@freshet/shared/adapters/postgres/entry-log-upkeep';
import { createPool } from '@freshet/shared/adapters/postgres/pool';
import { postgresUserRefs } from '@freshet/shared/adapters/postgres/user-refs';
import { systemClock } from '@freshet/shared/adapters/system-clock';
import type { LogEvent } from '@freshet/shared/domain/event';
import { createHttpServer, type HttpServer } from '@freshet/shared/http/server';
import { silentLogger } from '@freshet/shared/logger';
import { createMetrics } from '@freshet/shared/metrics';
import type { DeadLetters } from '@freshet/shared/ports/dead-letters';
import type { EntryLog } from '@freshet/shared/ports/entry-log';
import type { WakeUp } from '@freshet/shared/ports/job-queue';
import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDatabase, type TestDatabase } from '../support/postgres.js';

let database: TestDatabase;
let pool: Pool;
let log: EntryLog;
let letters: DeadLetters;
let main: Running;

interface Running {
  readonly base: string;
  readonly service: IngestService;
  readonly jobs: readonly WakeUp[];
  readonly announced: readonly number[];
  readonly scrape: () => Promise<string>;
  readonly stop: () => Promise<void>;
}

async function run(options: IngestOptions = {}): Promise<Running> {
  const metrics = createMetrics({ processMetrics: false });
  const http: HttpServer = createHttpServer({ host: '127.0.0.1', port: 0, metrics, log: silentLogger, name: 'test', version: '0' });
  const jobs: WakeUp[] = [];
  const announced: number[] = [];
  const announcer = memoryAnnouncer();
  announcer.listen('log', (seq) => announced.push(seq));
  const service = startIngest(resolveIngestConfig({ heartbeat: false, ...options }), {
    entryLog: log, upkeep: postgresLogUpkeep(pool), userRefs: postgresUserRefs(pool), deadLetters: letters,
    queue: { add: (job) => Promise.resolve(void jobs.push(job)) },
    announcer, metrics, log: silentLogger, clock: systemClock, http,
  });
  const base = await http.listen();
  await service.ready;
  const stop = async (): Promise<void> => {
    await http.close();
    await service.stop();
    await announcer.close();
  };
  return { base, service, jobs, announced, scrape: () => metrics.render(), stop };
}

beforeAll(async () => {
  database = await createDatabase();
  pool = createPool({ url: database.url, applicationName: 'ingest-test', onError: () => undefined });
  log = postgresEntryLog(pool);
  letters = postgresDeadLetters(pool);
  main = await run({ customTypes: { wishlist: 2 }, fill: { volume: 'mean' } });
});
afterAll(async () => {
  await main.stop();
  await pool.end();
  await database.drop();
});

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
  readonly headers: Headers;
}

async function send(method: string, path: string, body?: string | object, headers: Record<string, string> = {}): Promise<Answer> {
  const response = await fetch(main.base + path, {
    method,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown>, headers: response.headers };
}

const view = (id: string, extra: object = {}): object => ({ id, type: 'view', user_id: 'u1', item_id: 'i1', timestamp: 1_790_000_000, ...extra });

async function storedEvents(after: number): Promise<readonly LogEvent[]> {
  return (await log.read(after, 10_000)).flatMap((entry) => (entry.kind === 'events' ? entry.events : []));
}

describe('POST /v1/events', () => {
  it('answers item by item, stores the good ones cleaned, keeps the bad ones as dead letters', async () => {
    const before = await log.head();
    const { status, body } = await send('POST', '/v1/events', [view('a'), view('b', { type: 'teleport' }), view('a'), view('a', { price: 1 }), 7, { type: 'search', session_id: 's', query: ' blue  mug ' }]);
    expect(status).toBe(202);
    expect(body).toMatchObject({ accepted: 2, duplicates: 1, rejected: 3, sequence: before + 1 });
    const items = body['items'] as { id?: string; status: string; problem?: { code: string } }[];
    expect(items.map((item) => `${item.status} ${item.problem?.code ?? ''}`)).toEqual(['accepted ', 'rejected unknown_type', 'duplicate ', 'conflict id_conflict', 'rejected not_an_object', 'accepted ']);
    const [first, second] = await storedEvents(before);
    expect(first).toMatchObject({ id: 'a', type: 'view', item: 'i1', ts: 1_790_000_000_000 });
    expect(first).not.toHaveProperty('user_id');
    expect(second).toMatchObject({ id: items[5]?.id, query: 'blue  mug' });
    await expect.poll(async () => (await letters.list({ limit: 10 })).map((letter) => letter.code)).toEqual(['not_an_object', 'unknown_type']);
    expect(main.jobs.at(-1)).toMatchObject({ to: before + 1 });
    await expect.poll(() => main.announced.at(-1)).toBe(before + 1);
  });

  it('recognises a retry, and says by which place its events are there', async () => {
    const first = await send('POST', '/v1/events', [view('r1'), view('r2')]);
    const second = await send('POST', '/v1/events', [view('r1'), view('r2', { value: 1 })]);
    expect(second).toMatchObject({ status: 202, body: { accepted: 0, duplicates: 1, rejected: 1, sequence: first.body['sequence'] } });
  });

  it('recognises a retry of events without ids by its Idempotency-Key', async () => {
    const events = [{ type: 'view', user_id: 'u', item_id: 'i' }, { type: 'view', user_id: 'u', item_id: 'j' }];
    const headers = { 'idempotency-key': 'k-1' };
    const first = await send('POST', '/v1/events', events, headers);
    const retry = await send('POST', '/v1/events', events, headers);
    const other = await send('POST', '/v1/events', events, { 'idempotency-key': 'k-2' });
    expect([first, retry, other].map(({ body }) => [body['accepted'], body['duplicates']])).toEqual([[2, 0], [0, 2], [2, 0]]);
    const ids = (answer: Answer): unknown[] => (answer.body['items'] as { id: string }[]).map((item) => item.id);
    expect(ids(retry)).toEqual(ids(first));
  });

  it('reads NDJSON, a broken line included, and a single object', async () => {
    const ndjson = `${JSON.stringify(view('n1'))}\n{oops\r\n\n${JSON.stringify(view('n2'))}\r\n`;
    const { body } = await send('POST', '/v1/events', ndjson, { 'content-type': 'application/x-ndjson' });
    expect(body).toMatchObject({ accepted: 2, rejected: 1, items: [{ status: 'accepted' }, { status: 'rejected', problem: { code: 'malformed_json' } }, { status: 'accepted' }] });
    expect((await send('POST', '/v1/events', view('single'))).body).toMatchObject({ accepted: 1 });
  });

  it('rejects an event that is nested far too deep, alone', async () => {
    const deep = `{"type":"view","user_id":"u","item_id":"i","x":${'['.repeat(30_000)}${']'.repeat(30_000)}}`;
    const answer = await send('POST', '/v1/events', `[${JSON.stringify(view('beside-deep'))},${deep},${deep.replace('view', 'fly')}]`);
    expect(answer).toMatchObject({ status: 202, body: { accepted: 1, rejected: 2, items: [{ status: 'accepted' }, { problem: { code: 'too_deep' } }, { problem: { code: 'too_deep' } }] } });
  });

  it('only validates in a dry run', async () => {
    const before = await log.head();
    const answer = await send('POST', '/v1/events?dry_run=true', [view('dry'), {}]);
    expect(answer).toMatchObject({ status: 200, body: { accepted: 1, rejected: 1 } });
    expect(answer.body).not.toHaveProperty('sequence');
    expect(await log.head()).toBe(before);
  });

  it('marks back-filled data as historical', async () => {
    const before = await log.head();
    await send('POST', '/v1/events?historical=true', [view('h1')]);
    expect(await log.read(before, 10)).toMatchObject([{ historical: true, source: 'http' }]);
  });

  it('counts the time until events are durable once a request, back-filled ones left out', async () => {
    const count = async (): Promise<number> => Number(/^freshet_update_lag_seconds_count\{stage="accept"\} (\d+)$/m.exec(await main.scrape())?.[1] ?? 0);
    const before = await count();
    await send('POST', '/v1/events', [view('lag1'), view('lag2')]);
    await send('POST', '/v1/events?historical=true', [view('lag3')]);
    expect(await count()).toBe(before + 1);
  });

  it('answers 202 even when every event is bad, and writes nothing', async () => {
    const before = await log.head();
    const answer = await send('POST', '/v1/events', [{}, {}]);
    expect(answer).toMatchObject({ status: 202, body: { accepted: 0, rejected: 2 } });
    expect((await send('POST', '/v1/events', [])).body).toMatchObject({ accepted: 0, items: [] });
    expect(await log.head()).toBe(before);
  });

  it.each([
    { name: 'broken JSON', body: '{', status: 400, code: 'malformed_json' },
    { name: 'another media type', body: 'x', type: 'text/plain', status: 415, code: 'media_type_not_supported' },
    { name: 'too many events', body: JSON.stringify(Array.from({ length: 1_001 }, () => 1)), status: 413, code: 'too_many_items' },
    { name: 'too many bytes', body: `["${'x'.repeat(2 * 1024 * 1024)}"]`, status: 413, code: 'body_too_large' },
    { name: 'a parameter that is no boolean', query: '?dry_run=perhaps', body: '[]', status: 422, code: 'invalid_request' },
  ])('refuses $name as a whole', async ({ body, query = '', type = 'application/json', status, code }) => {
    const answer = await send('POST', `/v1/events${query}`, body, { 'content-type': type });
    expect([answer.status, answer.body['code']]).toEqual([status, code]);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
  });

  it('accepts every event once when many clients send the same ones at the same time', async () => {
    const before = await log.head();
    const ids = Array.from({ length: 200 }, (_, i) => `c${i}`);
    const answers = await Promise.all(Array.from({ length: 10 }, (_, i) => send('POST', '/v1/events', (i % 2 === 0 ? ids : ids.toReversed()).map((id) => view(id)))));
    expect(answers.reduce((sum, { body }) => sum + Number(body['accepted']), 0)).toBe(200);
    expect((await storedEvents(before)).map((event) => event.id).sort()).toEqual(ids.toSorted());
    expect(new Set((await storedEvents(before)).map((event) => event.user)).size).toBe(1);
  });
});

describe('items', () => {
  it('become catalogue entries, filled by rule', async () => {
    const before = await log.head();
    expect(await send('PUT', '/v1/items/m%2F1', { title: 'Mug', attributes: { volume: 0.5 } })).toMatchObject({ status: 202, body: { id: 'm/1', status: 'accepted', sequence: before + 1 } });
    await send('PUT', '/v1/items/m2', { title: 'Jug', available: true });
    await send('PATCH', '/v1/items/m2', { price: 3 }, { 'content-type': 'application/merge-patch+json' });
    await send('DELETE', '/v1/items/m%2F1');
    const changes = (await log.read(before, 100)).flatMap((entry) => (entry.kind === 'catalogue' ? entry.changes : []));
    expect(changes).toEqual([
      { op: 'put', id: 'm/1', fields: { title: 'Mug', attributes: { volume: 0.5 } } },
      { op: 'put', id: 'm2', fields: { title: 'Jug', available: true, attributes: { volume: 0.5 } }, filled: ['volume'] },
      { op: 'patch', id: 'm2', fields: { price: 3 } },
      { op: 'delete', id: 'm/1' },
    ]);
  });

  it('are refused alone with 422, and in a batch one by one', async () => {
    const alone = await send('PUT', '/v1/items/x', { price: 1 });
    expect(alone).toMatchObject({ status: 422, body: { code: 'missing_field', errors: [{ pointer: '/title' }] } });
    const batch = await send('POST', '/v1/items:batch', [{ id: 'b1', title: 'One' }, { id: 'b2', price: -1 }, { id: 'b1', op: 'delete' }, { title: 'no id' }, { id: 'b3', op: 'burn' }]);
    expect((batch.body['items'] as { status: string; problem?: { pointer: string } }[]).map((item) => item.problem?.pointer ?? item.status)).toEqual(['accepted', '/price', 'accepted', '/id', '/op']);
  });

  it('are written once for an Idempotency-Key, and another body under it is a conflict', async () => {
    const headers = { 'idempotency-key': 'item-1' };
    const first = await send('PUT', '/v1/items/i', { title: 'A' }, headers);
    const retry = await send('PUT', '/v1/items/i', { title: 'A' }, headers);
    const other = await send('PUT', '/v1/items/i', { title: 'B' }, headers);
    expect([first.body['status'], retry.body['status'], other.status]).toEqual(['accepted', 'duplicate', 409]);
    // Without a key every write counts, equal ones too.
    expect((await send('PUT', '/v1/items/i', { title: 'A' })).body['status']).toBe('accepted');
    expect((await send('PUT', '/v1/items/i', { title: 'A' })).body['status']).toBe('accepted');
  });
});

describe('the service', () => {
  it('answers 503 with Retry-After at the documented depth, and takes in again below it', async () => {
    const small = await run({ unappliedItems: 1 });
    const post = (): Promise<Response> => fetch(`${small.base}/v1/events`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '[]' });
    try {
      await expect.poll(async () => (await post()).status, { timeout: 10_000 }).toBe(503);
      const refused = await post();
      expect(refused.headers.get('retry-after')).toBe('5');
      expect(await refused.json()).toMatchObject({ code: 'trainer_behind' });
      await pool.query('update freshet.trainer_state set applied = (select last from freshet.log_counter)');
      await expect.poll(async () => (await post()).status, { timeout: 10_000 }).toBe(202);
    } finally {
      await small.stop();
    }
  });

  it('beats each second on the real path, and ends cleanly', async () => {
    const before = await log.head();
    const beating = await run({ heartbeat: true });
    await expect.poll(async () => (await log.read(before, 10)).filter((entry) => entry.source === 'heartbeat').length, { timeout: 10_000 }).toBeGreaterThan(1);
    await beating.stop();
    const last = await log.head();
    await expect(beating.service.done).resolves.toBeUndefined();
    expect(await log.head()).toBe(last);
  });
});
