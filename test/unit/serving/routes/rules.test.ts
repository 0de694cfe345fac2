/** Rules as a shop writes them, and what they do to its lists. */
import { describe, expect, it, vi } from 'vitest';
import { makeModel } from '../support/model.js';
import { type Answer, serve } from '../support/serving.js';

const ITEMS = 120;
const data = makeModel(5, ITEMS);
const ids = (answer: Answer): string[] => (answer.body.items ?? []).map((item) => item.id);
const scoreOf = (answer: Answer, id: string): number => answer.body.items?.find((item) => item.id === id)?.score ?? Number.NaN;

async function shop() {
  const site = await serve();
  await site.publish(data, 500);
  const user = await site.person('ann');
  await site.event({ type: 'view', user, item: 'item-3', ts: Date.now() });
  const seq = await site.change(...Array.from({ length: ITEMS }, (_, i) => ({ op: 'put' as const, id: `item-${i + 1}`, fields: { title: 'x', price: i + 1, categories: [i % 2 === 0 ? 'odd' : 'even'] } })));
  const wish = { user_id: 'ann', limit: 12, after_sequence: seq };
  await vi.waitFor(async () => expect((await site.post('/v1/recommendations', wish)).body['fallback']).toBe('personal'), { timeout: 8_000 });
  /** Writes rules and answers with the first list that must follow them. */
  const ruled = async (context: string, rules: readonly object[], over: object = {}): Promise<Answer> => {
    const written = await site.put(`/v1/rules/${context}`, { rules });
    expect(written).toMatchObject({ status: 202, body: { context, rules: rules.length } });
    return site.post('/v1/recommendations', { ...wish, ...over, after_sequence: written.body['sequence'], wait_for: 'history' });
  };
  return { ...site, wish, ruled, best: await site.post('/v1/recommendations', wish), [Symbol.asyncDispose]: () => site[Symbol.asyncDispose]() };
}

