/** What callers of serving get wrong: each is refused with its place, or understood as documented. */
import { describe, expect, it, vi } from 'vitest';
import { makeModel } from '../support/model.js';
import { type Answer, serve } from '../support/serving.js';

const data = makeModel(5, 90);
const ids = (answer: Answer): string[] => (answer.body.items ?? []).map((item) => item.id);
const places = (answer: Answer): unknown[] => ((answer.body['errors'] ?? []) as { pointer: string; code: string }[]).map(({ pointer, code }) => `${pointer} ${code}`);

describe('unsent events', () => {
  it('are refused one by one as ingest would refuse them', async () => {
    await using site = await serve();
    const ahead = Date.now() + 3_600_000;
    const session = [
      { type: 'vieww', item_id: 'item-1' },
      { type: ' view ', item_id: 'item-1' },
      { type: 'view' },
      { type: 'view', item_id: ' \u0000' },
      { type: 'rate', item_id: 'item-1' },
      { type: 'transaction', value: 1 },
      { type: 'view', item_id: 'item-1', timestamp: 'yesterday' },
      { type: 'view', item_id: 'item-1', timestamp: 0 },
      { type: 'view', item_id: 'item-1', timestamp: ahead },
      { type: 'constructor', item_id: 'item-1' },
    ];
    const answer = await site.post('/v1/recommendations', { session });
    expect(answer).toMatchObject({ status: 422, body: { code: 'invalid_request', detail: 'The request doesn\'t fit: /session/0/type “vieww” is not a known event type.' } });
    expect(places(answer)).toEqual([
      '/session/0/type unknown_type',
      '/session/2/item_id missing_field',
      '/session/3/item_id missing_field',
      '/session/4/value missing_field',
      '/session/5/amount missing_field',
      '/session/6/timestamp bad_timestamp',
      '/session/7/timestamp timestamp_too_old',
      '/session/8/timestamp timestamp_in_future',
      '/session/9/type unknown_type',
    ]);
  });

  it('that ingest would take count, whatever their time is written in', async () => {
    await using site = await serve();
    await site.publish(data);
    await vi.waitFor(async () => expect((await site.get('/v1/models/latest')).body['version']).toBe(1));
    const now = Date.now();
    for (const timestamp of [now, now / 1_000, new Date(now).toISOString(), now + 60_000]) {
      const session = [{ type: 'view', item_id: 'item-3', timestamp }, { type: 'search', query: 'mugs' }, { type: 'transaction', amount: 3 }];
      expect((await site.post('/v1/recommendations', { session })).body['fallback']).toBe('session');
    }
  });
});

describe('a list of ids in a query', () => {
  it('may repeat the parameter, have commas, or both; an id may have a comma itself', async () => {
    await using site = await serve();
    await site.publish(data);
    await site.change({ op: 'put', id: 'item-5,6', fields: { title: 'Odd', available: true } }, { op: 'put', id: 'item-1', fields: { title: 'Mug' } }, { op: 'put', id: 'item-2', fields: { title: 'Cup' } });
    await vi.waitFor(async () => expect((await site.get('/v1/items/item-2')).status).toBe(200));
    const everything = ids(await site.get('/v1/users/nobody/recommendations?limit=100'));
    expect(everything).toEqual(expect.arrayContaining(['item-1', 'item-2', 'item-3']));
    for (const query of ['exclude_ids=item-1,item-2', 'exclude_ids=item-1&exclude_ids=item-2', 'exclude_ids=item-1,%20item-2,', 'exclude_ids=,&exclude_ids=item-1,item-2&exclude_ids=']) {
      expect(ids(await site.get(`/v1/users/nobody/recommendations?limit=100&${query}`))).toEqual(everything.filter((id) => id !== 'item-1' && id !== 'item-2'));
    }
    expect(ids(await site.get('/v1/users/nobody/recommendations?limit=100&exclude_ids='))).toEqual(everything);
    expect(ids(await site.get('/v1/items?ids=item-2,item-5,6,item-1'))).toEqual(['item-2', 'item-1']);
    expect(ids(await site.get('/v1/items?ids=item-5,6&ids=item-1'))).toEqual(['item-1', 'item-5,6']);
  });

  it('is bounded, naming the place', async () => {
    await using site = await serve();
    const many = (count: number): string => Array.from({ length: count }, (_, n) => n).join(',');
    expect((await site.get(`/v1/trending?exclude_ids=${many(3)}`)).body['code']).toBe('unknown_parameter');
    expect(places(await site.get(`/v1/users/a/recommendations?exclude_ids=${many(501)}`))).toEqual(['/query/exclude_ids maxItems']);
    expect((await site.get(`/v1/users/a/recommendations?exclude_ids=${many(500)}`)).status).toBe(200);
    expect(places(await site.get(`/v1/users/a/recommendations?exclude_ids=a,${'x'.repeat(129)}`))).toEqual(['/query/exclude_ids maxLength']);
    expect(places(await site.get(`/v1/items?ids=${many(101)}`))).toEqual(['/query/ids maxItems']);
  });
});

describe('a category', () => {
  it('is found whatever its case, decomposed or padded', async () => {
    await using site = await serve();
    await site.publish(data, 50);
    const seq = await site.change({ op: 'patch', id: 'item-4', fields: { categories: ['Café'] } }, { op: 'patch', id: 'item-9', fields: { categories: ['CAFÉ', 'café'] } });
    for (const category of ['Café', 'café', 'CAFÉ', 'cafe%CC%81', '%20caf%C3%A9%00']) {
      expect(ids(await site.get(`/v1/trending?window=7d&category=${category}&after_sequence=${seq}`)).sort()).toEqual(['item-4', 'item-9']);
    }
    await site.change({ op: 'patch', id: 'item-9', fields: { categories: ['mugs'] } });
    await vi.waitFor(async () => expect(ids(await site.get('/v1/trending?window=7d&category=CAF%C3%89'))).toEqual(['item-4']));
    expect(places(await site.get('/v1/trending?category=%20'))).toEqual(['/query/category minLength']);
  });
});

it('parameters nobody knows are refused on every read', async () => {
  await using site = await serve();
  for (const path of ['/v1/items', '/v1/items/a', '/v1/items/a/similar', '/v1/users/a/recommendations', '/v1/users/a/history', '/v1/trending', '/v1/models', '/v1/models/latest', '/v1/models/1', '/v1/events/a', '/livez', '/v1/version']) {
    expect(await site.get(`${path}?limti=5`)).toMatchObject({ status: 422, body: { code: 'unknown_parameter', errors: [{ pointer: '/query/limti' }] } });
  }
  expect((await site.get('/v1/items?limit=5&limit=6')).body).toMatchObject({ code: 'invalid_request', errors: [{ pointer: '/query/limit', code: 'repeated' }] });
});
