/**
 * The recommendation log on real processes: what came of a list is told, counted once when serving is killed at any point of the join,
 * and a database that doesn't take lists keeps no answer waiting.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Reply, Shop } from '../support/api-client.js';
import { type FaultSite, openFaultSite, type Proxied } from '../support/fault-site.js';
import type { FreshetProcess } from '../support/freshet-process.js';
import { documents } from '../support/small-shop.js';
import { until } from '../support/until.js';

describe('the recommendation log', () => {
  let site: FaultSite;
  let proxied: Proxied;
  let shop: Shop;
  let serving: FreshetProcess;
  let answers: Shop;

  beforeAll(async () => {
    site = await openFaultSite('postgres');
    proxied = await site.proxied();
    shop = await site.shop(await site.start('ingest'));
    await begin();
    await shop.describe(documents());
    await until('the catalogue is here', async () => (await answers.get('/v1/items/clocks-24')).status === 200);
  });
  afterAll(() => site?.close());

  /** The only serving process, so the one that joins. */
  async function begin(): Promise<void> {
    serving = await site.start('serving', proxied.addresses);
    answers = await site.shop(serving);
  }

  const ask = (context: string): Promise<Reply> => answers.post('/v1/recommendations', { user_id: 'ann', context, limit: 5 });

  /** Shows a list, and sends that its first two items were clicked and the first was bought for 2 × 8.25. */
  async function sell(context: string): Promise<void> {
    const { status, body } = await ask(context);
    expect(status).toBe(200);
    const recommendation_id = String(body['recommendation_id']);
    const [first, second] = (body['items'] as { id: string }[]).map(({ id }) => id);
    const event = { user_id: 'ann', recommendation_id };
    await until('the list is kept', async () => (await kept(context)) > 0);
    const sent = await shop.post('/v1/events', [
      { ...event, id: `${context}-1`, type: 'click', item_id: first, position: 1 },
      { ...event, id: `${context}-2`, type: 'view', item_id: first },
      { ...event, id: `${context}-3`, type: 'view', item_id: second },
      { ...event, id: `${context}-4`, type: 'purchase', item_id: first, quantity: 2, price: 8.25 },
    ]);
    expect(sent.status).toBe(202);
  }
  const SOLD = { lists: 1, items: 5, clicks: 2, carts: 0, purchases: 1, revenue: 16.5, click_through: 0.4, conversion: 0.5, revenue_per_list: 16.5 };

  async function kept(context: string): Promise<number> {
    const found = await site.client.query<{ n: number }>('select count(*)::integer as n from freshet.recommendation_list where context = $1', [context]);
    return found.rows[0]?.n ?? 0;
  }

  async function outcome(context: string): Promise<unknown> {
    const { body } = await answers.get('/v1/recommendations/outcomes?group_by=context');
    return (body['groups'] as { context: string; purchases: number }[]).find((group) => group.context === context);
  }

  /** Everything sent until now is joined. */
  async function joined(): Promise<void> {
    const head = await site.newestEvents();
    await until('the events are joined', async () => Number((await answers.get('/v1/recommendations/outcomes')).body['joined_sequence']) >= head);
  }

  it('tells what came of a list, by the API and as metrics', async () => {
    await sell('home');
    await joined();
    expect(await outcome('home')).toEqual({ context: 'home', ...SOLD });
    const labels = { context: 'home', rung: 'newest', label: 'newest' };
    expect(await answers.metric('freshet_recommendation_clicks_total', labels)).toBe(2);
    expect(await answers.metric('freshet_recommendation_revenue_total', labels)).toBe(16.5);
    expect(await answers.metric('freshet_recommendation_lists_total', labels)).toBe(1);
    expect(await answers.metric('freshet_recommendation_items_total', labels)).toBe(5);
    expect(await answers.metric('freshet_recommendation_log_dropped_lists_total')).toBe(0);
  });

  it('counts once what a killed process was joining: before it was committed', async () => {
    const joining = proxied.database.hold({ contains: ['recommendation-join'], at: 'answered' });
    await sell('product');
    const held = await joining;
    await serving.kill();
    held.drop();
    await begin();
    await joined();
    expect(await outcome('product')).toEqual({ context: 'product', ...SOLD });
  });

  it('counts once what a killed process had joined: committed, and not known to be', async () => {
    const joining = proxied.database.hold({ contains: ['recommendation-join'], at: 'request' });
    await sell('cart');
    const held = await joining;
    const committing = proxied.database.hold({ contains: ['commit'], at: 'answered' });
    held.release();
    const committed = await committing;
    await serving.kill();
    committed.drop();
    await begin();
    await joined();
    expect(await outcome('cart')).toEqual({ context: 'cart', ...SOLD });
    // Sent again they are duplicates, which nobody reads.
    expect(await outcome('product')).toEqual({ context: 'product', ...SOLD });
  });

  it('keeps no answer waiting for a database that takes no lists; they are dropped and counted, and the next ones kept', async () => {
    const writing = proxied.database.hold({ contains: ['recommendation-append'], at: 'request' });
    expect((await ask('email')).status).toBe(200);
    const held = await writing;
    for (let i = 0; i < 50; i++) expect((await ask('search')).status).toBe(200);
    expect(await kept('search')).toBe(0);
    held.drop();
    await until('the list that was on its way is counted as dropped', async () => (await answers.metric('freshet_recommendation_log_dropped_lists_total', { reason: 'failed' })) === 1);
    await until('those behind it are kept', async () => (await kept('search')) === 50);
    expect(await kept('email')).toBe(0);
  });

  it('writes what waits when it is told to stop', async () => {
    expect((await ask('email')).status).toBe(200);
    expect(await serving.stop()).toBe(0);
    expect(await kept('email')).toBe(1);
  });
});