describe('a rule', () => {
  it('boosts before the best are taken, and stands in the reasons, which still add up', async () => {
    await using site = await shop();
    const all = await site.post('/v1/recommendations', { ...site.wish, limit: 100 });
    const last = ids(all).at(-1) ?? '';
    const boosted = await site.ruled('any', [{ id: 'autumn', action: 'boost', by: 20, items: [last] }], { explain: true });
    expect(ids(boosted)).toEqual([last, ...ids(site.best).slice(0, 11)]);
    expect(scoreOf(boosted, last)).toBeCloseTo(scoreOf(all, last) + 20, 2);
    for (const { score, reasons } of boosted.body.items ?? []) expect((reasons ?? []).reduce((sum, { contribution }) => sum + contribution, 0)).toBeCloseTo(score, 3);
    expect(boosted.body.items?.[0]?.reasons).toContainEqual(expect.objectContaining({ kind: 'rule', rule: 'autumn', contribution: 20, text: 'chosen by the shop' }));
  });

  it('says why a pinned item has its score, although the list would not have it: as of the others', async () => {
    await using site = await shop();
    const last = ids(await site.post('/v1/recommendations', { ...site.wish, limit: 100 })).at(-1) ?? '';
    const rules = [{ id: 'front', action: 'pin', at: 1, items: [last] }, { id: 'spring', action: 'boost', by: 0.5, items: [last] }];
    const list = await site.ruled('any', rules, { explain: true });
    const [pinned] = list.body.items ?? [];
    expect(pinned?.id).toBe(last);
    expect(pinned?.reasons?.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['history', 'rule']));
    expect(pinned?.reasons?.filter(({ kind }) => kind === 'other' || kind === 'rounding')).toEqual([]);
    expect((pinned?.reasons ?? []).reduce((sum, { contribution }) => sum + contribution, 0)).toBeCloseTo(pinned?.score ?? Number.NaN, 3);
    const own = await site.ruled('any', rules, { explain: true, limit: 100 });
    expect(own.body.items?.find(({ id }) => id === last)?.score).toBeCloseTo(pinned?.score ?? Number.NaN, 3);
    const similar = await site.get(`/v1/items/item-3/similar?limit=5&explain=true`);
    expect(similar.body.items?.[0]?.reasons?.map(({ kind }) => kind)).toContain('similar');
  });

  it('boosts and buries what passes a filter, once it has been collected', async () => {
    await using site = await shop();
    await site.ruled('any', [{ action: 'boost', by: 15, filter: { price: { lte: 30 } } }]);
    await vi.waitFor(async () => expect(ids(await site.post('/v1/recommendations', site.wish)).every((id) => Number(id.slice(5)) <= 30)).toBe(true), { timeout: 5_000 });
    const seq = await site.change({ op: 'patch', id: 'item-90', fields: { price: 1 } });
    expect(ids(await site.post('/v1/recommendations', { ...site.wish, limit: 40, after_sequence: seq })).slice(0, 30)).toContain('item-90');
    await site.ruled('any', [{ action: 'bury', filter: { categories: ['odd'] } }]);
    await vi.waitFor(async () => {
      const list = ids(await site.post('/v1/recommendations', { ...site.wish, limit: 100 })).map((id) => Number(id.slice(5)) % 2);
      expect(list).toEqual([...list].sort((a, b) => a - b));
    }, { timeout: 5_000 });
  });

  it('pins items to places, of similar lists and pages too, but never what may not be shown', async () => {
    await using site = await shop();
    const pins = [{ id: 'front', action: 'pin', at: 2, items: ['item-50', 'item-51'] }, { action: 'pin', at: 14, items: ['item-60'] }];
    const list = await site.ruled('home', pins, { context: 'home', explain: true });
    expect(ids(list).slice(1, 3)).toEqual(['item-50', 'item-51']);
    expect(ids(list)).toHaveLength(12);
    expect(list.body.items?.[1]?.reasons).toContainEqual(expect.objectContaining({ kind: 'rule', rule: 'front' }));
    const next = await site.post(`/v1/recommendations/${String(list.body['recommendation_id'])}:next`, {});
    expect(ids(next)[1]).toBe('item-60');
    expect(ids(await site.get('/v1/items/item-9/similar?context=home&limit=4'))[1]).toBe('item-50');
    expect(ids(await site.post('/v1/recommendations', site.wish))).toEqual(ids(site.best));
    const refused = await site.event({ type: 'dislike', user: await site.person('ann'), item: 'item-50', ts: Date.now() });
    const without = await site.post('/v1/recommendations', { ...site.wish, context: 'home', exclude_ids: ['item-51'], after_sequence: refused, wait_for: 'history' });
    expect(ids(without)).not.toContain('item-50');
    expect(ids(without)).not.toContain('item-51');
  });

  it('pins what the list has anyway to a later page: it is held back until then, whatever the size of a page, of trends too', async () => {
    await using site = await shop();
    const page = (list: Answer, body: object = {}): Promise<Answer> => site.post(`/v1/recommendations/${String(list.body['recommendation_id'])}:next`, body);
    const [, second = ''] = ids(site.best);
    const whole = await site.ruled('any', [{ action: 'pin', at: 12, items: [second] }], { limit: 20 });
    expect(ids(whole).indexOf(second)).toBe(11);
    const half = await site.post('/v1/recommendations', { ...site.wish, limit: 10 });
    expect([...ids(half), ...ids(await page(half))]).toEqual(ids(whole));
    const trends = ids(await site.get('/v1/trending?limit=20'));
    expect(trends).toContain(second);
    const few = await site.get('/v1/trending?limit=8');
    expect([...ids(few), ...ids(await page(few, { limit: 12 }))]).toEqual(trends);
  });

  it('leaves the log propensities that are true: 1 where it pins, none beside exploration, all 1 where nothing was drawn', async () => {
    await using site = await shop();
    const propensitiesOf = async (answer: Answer): Promise<readonly (number | undefined)[]> => {
      const name = String(answer.body['recommendation_id']).slice(0, 20);
      return vi.waitFor(() => {
        const list = site.recommendations.lists().find((one) => one.name === name);
        expect(list?.items).toHaveLength(answer.body.items?.length ?? -1);
        return (list?.items ?? []).map(({ propensity }) => propensity);
      }, { timeout: 5_000 });
    };
    const rotated = await site.ruled('any', [{ action: 'pin', at: 3, items: [ids(site.best)[4] ?? ''] }, { action: 'pin', at: 5, items: ['item-100'] }], { rotation: 0.5 });
    const logged = await propensitiesOf(rotated);
    expect([logged[2], logged[4]]).toEqual([1, 1]);
    expect(logged.filter((propensity) => propensity === undefined)).toEqual([]);
    const item = ids(site.best)[0] ?? '';
    expect(await propensitiesOf(await site.get(`/v1/items/${item}/similar?limit=4&explore=1`))).toEqual([1, 1, 1, 1]);
    const together = await site.get(`/v1/items/${item}/together?limit=4&rotation=1`);
    expect(together).toMatchObject({ status: 200, body: { items: [{}, {}, {}, {}] } });
    expect(await propensitiesOf(together)).toEqual([1, 1, 1, 1]);
  });

  it('excludes, and demands as long as something is left', async () => {
    await using site = await shop();
    const [first = ''] = ids(site.best);
    expect(ids(await site.ruled('any', [{ action: 'exclude', items: [first] }]))).toEqual(ids(await site.post('/v1/recommendations', { ...site.wish, exclude_ids: [first] })));
    const even = await site.ruled('any', [{ action: 'exclude', filter: { categories: ['odd'] } }]);
    expect(ids(even).every((id) => Number(id.slice(5)) % 2 === 0)).toBe(true);
    expect(ids(even)).toHaveLength(12);
    const cheap = await site.ruled('any', [{ action: 'only', filter: { price: { lte: 20 } } }], { filter: { categories: ['odd'] } });
    expect(ids(cheap).sort()).toEqual(['item-1', 'item-11', 'item-13', 'item-15', 'item-17', 'item-19', 'item-3', 'item-5', 'item-7', 'item-9']);
    expect(ids(await site.ruled('any', [{ action: 'only', filter: { price: { gt: 9_000 } } }]))).toEqual(ids(site.best));
    expect(ids(await site.ruled('any', [{ action: 'only', filter: { price: { gt: 9_000 } } }, { action: 'exclude', filter: { price: { gte: 0 } } }]))).toEqual([]);
  });

  it('demands on all pages alike: an empty page is the end, and a list that began without what is demanded goes on without it', async () => {
    await using site = await shop();
    const page = (list: Answer, body: object = {}): Promise<Answer> => site.post(`/v1/recommendations/${String(list.body['recommendation_id'])}:next`, body);
    const only = [{ action: 'only', filter: { price: { lte: 20 } } }];
    const first = await site.ruled('any', only, { limit: 15 });
    const second = await page(first);
    expect([...ids(first), ...ids(second)].every((id) => Number(id.slice(5)) <= 20)).toBe(true);
    expect(ids(second).length).toBeLessThan(15);
    expect(ids(await page(second))).toEqual([]);
    const trends = await site.get('/v1/trending?limit=20');
    expect(ids(await page(trends))).toEqual([]);
    const loose = await site.ruled('any', [{ action: 'only', filter: { price: { gt: 9_000 } } }]);
    const behind = ids(await site.post('/v1/recommendations', { ...site.wish, limit: 36 }));
    const looseTrend = await site.get('/v1/trending?limit=12');
    const two = await page(loose);
    expect([...ids(loose), ...ids(two), ...ids(await page(two))]).toEqual(behind);
    const seq = await site.change({ op: 'patch', id: behind[30] ?? '', fields: { price: 10_000 } });
    expect(ids(await page(loose, { after_sequence: seq }))).toHaveLength(12);
    expect(ids(await page(looseTrend, { after_sequence: seq }))).toHaveLength(12);
  });

  it('acts in its time, for its segments, in its context', async () => {
    await using site = await shop();
    const [first = ''] = ids(site.best);
    const exclude = { action: 'exclude', items: [first] };
    expect(ids(await site.ruled('any', [{ ...exclude, from: '2100-01-01T00:00:00Z' }]))).toContain(first);
    expect(ids(await site.ruled('any', [{ ...exclude, until: '2001-01-01T00:00:00Z' }]))).toContain(first);
    expect(ids(await site.ruled('any', [{ ...exclude, from: '2001-01-01T00:00:00Z', until: '2100-01-01T00:00:00Z' }]))).not.toContain(first);
    expect(ids(await site.ruled('any', [{ ...exclude, segments: ['vip', 'staff'] }]))).toContain(first);
    expect(ids(await site.ruled('any', [{ ...exclude, segments: ['vip', 'staff'] }], { segments: ['staff'] }))).not.toContain(first);
    await site.remove('/v1/rules/any');
    expect(ids(await site.ruled('cart', [exclude], { context: 'home' }))).toContain(first);
    expect(ids(await site.post('/v1/recommendations', { ...site.wish, context: 'cart' }))).not.toContain(first);
  });

  it('raises what is trending for a stranger, too', async () => {
    await using site = await shop();
    const trending = ids(await site.post('/v1/recommendations', { limit: 30 }));
    const raised = trending[25] ?? '';
    const buried = trending[0] ?? '';
    const list = await site.ruled('any', [{ action: 'boost', by: 20, items: [raised] }, { action: 'bury', items: [buried] }], { user_id: 'nobody', limit: 20 });
    expect(list.body['fallback']).toBe('trending');
    expect(ids(list)[0]).toBe(raised);
    expect(ids(list)).not.toContain(buried);
  });
});

