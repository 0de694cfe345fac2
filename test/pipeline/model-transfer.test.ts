/** A model exported from a running Freshet and imported into an empty database gives the same answers, and learns on. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openShop, type Shop } from '../support/api-client.js';
import { endAll, startFreshet } from '../support/freshet-command.js';
import { createDatabase, type TestDatabase } from '../support/postgres.js';
import { runCommand, runForJson } from '../support/run-command.js';
import { documents, visits } from '../support/small-shop.js';
import { until } from '../support/until.js';

const MODEL = ['--max-items', '4096'];

let directory: string;
let first: TestDatabase;
let second: TestDatabase;
let producer: Shop;
let shown: Shop;

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'freshet-transfer-'));
  [first, second] = [await createDatabase(), await createDatabase()];
  const env = { DATABASE_URL: first.url };
  const started = await Promise.all([startFreshet({ command: 'ingest', env }), startFreshet({ command: 'trainer', env, args: MODEL }), startFreshet({ command: 'serving', env, args: MODEL })]);
  await Promise.all(started.map((one) => one.ready()));
  producer = openShop(started[0].url);
  shown = openShop(started[2].url);
  await producer.describe(documents());
  const seq = await producer.send(visits('taught', 0, 400));
  await until('all is learned', async () => (await shown.latest()).learned_until >= seq);
});
afterAll(async () => {
  await endAll();
  await first.drop();
  await second.drop();
  await rm(directory, { recursive: true });
});

/** What strangers get who have looked at these: it depends on the model alone. */
async function answersOf(shop: Shop): Promise<readonly object[]> {
  const answers: object[] = [];
  for (const item_id of ['mugs-3', 'lamps-7', 'rugs-1', 'clocks-20']) {
    const { status, body } = await shop.post('/v1/recommendations', { session: [{ type: 'view', item_id }], limit: 15 });
    expect(status).toBe(200);
    answers.push((body['items'] as { id: string; score: number }[]).map(({ id, score }) => ({ id, score: Math.round(score * 100) })));
  }
  return answers;
}

test('exported while it runs, imported into an empty database: the same answers', async () => {
  const model = path.join(directory, 'model');
  const exported = await runForJson<{ version: number; items: number }>(['models', 'export', model, '--database-url', first.url]);
  expect(exported.items).toBe(100);
  const imported = await runForJson<{ version: number; items: number }>(['models', 'import', model, '--database-url', second.url, ...MODEL]);
  expect(imported).toMatchObject({ version: 1, items: 100 });
  const other = await startFreshet({ command: 'serving', env: { DATABASE_URL: second.url }, args: MODEL });
  await other.ready();
  const before = await answersOf(shown);
  expect(before.every((items) => (items as object[]).length === 15)).toBe(true);
  expect(await answersOf(openShop(other.url))).toEqual(before);
});

test('the imported model learns on, and a second import is refused unless it may begin another lineage', async () => {
  const env = { DATABASE_URL: second.url };
  const model = path.join(directory, 'model');
  expect((await runCommand(['models', 'import', model, '--database-url', second.url, ...MODEL])).stderr).toMatch(/holds a model, version 1: with --replace/);
  const [ingest, trainer] = await Promise.all([startFreshet({ command: 'ingest', env }), startFreshet({ command: 'trainer', env, args: MODEL }), startFreshet({ command: 'serving', env, args: MODEL })]);
  await Promise.all([ingest, trainer].map((one) => one.ready()));
  const serving = await startFreshet({ command: 'serving', env, args: MODEL });
  await serving.ready();
  const there = openShop(serving.url);
  const seq = await openShop(ingest.url).send(visits('later', 0, 50));
  const learned = await until('it is learned', async () => {
    const latest = await there.latest();
    return latest.learned_until >= seq && latest;
  });
  expect(learned.version).toBeGreaterThan(1);
  expect((await runCommand(['models', 'import', model, '--replace', '--database-url', second.url, ...MODEL])).stderr).toMatch(/a trainer runs on this database: stop it first/);
  await trainer.stop();
  const last = (await there.latest()).version;
  const replaced = await runForJson<{ version: number }>(['models', 'import', model, '--replace', '--database-url', second.url, ...MODEL]);
  expect(replaced.version).toBeGreaterThan(last);
  // Serving goes over to it without a restart, and says so.
  await until('serving has loaded it', async () => (await there.latest()).version === replaced.version);
  const told = (await there.get('/v1/models/events?limit=20')).body['events'] as readonly { kind: string; version: number; reason: string }[];
  expect(told).toContainEqual(expect.objectContaining({ kind: 'promoted', version: replaced.version, reason: `imported from ${model}` }));
  expect(told).toContainEqual(expect.objectContaining({ kind: 'loaded', version: replaced.version, reason: 'promoted' }));
  const labels = (await there.get('/v1/models/labels')).body['labels'];
  expect(labels).toContainEqual(expect.objectContaining({ label: 'previous', version: replaced.version - 1 }));
  const back = await runForJson<{ answering: boolean; serving: { version: number } }>(['models', 'rollback', String(replaced.version - 1), '--url', there.url]);
  expect(back).toMatchObject({ answering: true, serving: { version: replaced.version - 1 } });
});

test('a trainer of an empty database begins with --init-from', async () => {
  const third = await createDatabase();
  try {
    const env = { DATABASE_URL: third.url };
    const started = await Promise.all([
      startFreshet({ command: 'trainer', env, args: [...MODEL, '--init-from', path.join(directory, 'model')] }),
      startFreshet({ command: 'serving', env, args: MODEL }),
    ]);
    await Promise.all(started.map((one) => one.ready()));
    const there = openShop(started[1].url);
    await until('it is served', async () => (await there.latest()).items === 100);
    const refused = await runCommand(['trainer', '--database-url', third.url, '--port', '0', '--init-from', '']);
    expect(refused.code).toBe(2);
    for (const one of started) await one.stop();
  } finally {
    await third.drop();
  }
});
