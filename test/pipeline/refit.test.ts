/** A refit beside the live trainer, from the command line to the answers, under traffic. */
import { createPool } from '@freshet/shared/adapters/postgres/pool';
import type { Pool } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openShop, type Shop } from '../support/api-client.js';
import { endAll, startFreshet } from '../support/freshet-command.js';
import { createDatabase, type TestDatabase } from '../support/postgres.js';
import { runCommand, runForJson } from '../support/run-command.js';
import { expectSoundLedger } from '../support/settled-ledger.js';
import { documents, visits } from '../support/small-shop.js';
import { until } from '../support/until.js';

const MODEL = ['--max-items', '4096'];

interface RefitDocument {
  readonly id: number;
  readonly state: string;
  readonly version?: number;
  readonly outcome?: string;
  readonly report: { readonly applied: number; readonly examples: number; readonly gate?: { readonly events: number; readonly candidate: { readonly hr_10: number } } };
}

const acknowledged = new Set<string>();
let database: TestDatabase;
let pool: Pool;
let producer: Shop;
let shown: Shop;
let second: Shop;

beforeAll(async () => {
  database = await createDatabase();
  pool = createPool({ url: database.url, applicationName: 'refit-test', onError: () => undefined });
  const env = { DATABASE_URL: database.url };
  const started = await Promise.all([
    startFreshet({ command: 'ingest', env }),
    startFreshet({ command: 'trainer', env, args: MODEL }),
    startFreshet({ command: 'serving', env, args: MODEL }),
    startFreshet({ command: 'serving', env, args: MODEL }),
  ]);
  await Promise.all(started.map((one) => one.ready()));
  producer = openShop(started[0].url, acknowledged);
  shown = openShop(started[2].url);
  second = openShop(started[3].url);
  await producer.describe(documents());
  await producer.send(visits('taught', 0, 800));
  const seq = await producer.send(visits('taught', 800, 700));
  await until('all is learned', async () => (await shown.latest()).learned_until >= seq);
});
afterAll(async () => {
  await endAll();
  await pool.end();
  await database.drop();
});

const refit = (...args: string[]) => runForJson<RefitDocument>(['refit', ...args, '--url', shown.url]);

test('without a gate: promoted while events come in; versions go on, every event is learned once, both replicas swap', async () => {
  let going = true;
  const seen: number[] = [];
  const traffic = (async () => {
    for (let n = 0; going; n += 4) {
      await producer.send(visits('meanwhile', n, 4));
      seen.push((await shown.latest()).version);
    }
  })();
  const before = (await shown.latest()).version;
  const done = await refit('--epochs', '2', '--gate', 'off').finally(() => (going = false));
  await traffic;
  expect(done).toMatchObject({ id: 1, state: 'promoted' });
  expect(done.version).toBeGreaterThan(before);
  expect(done.report.examples).toBeGreaterThan(1_000);
  for (const replica of [shown, second]) await until('it serves the new lineage', async () => (await replica.latest()).version >= (done.version ?? Number.POSITIVE_INFINITY));
  for (const replica of [shown, second]) expect(await replica.metric('freshet_model_swaps_total', { result: 'applied', reason: 'prepared' })).toBe(1);
  expect(seen).toEqual([...seen].sort((a, b) => a - b));
  expect(new Set(seen).size).toBeGreaterThan(5);
  const last = await producer.send(visits('after', 0, 20));
  for (const replica of [shown, second]) await until('it goes on learning', async () => (await replica.latest()).learned_until >= last);
  await expectSoundLedger('refit under traffic', database.url, acknowledged);
  const lists = await Promise.all([shown, second].map((replica) => replica.recommend('shopper-3', { limit: 10 })));
  expect(lists[0]?.items.length).toBe(10);
  const events = (await shown.get('/v1/models/events?limit=20')).body['events'] as readonly { kind: string; version: number; reason: string }[];
  expect(events).toContainEqual(expect.objectContaining({ kind: 'promoted', version: done.version }));
  expect(events.filter(({ kind, version, reason }) => kind === 'loaded' && reason === 'promoted' && version >= (done.version ?? 0))).toHaveLength(2);
});

test('the lineage before it can be rolled back to', async () => {
  const labels = (await shown.get('/v1/models/labels')).body['labels'] as readonly { label: string; version: number }[];
  const previous = labels.find(({ label }) => label === 'previous')?.version ?? 0;
  const back = await runForJson<{ answering: boolean; serving: { version: number } }>(['models', 'rollback', String(previous), '--url', shown.url]);
  expect(back).toMatchObject({ answering: true, serving: { version: previous } });
  await runForJson(['models', 'rollback', '--undo', '--url', shown.url]);
});

test('with more events asked for than there are, the gate refuses, says why, and leaves an event', async () => {
  const { version } = await shown.latest();
  const { code, stdout } = await runCommand(['refit', '--epochs', '1', '--gate', '90000', '--url', shown.url, '--json']);
  const done = JSON.parse(stdout) as RefitDocument;
  expect(code).toBe(1);
  expect(done).toMatchObject({ state: 'refused', outcome: expect.stringContaining('too_few_events') as unknown });
  const events = (await shown.get('/v1/models/events?limit=20')).body['events'] as readonly { kind: string; reason: string }[];
  expect(events).toContainEqual(expect.objectContaining({ kind: 'refused', reason: expect.stringContaining('too_few_events') as unknown }));
  expect((await shown.latest()).version).toBeLessThan(version + 30);
  const chunks = await pool.query('select 1 from freshet.snapshot_chunk where kept');
  expect(chunks.rowCount).toBe(0);
});

test('one is under way at a time', async () => {
  const asked = await refit('--epochs', '1', '--gate', 'off', '--no-wait');
  const other = await runCommand(['refit', '--url', shown.url]);
  expect(other.code).toBe(1);
  expect(other.stderr).toMatch(/Refit \d+ .* is (asked|running|ready)/);
  await until('it has ended', async () => ((await shown.get(`/v1/models/refits/${asked.id}`)).body['state']) === 'promoted');
  await expectSoundLedger('a second refit', database.url, acknowledged);
});
