/** Asking for a refit over REST, and reading what became of it. */
import { describe, expect, it } from 'vitest';
import { serve } from '../support/serving.js';

describe('refits over REST', () => {
  it('are noted with their options; a second one is refused while one is under way', async () => {
    await using site = await serve();
    const asked = await site.post('/v1/models/refits', { epochs: 3, gate: 200, reason: 'after the import' });
    expect(asked).toMatchObject({ status: 202, body: { id: 1, state: 'asked', epochs: 3, gate: 200, reason: 'after the import' } });
    const again = await site.post('/v1/models/refits', {});
    expect(again).toMatchObject({ status: 409, body: { code: 'refit_under_way', detail: 'Refit 1 (after the import) is asked.' } });
    expect((await site.get('/v1/models/refits')).body).toMatchObject({ refits: [{ id: 1 }] });
  });

  it('take what the call leaves out from the settings, and what it says from the call', async () => {
    await using site = await serve({ refit: { epochs: 4, gate: 250 } });
    for (const [body, options] of [
      [{}, { epochs: 4, gate: 250, reason: 'asked for' }],
      [{ epochs: 2 }, { epochs: 2, gate: 250 }],
      [{ gate: 0, reason: 'no gate' }, { epochs: 4, gate: 0, reason: 'no gate' }],
    ] as const) {
      const asked = await site.post('/v1/models/refits', body);
      expect(asked).toMatchObject({ status: 202, body: options });
      await site.refits.end(Number(asked.body['id']), 'failed', { outcome: 'the next one, please' });
    }
  });

  it('show what was measured and why they ended', async () => {
    await using site = await serve();
    await site.post('/v1/models/refits', {});
    const figures = { hr_10: 0.3, ndcg_10: 0.2 };
    const gate = { events: 900, candidate: figures, serving: figures, floors: { popularity: 0.1, follow: 0.2 } };
    await site.refits.begin(1, 1);
    await site.refits.end(1, 'refused', { outcome: 'too_few_events: …', report: { examples: 10, epochs: 5, seconds: 1, applied: 4, items: 2, gate } });
    expect(await site.get('/v1/models/refits/1')).toMatchObject({ status: 200, body: { state: 'refused', outcome: 'too_few_events: …', report: { gate } } });
    expect(await site.get('/v1/models/refits/7')).toMatchObject({ status: 404, body: { code: 'refit_not_found' } });
  });

  it.each([{ epochs: 0 }, { epochs: 101 }, { gate: -1 }, { epoch: 3 }])('with %j are refused', async (body) => {
    await using site = await serve();
    expect((await site.post('/v1/models/refits', body)).status).toBe(422);
  });
});
