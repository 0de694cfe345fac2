/**
 * Whatever a producer puts into the queue `events`: the job ends with its documented result, good events beside bad ones are
 * accepted, the next job is taken, and the process lives. On both places where the queue can be.
 */
import net from 'node:net';
import { postgresDeadLetters } from '@freshet/shared/adapters/postgres/dead-letters';
import { createPool } from '@freshet/shared/adapters/postgres/pool';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openShop } from '../support/api-client.js';
import { type EventProducer, openEventProducer } from '../support/event-producer.js';
import { type FaultSite, openFaultSite, type QueueKind } from '../support/fault-site.js';
import type { FreshetProcess } from '../support/freshet-process.js';
import { redisInstalled } from '../support/redis.js';
import { until } from '../support/until.js';

interface Result {
  readonly accepted: number;
  readonly duplicates: number;
  readonly rejected: number;
  readonly items: readonly { readonly status: string; readonly id?: string; readonly problem?: { readonly code: string; readonly pointer: string } }[];
  readonly sequence?: number;
}

let next = 0;
const event = (changes: object = {}): object => ({ id: `event-${next++}`, type: 'view', user_id: 'ada', item_id: 'mug', ...changes });
/** A bad event between two good ones. */
const among = (bad: unknown): unknown[] => [event(), bad, event()];

function nested(depth: number): unknown {
  let value: unknown = 'x';
  for (let level = 0; level < depth; level++) value = { inner: value };
  return value;
}

/** The job fails once, with this code. */
const REFUSED: readonly (readonly [string, () => unknown, string])[] = [
  ['null', () => null, 'not_events'],
  ['a number', () => 42, 'not_events'],
  ['a text', () => 'view', 'not_events'],
  ['true', () => true, 'not_events'],
  ['an object without events', () => ({ type: 'view', user_id: 'ada', item_id: 'mug' }), 'not_events'],
  ['an empty object', () => ({}), 'not_events'],
  ['events that are an object', () => ({ events: { 0: event() } }), 'not_events'],
  ['a flag that is none', () => ({ events: [event()], historical: 1 }), 'wrong_type'],
  ['1,001 events', () => Array.from({ length: 1_001 }, () => event()), 'too_many_items'],
  ['3 MiB in three events', () => [1, 2, 3].map(() => event({ note: 'x'.repeat(1 << 20) })), 'body_too_large'],
  ['10 MB in one text', () => 'x'.repeat(10_000_000), 'not_events'],
];

/** One event of three is rejected, with this code at this place; its neighbours are accepted. */
const ONE_REJECTED: readonly (readonly [string, () => unknown, string])[] = [
  ['null', () => null, 'not_an_object '],
  ['a text', () => 'view', 'not_an_object '],
  ['a list of events', () => [event()], 'not_an_object '],
  ['no type', () => ({ id: 'no-type', user_id: 'ada', item_id: 'mug' }), 'missing_field /type'],
  ['an unknown type', () => event({ type: 'gaze' }), 'unknown_type /type'],
  ['a type called like a prototype’s field', () => event({ type: 'constructor' }), 'unknown_type /type'],
  ['nobody', () => event({ user_id: null }), 'missing_field /user_id'],
  ['no item', () => event({ item_id: '  ' }), 'missing_field /item_id'],
  ['a number as id', () => event({ id: 7 }), 'wrong_type /id'],
  ['a number as shopper', () => event({ user_id: 7 }), 'wrong_type /user_id'],
  ['a number as text', () => event({ price: '3.50' }), 'wrong_type /price'],
  ['a negative price', () => event({ price: -1 }), 'out_of_range /price'],
  ['a huge price', () => event({ price: 1e300 }), 'out_of_range /price'],
  ['an id of 200 emoji', () => event({ id: '\u{1f375}'.repeat(200) }), 'too_long /id'],
  ['an item id of 300 characters', () => event({ item_id: 'i'.repeat(300) }), 'too_long /item_id'],
  ['a text of a million characters', () => event({ type: 'review', text: 'x'.repeat(1_000_000) }), 'too_long /text'],
  ['1970', () => event({ timestamp: 12 }), 'timestamp_too_old /timestamp'],
  ['the future', () => event({ timestamp: Date.now() + 3_600_000 }), 'timestamp_in_future /timestamp'],
  ['a time without a zone', () => event({ timestamp: '2026-11-22 18:30' }), 'bad_timestamp /timestamp'],
  ['40 levels of nesting', () => event({ note: nested(40) }), 'too_deep '],
  ['2,000 levels of nesting', () => event({ note: nested(2_000) }), 'too_deep '],
];

