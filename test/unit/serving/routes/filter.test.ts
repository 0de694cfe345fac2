/** Filters as callers send them: in bodies, in queries, and what they get when one can't be used. */
import { describe, expect, it, vi } from 'vitest';
import { makeModel } from '../support/model.js';
import { type Answer, serve } from '../support/serving.js';

const data = makeModel(5, 90);
const ids = (answer: Answer): string[] => (answer.body.items ?? []).map((item) => item.id);
const query = (filter: unknown): string => `filter=${encodeURIComponent(typeof filter === 'string' ? filter : JSON.stringify(filter))}`;
const places = (answer: Answer): unknown[] => ((answer.body['errors'] ?? []) as { pointer: string; code: string }[]).map(({ pointer, code }) => `${pointer} ${code}`);

async function shop() {
  const site = await serve();
  await site.publish(data);
  for (let i = 1; i <= 90; i++) await site.change({ op: 'put', id: `item-${i}`, fields: { title: 'x', price: i, categories: [i % 2 === 0 ? 'even' : 'odd'] } });
  await site.change({ op: 'put', id: 'unheard', fields: { title: 'y', price: 3, categories: ['odd'] } });
  await vi.waitFor(async () => expect((await site.get('/v1/items/unheard')).status).toBe(200));
  await vi.waitFor(async () => expect((await site.get('/v1/models/latest')).body['version']).toBe(1));
  return site;
}

describe('a filter', () => {
  it('acts on recommendations, similar items and trends, whichever way it is sent', async () => {
    await using site = await shop();
    const filter = { price: { lte: 5 }, categories: { any: ['odd'] } };
    const passing = ['item-1', 'item-3', 'item-5'];
    const session = [{ type: 'view', item_id: 'item-40' }];
    expect(ids(await site.post('/v1/recommendations', { filter, session })).sort()).toEqual([...passing, 'unheard']);
    expect(ids(await site.post('/v1/recommendations', { filter, user_id: 'nobody' })).sort()).toEqual([...passing, 'unheard']);
    expect(ids(await site.get(`/v1/users/nobody/recommendations?${query(filter)}`)).sort()).toEqual([...passing, 'unheard']);
    expect(ids(await site.get(`/v1/items/item-3/similar?${query(filter)}`)).sort()).toEqual(['item-1', 'item-5']);
    expect(ids(await site.get(`/v1/trending?${query(filter)}`)).sort()).toEqual(passing);
    expect(ids(await site.get(`/v1/trending?category=even&${query({ price: { lte: 5 } })}`)).sort()).toEqual(['item-2', 'item-4']);
  });

  it('that nothing passes answers with an empty list', async () => {
    await using site = await shop();
    const answer = await site.post('/v1/recommendations', { filter: { price: { lt: 0 } }, user_id: 'nobody' });
    expect(answer).toMatchObject({ status: 200, body: { items: [] } });
  });

  it('acts by what the catalogue says now', async () => {
    await using site = await shop();
    const filter = { price: { lte: 2 } };
    expect(ids(await site.post('/v1/recommendations', { filter })).sort()).toEqual(['item-1', 'item-2']);
    const seq = await site.change({ op: 'patch', id: 'item-2', fields: { price: 9 } }, { op: 'patch', id: 'item-30', fields: { price: 1 } });
    expect(ids(await site.post('/v1/recommendations', { filter, after_sequence: seq, wait_for: 'history' })).sort()).toEqual(['item-1', 'item-30']);
  });

  it('that can’t be used is refused with every place', async () => {
    await using site = await shop();
    const refused = await site.post('/v1/recommendations', { filter: { price: { lte: 'x' }, colour: 'red' } });
    expect(refused).toMatchObject({ status: 422, body: { code: 'invalid_filter' } });
    expect(places(refused)).toEqual(['/filter/price/lte wrong_type', '/filter/colour unknown_field']);
    const misspelt = await site.post('/v1/recommendations', { filter: { pice: 3 } });
    expect(misspelt.body['detail']).toBe("The filter can't be used: /filter/pice is not a field to filter by; there are price, available, brand, categories and attributes.NAME; did you mean “price”?");
    const inQuery = await site.get(`/v1/trending?${query({ brand: { gt: 3 } })}`);
    expect(places(inQuery)).toEqual(['/query/filter/brand/gt unknown_operator']);
    for (const broken of ['{"price":', '[1]', 'price<3', 'null']) {
      const answer = await site.get(`/v1/items/item-3/similar?${query(broken)}`);
      expect(answer).toMatchObject({ status: 422, body: { code: 'invalid_request' } });
      expect(places(answer)).toEqual(['/query/filter type']);
    }
    expect((await site.post('/v1/recommendations', { filter: [] })).status).toBe(422);
    expect((await site.get(`/v1/trending?${query({ brand: 'x'.repeat(4_100) })}`)).status).toBe(422);
  });
});
