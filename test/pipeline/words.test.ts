/** What the shop writes about its items works at once: a new item that nobody has touched reaches the shoppers of its kind, over a restart too. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { idsOf, openShop, type Shop } from '../support/api-client.js';
import { endAll, type FreshetCommand, startFreshet } from '../support/freshet-command.js';
import { createDatabase, type TestDatabase } from '../support/postgres.js';
import { expectSoundLedger } from '../support/settled-ledger.js';
import { categoryOf, documents, visits } from '../support/small-shop.js';
import { until } from '../support/until.js';

const EVENTS = 4_000;
const BATCH = 100;
const LIST = 20;
const NEW_TO_THEM = 3;

const acknowledged = new Set<string>();
let database: TestDatabase;
let freshet: FreshetCommand;
let shop: Shop;

beforeAll(async () => {
  database = await createDatabase();
  await start();
  await shop.describe(documents());
  let last = 0;
  for (let first = 0; first < EVENTS; first += BATCH) last = await shop.send(visits('words', first, BATCH));
  await learned(last);
});
afterAll(async () => {
  await endAll();
  await database.drop();
});

async function start(): Promise<void> {
  freshet = await startFreshet({ command: 'start', args: ['--database-url', database.url, '--demo', 'off', '--max-items', '1024', '--max-words', '500'] });
  await freshet.ready();
  shop = openShop(freshet.url, acknowledged);
}

async function learned(sequence: number): Promise<void> {
  await until('all is learned and served', async () => (await shop.latest()).learned_until >= sequence, 60_000);
}

/** Shopper n of the small shop stays in category n mod 4. */
const ofKind = { mugs: 'shopper-0', lamps: 'shopper-1', rugs: 'shopper-2', clocks: 'shopper-3' } as const;

function newItem(id: string, kind: string): object {
  return { id, title: `${kind} no. 7`, categories: [kind], price: 20, available: true };
}

async function expectForItsKind(id: string, kind: keyof typeof ofKind): Promise<void> {
  // They have seen all that was there of their kind: of what is new to them, this must come before 75 items of other kinds.
  await until(`${id} is in the list of who likes ${kind}`, async () => idsOf(await shop.recommend(ofKind[kind], { limit: NEW_TO_THEM, exclude_seen: true })).includes(id), 30_000);
  const others = Object.entries(ofKind).filter(([other]) => other !== kind);
  for (const [, shopper] of others) expect(idsOf(await shop.recommend(shopper, { limit: LIST }))).not.toContain(id);
}

test('a new item is recommended to the shoppers of its kind, and to no others, before anybody has touched it', async () => {
  await learned(await shop.describe([newItem('mugs-new', 'mugs'), newItem('clocks-new', 'clocks')]));
  await expectForItsKind('mugs-new', 'mugs');
  await expectForItsKind('clocks-new', 'clocks');
});

test('items similar to it are of its kind', async () => {
  const reply = await shop.get('/v1/items/mugs-new/similar?limit=10');
  expect(reply.status).toBe(200);
  const ids = (reply.body['items'] as readonly { readonly id: string }[]).map(({ id }) => id);
  expect(ids).toHaveLength(10);
  expect(ids.filter((id) => categoryOf(id) === 'mugs').length).toBeGreaterThanOrEqual(7);
});

test('how full the table of words is can be seen', async () => {
  expect(await shop.metric('freshet_table_rows', { table: 'word' })).toBeGreaterThan(20);
  expect(await shop.metric('freshet_table_rows_limit', { table: 'word' })).toBe(500);
});

test('after a restart the words are known, and the next new item finds its shoppers', async () => {
  const words = await shop.metric('freshet_table_rows', { table: 'word' });
  expect((await freshet.stop()).code).toBe(0);
  await start();
  await learned(await shop.describe([newItem('lamps-new', 'lamps')]));
  await expectForItsKind('lamps-new', 'lamps');
  expect(await shop.metric('freshet_table_rows', { table: 'word' })).toBe(words);
  await expectSoundLedger('words', database.url, acknowledged);
});
