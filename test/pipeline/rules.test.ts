/**
 * Rules, and the segments of shoppers that rules may be for, over two serving replicas: both follow them, one that is started anew knows them, from
 * the checkpoint and from the log; what is erased is nowhere.
 */
import { createPool } from '@freshet/shared/adapters/postgres/pool';
import type { Pool } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { idsOf, type ListAnswer, openShop, type Shop } from '../support/api-client.js';
import { endAll, type FreshetCommand, startFreshet } from '../support/freshet-command.js';
import { createDatabase, type TestDatabase } from '../support/postgres.js';
import { categoryOf, documents, visits } from '../support/small-shop.js';
import { until } from '../support/until.js';

const SEGMENT = 'patient-collectors';
const MODEL = ['--max-items', '4096'];

let database: TestDatabase;
let replicas: FreshetCommand[];
let again: FreshetCommand;

beforeAll(async () => {
  database = await createDatabase();
  const env = { DATABASE_URL: database.url };
  const [ingest, trainer, ...serving] = await Promise.all([
    startFreshet({ command: 'ingest', env }),
    startFreshet({ command: 'trainer', env, args: MODEL }),
    startFreshet({ command: 'serving', env, args: MODEL }),
    startFreshet({ command: 'serving', env, args: MODEL }),
  ]);
  await Promise.all([ingest, trainer, ...serving].map((one) => one.ready()));
  replicas = serving;
  const producer = openShop(ingest.url);
  await producer.describe(documents());
  const learned = await producer.send(visits('rules', 0, 200));
  await until('both replicas have learned all', async () => (await Promise.all(replicas.map(({ url }) => openShop(url).latest()))).every((latest) => latest.learned_until >= learned));
});
afterAll(async () => {
  await endAll();
  await database.drop();
});

async function putRules(url: string, context: string, rules: readonly object[]): Promise<number> {
  const response = await fetch(`${url}/v1/rules/${context}`, { method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ rules }) });
  const body = (await response.json()) as { sequence: number };
  expect([response.status, body.sequence > 0]).toEqual([202, true]);
  return body.sequence;
}

async function say(url: string, user: string, segments: readonly string[]): Promise<number> {
  const response = await fetch(`${url}/v1/users/${user}`, { method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ segments }) });
  expect(response.status).toBe(202);
  return ((await response.json()) as { sequence: number }).sequence;
}

async function segmentsOf(url: string, user: string, after: number): Promise<unknown> {
  return (await openShop(url).get(`/v1/users/${user}?after_sequence=${after}`)).body['segments'];
}

async function onDatabase<T>(work: (pool: Pool) => Promise<T>): Promise<T> {
  const pool = createPool({ url: database.url, applicationName: 'rules-test', onError: () => undefined });
  try {
    return await work(pool);
  } finally {
    await pool.end();
  }
}

async function listOf(shop: Shop, over: object): Promise<readonly string[]> {
  const reply = await shop.post('/v1/recommendations', { user_id: 'shopper-1', limit: 10, context: 'home', ...over });
  expect(reply.status).toBe(200);
  return idsOf(reply.body as unknown as ListAnswer);
}

test('a rule written at one replica is followed by the other, and the trainer reads past it', async () => {
  const [one, other] = replicas;
  if (one === undefined || other === undefined) throw new Error('two replicas were started');
  const sequence = await putRules(one.url, 'home', [{ action: 'pin', at: 1, items: ['rugs-3'] }, { action: 'exclude', filter: { categories: ['lamps'] } }]);
  for (const { url } of replicas) {
    const list = await listOf(openShop(url), { after_sequence: sequence });
    expect(list[0]).toBe('rugs-3');
    expect(list.map(categoryOf)).not.toContain('lamps');
  }
});

