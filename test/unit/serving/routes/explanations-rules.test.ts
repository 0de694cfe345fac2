/** Explanations of lists that rules, exploration or an unknown item have made: why an item is there, or isn't. */
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { makeModel } from '../support/model.js';
import { type Answer, serve } from '../support/serving.js';

const ITEMS = 60;
const data = makeModel(5, ITEMS);
const ids = (answer: Answer): string[] => (answer.body.items ?? []).map((item) => item.id);
const wish = { user_id: 'ann', limit: 10 };

let site: Awaited<ReturnType<typeof serve>>;
let best: Answer;

/** Prices are the items' numbers; odd ones are mugs. */
beforeAll(async () => {
  site = await serve();
  await site.publish(data, 500);
  const user = await site.person('ann');
  await site.event({ type: 'view', user, item: 'item-3', ts: Date.now() - 40_000 });
  const items = Array.from({ length: ITEMS }, (_, i) => ({ op: 'put' as const, id: `item-${i + 1}`, fields: { title: `Title ${i + 1}`, price: i + 1, categories: [i % 2 === 0 ? 'mugs' : 'pots'] } }));
  const seq = await site.change(...items, { op: 'put', id: 'novelty', fields: { title: 'Not learned', categories: ['mugs'] } });
  await vi.waitFor(async () => expect((await site.post('/v1/recommendations', { ...wish, after_sequence: seq, wait_for: 'history' })).body['fallback']).toBe('personal'), 20_000);
}, 60_000);
afterAll(() => site[Symbol.asyncDispose]());
beforeEach(async () => {
  best = await ruled([]);
});

/** Writes rules and answers with the first list that must follow them. */
async function ruled(rules: readonly object[], over: object = {}): Promise<Answer> {
  const written = await site.put('/v1/rules/any', { rules });
  return site.post('/v1/recommendations', { ...wish, ...over, after_sequence: written.body['sequence'], wait_for: 'history' });
}

async function explain(list: Answer, item: string, more = ''): Promise<Record<string, unknown>> {
  const answer = await site.get(`/v1/recommendations/${String(list.body['recommendation_id'])}/explanation?item_id=${item}${more}`);
  expect(answer.status).toBe(200);
  return answer.body;
}

/** Every listed item is explained at the place it has. */
async function expectPlaces(list: Answer): Promise<void> {
  expect(ids(list).length).toBeGreaterThan(0);
  for (const [i, id] of ids(list).entries()) expect(await explain(list, id)).toMatchObject({ place: i + 1, obstacles: [] });
}

describe('an explanation of a list that rules have made', () => {
  it('names the rule that leaves an item out, by id or by filter, and not the request', async () => {
    const [first = '', second = ''] = ids(best);
    const list = await ruled([{ id: 'recall', action: 'exclude', items: [first] }, { id: 'cheap', action: 'exclude', filter: { price: 5 } }], { exclude_ids: [second], limit: 4 });
    await expectPlaces(list);
    expect(await explain(list, first)).toMatchObject({ obstacles: [{ code: 'ruled_out', rule: 'recall' }], text: expect.stringContaining('rule “recall” leaves “Title') as unknown });
    expect(await explain(list, second)).toMatchObject({ obstacles: [{ code: 'excluded' }] });
    expect(await explain(list, 'item-5')).toMatchObject({ obstacles: [{ code: 'ruled_out', rule: 'cheap' }] });
    expect((await explain(list, 'item-5', '&language=zh'))['text']).toBe('店铺规则“cheap”排除了“Title 5”');
  });

  it('names the rule that wants others, beside the request’s own filter, and none where the list was made without', async () => {
    const list = await ruled([{ id: 'mugs-week', action: 'only', filter: { categories: ['mugs'] } }], { filter: { price: { lt: 30 } }, limit: 4 });
    await expectPlaces(list);
    expect(await explain(list, 'item-8')).toMatchObject({ obstacles: [{ code: 'not_demanded', rule: 'mugs-week' }] });
    expect(await explain(list, 'item-40')).toMatchObject({ obstacles: [{ code: 'filtered' }, { code: 'not_demanded', rule: 'mugs-week' }] });
    expect(await explain(list, 'item-41')).toMatchObject({ obstacles: [{ code: 'filtered' }] });
    const loose = await ruled([{ action: 'only', filter: { price: { gt: 9_000 } } }]);
    expect(ids(loose)).toEqual(ids(best));
    await expectPlaces(loose);
  });

  it('says that the shop has pinned an item, put it behind everything else, or pinned others in its place', async () => {
    const all = ids(await site.post('/v1/recommendations', { ...wish, limit: 60 }));
    const pinned = all[40] ?? '';
    const pins = await ruled([{ id: 'front', action: 'pin', at: 2, items: [pinned] }]);
    await expectPlaces(pins);
    expect(await explain(pins, pinned)).toMatchObject({ place: 2, rank: 41, source: 'pin', text: expect.stringMatching(/at place 2, where the shop has pinned it/) as unknown });
    expect((await explain(pins, ids(best)[9] ?? ''))['text']).toMatch(/is at rank 10; others have its place/);
    const [first = ''] = ids(best);
    const buried = await ruled([{ id: 'slow', action: 'bury', items: [first] }]);
    expect(await explain(buried, first)).toMatchObject({ rank: all.length, text: expect.stringMatching(/the shop puts it behind everything else/) as unknown, reasons: expect.arrayContaining([expect.objectContaining({ kind: 'rule', rule: 'slow', contribution: -1000 })]) as unknown });
  });
});

describe('an explanation of another list that isn’t the plain best', () => {
  it('is of the list as exploration has drawn it', async () => {
    const lists = await Promise.all(Array.from({ length: 3 }, (_, i) => site.post('/v1/recommendations', { session: [{ type: 'view', item_id: `item-${i + 1}` }], limit: 10, explore: 1 })));
    for (const list of lists) {
      const explored = (list.body.items ?? []).find((item) => (item as { explored?: boolean }).explored === true);
      await expectPlaces(list);
      expect(await explain(list, explored?.id ?? '')).toMatchObject({ source: 'exploration', text: expect.stringMatching(/to be tried: it is new/) as unknown });
    }
  });

  it('ranks what is taken beside an item that nobody has learned first, as the list does', async () => {
    const list = await site.post('/v1/recommendations', { item_id: 'novelty', limit: 40 });
    expect(list.body['fallback']).toBe('trending');
    expect(ids(list).slice(0, 5).every((id) => Number(id.slice(5)) % 2 === 1)).toBe(true);
    for (const [i, id] of ids(list).entries()) expect(await explain(list, id)).toMatchObject({ place: i + 1, rank: i + 1, scoring: 'trending' });
  });
});
