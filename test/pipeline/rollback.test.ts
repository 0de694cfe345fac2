/** Rolling back under traffic: two serving replicas, a live trainer, the command line. */
import { createPool } from '@freshet/shared/adapters/postgres/pool';
import type { Pool } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openShop, type Shop } from '../support/api-client.js';
import { endAll, type FreshetCommand, startFreshet } from '../support/freshet-command.js';
import { createDatabase, type TestDatabase } from '../support/postgres.js';
import { type Asked, keepDeltas, recompute } from '../support/recompute-answers.js';
import { runCommand, runForJson } from '../support/run-command.js';
import { expectSoundLedger } from '../support/settled-ledger.js';
import { documents, visits } from '../support/small-shop.js';
import { until } from '../support/until.js';

const MODEL = ['--max-items', '4096'];

const acknowledged = new Set<string>();
let database: TestDatabase;
let pool: Pool;
let producer: Shop;
/** The replica that the command line talks to, and the one that learns of it from the database. */
let first: Shop;
let second: Shop;
let restarted: FreshetCommand;

beforeAll(async () => {
  database = await createDatabase();
  pool = createPool({ url: database.url, applicationName: 'rollback-test', onError: () => undefined });
  const env = { DATABASE_URL: database.url };
  const started = await Promise.all([
    startFreshet({ command: 'ingest', env }),
    startFreshet({ command: 'trainer', env, args: [...MODEL, '--publish', 'all'] }),
    startFreshet({ command: 'serving', env, args: MODEL }),
    startFreshet({ command: 'serving', env, args: MODEL }),
  ]);
  await Promise.all(started.map((one) => one.ready()));
  const [ingest, , one, other] = started;
  producer = openShop(ingest.url, acknowledged);
  first = openShop(one.url);
  second = openShop(other.url);
  restarted = other;
  await keepDeltas(pool);
  await producer.describe(documents());
});
afterAll(async () => {
  await endAll();
  await pool.end();
  await database.drop();
});