test('segments said at one replica are followed by the other, for a shopper whom nobody had heard of, too', async () => {
  const [one, other] = replicas;
  if (one === undefined || other === undefined) throw new Error('two replicas were started');
  // The other one has just asked for her, and remembers that she is a stranger.
  await listOf(openShop(other.url), { user_id: 'somebody-new', context: 'cart' });
  await putRules(one.url, 'cart', [{ action: 'exclude', filter: { categories: ['rugs'] }, segments: [SEGMENT] }]);
  await say(one.url, 'somebody-new', [SEGMENT]);
  const sequence = await say(other.url, 'shopper-2', [SEGMENT]);
  for (const { url } of replicas) {
    for (const user_id of ['shopper-2', 'somebody-new']) {
      expect(await segmentsOf(url, user_id, sequence)).toEqual([SEGMENT]);
      const wish = { user_id, context: 'cart', limit: 100, after_sequence: sequence };
      expect((await listOf(openShop(url), wish)).map(categoryOf)).not.toContain('rugs');
      expect((await listOf(openShop(url), { ...wish, segments: [] })).map(categoryOf)).toContain('rugs');
    }
  }
});

test('a replica started anew has the rules and segments of the checkpoint, with the log behind it gone, and those since', async () => {
  const first = await putRules(replicas[1]?.url ?? '', 'email', [{ action: 'only', filter: { categories: ['clocks'] } }]);
  await until('it has followed', async () => (await openShop(replicas[0]?.url ?? '').latest({ after_sequence: first })).history_seq >= first);
  // The last checkpoint is written when they stop, by the one that owns it.
  await Promise.all(replicas.map((one) => one.stop()));
  await onDatabase(async (pool) => {
    const kept = await pool.query<{ seq: number }>('select seq from freshet.checkpoint');
    expect(Number(kept.rows[0]?.seq)).toBeGreaterThanOrEqual(first);
    await pool.query('delete from freshet.log_entry where kind = any($1)', [['rule', 'user']]);
  });
  again = await startFreshet({ command: 'serving', env: { DATABASE_URL: database.url }, args: MODEL });
  await again.ready();
  const shop = openShop(again.url);
  expect((await listOf(shop, {}))[0]).toBe('rugs-3');
  expect(new Set((await listOf(shop, { context: 'email' })).map(categoryOf))).toEqual(new Set(['clocks']));
  expect((await listOf(shop, { user_id: 'shopper-2', context: 'cart', limit: 100 })).map(categoryOf)).not.toContain('rugs');
  const sequence = await putRules(again.url, 'home', []);
  expect((await listOf(shop, { after_sequence: sequence, wait_for: 'history' }))[0]).not.toBe('rugs-3');
});

test('what was said of a shopper is erased: from the log, the checkpoint, and every process, also one that is started afterwards', async () => {
  await say(again.url, 'shopper-2', [SEGMENT, 'since']);
  const response = await fetch(`${again.url}/v1/users/shopper-2`, { method: 'DELETE' });
  const { sequence } = (await response.json()) as { sequence: number };
  expect(response.status).toBe(202);
  expect(await segmentsOf(again.url, 'shopper-2', sequence)).toEqual([]);
  expect((await listOf(openShop(again.url), { user_id: 'shopper-2', context: 'cart', limit: 100 })).map(categoryOf)).toContain('rugs');
  expect(await segmentsOf(again.url, 'somebody-new', sequence)).toEqual([SEGMENT]);
  await again.stop();
  await onDatabase(async (pool) => {
    const said = await pool.query<{ payload: string }>(`select convert_from(payload, 'UTF8') as payload from freshet.log_entry where kind = 'user'`);
    expect(said.rows.map(({ payload }) => (JSON.parse(payload) as { changes: { segments: string[] }[] }).changes[0]?.segments)).toEqual([[], []]);
    // That of the other one.
    expect((await pool.query('select 1 from freshet.checkpoint_profile where state is not null')).rows).toHaveLength(1);
  });
  const last = await startFreshet({ command: 'serving', env: { DATABASE_URL: database.url }, args: MODEL });
  await last.ready();
  expect(await segmentsOf(last.url, 'shopper-2', sequence)).toEqual([]);
  expect(await segmentsOf(last.url, 'somebody-new', sequence)).toEqual([SEGMENT]);
  expect((await listOf(openShop(last.url), { user_id: 'shopper-2', context: 'cart', limit: 100 })).map(categoryOf)).toContain('rugs');
});
