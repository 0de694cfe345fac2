/** What a shop says of its shoppers, and the rules that follow it. */
import { describe, expect, it, vi } from 'vitest';
import { makeModel } from '../support/model.js';
import { type Answer, serve } from '../support/serving.js';

const ITEMS = 120;
const data = makeModel(5, ITEMS);
const ids = (answer: Answer): string[] => (answer.body.items ?? []).map((item) => item.id);

/** The best item of every list is left out for who is in the segment `vip`. */
async function shop() {
  const site = await serve();
  await site.publish(data, 500);
  const user = await site.person('ann');
  await site.event({ type: 'view', user, item: 'item-3', ts: Date.now() });
  const seq = await site.change(...Array.from({ length: ITEMS }, (_, i) => ({ op: 'put' as const, id: `item-${i + 1}`, fields: { title: `mug ${i + 1}`, price: i + 1 } })));
  const wish = { user_id: 'ann', limit: 12, after_sequence: seq, wait_for: 'history' };
  await vi.waitFor(async () => expect((await site.post('/v1/recommendations', wish)).body['fallback']).toBe('personal'), { timeout: 8_000 });
  const best = await site.post('/v1/recommendations', wish);
  const [first = ''] = ids(best);
  const written = await site.put('/v1/rules/any', { rules: [{ action: 'exclude', items: [first], segments: ['vip'] }] });
  const say = async (user: string, segments: readonly string[]): Promise<number> => {
    const answer = await site.put(`/v1/users/${user}`, { segments });
    expect(answer).toMatchObject({ status: 202, body: { user_id: user, segments: new Set(segments).size } });
    return Number(answer.body['sequence']);
  };
  return { ...site, first, say, wish: { ...wish, after_sequence: written.body['sequence'] }, [Symbol.asyncDispose]: () => site[Symbol.asyncDispose]() };
}

