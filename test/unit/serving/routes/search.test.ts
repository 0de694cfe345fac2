/** `POST /v1/search` and suggestions over HTTP: answers, provenance, what acts on the next search, and what is refused. */
import { describe, expect, it, vi } from 'vitest';
import { makeModel, withWord } from '../support/model.js';
import { type Answer, serve } from '../support/serving.js';

const ids = (answer: Answer): string[] => (answer.body.items ?? []).map((item) => item.id);
const places = (answer: Answer): unknown[] => ((answer.body['errors'] ?? []) as { pointer: string; code: string }[]).map(({ pointer, code }) => `${pointer} ${code}`);

async function shop() {
  const site = await serve();
  await site.publish(makeModel(5, 30));
  const seq = await site.change(
    { op: 'put', id: 'item-1', fields: { title: 'Red heart mug', categories: ['Mugs'], price: 5, brand: 'Alder' } },
    { op: 'put', id: 'item-2', fields: { title: 'Blue heart mug', categories: ['Mugs'], price: 9 } },
    { op: 'put', id: 'item-3', fields: { title: 'Red candle', categories: ['Candles'], price: 3 } },
  );
  await vi.waitFor(async () => expect((await site.get('/v1/models/latest')).body['version']).toBe(1));
  expect((await site.post('/v1/search', { q: 'mug', after_sequence: seq, wait_for: 'history' })).status).toBe(200);
  return site;
}

