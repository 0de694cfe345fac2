/** What a page needs beside ids: catalogue fields in lists, items by their ids, a list that doesn't wait for the model. */
import { describe, expect, it, vi } from 'vitest';
import { makeModel } from '../support/model.js';
import { type Answer, serve } from '../support/serving.js';

const data = makeModel(5, 90);
const mug = { title: 'Mug', price: 9.5, brand: 'Plainly', image_url: '/mug.svg', attributes: { title_zh: '马克杯', hot: true } };
type Item = NonNullable<Answer['body']['items']>[number] & { readonly fields?: Record<string, unknown> };
const itemsOf = (answer: Answer): readonly Item[] => answer.body.items ?? [];

async function serveMug() {
  const site = await serve();
  await site.publish(data, 50);
  const seq = await site.change({ op: 'put', id: 'item-1', fields: mug });
  await vi.waitFor(async () => expect((await site.get('/v1/items/item-1')).status).toBe(200));
  return { site, seq };
}

describe('fields', () => {
  it('come with every kind of list, only those that were asked for and only what the shop has said', async () => {
    const { site } = await serveMug();
    await using _ = site;
    const asked = 'limit=100&fields=price,title,attributes';
    for (const path of [`/v1/users/nobody/recommendations?${asked}`, `/v1/items/item-2/similar?${asked}`, `/v1/trending?${asked}`]) {
      const items = itemsOf(await site.get(path));
      expect(items.find(({ id }) => id === 'item-1')?.fields).toEqual({ title: mug.title, price: mug.price, attributes: mug.attributes });
      expect(items.find(({ id }) => id === 'item-3')).toBeDefined();
      expect(items.find(({ id }) => id === 'item-3')).not.toHaveProperty('fields');
    }
    const posted = itemsOf(await site.post('/v1/recommendations', { limit: 100, fields: ['image_url', 'description'] }));
    expect(posted.find(({ id }) => id === 'item-1')?.fields).toEqual({ image_url: mug.image_url });
  });

  it('are left out when nobody asks', async () => {
    const { site } = await serveMug();
    await using _ = site;
    for (const item of itemsOf(await site.get('/v1/trending?limit=100'))) expect(item).not.toHaveProperty('fields');
  });

  it('that don’t exist are refused, naming the place', async () => {
    await using site = await serve();
    expect(await site.get('/v1/trending?fields=title,secret')).toMatchObject({ status: 422, body: { errors: [{ pointer: '/query/fields' }] } });
    expect(await site.post('/v1/recommendations', { fields: ['__proto__'] })).toMatchObject({ status: 422, body: { errors: expect.arrayContaining([expect.objectContaining({ pointer: expect.stringMatching(/^\/fields/) })]) } });
  });
});

describe('items by their ids', () => {
  it('come in the order asked for, each once, without those that nobody has described', async () => {
    await using site = await serve();
    await site.change(...['a', 'b,c', 'caf\u00e9'].map((id) => ({ op: 'put' as const, id, fields: { title: `Item ${id}` } })), { op: 'put', id: 'gone', fields: { title: 'Gone' } }, { op: 'delete', id: 'gone' });
    await vi.waitFor(async () => expect((await site.get('/v1/items/a')).status).toBe(200));
    const answer = await site.get('/v1/items?ids=cafe%CC%81&ids=unknown&ids=b%2Cc&ids=gone&ids=b%2Cc&limit=1');
    expect(itemsOf(answer).map(({ id }) => id)).toEqual(['caf\u00e9', 'b,c']);
    expect(answer.body).not.toHaveProperty('next_cursor');
    expect(itemsOf(await site.get('/v1/items?ids=a'))).toMatchObject([{ id: 'a', title: 'Item a', described: true }]);
    expect((await site.get('/v1/items?ids=%20')).status).toBe(422);
  });
});

describe('wait_for=history', () => {
  it('answers from the new history while the model has not learned it, where the default waits', async () => {
    await using site = await serve();
    await site.publish(data);
    const user = await site.person('ann');
    await site.event({ type: 'view', user, item: 'item-9', ts: Date.now() });
    const seq = await site.event({ type: 'dislike', user, item: 'item-3', ts: Date.now() });
    const path = `/v1/users/ann/recommendations?limit=100&after_sequence=${seq}`;
    const early = await site.get(`${path}&wait_for=history`);
    expect(early).toMatchObject({ status: 200, body: { history_seq: seq, learned_until: 1, fallback: 'personal' } });
    expect(itemsOf(early).map(({ id }) => id)).not.toContain('item-3');
    expect((await site.get(path)).status).toBe(409);
    expect((await site.post('/v1/recommendations', { user_id: 'ann', after_sequence: seq + 1, wait_for: 'history' })).status).toBe(409);
  });
});

describe('the latest model', () => {
  it('counts the events that were folded, so that two readings give a rate', async () => {
    await using site = await serve();
    const events = async (): Promise<number> => Number((await site.get('/v1/models/latest')).body['events']);
    expect(await events()).toBe(0);
    const user = await site.person('ann');
    await site.event({ type: 'view', user, item: 'item-3', ts: Date.now() });
    await site.change({ op: 'put', id: 'item-3', fields: { title: 'Not an event' } });
    await site.event({ type: 'cart', user, item: 'item-3', ts: Date.now() });
    await vi.waitFor(async () => expect(await events()).toBe(2));
  });
});