describe('a rule on what is trending', () => {
  async function trends() {
    const site = await shop();
    const trending = (query = ''): Promise<Answer> => site.get(`/v1/trending?limit=10${query}`);
    const write = async (context: string, rules: readonly object[]): Promise<void> => {
      const written = await site.put(`/v1/rules/${context}`, { rules });
      await vi.waitFor(async () => expect((await site.get(`/v1/rules/${context}`)).body['sequence']).toBe(written.body['sequence']));
    };
    return { ...site, trending, write, all: ids(await site.get('/v1/trending?limit=100')), top: ids(await trending()), [Symbol.asyncDispose]: () => site[Symbol.asyncDispose]() };
  }

  it('excludes by ids and by filter, also from its pages', async () => {
    await using site = await trends();
    const [first = '', second = ''] = site.top;
    await site.write('any', [{ action: 'exclude', items: [first] }]);
    expect(ids(await site.trending())).toEqual(site.all.slice(1, 11));
    await site.write('any', [{ action: 'exclude', filter: { categories: ['odd'] } }, { action: 'exclude', items: [second] }]);
    const even = site.all.filter((id) => Number(id.slice(5)) % 2 === 0 && id !== second);
    const list = await site.trending();
    expect(ids(list)).toEqual(even.slice(0, 10));
    const next = await site.post(`/v1/recommendations/${String(list.body['recommendation_id'])}:next`, {});
    expect(ids(next)).toEqual(even.slice(10, 20));
  });

  it('demands as long as something is left, beside the request’s own filter', async () => {
    await using site = await trends();
    await site.write('any', [{ action: 'only', filter: { price: { lte: 40 } } }]);
    const cheap = site.all.filter((id) => Number(id.slice(5)) <= 40);
    expect(ids(await site.trending())).toEqual(cheap.slice(0, 10));
    const odd = encodeURIComponent(JSON.stringify({ categories: ['odd'] }));
    expect(ids(await site.trending(`&filter=${odd}`))).toEqual(cheap.filter((id) => Number(id.slice(5)) % 2 === 1).slice(0, 10));
    await site.write('any', [{ action: 'only', filter: { price: { gt: 9_000 } } }]);
    expect(ids(await site.trending())).toEqual(site.top);
  });

  it('pins where the item belongs, and leaves scores what they are: counters', async () => {
    await using site = await trends();
    const [pinned = '', other = ''] = [site.all[40], site.all[41]];
    const counters = new Map((await site.get('/v1/trending?limit=100')).body.items?.map(({ id, score }) => [id, score]));
    await site.write('any', [{ action: 'pin', at: 3, items: [pinned] }, { action: 'pin', at: 12, items: [other] }]);
    const list = await site.trending();
    expect(ids(list)).toEqual([...site.top.slice(0, 2), pinned, ...site.top.slice(2, 9)]);
    for (const { id, score } of list.body.items ?? []) expect(score).toBeCloseTo(counters.get(id) ?? Number.NaN, 1);
    const next = await site.post(`/v1/recommendations/${String(list.body['recommendation_id'])}:next`, {});
    expect(ids(next)[1]).toBe(other);
    const [inside, outside] = Number(pinned.slice(5)) % 2 === 0 ? ['even', 'odd'] : ['odd', 'even'];
    expect(ids(await site.trending(`&category=${outside}`))).not.toContain(pinned);
    expect(ids(await site.trending(`&category=${inside}`))[2]).toBe(pinned);
  });

  it('boosts and buries by the logarithm of the counter', async () => {
    await using site = await trends();
    const [first = '', second = ''] = site.top;
    const raised = site.all[25] ?? '';
    await site.write('any', [{ action: 'boost', by: 20, items: [raised] }, { action: 'bury', items: [first] }]);
    expect(ids(await site.trending())).toEqual([raised, ...site.all.slice(1, 10)]);
    const [one = 0, two = 0] = (await site.get('/v1/trending?limit=100')).body.items?.filter(({ id }) => id === second || id === site.top[2]).map(({ score }) => score) ?? [];
    await site.write('any', [{ action: 'boost', by: -Math.log(one / two) - 0.01, items: [second] }]);
    expect(ids(await site.trending()).slice(0, 3)).toEqual([first, site.top[2], second]);
  });

  it('acts in its context, which pages keep, and not for segments', async () => {
    await using site = await trends();
    const [first = ''] = site.top;
    await site.write('email', [{ action: 'exclude', items: [first, site.all[5] ?? ''] }]);
    await site.write('any', [{ action: 'exclude', items: [site.all[1] ?? ''], segments: ['vip'] }]);
    expect(ids(await site.trending())).toEqual(site.top);
    const list = await site.get('/v1/trending?limit=3&context=email');
    expect(ids(list)).toEqual(site.all.slice(1, 4));
    const next = await site.post(`/v1/recommendations/${String(list.body['recommendation_id'])}:next`, {});
    expect(ids(next)).toEqual([site.all[4], site.all[6], site.all[7]]);
  });
});

