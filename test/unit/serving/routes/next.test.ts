/** Pages of a list: `POST /v1/recommendations/{id}:next`. */
import { describe, expect, it, vi } from 'vitest';
import { makeModel } from '../support/model.js';
import { type Answer, serve } from '../support/serving.js';

const ITEMS = 300;
const data = makeModel(5, ITEMS);
const ids = (answer: Answer): string[] => (answer.body.items ?? []).map((item) => item.id);
const tokenOf = (answer: Answer): string => String(answer.body['recommendation_id']);

async function shopWith(learned = 50) {
  const site = await serve();
  await site.publish(data, learned);
  await vi.waitFor(async () => expect((await site.get('/v1/models/latest')).body['version']).toBe(1), { timeout: 5_000 });
  const next = (answer: Answer, body: object = {}): Promise<Answer> => site.post(`/v1/recommendations/${tokenOf(answer)}:next`, body);
  /** `first` and the pages behind it, until one is empty. */
  const pages = async (first: Answer, most = 100): Promise<Answer[]> => {
    const all = [first];
    for (let page = first; all.length < most && ids(page).length > 0; all.push(page)) page = await next(page);
    return all;
  };
  return { ...site, next, pages, [Symbol.asyncDispose]: () => site[Symbol.asyncDispose]() };
}

describe('the pages of a list', () => {
  it('together are the list that a larger limit gives', async () => {
    await using site = await shopWith();
    const seq = await site.event({ type: 'view', user: await site.person('ann'), item: 'item-3', ts: Date.now() });
    const wish = { user_id: 'ann', after_sequence: seq };
    const whole = await site.post('/v1/recommendations', { ...wish, limit: 60 });
    expect(whole.body['fallback']).toBe('personal');
    const pages = await site.pages(await site.post('/v1/recommendations', { ...wish, limit: 20 }), 3);
    expect(pages.flatMap(ids)).toEqual(ids(whole));
    expect(pages.map((page) => page.body['fallback'])).toEqual(['personal', 'personal', 'personal']);
    expect((await site.next(pages[0] ?? whole, { limit: 5 })).body.items).toHaveLength(5);
  });

  it.each([
    ['with a filter', { filter: { price: { lte: 40 } } }],
    ['diversified', { diversity: 0.5 }],
    ['rotated', { rotation: 0.7 }],
    ['with excluded items', { exclude_ids: ['item-1', 'item-2', 'item-30'], item_id: 'item-9' }],
    ['of unsent events', { session: [{ type: 'view', item_id: 'item-7' }, { type: 'dislike', item_id: 'item-8' }] }],
    ['of what is trending', {}],
  ])('%s never repeat an item, and end when all that may be shown was', async (_, wish) => {
    await using site = await shopWith();
    const changes = Array.from({ length: ITEMS }, (_unused, i) => ({ op: 'put' as const, id: `item-${i + 1}`, fields: { title: 'x', price: i % 90 } }));
    const seq = await site.change(...changes);
    await vi.waitFor(async () => expect((await site.get(`/v1/items/item-1?after_sequence=${seq}`)).status).toBe(200), { timeout: 5_000 });
    const pages = await site.pages(await site.post('/v1/recommendations', { ...wish, limit: 45 }));
    const shown = pages.flatMap(ids);
    expect(new Set(shown).size).toBe(shown.length);
    const possible = 'filter' in wish ? changes.filter(({ fields }) => fields.price <= 40).length : ITEMS;
    const without = ['exclude_ids' in wish ? 3 : 0, 'item_id' in wish ? 1 : 0, 'session' in wish ? 1 : 0].reduce((sum, n) => sum + n, 0);
    expect(shown).toHaveLength(possible - without);
    for (const id of 'exclude_ids' in wish ? wish.exclude_ids : []) expect(shown).not.toContain(id);
  });

  it('of similar items and of a category’s trend go on as what they are', async () => {
    await using site = await shopWith();
    const similar = await site.get('/v1/items/item-4/similar?limit=30');
    const [one, two] = await site.pages(await site.get('/v1/items/item-4/similar?limit=15'), 2);
    expect([...ids(one ?? similar), ...ids(two ?? similar)]).toEqual(ids(similar));
    const members = ['item-3', 'item-14', 'item-90', 'item-41', 'item-77'];
    const seq = await site.change(...members.map((id) => ({ op: 'put' as const, id, fields: { title: 'x', categories: ['Mugs'] } })));
    const pages = await site.pages(await site.get(`/v1/trending?category=mugs&limit=2&after_sequence=${seq}`));
    expect(pages.map((page) => ids(page).length)).toEqual([2, 2, 1, 0]);
    expect(pages.flatMap(ids).sort()).toEqual([...members].sort());
  });

  it('are ranked by what is known now: an item that is sold out meanwhile doesn’t come, an event since counts', async () => {
    await using site = await shopWith();
    const user = await site.person('ann');
    await site.event({ type: 'view', user, item: 'item-3', ts: Date.now() - 1_000 });
    await vi.waitFor(async () => expect((await site.get('/v1/users/ann/recommendations')).body['fallback']).toBe('personal'), { timeout: 5_000 });
    const first = await site.get('/v1/users/ann/recommendations?limit=10');
    const [gone = ''] = ids(await site.next(first));
    const seq = await site.change({ op: 'patch', id: gone, fields: { available: false } });
    expect(ids(await site.next(first, { after_sequence: seq }))).not.toContain(gone);
    const [liked = ''] = ids(await site.next(first));
    const refused = await site.event({ type: 'dislike', user, item: liked, ts: Date.now() });
    expect(ids(await site.next(first, { after_sequence: refused }))).not.toContain(liked);
  });

  it('go on with hundreds of excluded ids, which don’t count as shown and never come, until the token is full: then it says so', async () => {
    await using site = await serve();
    await site.publish(makeModel(6, 900), 50);
    await vi.waitFor(async () => expect((await site.get('/v1/models/latest')).body['version']).toBe(1), { timeout: 5_000 });
    const exclude_ids = Array.from({ length: 490 }, (_, i) => `item-${i + 1}`);
    let page = await site.post('/v1/recommendations', { limit: 20, exclude_ids });
    const shown: string[] = [];
    while (page.status === 200) {
      expect(ids(page)).toHaveLength(20);
      shown.push(...ids(page));
      page = await site.post(`/v1/recommendations/${tokenOf(page)}:next`, {});
    }
    expect(page).toMatchObject({ status: 422, body: { code: 'list_not_continuable' } });
    expect(shown.length).toBeGreaterThanOrEqual(200);
    expect(new Set(shown).size).toBe(shown.length);
    expect(shown.filter((id) => exclude_ids.includes(id))).toEqual([]);
  });

  it('end after 500 items', async () => {
    await using site = await serve();
    await site.publish(makeModel(6, 900), 50);
    await vi.waitFor(async () => expect((await site.get('/v1/models/latest')).body['version']).toBe(1), { timeout: 5_000 });
    let page = await site.post('/v1/recommendations', { limit: 100 });
    const shown = ids(page);
    for (let n = 0; n < 5; n++) {
      page = await site.post(`/v1/recommendations/${tokenOf(page)}:next`, { limit: 100 });
      shown.push(...ids(page));
    }
    expect(new Set(shown).size).toBe(600);
    expect(await site.post(`/v1/recommendations/${tokenOf(page)}:next`, {})).toMatchObject({ status: 200, body: { items: [], fallback: 'trending' } });
  });
});

