import { describe, expect, it } from 'vitest';
import { makeModel } from '../support/model.js';
import { publish, serves, type Site } from '../support/served-versions.js';
import { serve } from '../support/serving.js';

const items = async (site: Site): Promise<unknown> => (await site.post('/v1/recommendations', { item_id: 'item-3', limit: 5 })).body.items;

describe('the label stable', () => {
  it('pins every answer to a version and lets go again; answers and operations say so', async () => {
    await using site = await serve();
    await publish(site, 2);
    const then = await items(site);
    await publish(site, 2);
    expect(await items(site)).not.toEqual(then);

    const set = await site.put('/v1/models/labels/stable', { version: 2, reason: 'worse since noon' });
    expect(set).toMatchObject({ status: 200, body: { label: 'stable', version: 2, reason: 'worse since noon' } });
    await serves(site, 2);
    expect(await items(site)).toEqual(then);
    for (const answer of [await site.post('/v1/recommendations', {}), await site.get('/v1/trending'), await site.get('/v1/items/item-3/similar')]) {
      expect(answer).toMatchObject({ status: 200, body: { model_version: 2, learned_until: 2, pinned: true } });
    }
    expect((await site.get('/v1/models/latest')).body['pinned']).toMatchObject({ reason: 'worse since noon', newest_version: 4 });
    expect((await site.get('/v1/models')).body['serving']).toMatchObject({ version: 2, pinned: { newest_version: 4 } });
    expect((await site.get('/v1/models/labels')).body['labels']).toMatchObject([{ label: 'stable', version: 2, serving: true }]);
    const ready = (await site.get('/readyz?verbose')).body['checks'] as readonly { detail: string }[];
    expect(ready.map(({ detail }) => detail)).toContain('version 2 (pinned; the newest is 4)');
    const text = await site.metrics.render();
    expect(text).toContain('freshet_serving_pinned_version 2\n');
    expect(text).toContain('freshet_serving_model_version 2\n');

    await publish(site, 1);
    expect((await site.post('/v1/recommendations', {})).body['model_version']).toBe(2);
    expect(await site.remove('/v1/models/labels/stable?reason=mended')).toMatchObject({ status: 200, body: { version: 2 } });
    await serves(site, 5);
    const free = await site.post('/v1/recommendations', {});
    expect(free.body['model_version']).toBe(5);
    expect(free.body['pinned']).toBeUndefined();
    expect((await site.get('/v1/models/labels')).body['labels']).toEqual([]);
    expect(await site.metrics.render()).toContain('freshet_serving_pinned_version 0\n');
  });

  it('leaves every change behind with its reason', async () => {
    await using site = await serve();
    await publish(site, 2);
    await site.put('/v1/models/labels/stable', { version: 1, reason: 'worse' });
    await serves(site, 1);
    await site.remove('/v1/models/labels/stable');
    await serves(site, 2);
    const kinds = async () => ((await site.get('/v1/models/events')).body['events'] as { kind: string; version: number; reason: string }[]).map(({ kind, version, reason }) => `${kind} ${version} ${reason}`.trim());
    await expect.poll(kinds).toEqual(['loaded 2 unpinned', 'unpinned 1', 'loaded 1 pinned', expect.stringMatching(/^probed 1 stable: \d+ requests, \d+ % of the lists stay/), 'pinned 1 worse']);
    const [newest] = (await site.get('/v1/models/events?limit=1')).body['events'] as { id: number }[];
    expect((await site.get(`/v1/models/events?before=${newest?.id}&limit=1`)).body['events']).toMatchObject([{ kind: 'unpinned', version: 1 }]);
  });

  it('is refused for a version that isn’t held, saying which are', async () => {
    await using site = await serve();
    await publish(site, 3);
    const answer = await site.put('/v1/models/labels/stable', { version: 9 });
    expect(answer).toMatchObject({ status: 422, body: { code: 'version_not_rebuildable', errors: [{ pointer: '/version' }] } });
    expect(answer.body['detail']).toBe('Version 9 can\'t be rebuilt from what is stored: 1 to 3 can.');
    expect(await site.remove('/v1/models/labels/stable')).toMatchObject({ status: 404, body: { code: 'label_not_set' } });
    for (const body of [{}, { version: 0 }, { version: 1.5 }, { version: 1, reason: 'x'.repeat(501) }, { version: 1, why: '' }]) {
      expect((await site.put('/v1/models/labels/stable', body)).status).toBe(422);
    }
  });

  it('isn’t any word', async () => {
    await using site = await serve();
    await publish(site, 1);
    for (const label of ['canaries', 'best']) {
      const path = `/v1/models/labels/${label}`;
      const refused = { status: 422, body: { code: 'invalid_request', errors: expect.arrayContaining([expect.objectContaining({ pointer: '/path/label' })]) as unknown } };
      expect(await site.put(path, { version: 1 })).toMatchObject(refused);
      expect(await site.remove(path)).toMatchObject(refused);
    }
  });

  it('keeps reads that wait for the model from waiting: histories count, the pinned model will never come', async () => {
    await using site = await serve();
    await publish(site, 2);
    await site.put('/v1/models/labels/stable', { version: 1 });
    await serves(site, 1);
    const user = await site.person('ann');
    const seq = await site.event({ type: 'view', user, item: 'item-3', ts: Date.now() });
    const answer = await site.get(`/v1/users/ann/recommendations?after_sequence=${seq}`);
    expect(answer).toMatchObject({ status: 200, body: { learned_until: 1, history_seq: seq, pinned: true, fallback: 'personal' } });
    expect((await site.get(`/v1/models/latest?after_sequence=${seq}`)).status).toBe(200);
    expect((await site.get(`/v1/models/latest?after_sequence=${seq + 1}`)).status).toBe(409);
  });

  it('holds from the first answer of a process that starts; what can’t be loaded keeps it from answering, and can be taken back', async () => {
    await using site = await serve({
      start: false,
      before: async ({ trainer, labels, deltas }) => {
        for (const seed of [1, 2, 3]) await trainer.publish(makeModel(seed, 30));
        await labels.pin('stable', { version: 2, reason: '' });
        deltas.tamper(2, (record) => ({ ...record, bytes: Buffer.from('damaged') }));
      },
    });
    await expect.poll(async () => (await site.get('/v1/models/events')).body['events']).toMatchObject([{ kind: 'refused', version: 2 }, { kind: 'pinned', version: 2 }]);
    expect((await site.get('/v1/models/latest')).status).toBe(503);
    expect((await site.get('/readyz')).status).toBe(503);
    expect((await site.get('/v1/models/labels')).body['labels']).toMatchObject([{ version: 2, serving: false }]);
    await site.put('/v1/models/labels/stable', { version: 1 });
    await site.serving.ready;
    expect((await site.get('/v1/models/latest')).body).toMatchObject({ version: 1, pinned: { newest_version: 1 } });
  });
});