describe('rules', () => {
  it('are read as they were written, replaced whole and taken away', async () => {
    await using site = await shop();
    expect((await site.get('/v1/rules/home')).body).toEqual({ context: 'home', rules: [] });
    const rules = [{ id: 'a', action: 'boost', by: -1.5, items: ['item-1'], segments: ['vip'], from: '2026-12-01T00:00:00.000Z' }, { action: 'only', filter: { price: { lte: 9 } } }];
    const { body } = await site.put('/v1/rules/home', { rules });
    const stored = { context: 'home', sequence: body['sequence'], rules: [rules[0], { id: '2', ...rules[1] }] };
    expect((await site.get(`/v1/rules/home?after_sequence=${String(body['sequence'])}`)).body).toEqual(stored);
    expect((await site.get('/v1/rules')).body['contexts']).toContainEqual(stored);
    const removed = await site.remove('/v1/rules/home');
    expect((await site.get(`/v1/rules/home?after_sequence=${String(removed.body['sequence'])}`)).body['rules']).toEqual([]);
  });

  it.each([
    ['an unknown context', 'shelf', [], '/path/context'],
    ['an unknown action', 'home', [{ action: 'hide', items: ['a'] }], '/rules/0/action'],
    ['a boost without by', 'home', [{ action: 'boost', items: ['a'] }], '/rules/0/by'],
    ['by where there is none', 'home', [{ action: 'bury', by: 1, items: ['a'] }], '/rules/0/by'],
    ['too strong a boost', 'home', [{ action: 'boost', by: 21, items: ['a'] }], '/rules/0/by'],
    ['a rule about nothing', 'home', [{ action: 'exclude' }], '/rules/0/items'],
    ['items and a filter', 'home', [{ action: 'exclude', items: ['a'], filter: { price: 1 } }], '/rules/0/filter'],
    ['a pin by filter', 'home', [{ action: 'pin', filter: { price: 1 } }], '/rules/0/filter'],
    ['a faulty filter', 'home', [{ action: 'only', filter: { prise: { lte: 3 } } }], '/rules/0/filter/prise'],
    ['an empty filter', 'home', [{ action: 'only', filter: {} }], '/rules/0/filter'],
    ['an end before its beginning', 'home', [{ action: 'exclude', items: ['a'], from: '2026-02-01T00:00:00Z', until: '2026-01-01T00:00:00Z' }], '/rules/0/until'],
    ['an id of nothing but white space', 'home', [{ id: ' \u0000', action: 'exclude', items: ['a'] }], '/rules/0/id'],
    ['a segment of nothing but white space', 'home', [{ action: 'exclude', items: ['a'], segments: ['vip', '\t'] }], '/rules/0/segments/1'],
    ['a time that is none', 'home', [{ action: 'exclude', items: ['a'], from: 'tomorrow' }], '/rules/0/from'],
    ['two of one id', 'home', [{ id: 'a', action: 'exclude', items: ['a'] }, { id: 'a', action: 'bury', items: ['b'] }], '/rules/1/id'],
    ['eleven boosts by filter', 'home', Array.from({ length: 11 }, () => ({ action: 'boost', by: 1, filter: { price: 1 } })), '/rules'],
    ['a hundred and one', 'home', Array.from({ length: 101 }, () => ({ action: 'exclude', items: ['a'] })), '/rules'],
  ])('with %s are refused with the place, and nothing changes', async (_, context, rules, pointer) => {
    await using site = await serve();
    await site.publish(data, 500);
    const answer = await site.put(`/v1/rules/${context}`, { rules });
    expect(answer).toMatchObject({ status: 422, body: { code: 'invalid_request', errors: expect.arrayContaining([expect.objectContaining({ pointer })]) as unknown } });
    if (context === 'home') expect((await site.get('/v1/rules/home')).body['rules']).toEqual([]);
  });
});