describe('segments of a shopper', () => {
  it('are kept, and rules follow them where a request names none', async () => {
    await using site = await shop();
    expect(ids(await site.post('/v1/recommendations', site.wish))).toContain(site.first);
    const after = { after_sequence: await site.say('ann', ['tea', 'vip']) };
    const list = await site.post('/v1/recommendations', { ...site.wish, ...after });
    expect(ids(list)).not.toContain(site.first);
    expect(ids(await site.post('/v1/recommendations', { ...site.wish, ...after, segments: ['tea'] }))).toContain(site.first);
    expect(ids(await site.post('/v1/recommendations', { ...site.wish, ...after, segments: [] }))).toContain(site.first);
    expect(ids(await site.get('/v1/users/ann/recommendations?limit=12'))).not.toContain(site.first);
    const alike = await site.event({ type: 'view', user: await site.person('bea'), item: 'item-3', ts: Date.now() });
    expect(ids(await site.get(`/v1/users/bea/recommendations?limit=12&wait_for=history&after_sequence=${alike}`))).toContain(site.first);
    const next = await site.post(`/v1/recommendations/${String(list.body['recommendation_id'])}:next`, { limit: 100 });
    expect(ids(next)).not.toContain(site.first);
    const why = await site.get(`/v1/recommendations/${String(list.body['recommendation_id'])}/explanation?item_id=${site.first}`);
    expect(why.body['obstacles']).toContainEqual(expect.objectContaining({ code: 'ruled_out', rule: '1' }));
  });

  it('are followed by searches, and by the lists of a session that has joined the shopper', async () => {
    await using site = await shop();
    const asked = { q: `mug ${site.first.slice(5)}`, limit: 100, user_id: 'ann' };
    expect(ids(await site.post('/v1/search', asked))).toContain(site.first);
    const after = { after_sequence: await site.say('ann', ['vip']), wait_for: 'history' };
    expect(ids(await site.post('/v1/search', { ...asked, ...after }))).not.toContain(site.first);
    expect(ids(await site.post('/v1/search', { ...asked, segments: [] }))).toContain(site.first);
    const [session, user] = [await site.person('as if a session', 'session'), await site.person('ann')];
    const joined = await site.event({ type: 'view', user, session, item: 'item-4', ts: Date.now() });
    const wish = { session_id: 'as if a session', limit: 100, wait_for: 'history', after_sequence: joined };
    expect(ids(await site.post('/v1/recommendations', wish))).not.toContain(site.first);
    expect(ids(await site.post('/v1/recommendations', { ...wish, segments: [] }))).toContain(site.first);
  });

  it('are named by requests as they are by rules: white space and the form of their Unicode make no difference, and nothing is no name', async () => {
    await using site = await shop();
    const written = await site.put('/v1/rules/any', { rules: [{ action: 'exclude', items: [site.first], segments: ['caf\u00e9'] }] });
    const after = { after_sequence: written.body['sequence'], wait_for: 'history' };
    for (const segment of ['caf\u00e9', 'cafe\u0301', 'caf\u00e9 ']) {
      expect(ids(await site.post('/v1/recommendations', { ...site.wish, ...after, segments: [segment] }))).not.toContain(site.first);
      expect(ids(await site.post('/v1/search', { q: `mug ${site.first.slice(5)}`, limit: 100, ...after, segments: [segment] }))).not.toContain(site.first);
    }
    for (const path of ['/v1/recommendations', '/v1/search']) {
      expect(await site.post(path, { ...(path.endsWith('search') ? { q: 'mug' } : {}), segments: ['tea', ' '] })).toMatchObject({ status: 422, body: { errors: [{ pointer: '/segments/1', code: 'minLength' }] } });
    }
  });

  it('are read as they were said, cleaned and each once, of a shopper who was unknown, too', async () => {
    await using site = await shop();
    expect((await site.get('/v1/users/new%20one')).body).toEqual({ user_id: 'new one', segments: [] });
    const written = await site.put('/v1/users/new%20one', { segments: [' vip ', 'tea', 'vip'] });
    expect(written.body).toMatchObject({ user_id: 'new one', segments: 2 });
    const after = `?after_sequence=${String(written.body['sequence'])}`;
    expect((await site.get(`/v1/users/new%20one${after}`)).body).toEqual({ user_id: 'new one', segments: ['vip', 'tea'], sequence: written.body['sequence'] });
    const emptied = await site.put('/v1/users/new%20one', { segments: [] });
    expect((await site.get(`/v1/users/new%20one?after_sequence=${String(emptied.body['sequence'])}`)).body).toEqual({ user_id: 'new one', segments: [] });
  });

  it('are erased: at once from answers, from what is stored, and again when asked again', async () => {
    await using site = await shop();
    const said = await site.say('ann', ['vip']);
    expect(ids(await site.post('/v1/recommendations', { ...site.wish, after_sequence: said }))).not.toContain(site.first);
    const erased = await site.remove('/v1/users/ann');
    const sequence = Number(erased.body['sequence']);
    expect(erased).toEqual({ status: 202, body: { user_id: 'ann', segments: 0, sequence } });
    expect(sequence).toBeGreaterThan(said);
    expect(site.erased).toEqual([{ ref: await site.person('ann'), seq: sequence }]);
    expect(ids(await site.post('/v1/recommendations', { ...site.wish, after_sequence: sequence }))).toContain(site.first);
    expect((await site.get(`/v1/users/ann?after_sequence=${sequence}`)).body).toEqual({ user_id: 'ann', segments: [] });
    expect((await site.remove('/v1/users/ann')).status).toBe(202);
    expect(await site.remove('/v1/users/never-heard-of')).toMatchObject({ status: 202, body: { segments: 0 } });
    expect(site.erased).toHaveLength(2);
  });

  it.each([
    ['no segments', {}, '/segments'],
    ['an empty name', { segments: ['vip', ' '] }, '/segments/1'],
    ['a name of 65 characters', { segments: ['x'.repeat(65)] }, '/segments/0'],
    ['twenty-one of them', { segments: Array.from({ length: 21 }, (_, i) => `s${i}`) }, '/segments'],
    ['something else that is said', { segments: [], consent: true }, '/consent'],
  ])('with %s are refused with the place', async (_, body, pointer) => {
    await using site = await serve();
    await site.publish(data, 500);
    const answer = await site.put('/v1/users/ann', body);
    expect(answer).toMatchObject({ status: 422, body: { code: 'invalid_request', errors: expect.arrayContaining([expect.objectContaining({ pointer })]) as unknown } });
  });
});
