import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { makeModel } from '../support/model.js';
import { type Answer, serve } from '../support/serving.js';

const data = makeModel(5, 90);
const DAY = 86_400_000;

interface Item {
  readonly id: string;
  readonly score: number;
  readonly reasons?: readonly { readonly kind: string; readonly contribution: number; readonly text: string }[];
}
interface Explanation {
  readonly text: string;
  readonly place?: number;
  readonly rank?: number;
  readonly score?: number;
  readonly reasons: NonNullable<Item['reasons']>;
  readonly obstacles: readonly { readonly code: string; readonly text: string }[];
  readonly without: readonly { readonly rank: number; readonly score: number; readonly item_id: string; readonly text: string }[];
  readonly needed?: { readonly rank: number; readonly score: number };
}

let site: Awaited<ReturnType<typeof serve>>;

beforeAll(async () => {
  site = await serve();
  await site.publish(data, 20);
  const user = await site.person('ann');
  await site.event({ type: 'view', user, item: 'item-3', ts: Date.now() - 40_000 });
  await site.event({ type: 'purchase', user, item: 'item-8', ts: Date.now() - 3 * DAY });
  await site.event({ type: 'cart', user, item: 'item-8', ts: Date.now() - 4 * DAY });
  const seq = await site.event({ type: 'dislike', user, item: 'item-9', ts: Date.now() });
  await site.change({ op: 'put', id: 'item-3', fields: { title: 'Mug', attributes: { title_zh: '杯子' } } }, { op: 'put', id: 'item-30', fields: { available: false, title: 'Jug' } });
  await vi.waitFor(async () => expect((await site.get(`/v1/users/ann/recommendations?after_sequence=${seq + 1}`)).body['fallback']).toBe('personal'), 20_000);
}, 60_000);
afterAll(() => site[Symbol.asyncDispose]());

const itemsOf = (list: Answer): readonly Item[] => (list.body.items ?? []) as readonly Item[];
async function explain(list: Answer, item: string, more = ''): Promise<Explanation> {
  const answer = await site.get(`/v1/recommendations/${String(list.body['recommendation_id'])}/explanation?item_id=${encodeURIComponent(item)}${more}`);
  expect(answer.status).toBe(200);
  return answer.body as unknown as Explanation;
}
const sum = (parts: readonly { contribution: number }[]): number => parts.reduce((total, { contribution }) => total + contribution, 0);

