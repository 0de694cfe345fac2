/**
 * Search's weights in real processes: shoppers search and click what they have bought before rather than what fits best, by `query_id`; the
 * job learns it; two processes answer in the new order, a restarted one too, and one that wants fixed weights doesn't.
 */
import { randomUnit } from '@freshet/shared/domain/random';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openShop, type Shop } from '../support/api-client.js';
import { endAll, type FreshetCommand, startFreshet } from '../support/freshet-command.js';
import { createDatabase, type TestDatabase } from '../support/postgres.js';
import { expectSoundLedger } from '../support/settled-ledger.js';
import { until } from '../support/until.js';

/** More than are needed: the newest teach and judge. */
const SEARCHES = 1_300;
const SHOPPERS = 130;
const ITEMS = 24;
/** At once. */
const TOGETHER = 20;

interface Found {
  readonly query_id: string;
  readonly weights_version: number;
  readonly items: readonly { readonly id: string; readonly parts: readonly { readonly kind: string; readonly contribution: number }[] }[];
}
interface Weights {
  readonly mode: string;
  readonly version: number;
  readonly weights: Readonly<Record<string, number>>;
  readonly trials: readonly { readonly version: number; readonly held_out: number; readonly refusal?: object }[];
}

const acknowledged = new Set<string>();
let database: TestDatabase;
let freshet: FreshetCommand;
let shop: Shop;
let learned: Weights;
/** Sequence of the last click. */
let last = 0;

beforeAll(async () => {
  database = await createDatabase();
  await start();
});
afterAll(async () => {
  await endAll();
  await database.drop();
});

/** With a queue in memory a start has every job come at once. */
async function start(...args: string[]): Promise<void> {
  freshet = await startFreshet({ command: 'start', args: ['--database-url', database.url, '--queue-url', 'memory:', '--demo', 'off', '--max-items', '1024', '--max-words', '500', ...args] });
  await freshet.ready();
  shop = openShop(freshet.url, acknowledged);
}

async function ask(user_id: string, url = freshet.url): Promise<Found> {
  const body = JSON.stringify({ q: 'mug', user_id, explain: true, limit: ITEMS, wait_for: 'history' });
  const response = await fetch(`${url}/v1/search`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  expect(response.status).toBe(200);
  return (await response.json()) as Found;
}

async function weights(url = freshet.url): Promise<Weights> {
  return (await (await fetch(`${url}/v1/search/weights`)).json()) as Weights;
}

const part = ({ parts }: Found['items'][number], kind: string): number => parts.find((one) => one.kind === kind)?.contribution ?? 0;

/** Which place is taken: looked at 1/k as often as the first, and the likelier the more it is the shopper's own. */
function takenPlace({ items }: Found, seed: number): number {
  const worth = items.map((item, i) => (1 / (i + 1)) * Math.exp(14 * part(item, 'shopper')));
  let left = randomUnit(seed, 0, 0) * worth.reduce((sum, one) => sum + one, 0);
  const place = worth.findIndex((one) => (left -= one) < 0);
  return Math.max(0, place);
}

test('searches, and clicks that name them, are kept and joined', { timeout: 240_000 }, async () => {
  const filler = ['red', 'blue', 'green', 'tall', 'small', 'round', 'old', 'new'];
  const title = (i: number): string => ['Mug', ...filler.slice(0, i % filler.length)].join(' ');
  const described = await shop.describe(Array.from({ length: ITEMS }, (_, i) => ({ id: `mug-${i}`, title: title(i), price: 3 + i, available: true })));
  // What each has dealt with: so her own items are told apart from others.
  const visits = Array.from({ length: SHOPPERS }, (_, n) => [0, 1, 2].map((k) => ({ id: `visit-${n}-${k}`, type: 'view', user_id: `shopper-${n}`, item_id: `mug-${(7 * n + 5 * k) % ITEMS}` }))).flat();
  const sequence = await shop.send(visits);
  await until('histories are there', async () => (await shop.latest()).history_seq >= Math.max(sequence, described));
  for (let from = 0; from < SEARCHES; from += TOGETHER) {
    const found = await Promise.all(Array.from({ length: TOGETHER }, (_, i) => ask(`shopper-${(from + i) % SHOPPERS}`)));
    const clicks = found.map((one, i) => ({ id: `click-${from + i}`, type: 'click', user_id: `shopper-${(from + i) % SHOPPERS}`, item_id: one.items[takenPlace(one, from + i)]?.id ?? '', query_id: one.query_id }));
    last = await shop.send(clicks);
  }
  await until('all clicks are joined', async () => Number((await shop.get('/v1/recommendations/outcomes')).body['joined_sequence']) >= last, 60_000);
  expect(await weights()).toMatchObject({ mode: 'learned', version: 0, trials: [] });
});

test('the job learns from them, and both processes then answer by the same new weights, in another order', { timeout: 120_000 }, async () => {
  // The same model before and after: only the weights may make the difference.
  await until('all clicks are learned', async () => (await shop.latest()).learned_until >= last);
  const asked = Array.from({ length: TOGETHER }, (_, n) => `shopper-${n}`);
  const before = await Promise.all(asked.map((shopper) => ask(shopper)));
  expect(before.map((found) => found.weights_version)).toEqual(asked.map(() => 0));
  expect((await freshet.stop()).code).toBe(0);
  await start();
  learned = await until('weights are in force', async () => {
    const now = await weights();
    expect(now.trials[0]?.refusal).toBeUndefined();
    return now.version > 0 && now;
  });
  expect(learned).toMatchObject({ version: 1, trials: [{ version: 1 }] });
  expect(learned.weights['shopper']).toBeGreaterThan(0.35);
  const other = await startFreshet({ command: 'serving', args: ['--database-url', database.url, '--queue-url', 'memory:', '--max-items', '1024', '--max-words', '500'] });
  await other.ready();
  expect(await weights(other.url)).toMatchObject({ version: 1, weights: learned.weights });
  const [here, there] = await Promise.all([freshet.url, other.url].map((url) => Promise.all(asked.map((shopper) => ask(shopper, url)))));
  const versions = (all: readonly Found[] = []): number[] => all.map((found) => found.weights_version);
  expect([versions(here), versions(there)]).toEqual([asked.map(() => 1), asked.map(() => 1)]);
  // One shopper's order may happen to stay, all of them together not.
  const orders = (all: readonly Found[] = []): string[] => all.map(({ items }) => items.map(({ id }) => id).join());
  expect(orders(there)).toEqual(orders(here));
  expect(orders(here)).not.toEqual(orders(before));
  const shopperPart = (all: readonly Found[] = []): number => Math.max(...(all[1]?.items ?? []).map((item) => part(item, 'shopper')));
  expect(shopperPart(here) / shopperPart(before)).toBeCloseTo((learned.weights['shopper'] ?? 0) / 0.3, 1);
  await other.stop();
});

test('a restart keeps them, learns nothing again on the same day, and fixed weights are a setting', { timeout: 120_000 }, async () => {
  expect((await freshet.stop()).code).toBe(0);
  await start();
  expect(await ask('shopper-2')).toMatchObject({ weights_version: 1 });
  expect((await weights()).trials).toEqual(learned.trials);
  await freshet.stop();
  await start('--search-weights', 'fixed');
  expect(await ask('shopper-2')).toMatchObject({ weights_version: 0 });
  expect(await weights()).toMatchObject({ mode: 'fixed', version: 0, weights: { shopper: 0.3 } });
  await expectSoundLedger('search weights', database.url, acknowledged);
});
