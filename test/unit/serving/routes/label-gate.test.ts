/** The gate of a label: what is kept of a version's predictions lets it answer, or doesn't; judged against what answers when the label changes. */
import { describe, expect, it, vi } from 'vitest';
import { makeModel, NOW } from '../support/model.js';
import { publish, serves, type Site } from '../support/served-versions.js';
import { serve } from '../support/serving.js';

describe('the gate of a label', () => {
  /** Version 1 was learned over 20 windows, 2 over the next 20. */
  async function withWindows(site: Site, hits: readonly [number, number]): Promise<void> {
    for (const version of [1, 2]) await site.publish(makeModel(version, 30), 20);
    await serves(site, 2);
    const epoch = site.deltas.epoch();
    for (let k = 0; k < 40; k++) {
      const version = k < 20 ? 1 : 2;
      const window = { fromSeq: k + 1, toSeq: k + 1, version, beganAt: NOW, endedAt: NOW, tested: 100, hits10: (hits[version - 1] ?? 0) + (k % 3), ndcg10: 0, examples: 1, loss: 1, popularityHits10: 10, followHits10: 0 };
      expect(await site.quality.append(window, epoch)).toBe(true);
    }
  }

  it.each(['stable', 'canary'])('refuses %s for a version that predicted worse, with the figures, until it is forced', async (label) => {
    await using site = await serve();
    await withWindows(site, [20, 40]);
    const path = `/v1/models/labels/${label}`;
    const share = label === 'canary' ? { share: 1 } : {};
    const refused = await site.put(path, { version: 1, ...share });
    expect(refused).toMatchObject({ status: 422, body: { code: 'version_worse', errors: [{ pointer: '/version', code: 'worse' }] } });
    expect(refused.body['detail']).toMatch(/^What was predicted while version 1 was the newest speaks against it: worse: HR@10 0\.2\d+ where popularity had 0\.1000 \(2000 events\), against HR@10 0\.4\d+ /);
    expect((await site.get('/v1/models/labels')).body['labels']).toEqual([]);
    expect((await site.get('/v1/models/events')).body['events']).toMatchObject([{ kind: 'refused', version: 1, reason: expect.stringMatching(new RegExp(`^${label}: worse: HR@10`)) as unknown }]);
    expect(await site.put(path, { version: 1, ...share, force: true, reason: 'I know' })).toMatchObject({ status: 200, body: { forced: true } });
    expect((await site.get('/v1/models/events')).body['events']).toMatchObject(expect.arrayContaining([expect.objectContaining({ version: 1, reason: label === 'canary' ? 'canary 1 forced: I know' : 'forced: I know' })]) as unknown[]);
  });

  it('lets a version pass that predicted as well, and asks nothing of a shadow', async () => {
    await using site = await serve();
    await withWindows(site, [40, 40]);
    expect((await site.put('/v1/models/labels/canary', { version: 1, share: 0.5 })).status).toBe(200);
    await using other = await serve();
    await withWindows(other, [5, 40]);
    expect((await other.put('/v1/models/labels/stable', { version: 1 })).body['errors']).toMatchObject([{ code: 'worse' }, { code: 'below_popularity' }]);
    expect((await other.put('/v1/models/labels/shadow', { version: 1 })).status).toBe(200);
  });

  it('refuses to let go of stable for a newest version that predicted worse, until it is forced; what has no say in answers is let go at once', async () => {
    await using site = await serve();
    await withWindows(site, [40, 20]);
    expect((await site.put('/v1/models/labels/stable', { version: 1 })).status).toBe(200);
    expect((await site.put('/v1/models/labels/canary', { version: 1, share: 0.5 })).status).toBe(200);
    const refused = await site.remove('/v1/models/labels/stable?reason=mended');
    expect(refused).toMatchObject({ status: 422, body: { code: 'version_worse', errors: [{ pointer: '/path/label', code: 'worse' }] } });
    expect(refused.body['detail']).toMatch(/^What was predicted since version 1 speaks against the newest, 2, which would answer without the label: worse: HR@10 0\.2\d+ .* `force=true` lets it pass\.$/);
    expect((await site.get('/v1/models/labels')).body['labels']).toMatchObject([{ label: 'canary' }, { label: 'stable', version: 1 }]);
    expect((await site.get('/v1/models/events?limit=1')).body['events']).toMatchObject([{ kind: 'refused', version: 2, previous: 1, reason: expect.stringMatching(/^stable: worse: HR@10/) as unknown }]);
    expect((await site.remove('/v1/models/labels/canary')).status).toBe(200);
    expect((await site.remove('/v1/models/labels/stable?force=perhaps')).status).toBe(422);
    expect(await site.remove('/v1/models/labels/stable?force=true&reason=mended')).toMatchObject({ status: 200, body: { version: 1 } });
    expect((await site.get('/v1/models/events')).body['events']).toMatchObject(expect.arrayContaining([expect.objectContaining({ kind: 'unpinned', version: 1, reason: 'forced: mended' })]) as unknown[]);
    await using other = await serve();
    await withWindows(other, [20, 40]);
    await other.put('/v1/models/labels/stable', { version: 1, force: true });
    expect((await other.remove('/v1/models/labels/stable')).status).toBe(200);
  });

  it('holds a canary against the pinned version, not against the newest', async () => {
    await using site = await serve();
    await withWindows(site, [20, 40]);
    await site.put('/v1/models/labels/stable', { version: 1, force: true });
    expect((await site.put('/v1/models/labels/canary', { version: 1, share: 0.5 })).status).toBe(200);
    expect((await site.put('/v1/models/labels/canary', { version: 2, share: 0.5 })).status).toBe(200);
  });

  it('judges anew where stable moves while it judges, a refusal, too', async () => {
    await using site = await serve();
    await withWindows(site, [20, 40]);
    // While the first change is judged against the newest version, which is better than 1, somebody pins 1.
    const between = site.quality.between.bind(site.quality);
    let meanwhile: (() => Promise<unknown>) | undefined = () => site.labels.pin('stable', { version: 1, reason: 'meanwhile', forced: true });
    const read = vi.spyOn(site.quality, 'between').mockImplementation(async (...asked) => {
      const found = await between(...asked);
      const move = meanwhile;
      meanwhile = undefined;
      await move?.();
      return found;
    });
    expect((await site.put('/v1/models/labels/canary', { version: 1, share: 0.5 })).status).toBe(200);
    const told = async (): Promise<string[]> => ((await site.get('/v1/models/events')).body['events'] as { kind: string; version: number }[]).map(({ kind, version }) => `${kind} ${version}`);
    expect(await told()).not.toContain('refused 1');
    read.mockRestore();
    // The other way round: it passes against 1, which is let go of before the label is set, and the newest is better.
    await site.labels.unpin('canary', { reason: '' });
    const pin = site.labels.pin.bind(site.labels);
    vi.spyOn(site.labels, 'pin').mockImplementationOnce(async (...asked) => {
      await site.labels.unpin('stable', { reason: 'gone' });
      return pin(...asked);
    });
    expect(await site.put('/v1/models/labels/canary', { version: 1, share: 0.5 })).toMatchObject({ status: 422, body: { code: 'version_worse' } });
    expect((await site.get('/v1/models/labels')).body['labels']).toEqual([]);
  });

  it('gives up where stable moves each time', async () => {
    await using site = await serve();
    await withWindows(site, [40, 40]);
    await publish(site, 1);
    const between = site.quality.between.bind(site.quality);
    // Both sides are read at once: what is pinned changes with the first of them.
    let reads = 0;
    vi.spyOn(site.quality, 'between').mockImplementation(async (...asked) => {
      if (reads++ % 2 === 0) await site.labels.pin('stable', { version: 1 + ((reads >> 1) % 2), reason: '' });
      return between(...asked);
    });
    expect(await site.put('/v1/models/labels/canary', { version: 3, share: 0.5 })).toMatchObject({ status: 503, body: { code: 'labels_busy' } });
    expect(((await site.get('/v1/models/labels')).body['labels'] as { label: string }[]).map(({ label }) => label)).toEqual(['stable']);
  });
});
