import { describe, expect, it, vi } from 'vitest';
import { makeModel } from '../support/model.js';
import { type Answer, serve } from '../support/serving.js';

const data = makeModel(5, 90);
const ids = (answer: Answer): string[] => (answer.body.items ?? []).map((item) => item.id);

describe('recommendations', () => {
  it('are never a 404: a stranger gets what is trending, and the answer says where it comes from', async () => {
    await using site = await serve();
    const version = await site.publish(data);
    await site.change({ op: 'put', id: 'item-1', fields: { title: 'Mug' } });
    await vi.waitFor(async () => expect((await site.get('/v1/models/latest?after_sequence=1')).status).toBe(200));
    const answer = await site.post('/v1/recommendations', { user_id: 'nobody', limit: 7 });
    expect(answer).toMatchObject({ status: 200, body: { model_version: version, learned_until: 1, history_seq: 1, catalogue_seq: 1, fallback: 'trending' } });
    expect(ids(answer)).toHaveLength(7);
    expect(answer.body['recommendation_id']).toMatch(/^rec_[\w-]{64,}$/);
    expect(await site.metrics.render()).toContain('freshet_fallback_responses_total{rung="trending"} 1');
  });

  it('follow a shopper’s own event before the model has learned it', async () => {
    await using site = await serve();
    await site.publish(data, 10);
    const user = await site.person('ann');
    const seq = await site.event({ type: 'view', user, item: 'item-3', ts: Date.now() });
    await vi.waitFor(async () => expect((await site.get('/v1/users/ann/recommendations')).body['fallback']).toBe('personal'));
    const answer = await site.get(`/v1/users/ann/recommendations?limit=5&explain=true&exclude_seen=true&after_sequence=${seq}`);
    expect(answer).toMatchObject({ status: 200, body: { fallback: 'personal', history_seq: seq } });
    expect(ids(answer)).not.toContain('item-3');
    for (const item of answer.body.items ?? []) {
      expect((item.reasons ?? []).reduce((sum, reason) => sum + reason.contribution, 0)).toBeCloseTo(item.score, 3);
    }
  });

  it('know a stranger as soon as the log has brought him, however often he was asked for before', async () => {
    await using site = await serve();
    await site.publish(data, 10);
    await vi.waitFor(async () => expect((await site.get('/v1/models/latest')).body['version']).toBe(1));
    for (const _ of [1, 2, 3]) expect((await site.get('/v1/users/bob/recommendations')).body['fallback']).toBe('trending');
    const seq = await site.event({ type: 'view', user: await site.person('bob'), item: 'item-3', ts: Date.now() });
    expect((await site.get(`/v1/users/bob/recommendations?after_sequence=${seq}&wait_for=history`)).body['fallback']).toBe('personal');
  });

  it('use the session’s unsent events as the log would', async () => {
    await using site = await serve();
    await site.publish(data);
    await vi.waitFor(async () => expect((await site.get('/v1/models/latest')).body['version']).toBe(1));
    const session = [{ type: 'view', item_id: 'item-3', timestamp: new Date().toISOString() }];
    expect((await site.post('/v1/recommendations', { session })).body['fallback']).toBe('session');
    expect((await site.post('/v1/recommendations', { item_id: 'item-3', context: 'product' })).body['fallback']).toBe('similar');
  });

  it('stop showing an item within moments of it becoming unavailable, unless any is asked for', async () => {
    await using site = await serve();
    await site.publish(data, 50);
    await vi.waitFor(async () => expect(ids(await site.get('/v1/trending')).length).toBe(20));
    const [first = ''] = ids(await site.get('/v1/trending'));
    const seq = await site.change({ op: 'patch', id: first, fields: { available: false } });
    expect(ids(await site.get(`/v1/trending?after_sequence=${seq}`))).not.toContain(first);
    expect(ids(await site.get('/v1/trending?available=any'))).toContain(first);
    expect(ids(await site.post('/v1/recommendations', { available: 'any' }))).toContain(first);
    expect(ids(await site.post('/v1/recommendations', {}))).not.toContain(first);
  });

  it('refuse what doesn’t fit, naming the place', async () => {
    await using site = await serve();
    const answer = await site.post('/v1/recommendations', { limit: 101 });
    expect(answer).toMatchObject({ status: 422, body: { code: 'invalid_request', errors: [{ pointer: '/limit' }] } });
    expect((await site.get('/v1/users/ann/recommendations?limit=0')).status).toBe(422);
  });
});

