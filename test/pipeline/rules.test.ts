/** Rules over two serving replicas: both follow them, one that is started anew knows them, from the checkpoint and from the log. */
import { createPool } from '@freshet/shared/adapters/postgres/pool';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { idsOf, type ListAnswer, openShop, type Shop } from '../support/api-client.js';
import { endAll, type FreshetCommand, startFreshet } from '../support/freshet-command.js';
import { createDatabase, type TestDatabase } from '../support/postgres.js';
import { categoryOf, documents, visits } from '../support/small-shop.js';
import { until } from '../support/until.js';

const MODEL = ['--max-items', '4096'];

let database: TestDatabase;
let replicas: FreshetCommand[];

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

test('a replica started anew has the rules of the checkpoint, with the log behind it gone, and those since', async () => {
  const first = await putRules(replicas[1]?.url ?? '', 'email', [{ action: 'only', filter: { categories: ['clocks'] } }]);
  await until('it has followed', async () => (await openShop(replicas[0]?.url ?? '').latest({ after_sequence: first })).history_seq >= first);
  // The last checkpoint is written when they stop, by the one that owns it.
  await Promise.all(replicas.map((one) => one.stop()));
  const pool = createPool({ url: database.url, applicationName: 'rules-test', onError: () => undefined });
  const kept = await pool.query<{ seq: number }>('select seq from freshet.checkpoint');
  expect(Number(kept.rows[0]?.seq)).toBeGreaterThanOrEqual(first);
  await pool.query('delete from freshet.log_entry where kind = $1', ['rule']);
  await pool.end();
  const again = await startFreshet({ command: 'serving', env: { DATABASE_URL: database.url }, args: MODEL });
  await again.ready();
  const shop = openShop(again.url);
  expect((await listOf(shop, {}))[0]).toBe('rugs-3');
  expect(new Set((await listOf(shop, { context: 'email' })).map(categoryOf))).toEqual(new Set(['clocks']));
  const sequence = await putRules(again.url, 'home', []);
  expect((await listOf(shop, { after_sequence: sequence, wait_for: 'history' }))[0]).not.toBe('rugs-3');
});