describe('a token that can’t be gone on from', () => {
  it('is a 404 when it is not ours, a 422 when it could not hold all that was asked for', async () => {
    await using site = await shopWith();
    const first = await site.post('/v1/recommendations', { limit: 5 });
    for (const wrong of ['rec_1', tokenOf(first).slice(0, -1), `${tokenOf(first)}x`, 'x'.repeat(4_096)]) {
      expect(await site.post(`/v1/recommendations/${wrong}:next`, {})).toMatchObject({ status: 404, body: { code: 'recommendation_not_found' } });
    }
    const session = Array.from({ length: 50 }, (_, i) => ({ type: 'view', item_id: `item-${i}-${'x'.repeat(100)}` }));
    const long = await site.post('/v1/recommendations', { limit: 5, session });
    expect(tokenOf(long).length).toBeLessThanOrEqual(4_000);
    expect(await site.next(long)).toMatchObject({ status: 422, body: { code: 'list_not_continuable' } });
    expect(await site.next(first, { user_id: 'ann' })).toMatchObject({ status: 422, body: { code: 'invalid_request' } });
  });
});

describe('a rotated list', () => {
  it('has the items’ own scores, a propensity for each, and stays a while', async () => {
    await using site = await shopWith();
    const seq = await site.event({ type: 'view', user: await site.person('ann'), item: 'item-3', ts: Date.now() });
    const best = await site.post('/v1/recommendations', { user_id: 'ann', limit: 100, after_sequence: seq });
    const rotated = await site.post('/v1/recommendations', { user_id: 'ann', limit: 20, rotation: 1, context: 'home' });
    const scores = new Map((best.body.items ?? []).map(({ id, score }) => [id, score]));
    for (const item of rotated.body.items ?? []) {
      if (scores.has(item.id)) expect(item.score).toBeCloseTo(scores.get(item.id) ?? 0, 3);
      expect((item as unknown as { propensity: number }).propensity).toBeGreaterThan(0);
    }
    expect(ids(rotated)).not.toEqual(ids(best).slice(0, 20));
    expect(best.body.items?.[0]).not.toHaveProperty('propensity');
    const stranger = await site.post('/v1/recommendations', { rotation: 1, limit: 10, diversity: 0.4 });
    expect(stranger.body.items).toHaveLength(10);
    expect((await site.get('/v1/users/ann/recommendations?rotation=0.2&context=email')).status).toBe(200);
    expect(await site.post('/v1/recommendations', { rotation: 1.5 })).toMatchObject({ status: 422, body: { errors: [{ pointer: '/rotation' }] } });
  });
});