describe('ids', () => {
  it.each([['decomposed', 'Jos\u00e9', 'Jose\u0301'], ['padded', 'pad', ' pad ']])('of a %s shopper find the history stored under the cleaned id', async (_, stored, sent) => {
    await using site = await serve();
    await site.publish(data, 10);
    const user = await site.person(stored);
    const seq = await site.event({ type: 'view', user, item: 'item-3', ts: Date.now() });
    const wish = { user_id: sent, exclude_seen: true, limit: 100, after_sequence: seq };
    await vi.waitFor(async () => expect((await site.post('/v1/recommendations', wish)).body['fallback']).toBe('personal'));
    expect(ids(await site.post('/v1/recommendations', wish))).not.toContain('item-3');
    expect((await site.get(`/v1/users/${encodeURIComponent(sent)}/recommendations`)).body['fallback']).toBe('personal');
  });

  it('of an item are found decomposed, in the path and in a list to exclude', async () => {
    await using site = await serve();
    await site.publish(data, 10);
    const change = { op: 'put', id: 'caf\u00e9', fields: { title: 'Café' } } as const;
    const seq = await site.change(change);
    const path = '/v1/items/cafe%CC%81';
    expect(await site.get(`${path}?after_sequence=${seq}`)).toMatchObject({ status: 200, body: { id: change.id, described: true } });
    expect((await site.get(`${path}/similar`)).status).toBe(200);
    const everything = { limit: 100, after_sequence: seq };
    expect(ids(await site.post('/v1/recommendations', everything))).toContain(change.id);
    expect(ids(await site.post('/v1/recommendations', { ...everything, exclude_ids: ['cafe\u0301'] }))).not.toContain(change.id);
    expect(ids(await site.get('/v1/users/nobody/recommendations?limit=100&exclude_ids=cafe%CC%81'))).not.toContain(change.id);
  });

  it('of an unsent event and of the item looked at are cleaned too', async () => {
    await using site = await serve();
    await site.publish(data);
    await vi.waitFor(async () => expect((await site.get('/v1/models/latest')).body['version']).toBe(1));
    expect((await site.post('/v1/recommendations', { session: [{ type: 'view', item_id: ' item-3' }] })).body['fallback']).toBe('session');
    expect((await site.post('/v1/recommendations', { item_id: 'item-3\u0000' })).body['fallback']).toBe('similar');
  });

  it('of an event find its trace', async () => {
    await using site = await serve();
    site.traces.set('\u00e9', { seq: 1, receivedAt: 1_000, historical: false, applied: false });
    expect(await site.get('/v1/events/e%CC%81')).toMatchObject({ status: 200, body: { id: '\u00e9', sequence: 1 } });
  });

  it('of white space only are refused as empty ones are, naming the place', async () => {
    await using site = await serve();
    for (const user_id of ['', ' \t']) {
      expect(await site.post('/v1/recommendations', { user_id })).toMatchObject({ status: 422, body: { code: 'invalid_request', errors: [{ pointer: '/user_id', code: 'minLength' }] } });
    }
    expect(await site.post('/v1/recommendations', { exclude_ids: ['a', ' '] })).toMatchObject({ status: 422, body: { errors: [{ pointer: '/exclude_ids/1' }] } });
    expect(await site.get('/v1/items/%20')).toMatchObject({ status: 422, body: { errors: [{ pointer: '/path/id' }] } });
  });
});

describe('after_sequence', () => {
  it('waits for the model, and answers 409 with what there is when it doesn’t come', async () => {
    await using site = await serve();
    const user = await site.person('ann');
    const seq = await site.event({ type: 'view', user, item: 'item-3', ts: Date.now() });
    const late = await site.get(`/v1/models/latest?after_sequence=${seq}`);
    expect(late).toMatchObject({ status: 409, body: { code: 'sequence_not_reached' } });
    expect(late.body['detail']).toContain('learned up to entry 0');
    const waiting = site.get(`/v1/users/ann/recommendations?after_sequence=${seq}`);
    await site.publish(data);
    expect(await waiting).toMatchObject({ status: 200, body: { learned_until: 1 } });
  });
});

