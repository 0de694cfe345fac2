import { describe, expect, it, vi } from 'vitest';
import { until } from '../../../support/until.js';
import { serve } from '../support/serving.js';

describe('what has come of lists', () => {
  it('is told by context, rung, method, source and version, with rates that are null where there is nothing to divide by', async () => {
    await using site = await serve();
    await site.change({ op: 'put', id: 'mug', fields: { title: 'Mug' } }, { op: 'put', id: 'pot', fields: { title: 'Pot' } });
    const seq = await site.change({ op: 'put', id: 'jar', fields: { title: 'Jar' } });
    const asked = { user_id: 'ann', context: 'home', limit: 2, after_sequence: seq, wait_for: 'history' };
    const { body } = await site.post('/v1/recommendations', asked);
    await site.get('/v1/trending');
    const first = body.items?.[0]?.id ?? '';
    const list = String(body['recommendation_id']);
    await until('both lists are kept', () => site.recommendations.lists().length === 2);
    // The process's own joiner follows the log meanwhile.
    const after = await site.recommendations.joined();
    await site.recommendations.join({ after, upTo: after + 100 }, [
      { list: list.slice(0, 20), item: first, kind: 'click', at: Date.now(), seq: 100, index: 0, revenue: 0 },
      { list: list.slice(0, 20), item: first, kind: 'purchase', at: Date.now(), seq: 100, index: 1, revenue: 12.5 },
    ]);
    const home = await site.get('/v1/recommendations/outcomes');
    expect(home.body).toMatchObject({ group_by: 'context', joined_sequence: after + 100, sample: 1 });
    const counted = { lists: 1, items: 2, clicks: 1, carts: 0, purchases: 1, revenue: 12.5, click_through: 0.5, conversion: 1, revenue_per_list: 12.5 };
    const nothing = { lists: 1, items: 0, clicks: 0, carts: 0, purchases: 0, revenue: 0, click_through: null, conversion: null, revenue_per_list: 0 };
    expect(home.body['groups']).toEqual([{ context: 'home', ...counted }, { context: 'unspecified', ...nothing }]);
    const groups = async (by: string) => (await site.get(`/v1/recommendations/outcomes?group_by=${by}`)).body['groups'];
    expect(await groups('method')).toEqual([{ method: 'rank', ...counted }, { method: 'trending', ...nothing }]);
    expect(await groups('rung')).toEqual([{ rung: 'newest', ...counted }, { rung: 'trending', ...nothing }]);
    expect(await groups('version')).toMatchObject([{ version_from: 0, version_to: 0, label: 'newest', lists: 2, items: 2 }]);
    const { lists: _, revenue_per_list: __, ...ofItems } = counted;
    expect(await groups('source')).toContainEqual({ source: 'newest', ...ofItems });
    expect((await site.get('/v1/recommendations/outcomes?until=2026-01-02T12:34:00Z')).body).toEqual(
      { group_by: 'context', since: '2026-01-01T13:00:00.000Z', until: '2026-01-02T13:00:00.000Z', joined_sequence: after + 100, sample: 1, groups: [] },
    );
  });

  it('is told of searches by what carries their query_id, page by page, and of what rules had pinned and raised', async () => {
    await using site = await serve();
    const titles = ['Red mug', 'Blue mug', 'Green mug'];
    await site.change(...titles.map((title, i) => ({ op: 'put' as const, id: `mug-${i}`, fields: { title } })));
    const { body: written } = await site.put('/v1/rules/search', { rules: [{ action: 'pin', at: 1, items: ['mug-2'] }, { action: 'boost', by: 3, items: ['mug-1', 'mug-2'] }] });
    const user = await site.person('ann');
    const wish = { q: 'mug', user_id: 'ann', limit: 2, after_sequence: written['sequence'], wait_for: 'history' };
    const first = await site.post('/v1/search', wish);
    await site.post('/v1/search', { ...wish, offset: 2 });
    await site.post('/v1/search', { ...wish, q: 'xylophone' });
    const query_id = String(first.body['query_id']);
    expect(first.body.items?.map(({ id }) => id)).toEqual(['mug-2', 'mug-1']);
    await until('the searches are kept', () => site.recommendations.lists().length === 3);
    expect(site.recommendations.lists()).toMatchObject([
      { name: query_id, person: user, context: 'search', method: 'search', rung: 'text', skipped: 0, items: [{ id: 'mug-2', propensity: 1, source: 'pin' }, { id: 'mug-1', source: 'boost' }] },
      { rung: 'text', skipped: 2, items: [{ id: 'mug-0', source: 'text' }] },
      { rung: 'nothing', items: [] },
    ]);
    await site.event({ type: 'click', user, item: 'mug-1', ts: Date.now(), query_id });
    await site.event({ type: 'purchase', user, item: 'mug-1', ts: Date.now(), query_id, price: 4, quantity: 2 });
    const groups = async (by: string) => (await site.get(`/v1/recommendations/outcomes?group_by=${by}`)).body['groups'];
    const counted = { clicks: 1, purchases: 1, revenue: 8 };
    await vi.waitFor(async () => expect(await groups('method')).toMatchObject([{ method: 'search', lists: 3, items: 3, ...counted, click_through: 1 / 3 }]), { timeout: 15_000 });
    expect(await groups('context')).toMatchObject([{ context: 'search', lists: 3 }]);
    expect(await groups('rung')).toMatchObject([{ rung: 'text', lists: 2, ...counted }, { rung: 'nothing', lists: 1, items: 0 }]);
    expect(await groups('source')).toContainEqual(expect.objectContaining({ source: 'boost', items: 1, ...counted }));
  }, 30_000);

  it('is asked for with times that can be read, the first before the last', async () => {
    await using site = await serve();
    for (const query of ['since=yesterday', 'until=2026-02-30T00:00:00Z', 'since=2026-01-02T00:00:00Z&until=2026-01-01T00:00:00Z', 'group_by=shopper', 'limit=0']) {
      expect(await site.get(`/v1/recommendations/outcomes?${query}`)).toMatchObject({ status: 422, body: { code: 'invalid_request' } });
    }
    expect((await site.get('/v1/recommendations/outcomes?since=yesterday')).body['detail']).toBe("The request doesn't fit: /query/since can’t be used: A text timestamp must be RFC 3339 with a zone, such as 2026-11-22T18:30:00Z.");
  });
});
