/** A shop's rules in its searches: what is left out, demanded, raised, put back and pinned among what a query finds. */
import { describe, expect, it } from 'vitest';
import { makeModel } from '../support/model.js';
import { type Answer, serve } from '../support/serving.js';

const MUGS = 12;
const ids = (answer: Answer): string[] => (answer.body.items ?? []).map((item) => item.id);
const numbers = (answer: Answer): number[] => ids(answer).map((id) => Number(id.slice(5)));

/** item-1 to item-12 are mugs of prices 1 to 12, odd ones of the brand Alder; item-13 is a candle. */
async function shop() {
  const site = await serve();
  await site.publish(makeModel(5, 30));
  const mugs = Array.from({ length: MUGS }, (_, i) => ({ op: 'put' as const, id: `item-${i + 1}`, fields: { title: 'Heart mug', categories: ['Mugs'], price: i + 1, brand: i % 2 === 0 ? 'Alder' : 'Birch' } }));
  const seq = await site.change(...mugs, { op: 'put', id: 'item-13', fields: { title: 'Red candle', categories: ['Candles'], price: 3 } });
  const search = (over: object = {}) => site.post('/v1/search', { q: 'mug', wait_for: 'history', ...over });
  const best = ids(await search({ after_sequence: seq }));
  /** Writes rules and answers with the first search that must follow them. */
  const ruled = async (rules: readonly object[], over: object = {}, context = 'search'): Promise<Answer> => {
    const written = await site.put(`/v1/rules/${context}`, { rules });
    expect(written.status).toBe(202);
    return search({ ...over, after_sequence: written.body['sequence'] });
  };
  return { ...site, search, best, ruled, [Symbol.asyncDispose]: () => site[Symbol.asyncDispose]() };
}

describe('a rule of the context search', () => {
  it('leaves out items by id and by filter, of counts and facets, too', async () => {
    await using site = await shop();
    const [first = ''] = site.best;
    const answer = await site.ruled([{ action: 'exclude', items: [first] }], { facets: ['brand'] });
    expect(ids(answer)).toEqual(site.best.slice(1));
    expect(answer.body).toMatchObject({ total: MUGS - 1, facets: { brand: { count: MUGS - 1 } } });
    const birch = await site.ruled([{ action: 'exclude', filter: { brand: 'Alder' } }], { limit: 20, facets: ['brand'] });
    expect(numbers(birch).filter((n) => n % 2 === 1)).toEqual([]);
    expect(birch.body).toMatchObject({ total: 6, facets: { brand: { count: 6, values: [{ value: 'Birch', count: 6 }] } } });
    await site.ruled([{ action: 'exclude', filter: { categories: ['Mugs'] } }], {});
    expect((await site.get('/v1/search/suggestions?q=mu')).body['suggestions']).toEqual([]);
  });

  it('demands, as long as the words find something that fits, whatever else the request asks', async () => {
    await using site = await shop();
    expect(numbers(await site.ruled([{ action: 'only', filter: { brand: 'Birch' } }], { limit: 20 })).every((n) => n % 2 === 0)).toBe(true);
    expect(ids(await site.search({ filter: { brand: 'Alder', price: { lte: 3 } } })).sort()).toEqual(['item-1', 'item-3']);
    expect(ids(await site.search({ q: 'candle' }))).toEqual(['item-13']);
    expect(ids(await site.ruled([{ action: 'only', filter: { brand: 'Oak' } }, { action: 'exclude', items: ['item-1'] }], { limit: 20 }))).toEqual(site.best.filter((id) => id !== 'item-1'));
    expect(await site.ruled([{ action: 'exclude', filter: { price: { gte: 0 } } }])).toMatchObject({ status: 200, body: { items: [], total: 0, source: 'nothing' } });
  });

  it('boosts and puts back, by a tenth of the score that it has in lists, and stands in the parts, which still add up', async () => {
    await using site = await shop();
    const all = ids(await site.search({ limit: 20 }));
    const [first = ''] = all;
    const last = all.at(-1) ?? '';
    const plain = await site.search({ limit: 20, explain: true });
    const answer = await site.ruled([{ id: 'autumn', action: 'boost', by: 7, items: [last, 'item-13'] }, { id: 'slow', action: 'bury', items: [first] }], { limit: 20, explain: true });
    expect(ids(answer)).toEqual([last, ...all.slice(1, -1), first]);
    const items = (answer.body.items ?? []) as unknown as { id: string; score: number; parts: { kind: string; rule?: string; contribution: number }[] }[];
    for (const { score, parts } of items) expect(parts.reduce((sum, { contribution }) => sum + contribution, 0)).toBeCloseTo(score, 3);
    expect(items[0]?.parts).toContainEqual({ kind: 'rule', rule: 'autumn', contribution: 0.7 });
    expect(items.at(-1)?.parts).toContainEqual({ kind: 'rule', rule: 'slow', contribution: -100 });
    expect(items[0]?.score).toBeCloseTo((plain.body.items?.at(-1)?.score ?? 0) + 0.7, 4);
    expect(answer.body['category']).toEqual(plain.body['category']);
  });

  it('pins what the query finds to places of the whole answer, once, and nothing that it doesn’t find', async () => {
    await using site = await shop();
    const all = ids(await site.search({ limit: 20 }));
    const [first = '', , , fourth = ''] = all;
    const last = all.at(-1) ?? '';
    const rest = all.filter((id) => ![first, fourth, last].includes(id));
    const expected = [rest[0], last, ...rest.slice(1, 5), first, ...rest.slice(5, 8), fourth, ...rest.slice(8)];
    const rules = [{ id: 'front', action: 'pin', at: 2, items: [last] }, { action: 'pin', at: 1, items: ['item-13'] }, { action: 'pin', at: 7, items: [first] }, { action: 'pin', at: 11, items: [fourth] }];
    const answer = await site.ruled(rules, { limit: 4, explain: true });
    expect(ids(answer)).toEqual(expected.slice(0, 4));
    expect(answer.body.items?.[1]).toMatchObject({ parts: expect.arrayContaining([{ kind: 'rule', rule: 'front', contribution: 0 }]) as unknown });
    for (const offset of [4, 8]) expect(ids(await site.search({ limit: 4, offset }))).toEqual(expected.slice(offset, offset + 4));
    expect(ids(await site.search({ limit: 4, filter: { price: { lt: 100 } } }))).toEqual(expected.slice(0, 4));
    const cheap = ids(await site.search({ limit: 20, filter: { price: { lte: 2 } } }));
    expect(cheap.sort()).toEqual(['item-1', 'item-2']);
    await site.ruled([{ action: 'exclude', items: [last] }, ...rules]);
    expect(ids(await site.search({ limit: 20 }))).not.toContain(last);
  });

  it('is for its segments, and those of any context act in searches, too, those of another don’t', async () => {
    await using site = await shop();
    const [first = ''] = site.best;
    const exclude = { action: 'exclude', items: [first], segments: ['vip'] };
    expect(ids(await site.ruled([exclude]))).toContain(first);
    expect(ids(await site.search({ segments: ['vip'] }))).not.toContain(first);
    await site.remove('/v1/rules/search');
    expect(ids(await site.ruled([{ ...exclude, segments: ['staff'] }], { segments: ['staff'] }, 'any'))).not.toContain(first);
    await site.remove('/v1/rules/any');
    expect(ids(await site.ruled([exclude], { segments: ['vip'] }, 'home'))).toContain(first);
  });
});