describe('a search', () => {
  it('answers from one model version, and says which, with what was asked for', async () => {
    await using site = await shop();
    const answer = await site.post('/v1/search', { q: 'red hart', user_id: 'nobody', facets: ['categories', 'price'], highlight: true, explain: true, fields: ['title'], limit: 1 });
    expect(answer).toMatchObject({ status: 200, body: { total: 3, total_exact: true, source: 'text', model_version: 1, facets: { price: { count: 3, min: 3, max: 9 } } } });
    expect(answer.body['query_id']).toMatch(/^q_/);
    const [first] = answer.body.items ?? [];
    expect(first).toMatchObject({ id: 'item-1', fields: { title: 'Red heart mug' }, highlights: [{ field: '/title', ranges: [[0, 3], [4, 9]] }] });
    expect((first as { parts?: object[] }).parts).toContainEqual({ kind: 'text', contribution: 1 });
  });

  it('is acted on by a click that carries its id: the next one has the item first', async () => {
    await using site = await shop();
    const user = await site.person('ada');
    const before = await site.post('/v1/search', { q: 'heart mug', user_id: 'ada' });
    const last = ids(before)[1] ?? '';
    const seq = await site.event({ type: 'click', user, item: last, ts: Date.now(), query: 'heart mug', query_id: String(before.body['query_id']) });
    const after = await site.post('/v1/search', { q: 'heart mug', user_id: 'ada', after_sequence: seq, wait_for: 'history' });
    expect(ids(after)[0]).toBe(last);
    expect(ids(await site.post('/v1/search', { q: 'heart mug', user_id: 'somebody-else' }))[0]).not.toBe(last);
    const unsent = await site.post('/v1/search', { q: 'heart mug', session: [{ type: 'click', item_id: last }] });
    expect(ids(unsent)[0]).toBe(last);
  });

  it('reads its own writes with after_sequence: texts, prices, availability, deletions', async () => {
    await using site = await shop();
    const ask = async (q: string, after_sequence: number, more: object = {}) => ids(await site.post('/v1/search', { q, after_sequence, wait_for: 'history', ...more }));
    expect(await ask('vase', await site.change({ op: 'put', id: 'vase', fields: { title: 'Turquoise vase', price: 4 } }))).toEqual(['vase']);
    expect(await ask('vase', await site.change({ op: 'patch', id: 'vase', fields: { available: false } }))).toEqual([]);
    expect(await ask('vase', 0, { available: 'any' })).toEqual(['vase']);
    const cheaper = await site.change({ op: 'patch', id: 'vase', fields: { available: true, price: 2 } });
    expect(await ask('vase', cheaper, { filter: { price: { lt: 3 } } })).toEqual(['vase']);
    expect(await ask('vase', await site.change({ op: 'delete', id: 'vase' }))).toEqual([]);
    expect((await site.post('/v1/search', { q: 'vase', after_sequence: 900_000 })).status).toBe(409);
  });

  it('without a word that any text has is counted, and answers from vectors or with nothing', async () => {
    await using site = await shop();
    expect(await site.post('/v1/search', { q: 'xylophone' })).toMatchObject({ status: 200, body: { items: [], total: 0, source: 'nothing' } });
    expect(await site.metrics.render()).toContain('freshet_search_zero_results_total{answer="nothing"} 1');
  });

  it('whose filter leaves nothing of what was found is nothing’s, and counted', async () => {
    await using site = await shop();
    expect(await site.post('/v1/search', { q: 'mug', filter: { price: { gt: 100 } } })).toMatchObject({ status: 200, body: { items: [], total: 0, total_exact: true, source: 'nothing' } });
    expect(await site.metrics.render()).toContain('freshet_search_zero_results_total{answer="nothing"} 1');
  });

  it('by what words mean is as long as asked for while enough pass, though the nearest 500 fail', async () => {
    await using site = await serve();
    await site.publish(withWord(makeModel(5, 1_200), 'valentine', 'item-7'));
    const described = (price: (id: string) => number) => site.change(...Array.from({ length: 1_200 }, (_, i) => ({ op: 'put' as const, id: `item-${i + 1}`, fields: { title: 'Thing', price: price(`item-${i + 1}`) } })));
    await vi.waitFor(async () => expect((await site.get('/v1/models/latest')).body['version']).toBe(1));
    const search = (after_sequence: number, more: object) => site.post('/v1/search', { q: 'valentine', limit: 100, after_sequence, wait_for: 'history', ...more });
    const seq = await described(() => 1);
    const pages = await Promise.all([0, 100, 200, 300, 400].map((offset) => search(seq, { offset })));
    expect(pages[0]?.body).toMatchObject({ source: 'vectors', total_exact: false });
    const nearest = new Set(pages.flatMap(ids));
    const changed = await described((id) => (nearest.has(id) ? 1 : 2));
    const found = await search(changed, { limit: 20, filter: { price: 2 }, fields: ['price'] });
    expect(found.body).toMatchObject({ source: 'vectors' });
    expect(found.body.items?.map((item) => (item as { fields?: { price?: number } }).fields?.price)).toEqual(Array.from({ length: 20 }, () => 2));
    expect(ids(await search(changed, { limit: 20, filter: { price: 2 } }))).toEqual(ids(found));
  });

  it('is refused with its place when it can’t be meant', async () => {
    await using site = await shop();
    const refused = async (body: object) => places(await site.post('/v1/search', body));
    expect(await refused({})).toEqual([expect.stringContaining('/q')]);
    expect(await refused({ q: '' })).toEqual(['/q minLength']);
    expect(await refused({ q: ' \u0000 ' })).toEqual(['/q minLength']);
    expect(await refused({ q: 'x'.repeat(201) })).toEqual(['/q maxLength']);
    expect(await refused({ q: 'mug', limit: 101 })).toEqual(['/limit maximum']);
    expect(await refused({ q: 'mug', offset: -1 })).toEqual(['/offset minimum']);
    expect(await refused({ q: 'mug', filter: { prise: 3 } })).toEqual(['/filter/prise unknown_field']);
    expect(await refused({ q: 'mug', facets: ['colour'] })).toEqual(['/facets/0 unknown_field']);
    expect(await refused({ q: 'mug', facets: ['brand', 'brand'] })).toEqual(['/facets uniqueItems']);
    expect(await refused({ q: 'mug', session: [{ type: 'look', item_id: 'a' }] })).toEqual(['/session/0/type unknown_type']);
    expect(await refused({ q: 'mug', user_id: ' ' })).toEqual(['/user_id minLength']);
  });
});

describe('suggestions', () => {
  it('complete what was typed', async () => {
    await using site = await shop();
    const answer = await site.get('/v1/search/suggestions?q=red%20h&limit=3');
    expect(answer).toMatchObject({ status: 200, body: { suggestions: [{ text: 'red heart', kind: 'query', count: 1 }] } });
    const more = await site.get('/v1/search/suggestions?q=red%20he');
    expect(more.body['suggestions']).toContainEqual({ text: 'red heart', kind: 'query', count: 2 });
    expect((await site.get('/v1/search/suggestions?q=')).status).toBe(422);
    expect((await site.get('/v1/search/suggestions?q=a&limit=21')).status).toBe(422);
  });
});
