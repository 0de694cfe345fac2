/** What a producer and a reader may rely on: reads of one's own writes, and a way in that says when it is full. */
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import { openShop } from '../support/api-client.js';
import { endAll, startFreshet } from '../support/freshet-command.js';
import { createDatabase, type TestDatabase } from '../support/postgres.js';
import { expectSoundLedger } from '../support/settled-ledger.js';
import { documents, visits } from '../support/small-shop.js';
import { until } from '../support/until.js';

const MODEL = ['--max-items', '4096'];

let database: TestDatabase;
beforeEach(async () => {
  database = await createDatabase();
});
afterEach(async () => {
  await endAll();
  await database.drop();
});
afterAll(endAll);

test('after_sequence waits for what was just written, and says what there is when it does not come', async () => {
  const acknowledged = new Set<string>();
  const freshet = await startFreshet({ command: 'start', args: ['--database-url', database.url, '--demo', 'off', ...MODEL] });
  await freshet.ready();
  const shop = openShop(freshet.url, acknowledged);
  await shop.describe(documents());
  for (let n = 0; n < 30; n++) {
    const sequence = await shop.send(visits('own', n * 10, 10));
    const answer = await shop.recommend('shopper-1', { after_sequence: sequence });
    expect(answer.learned_until).toBeGreaterThanOrEqual(sequence);
    expect(answer.history_seq).toBeGreaterThanOrEqual(sequence);
  }

  const { learned_until: learned } = await shop.latest();
  const beyond = learned + 1_000_000;
  for (const path of [`/v1/users/ada/recommendations?after_sequence=${beyond}`, `/v1/trending?after_sequence=${beyond}`, `/v1/items/mugs-1?after_sequence=${beyond}`]) {
    const began = performance.now();
    const refused = await shop.get(path);
    const ms = performance.now() - began;
    expect(refused.status).toBe(409);
    expect(refused.headers.get('content-type')).toContain('application/problem+json');
    expect(refused.body).toMatchObject({ code: 'sequence_not_reached', status: 409 });
    const [log, model, asked] = (String(refused.body['detail']).match(/\d+/g) ?? []).map(Number);
    expect(log).toBeGreaterThanOrEqual(learned);
    expect(model).toBeGreaterThanOrEqual(learned);
    expect(asked).toBe(beyond);
    expect(ms).toBeGreaterThan(900);
    expect(ms).toBeLessThan(3_000);
  }
  await expectSoundLedger('after_sequence', database.url, acknowledged);
});

test('without a trainer ingest answers 503 at the documented depth, reads go on, and a trainer opens it again', async () => {
  const LIMIT = 500;
  const BATCH = 50;
  const acknowledged = new Set<string>();
  const env = { DATABASE_URL: database.url };
  const [ingest, serving] = await Promise.all([
    startFreshet({ command: 'ingest', env, args: ['--unapplied-items', String(LIMIT)] }),
    startFreshet({ command: 'serving', env, args: MODEL }),
  ]);
  await Promise.all([ingest.ready(), serving.ready()]);
  const producer = openShop(ingest.url, acknowledged);
  const reader = openShop(serving.url);
  await producer.describe(documents());

  let sent = documents().length;
  for (; sent < LIMIT; sent += BATCH) expect((await producer.post('/v1/events', visits('fill', sent, BATCH))).status).toBe(202);
  // The depth is read each second: what arrives within it may pass, and is accepted.
  const refused = await until('a refusal', async () => {
    const reply = await producer.post('/v1/events', visits('fill', sent, 1));
    if (reply.status === 202) sent++;
    return reply.status !== 202 && reply;
  });
  expect(refused.status).toBe(503);
  expect(refused.headers.get('retry-after')).toBe('5');
  expect(refused.body).toMatchObject({ code: 'trainer_behind', status: 503 });
  expect(String(refused.body['detail'])).toContain(`the limit is ${LIMIT}`);
  expect((await producer.post('/v1/items:batch', documents())).status).toBe(503);
  console.info(`refused at ${sent} unapplied items, the limit is ${LIMIT}`);

  const list = await reader.recommend('shopper-3', { limit: 10 });
  expect(list.items).toHaveLength(10);
  expect(list.model_version).toBe(0);
  expect((await reader.get('/v1/items/mugs-3')).status).toBe(200);

  const trainer = await startFreshet({ command: 'trainer', env, args: MODEL });
  await until('writes are taken again', async () => (await producer.post('/v1/events', visits('again', 0, 1))).status === 202);
  await expectSoundLedger('back-pressure', database.url, acknowledged);
  const exit = await trainer.stop();
  expect(exit.code).toBe(0);
  expect(exit.ms).toBeLessThan(10_000);
});