describe('the label canary', () => {
  it('gives a share of the shoppers to a version; each answer, its next page and its explanation are one version’s', async () => {
    await using site = await serve();
    await publish(site, 3);
    expect(await site.put('/v1/models/labels/canary', { version: 2, share: 0.5, reason: 'refit' })).toMatchObject({ status: 200, body: { label: 'canary', version: 2, share: 0.5, reason: 'refit' } });
    const listed = async (): Promise<unknown> => (await site.get('/v1/models/labels')).body['labels'];
    await expect.poll(listed).toMatchObject([{ label: 'canary', version: 2, share: 0.5, serving: true }]);
    const versions = new Set<unknown>();
    let seq = 0;
    const shoppers = Array.from({ length: 24 }, (_, i) => `shopper-${i}`);
    for (const id of shoppers) seq = await site.event({ type: 'view', user: await site.person(id), item: 'item-3', ts: Date.now() });
    for (const user_id of shoppers) {
      const { body } = await site.post('/v1/recommendations', { user_id, limit: 4, after_sequence: seq, wait_for: 'history' });
      const version = body['model_version'];
      versions.add(version);
      expect(body['canary']).toBe(version === 2 ? true : undefined);
      expect((await site.post('/v1/search', { user_id, q: 'item' })).body['model_version']).toBe(version);
      expect((await site.post('/v1/recommendations', { user_id, limit: 4 })).body['model_version']).toBe(version);
      const list = String(body['recommendation_id']);
      const next = await site.post(`/v1/recommendations/${list}:next`, {});
      expect(next.body).toMatchObject({ model_version: version });
      const shown = new Set(body.items?.map(({ id }) => id));
      expect(next.body.items?.filter(({ id }) => shown.has(id))).toEqual([]);
      const first = body.items?.[0];
      const why = await site.get(`/v1/recommendations/${list}/explanation?item_id=${first?.id}`);
      expect(why).toMatchObject({ status: 200, body: { model_version: version, place: 1 } });
    }
    expect(versions).toEqual(new Set([2, 3]));
    expect((await site.post('/v1/recommendations', {})).body).toMatchObject({ model_version: 3 });
    expect((await site.get('/v1/trending')).body).toMatchObject({ model_version: 3 });

    expect((await site.remove('/v1/models/labels/canary?reason=enough')).status).toBe(200);
    await expect.poll(async () => new Set(await Promise.all(shoppers.map(async (user_id) => (await site.post('/v1/recommendations', { user_id })).body['model_version'])))).toEqual(new Set([3]));
    const told = ((await site.get('/v1/models/events')).body['events'] as { kind: string; version: number; reason: string }[]).map(({ kind, version, reason }) => `${kind} ${version} ${reason}`);
    expect(told).toEqual(['released 2 canary', 'unlabelled 2 canary: enough', 'loaded 2 canary', expect.stringMatching(/^probed 2 canary: \d+ requests/), 'labelled 2 canary 0.5: refit']);
  });

  it('needs a share, and the others have their own', async () => {
    await using site = await serve();
    await publish(site, 1);
    const refused = { status: 422, body: { code: 'invalid_request', errors: [{ pointer: '/share' }] } };
    expect(await site.put('/v1/models/labels/canary', { version: 1 })).toMatchObject(refused);
    for (const share of [0, -0.1, 1.01, 'all', null]) expect((await site.put('/v1/models/labels/canary', { version: 1, share })).status).toBe(422);
    expect(await site.put('/v1/models/labels/stable', { version: 1, share: 0.5 })).toMatchObject(refused);
    expect(await site.put('/v1/models/labels/shadow', { version: 1 })).toMatchObject({ status: 200, body: { share: 0.1 } });
    expect((await site.put('/v1/models/labels/previous', { version: 1 })).status).toBe(422);
    expect(await site.remove('/v1/models/labels/canary')).toMatchObject({ status: 404, body: { code: 'label_not_set' } });
  });

  it('that can’t be loaded keeps nobody from being answered, also where a process starts', async () => {
    await using site = await serve({
      before: async ({ trainer, labels, deltas }) => {
        for (const seed of [1, 2, 3]) await trainer.publish(makeModel(seed, 30));
        await labels.pin('canary', { version: 2, share: 1, reason: '' });
        deltas.tamper(2, (record) => ({ ...record, bytes: Buffer.from('damaged') }));
      },
    });
    await expect.poll(async () => (await site.get('/v1/models/events')).body['events']).toEqual(expect.arrayContaining([expect.objectContaining({ kind: 'refused', version: 2, reason: expect.stringMatching(/^canary: /) as unknown })]));
    const user = await site.person('ann');
    await site.event({ type: 'view', user, item: 'item-3', ts: Date.now() });
    expect(await site.post('/v1/recommendations', { user_id: 'ann' })).toMatchObject({ status: 200, body: { model_version: 1 } });
    expect((await site.get('/v1/models/labels')).body['labels']).toMatchObject([{ label: 'canary', serving: false }]);
  });
});

describe('the label shadow', () => {
  it('is asked beside answers and never returned; what was compared stands with the label', async () => {
    await using site = await serve();
    await publish(site, 2);
    const alone = await items(site);
    await site.put('/v1/models/labels/shadow', { version: 1, share: 1 });
    const found = async (): Promise<unknown> => {
      expect((await site.post('/v1/recommendations', { item_id: 'item-3', limit: 5 })).body).toMatchObject({ model_version: 2, items: alone });
      return ((await site.get('/v1/models/labels')).body['labels'] as { compared?: { lists: number; overlap: number } }[])[0]?.compared;
    };
    await expect.poll(found).toMatchObject({ lists: expect.any(Number) as unknown, overlap: expect.any(Number) as unknown, score_drift: expect.any(Number) as unknown });
    expect(await site.metrics.render()).toMatch(/freshet_shadow_lists_total\{result="compared"\} [1-9]/);
  });
});