/** Strange, and accepted. */
const ACCEPTED: readonly (readonly [string, () => unknown])[] = [
  ['a __proto__ key', () => JSON.parse(`{"__proto__":{"type":"gaze"},"constructor":{"prototype":{}},"id":"proto-${next++}","type":"view","user_id":"ada","item_id":"mug"}`)],
  ['fields nobody knows', () => event({ utm: 'x', nested: { a: [1] } })],
  ['null for what is absent', () => event({ price: null, text: null, session_id: null })],
  ['seconds instead of milliseconds', () => event({ timestamp: Math.floor(Date.now() / 1_000) })],
  ['control characters around an id', () => event({ item_id: '\u0007 mug\u001b ' })],
  ['what looks like binary', () => event({ query: Buffer.from([0x80, 0xff, 0xc3, 0x28, 0x7f]).toString('latin1') })],
  ['no id', () => event({ id: undefined })],
];

const kinds: readonly QueueKind[] = redisInstalled() ? ['redis', 'postgres'] : ['postgres'];

describe.each(kinds)('a producer that errs, with the queue in %s', (kind) => {
  let site: FaultSite;
  let ingest: FreshetProcess;
  let producer: EventProducer;

  beforeAll(async () => {
    site = await openFaultSite(kind);
    producer = openEventProducer(site.addresses.queueUrl ?? site.addresses.databaseUrl);
    [ingest] = await Promise.all([site.start('ingest'), site.start('trainer')]);
  });
  afterAll(async () => {
    await producer?.close();
    await site?.close();
  });

  /** The job's result; throws when it failed. */
  async function send(data: unknown): Promise<Result> {
    const end = await producer.end(await producer.add(data));
    if (end.state !== 'completed') throw new Error(`the job failed: ${end.failedReason}`);
    const result = end.result as Result;
    for (const { id, status } of result.items) if (id !== undefined && status !== 'rejected' && status !== 'conflict') site.acknowledged.add(id);
    return result;
  }

  const letters = async (): Promise<readonly string[]> => {
    const pool = createPool({ url: site.addresses.databaseUrl, applicationName: 'malformed-queue', maxConnections: 1, onError: () => undefined });
    try {
      return (await postgresDeadLetters(pool).list({ limit: 1_000 })).map(({ source, code, pointer }) => `${source} ${code} ${pointer}`);
    } finally {
      await pool.end();
    }
  };

  it.each(REFUSED)('a job that is %s fails once, with a reason, and the next one is taken', async (_, data, code) => {
    const job = await producer.add(data(), { attempts: 3, backoff: 10 });
    const end = await producer.end(job);
    expect(end).toMatchObject({ state: 'failed', result: null });
    expect(end.failedReason).toMatch(new RegExp(`^${code}: [A-Z"]`));
    expect((await producer.queue.getJob(job.id ?? ''))?.attemptsMade).toBe(1);
    expect(await send([event()])).toMatchObject({ accepted: 1 });
  });

  it.each(ONE_REJECTED)('an event with %s is rejected alone', async (_, bad, problem) => {
    const result = await send(among(bad()));
    expect(result).toMatchObject({ accepted: 2, duplicates: 0, rejected: 1 });
    expect(result.items.map(({ status }) => status)).toEqual(['accepted', 'rejected', 'accepted']);
    expect(`${result.items[1]?.problem?.code} ${result.items[1]?.problem?.pointer}`).toBe(problem);
  });

  it.each(ACCEPTED)('an event with %s is accepted', async (_, data) => {
    expect(await send(among(data()))).toMatchObject({ accepted: 3, rejected: 0 });
  });

  it('an empty array completes and leaves nothing behind', async () => {
    expect(await send([])).toEqual({ accepted: 0, duplicates: 0, rejected: 0, items: [] });
  });

  it('an id that stands several times in one job counts once: the first', async () => {
    const one = event();
    const result = await send([one, one, { ...one, item_id: 'lamp' }]);
    expect(result.items.map(({ status }) => status)).toEqual(['accepted', 'duplicate', 'conflict']);
    expect(result).toMatchObject({ accepted: 1, duplicates: 1, rejected: 1 });
  });

  it('an event that came by HTTP is a duplicate in the queue, and the other way round', async () => {
    const shop = openShop(await ingest.url, site.acknowledged);
    const [first, second] = [event({ price: 3.5, quantity: 1 }), event({ price: 3.5, quantity: 1 })];
    await shop.post('/v1/events', [first]);
    expect((await send([first, second])).items.map(({ status }) => status)).toEqual(['duplicate', 'accepted']);
    expect((await shop.post('/v1/events', [first, second])).body).toMatchObject({ accepted: 0, duplicates: 2 });
  });

  it('1,000 events are one job', async () => {
    expect(await send(Array.from({ length: 1_000 }, () => event()))).toMatchObject({ accepted: 1_000 });
  });

  it('a job for the past is taken in as such', async () => {
    const result = await send({ events: [event({ timestamp: '2020-02-29T00:00:00Z' })], historical: true });
    const found = await site.client.query<{ historical: boolean; source: string }>('select historical, source from freshet.log_entry where seq = $1', [result.sequence]);
    expect(found.rows).toEqual([{ historical: true, source: 'queue' }]);
  });

  it.runIf(kind === 'postgres')('NUL, and half of a character, are refused by Postgres before there is a job', async () => {
    await expect(producer.add([event({ item_id: 'mug\0' })])).rejects.toThrow(/unicode|json/i);
    await expect(producer.add([event({ item_id: 'mug\ud83d' })])).rejects.toThrow(/json/i);
  });

  it.runIf(kind === 'redis')('NUL, and half of a character, are cleaned away', async () => {
    expect(await send([event({ item_id: 'mug\0' }), event({ item_id: 'mug\ud83d' })])).toMatchObject({ accepted: 2 });
  });

  it.runIf(kind === 'redis')('a job that is not JSON at all, written past BullMQ, does not stop the others', async () => {
    const before = await producer.add([event()]);
    const broken = await producer.add([event()], { delay: 1_000 });
    await redisRaw(site.addresses.queueUrl ?? '', ['HSET', `freshet:events:${broken.id}`, 'data', Buffer.from([0x5b, 0xff, 0x00, 0x7b, 0x80])]);
    const after = await producer.add([event()], { delay: 1_500 });
    expect(await producer.end(before)).toMatchObject({ state: 'completed' });
    expect(await producer.end(after)).toMatchObject({ state: 'completed', result: { accepted: 1 } });
    expect(await send([event()])).toMatchObject({ accepted: 1 });
  });

  it('has left the process alive, each refusal in the dead letters, and a sound ledger', async () => {
    expect(ingest.output()).not.toMatch(/unexpected|TypeError|RangeError|held up/);
    const shop = openShop(await ingest.url);
    expect(await shop.metric('freshet_queue_jobs', { queue: 'events', state: 'failed' })).toBeGreaterThanOrEqual(REFUSED.length);
    expect((await shop.get('/readyz?verbose')).body).toMatchObject({ status: 'ok' });
    const expected = [...REFUSED.map(([, , code]) => `queue ${code}`), ...ONE_REJECTED.map(([, , problem]) => `queue ${problem}`)];
    const kept = await until('the letters are written', async () => {
      const found = await letters();
      return found.length >= expected.length && found;
    });
    for (const letter of expected) expect(kept.some((one) => one.startsWith(letter))).toBe(true);
    await site.check(`a producer that errs, queue in ${kind}`);
  });
});

/** One command, its parts as they are. */
function redisRaw(url: string, parts: readonly (string | Buffer)[]): Promise<string> {
  const { hostname, port } = new URL(url);
  const frames = parts.flatMap((part) => [Buffer.from(`$${Buffer.byteLength(part)}\r\n`), Buffer.from(part), Buffer.from('\r\n')]);
  return new Promise((resolve, reject) => {
    const socket = net.connect(Number(port), hostname, () => socket.write(Buffer.concat([Buffer.from(`*${parts.length}\r\n`), ...frames])));
    socket.on('error', reject);
    socket.on('data', (data) => {
      socket.destroy();
      resolve(data.toString());
    });
  });
}