describe('items, trending and similar', () => {
  it('list the catalogue page by page in id order, each item once', async () => {
    await using site = await serve();
    const all = Array.from({ length: 25 }, (_, i) => `p${String((i * 7) % 25).padStart(2, '0')}`);
    const seq = await site.change(...all.map((id) => ({ op: 'put' as const, id, fields: { title: `Item ${id}`, price: 3 } })), { op: 'delete', id: 'p07' });
    await vi.waitFor(async () => expect((await site.get('/v1/items/p01')).status).toBe(200));
    const seen: string[] = [];
    let cursor = '';
    do {
      const page = await site.get(`/v1/items?limit=10${cursor}`);
      seen.push(...ids(page));
      const next = page.body['next_cursor'];
      cursor = typeof next === 'string' ? `&cursor=${next}` : '';
    } while (cursor !== '');
    expect(seen).toEqual([...all].sort().filter((id) => id !== 'p07'));
    expect(await site.get('/v1/items/p01')).toMatchObject({ body: { id: 'p01', described: true, title: 'Item p01', price: 3, sequence: seq } });
    expect((await site.get('/v1/items/p07')).status).toBe(404);
    expect((await site.get('/v1/items?cursor=%21')).status).toBe(422);
  });

  it('say what is trending in a category', async () => {
    await using site = await serve();
    await site.publish(data, 50);
    const seq = await site.change({ op: 'patch', id: 'item-4', fields: { categories: ['mugs'] } }, { op: 'patch', id: 'item-9', fields: { categories: ['mugs', 'red'] } });
    const answer = await site.get(`/v1/trending?window=7d&category=mugs&after_sequence=${seq}`);
    expect([...ids(answer)].sort()).toEqual(['item-4', 'item-9']);
    const everything = ids(await site.get('/v1/trending?window=7d&limit=100'));
    expect(ids(answer)).toEqual(everything.filter((id) => id === 'item-4' || id === 'item-9'));
  });

  it('find similar items; 404 only for an item nobody knows', async () => {
    await using site = await serve();
    await site.publish(data);
    await vi.waitFor(async () => expect((await site.get('/v1/items/item-3/similar?limit=4')).status).toBe(200));
    const answer = await site.get('/v1/items/item-3/similar?limit=4&exclude_ids=item-1&exclude_ids=item-2');
    expect(ids(answer)).toHaveLength(4);
    expect(ids(answer).some((id) => ['item-1', 'item-2', 'item-3'].includes(id))).toBe(false);
    expect((await site.get('/v1/items/nothing/similar')).status).toBe(404);
  });
});

describe('models, traces and readiness', () => {
  it('show the versions applied with their manifest', async () => {
    await using site = await serve();
    await site.publish(data, 3);
    await site.publish(data, 2);
    await vi.waitFor(async () => expect((await site.get('/v1/models/2')).status).toBe(200));
    expect((await site.get('/v1/models')).body['versions']).toMatchObject([{ version: 2, from_seq: 4, to_seq: 5, rows: { item: 91 } }, { version: 1 }]);
    expect((await site.get('/v1/models/9')).status).toBe(404);
  });

  it('trace an event from received to served', async () => {
    await using site = await serve();
    site.traces.set('e1', { seq: 1, receivedAt: 1_000, historical: false, applied: false });
    expect((await site.get('/v1/events/e1')).body).toMatchObject({ state: 'queued', sequence: 1 });
    await site.publish(data);
    await vi.waitFor(async () => expect((await site.get('/v1/events/e1')).body).toMatchObject({ state: 'served', trained: { version: 1 }, served: { version: 1 } }));
    expect((await site.get('/v1/events/e2')).status).toBe(404);
  });

  it('are not ready, and answer 503, until the model is loaded', async () => {
    await using site = await serve({ start: false });
    const early = await site.get('/readyz');
    if (early.status === 503) expect((await site.post('/v1/recommendations', {})).status).toBe(503);
    await site.serving.ready;
    expect(await site.get('/readyz?verbose')).toMatchObject({ status: 200 });
    expect((await site.post('/v1/recommendations', {})).status).toBe(200);
  });

  it('describe every route in OpenAPI', async () => {
    await using site = await serve();
    const paths = Object.keys((await site.get('/openapi.json')).body['paths'] as object);
    for (const path of ['/v1/recommendations', '/v1/users/{user_id}/recommendations', '/v1/users/{user_id}/history', '/v1/items/{id}/similar', '/v1/trending', '/v1/items/{id}', '/v1/items', '/v1/models', '/v1/models/latest', '/v1/models/quality', '/v1/models/labels', '/v1/models/labels/{label}', '/v1/models/events', '/v1/models/{version}', '/v1/events/{id}']) {
      expect(paths).toContain(path);
    }
  });
});

it('a stopped process leaves a checkpoint of all it has folded', async () => {
  const site = await serve();
  const user = await site.person('ann');
  const seq = await site.event({ type: 'view', user, item: 'item-3', ts: Date.now() });
  await vi.waitFor(async () => expect((await site.get('/v1/models/latest')).body['history_seq']).toBe(seq));
  await site[Symbol.asyncDispose]();
  expect(await site.checkpoint.seq()).toBe(seq);
  expect((await site.checkpoint.findUsers([user])).size).toBe(1);
});