describe('an explanation', () => {
  it('of each item of a list has its place, its score, and contributions that add up to it', async () => {
    const list = await site.get('/v1/users/ann/recommendations?limit=12&explain=true');
    for (const [place, { id, score, reasons = [] }] of itemsOf(list).entries()) {
      expect(sum(reasons)).toBeCloseTo(score, 3);
      const explanation = await explain(list, id);
      // Scores are asked for a moment later: ages of a minute and more are told apart by buckets only.
      expect(explanation).toMatchObject({ item_id: id, place: place + 1, rank: place + 1, score, scoring: 'personal', obstacles: [], fallback: 'personal', shown: { place: place + 1, model_version: 1 }, model_version: 1 });
      expect(sum(explanation.reasons)).toBeCloseTo(score, 3);
      expect(explanation.text).toContain(`is at place ${place + 1}`);
      expect(explanation.reasons.filter(({ kind }) => kind === 'history')).toHaveLength(3);
    }
  });

  it('names the events that did it, and where the item would stand without them', async () => {
    const list = await site.get('/v1/users/ann/recommendations?limit=5');
    const [best] = itemsOf(list);
    const { without, reasons } = await explain(list, best?.id ?? '');
    expect(reasons.map(({ text }) => text).join('\n')).toMatch(/you viewed “Mug” \d\d s ago/);
    expect(without).toHaveLength(4);
    expect(without.map(({ text }) => text).join('\n')).toMatch(/you bought “item-8” 3 days ago; without it: (still )?rank \d+/);
    expect(without.at(-1)).toMatchObject({ item_id: 'item-8', events: 2 });
    expect((await explain(list, best?.id ?? '', '&counterfactuals=0')).without).toEqual([]);
    expect((await explain(list, best?.id ?? '', '&language=zh')).reasons.map(({ text }) => text).join('\n')).toMatch(/您\d\d秒前看过“杯子”/);
  });

  it('says why an item is not there', async () => {
    const list = await site.post('/v1/recommendations', { user_id: 'ann', limit: 5, exclude_ids: ['item-40'], exclude_seen: true });
    const codes = async (id: string): Promise<string[]> => (await explain(list, id)).obstacles.map(({ code }) => code);
    expect(await codes('nothing')).toEqual(['unknown_item']);
    expect(await codes('item-40')).toEqual(['excluded']);
    expect(await codes('item-30')).toEqual(['unavailable']);
    expect(await codes('item-3')).toEqual(['seen']);
    expect((await explain(list, 'item-9')).text).toBe('you turned down “item-9” just now');
    const listed = new Set(itemsOf(list).map(({ id }) => id));
    const last = itemsOf(list).at(-1)?.score ?? 0;
    const barred = new Set(['item-3', 'item-8', 'item-9', 'item-30', 'item-40']);
    for (const { name = '' } of data.rows.slice(1, 30)) {
      const { place, needed, rank = 0, score = 0, text } = await explain(list, name);
      if (barred.has(name)) continue;
      expect(place !== undefined).toBe(listed.has(name));
      if (place !== undefined) continue;
      expect(needed).toEqual({ rank: 5, score: last });
      expect(text).toContain(`is at rank ${rank} with a score of ${score.toFixed(2)}; the last of the 5 places takes ${last.toFixed(2)}`);
    }
  });

  it('of similar items, and of a session that was never sent, is of what was asked then', async () => {
    const similar = await site.get('/v1/items/item-8/similar?limit=3');
    expect(await explain(similar, itemsOf(similar)[1]?.id ?? '')).toMatchObject({ place: 2, rank: 2, scoring: 'similar', reasons: expect.arrayContaining([expect.objectContaining({ kind: 'similar', item_id: 'item-8' })]) as unknown });
    const session = await site.post('/v1/recommendations', { session: [{ type: 'view', item_id: 'item-3' }], item_id: 'item-7', limit: 3 });
    const { reasons, obstacles } = await explain(session, 'item-7');
    expect(obstacles.map(({ code }) => code)).toEqual(['looked_at']);
    expect(reasons.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['looking', 'history']));
  });

  it('of a filtered list tells what the filter keeps out', async () => {
    const seq = await site.change(...Array.from({ length: 20 }, (_, n) => ({ op: 'put' as const, id: `item-${n + 10}`, fields: { price: n } })));
    const list = await site.post('/v1/recommendations', { user_id: 'ann', limit: 3, filter: { price: { lt: 10 } }, after_sequence: seq, wait_for: 'history' });
    const [, second] = itemsOf(list);
    expect(await explain(list, second?.id ?? '')).toMatchObject({ place: 2, rank: 2, score: second?.score });
    expect(await explain(list, 'item-25')).toMatchObject({ obstacles: [{ code: 'filtered' }] });
  });

  it('of a rotated list and of a later page are of the list as it was drawn, and say what was on an earlier page', async () => {
    const first = await site.post('/v1/recommendations', { user_id: 'ann', limit: 6, rotation: 0.8 });
    const next = await site.post(`/v1/recommendations/${String(first.body['recommendation_id'])}:next`, {});
    expect(itemsOf(next)).toHaveLength(6);
    for (const list of [first, next]) {
      for (const [place, { id, score }] of itemsOf(list).entries()) expect(await explain(list, id)).toMatchObject({ place: place + 1, score, obstacles: [] });
    }
    expect(await explain(next, itemsOf(first)[0]?.id ?? '')).toMatchObject({ obstacles: [{ code: 'shown_before' }] });
  });

  it('of a stranger’s list says what trends', async () => {
    const list = await site.get('/v1/users/nobody/recommendations?limit=4');
    expect(await explain(list, itemsOf(list)[2]?.id ?? '')).toMatchObject({ place: 3, rank: 3, scoring: 'trending', fallback: 'trending', without: [], reasons: [{ kind: 'trending', text: 'taken often now' }] });
  });

  it('says so when the list’s id had no room for all that was asked', async () => {
    const session = Array.from({ length: 50 }, (_, n) => ({ type: 'view', item_id: `item-${String(n).padStart(100, '0')}` }));
    const list = await site.post('/v1/recommendations', { user_id: 'ann', session, limit: 3 });
    expect(await explain(list, 'item-1')).toMatchObject({ incomplete: true });
  });

  it('is of the present version, and names the one the list came from', async () => {
    const list = await site.get('/v1/users/ann/recommendations?limit=3');
    const version = await site.publish({ ...data, rows: data.rows.map((row) => (row.row === 77 ? { ...row, bias: 50 } : row)) });
    await vi.waitFor(async () => expect((await site.get('/v1/models/latest')).body['version']).toBe(version));
    expect(await explain(list, 'item-77')).toMatchObject({ place: 1, rank: 1, model_version: version, shown: { model_version: version - 1 } });
    expect((await explain(list, 'item-77')) as unknown as { shown: object }).not.toHaveProperty('shown.place');
  });

  it('is refused for what is no list, a list of another kind, and wishes that don’t fit', async () => {
    const at = (list: string, query = 'item_id=item-1') => site.get(`/v1/recommendations/${list}/explanation?${query}`);
    expect(await at('rec_made-up')).toMatchObject({ status: 404, body: { code: 'recommendation_not_found' } });
    const trending = await site.get('/v1/trending');
    expect(await at(String(trending.body['recommendation_id']))).toMatchObject({ status: 422, body: { code: 'list_not_explained' } });
    const list = String((await site.get('/v1/users/ann/recommendations')).body['recommendation_id']);
    expect(await at(list, '')).toMatchObject({ status: 422, body: { errors: [{ pointer: '/query/item_id' }] } });
    for (const wish of ['counterfactuals=21', 'language=fr', 'after_sequence=-1']) expect(await at(list, `item_id=a&${wish}`)).toMatchObject({ status: 422 });
    expect(await at(list, 'item_id=a&after_sequence=9999')).toMatchObject({ status: 409 });
  });
});
