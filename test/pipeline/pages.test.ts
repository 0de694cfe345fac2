/** Lists that go on: two serving replicas with a live trainer, each page asked of the other one, one of them started anew between. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { idsOf, type ListAnswer, openShop, type Shop } from '../support/api-client.js';
import { endAll, type FreshetCommand, startFreshet } from '../support/freshet-command.js';
import { createDatabase, type TestDatabase } from '../support/postgres.js';
import { documents, visits } from '../support/small-shop.js';
import { until } from '../support/until.js';

const MODEL = ['--max-items', '4096'];
type Page = ListAnswer & { readonly recommendation_id: string };

let database: TestDatabase;
let producer: Shop;
let replicas: FreshetCommand[];

beforeAll(async () => {
  database = await createDatabase();
  const env = { DATABASE_URL: database.url };
  const [ingest, , ...serving] = await Promise.all([
    startFreshet({ command: 'ingest', env }),
    startFreshet({ command: 'trainer', env, args: MODEL }),
    startFreshet({ command: 'serving', env, args: MODEL }),
    startFreshet({ command: 'serving', env, args: MODEL }),
  ]);
  await Promise.all([ingest, ...serving].map((one) => one.ready()));
  producer = openShop(ingest.url);
  replicas = serving;
  await producer.describe(documents());
  const learned = await producer.send(visits('pages', 0, 200));
  await until('both replicas have learned all', async () => (await Promise.all(shops().map((one) => one.latest()))).every((latest) => latest.learned_until >= learned));
});
afterAll(async () => {
  await endAll();
  await database.drop();
});

async function startAnew(place: number): Promise<void> {
  await replicas[place]?.stop();
  const again = await startFreshet({ command: 'serving', env: { DATABASE_URL: database.url }, args: MODEL });
  await again.ready();
  replicas[place] = again;
}

const shops = (): Shop[] => replicas.map(({ url }) => openShop(url));

async function ask(shop: Shop, path: string, body: object): Promise<Page> {
  const reply = await shop.post(path, body);
  if (reply.status !== 200) throw new Error(`${path}: ${reply.status} ${JSON.stringify(reply.body)}`);
  return reply.body as unknown as Page;
}

test('pages asked of either replica, while the model moves and one of them is started anew, never repeat an item', async () => {
  const replica = (n: number): Shop => openShop(replicas[n % 2]?.url ?? '');
  const pages = [await ask(replica(0), '/v1/recommendations', { user_id: 'shopper-1', limit: 8, context: 'home' })];
  for (let page = pages[0]; page !== undefined && idsOf(page).length > 0 && pages.length < 100; page = pages.at(-1)) {
    await producer.send(visits(`meanwhile-${pages.length}`, 200, 20));
    if (pages.length === 2) await startAnew(0);
    pages.push(await ask(replica(pages.length), `/v1/recommendations/${page.recommendation_id}:next`, {}));
  }
  const shown = pages.flatMap(idsOf);
  expect(pages.at(-1)?.items).toEqual([]);
  expect(new Set(shown).size).toBe(shown.length);
  expect([...shown].sort()).toEqual(documents().map(({ id }) => id).sort());
});

test('events with a list’s token are kept with the name of the list', async () => {
  const [shop] = shops();
  if (shop === undefined) throw new Error('two replicas were started');
  const { recommendation_id: token, items } = await ask(shop, '/v1/recommendations', { user_id: 'shopper-1', limit: 3 });
  const clicked = { id: 'clicked', type: 'click', user_id: 'shopper-1', item_id: items[0]?.id ?? '', recommendation_id: token, position: 1 };
  await producer.send([clicked]);
  const tail = await until('the log has it', async () => {
    const { body } = await shop.get(`/v1/events?type=click`);
    return JSON.stringify(body).includes('"clicked"') && JSON.stringify(body);
  });
  expect(tail).toContain(`"${token.slice(0, 20)}"`);
  expect(tail).not.toContain(token);
});