const rollback = (...args: string[]) => runForJson<{ answering: boolean }>(['models', 'rollback', ...args, '--url', first.url, '--json']);
const put = async (label: string, body: object): Promise<{ readonly status: number; readonly body: unknown }> => {
  const response = await fetch(`${first.url}/v1/models/labels/${label}`, { method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  return { status: response.status, body: await response.json() };
};
const holds = (replica: Shop) => until('the canary is held', async () => ((await replica.get('/v1/models/labels')).body['labels'] as readonly { label: string; serving: boolean }[]).some((one) => one.label === 'canary' && one.serving));
const versionsOf = (asked: readonly Asked[]): ReadonlySet<number> => new Set(asked.map(({ answer }) => answer.model_version));

test('a rollback under traffic: every answer is one version’s, all replicas follow, training goes on', async () => {
  const learned = await producer.send(visits('start', 0, 200));
  const good = await until('all is learned', async () => {
    const latest = await first.latest();
    return latest.learned_until >= learned && latest;
  });
  const traffic = startTraffic('rollback', [first, second]);
  await until('newer versions answer', async () => (await first.latest()).version > good.version + 5);
  expect(await rollback(String(good.version), '--reason', 'worse since noon')).toMatchObject({ answering: true, label: { version: good.version }, serving: { pinned: { reason: 'worse since noon' } } });
  await until('the other replica follows', async () => (await second.latest()).pinned !== undefined);
  const before = traffic.asked.length;
  const then = (await second.latest()).pinned?.newest_version ?? 0;
  await until('the trainer has gone on', async () => ((await second.latest()).pinned?.newest_version ?? 0) > then + 5);
  await until('enough pinned answers', () => traffic.asked.length > before + 40);
  await traffic.stop();

  const pinned = traffic.asked.slice(before + 4);
  expect(pinned.length).toBeGreaterThan(20);
  expect(versionsOf(pinned)).toEqual(new Set([good.version]));
  expect(pinned.every(({ answer }) => answer.pinned === true)).toBe(true);
  const { wrong, telling } = await recompute(pool, traffic.asked);
  console.info(`${traffic.asked.length} answers of ${versionsOf(traffic.asked).size} versions recomputed, ${pinned.length} of them pinned: ${wrong.length} differ; the version before would have differed for ${telling}`);
  expect(wrong).toEqual([]);
  expect(telling).toBeGreaterThan(traffic.asked.length / 2);
});

test('while pinned a shopper’s own list reacts, and reads that wait for what was written don’t wait for the model', async () => {
  const { version } = await first.latest();
  const written = await producer.send([{ id: 'while-pinned', type: 'view', user_id: 'guest', item_id: 'lamps-9' }]);
  const list = await second.recommend('guest', { limit: 10, after_sequence: written });
  expect(list).toMatchObject({ model_version: version, pinned: true, fallback: 'personal' });
  expect(list.learned_until).toBeLessThan(written);
  expect(list.history_seq).toBeGreaterThanOrEqual(written);
});

test('a replica that is started anew answers from the pinned version, from its first answer on', async () => {
  const { version } = await first.latest();
  await restarted.stop();
  restarted = await startFreshet({ command: 'serving', env: { DATABASE_URL: database.url }, args: MODEL });
  second = openShop(restarted.url);
  const answer = await until('it answers', async () => {
    const reply = await second.get('/v1/users/shopper-1/recommendations?limit=20');
    return reply.status === 200 && reply.body;
  });
  expect(answer).toMatchObject({ model_version: version, pinned: true });
  const [a, b] = await Promise.all([first, second].map((replica) => replica.recommend('shopper-1', { limit: 20 })));
  expect(b?.items.map(({ id }) => id)).toEqual(a?.items.map(({ id }) => id));
});

test('a version that isn’t held is refused with those that are', async () => {
  const refused = await runCommand(['models', 'rollback', '999999', '--url', first.url]);
  expect(refused.code).toBe(1);
  expect(refused.stderr).toMatch(/^freshet: Version 999999 can't be rebuilt from what is stored: 1 to \d+ can/);
});

test('a canary beside the pinned version answers the same shoppers in every replica, over a restart, until it is taken away', async () => {
  const { version } = await first.latest();
  const canary = version - 1;
  expect(await put('canary', { version: canary, share: 0.5, reason: 'a try' })).toMatchObject({ status: 200 });
  const shoppers = Array.from({ length: 40 }, (_, i) => `shopper-${i}`);
  const versions = (replica: Shop) => Promise.all(shoppers.map(async (user) => (await replica.recommend(user, { limit: 5 })).model_version));
  await holds(first);
  await holds(second);
  const found = await versions(first);
  expect(new Set(found)).toEqual(new Set([canary, version]));
  expect(await versions(second)).toEqual(found);
  await restarted.stop();
  restarted = await startFreshet({ command: 'serving', env: { DATABASE_URL: database.url }, args: MODEL });
  second = openShop(restarted.url);
  await until('it answers', async () => (await second.get('/readyz')).status === 200);
  // From its first answers on.
  expect(await versions(second)).toEqual(found);
  const { stdout } = await runCommand(['models', 'list', '--url', first.url]);
  expect(stdout).toMatch(new RegExp(`^canary +${canary} +50 % +\\S+ \\S+ +yes +a try$`, 'm'));
  expect(stdout).toMatch(new RegExp(`^probed .*canary: \\d+ requests, \\d+ % of the lists stay`, 'm'));
  expect((await fetch(`${first.url}/v1/models/labels/canary`, { method: 'DELETE' })).status).toBe(200);
  for (const replica of [first, second]) await until('everybody is answered alike', async () => new Set(await versions(replica)).size === 1);
  expect(await versions(second)).toEqual(shoppers.map(() => version));
});

test('what comes of a canary’s lists is told apart from the pinned version’s beside it, by the API and as metrics', async () => {
  const { version } = await first.latest();
  const canary = version - 1;
  expect(await put('canary', { version: canary, share: 0.5, reason: 'a try' })).toMatchObject({ status: 200 });
  await holds(first);
  const shown = await Promise.all(Array.from({ length: 20 }, async (_, i) => {
    const user_id = `shopper-${i}`;
    const { body } = await first.post('/v1/recommendations', { user_id, context: 'email', limit: 4 });
    const { recommendation_id, model_version, items } = body as { recommendation_id: string; model_version: number; items: { id: string }[] };
    return { user_id, recommendation_id, item_id: items[0]?.id ?? '', label: model_version === canary ? 'canary' : 'stable' };
  }));
  const lists = { canary: shown.filter(({ label }) => label === 'canary').length, stable: shown.filter(({ label }) => label === 'stable').length };
  expect(Math.min(lists.canary, lists.stable)).toBeGreaterThan(0);
  // Each first item is clicked, and the canary's are bought.
  const sent = await producer.send(shown.flatMap(({ label, ...event }, i) => [
    { ...event, id: `came-of-${i}`, type: 'click' },
    ...(label === 'canary' ? [{ ...event, id: `bought-of-${i}`, type: 'purchase', price: 2.5, quantity: 2 }] : []),
  ]));
  const outcomes = async (by: string) => (await first.get(`/v1/recommendations/outcomes?group_by=${by}`)).body as { joined_sequence: number; groups: readonly { label?: string }[] };
  await until('the events are joined', async () => (await outcomes('label')).joined_sequence >= sent);

  // One of the two joins; lists are counted where they were shown.
  const metric = async (name: string, label: string) => {
    const [a, b] = await Promise.all([first, second].map((replica) => replica.metric(`freshet_recommendation_${name}_total`, { context: 'email', rung: 'personal', label })));
    return (a ?? 0) + (b ?? 0);
  };
  const counted = async (label: string) => Object.fromEntries(await Promise.all(['lists', 'items', 'clicks', 'purchases', 'revenue'].map(async (name) => [name, await metric(name, label)] as const)));
  // The process that joins counts a moment after its commit.
  await until('they are counted', async () => (await metric('purchases', 'canary')) > 0);
  expect(await counted('canary')).toEqual({ lists: lists.canary, items: 4 * lists.canary, clicks: lists.canary, purchases: lists.canary, revenue: 5 * lists.canary });
  expect(await counted('stable')).toEqual({ lists: lists.stable, items: 4 * lists.stable, clicks: lists.stable, purchases: 0, revenue: 0 });
  expect(await counted('newest')).toEqual({ lists: 0, items: 0, clicks: 0, purchases: 0, revenue: 0 });
  const { groups } = await outcomes('version');
  expect(groups.find(({ label }) => label === 'canary')).toMatchObject({ version_from: canary, version_to: canary, purchases: lists.canary, revenue: 5 * lists.canary });
  expect(groups.find(({ label }) => label === 'stable')).toMatchObject({ version_from: version, version_to: version, purchases: 0 });
  expect((await fetch(`${first.url}/v1/models/labels/canary`, { method: 'DELETE' })).status).toBe(200);
});

test('undone, all replicas answer from the newest version at once, and everything accepted is learned once', async () => {
  const traffic = startTraffic('undone', [first, second]);
  expect(await rollback('--undo')).toMatchObject({ answering: true });
  await until('the other replica follows', async () => (await second.latest()).pinned === undefined);
  const last = await producer.send(visits('last', 0, 20));
  for (const replica of [first, second]) expect((await until('it has learned all', async () => {
    const latest = await replica.latest();
    return latest.learned_until >= last && latest;
  })).pinned).toBeUndefined();
  await traffic.stop();
  const { wrong } = await recompute(pool, traffic.asked);
  expect(wrong).toEqual([]);
  const told = (await first.get('/v1/models/events?limit=100')).body['events'] as readonly { kind: string; reason: string }[];
  const kinds = told.map(({ kind, reason }) => `${kind} ${reason}`.trim());
  // Each replica notes its own, the one that was started anew as well.
  expect(kinds.filter((one) => one === 'loaded pinned')).toHaveLength(4);
  expect(kinds.filter((one) => one === 'loaded unpinned')).toHaveLength(2);
  expect(kinds).toEqual(expect.arrayContaining(['pinned worse since noon', 'unpinned']));
  await expectSoundLedger('rollback', database.url, acknowledged);
});

/** Events come in, and shoppers ask the replicas in turn for their lists, until it is stopped. */
function startTraffic(run: string, replicas: readonly Shop[]) {
  const asked: Asked[] = [];
  let going = true;
  const write = async (): Promise<void> => {
    for (let n = 0; going; n += 4) await producer.send(visits(run, n, 4));
  };
  const ask = async (lane: number): Promise<void> => {
    for (let n = lane; going; n++) {
      const user = `shopper-${(7 * n + lane) % 40}`;
      const at = Date.now();
      const answer = await replicas[n % replicas.length]?.recommend(user, { limit: 10 });
      if (answer?.fallback === 'personal') asked.push({ user, at, answer });
    }
  };
  const running = Promise.all([write(), ...[0, 1, 2, 3].map(ask)]);
  running.catch(() => undefined);
  return {
    asked,
    async stop() {
      going = false;
      await running;
    },
  };
}
