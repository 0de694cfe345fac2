/** Learned weights in a serving process: they order the next search, answers name them, what they were learned from is kept, and a setting turns them off. */
import { DEFAULT_WEIGHTS } from '@freshet/shared/domain/search-weights/weights';
import type { WeightsTrial } from '@freshet/shared/ports/search-weights';
import { describe, expect, it, vi } from 'vitest';
import { makeModel } from '../support/model.js';
import { type Answer, serve, type ServeOptions } from '../support/serving.js';

const TRIAL: Omit<WeightsTrial, 'version' | 'learnedAt'> = {
  basedOn: 0, weights: { text: 1, words: 0.05, shopper: 0.9, popularity: 0.3, unavailable: 0.25 }, learnedFrom: 900, heldOut: 300, gain: 0.0123456, chance: 0.004,
  mrr: { learned: 0.61, inForce: 0.58 }, looked: [1, 0.5, 0.33, 0.2, 0.1, 0.05, 0.02], refusal: undefined,
};
const WISH = { q: 'mug', user_id: 'ada', explain: true };

async function shop(options: ServeOptions = {}) {
  const site = await serve(options);
  await site.publish(makeModel(5, 30));
  const seq = await site.change(...Array.from({ length: 12 }, (_, i) => ({ op: 'put' as const, id: `item-${i + 1}`, fields: { title: i % 2 === 0 ? 'Heart mug' : 'Heart mug with a long name' } })));
  await vi.waitFor(async () => expect((await site.get('/v1/models/latest')).body['version']).toBe(1));
  const user = await site.person('ada');
  await site.event({ type: 'click', user, item: 'item-8', ts: Date.now() });
  expect((await site.post('/v1/search', { ...WISH, after_sequence: seq + 1, wait_for: 'history' })).status).toBe(200);
  return site;
}

const contribution = ({ body }: Answer, id: string, kind: string): number => {
  const found = (body.items ?? []).find((item) => item.id === id) as { parts?: readonly { kind: string; contribution: number }[] } | undefined;
  return found?.parts?.find((part) => part.kind === kind)?.contribution ?? 0;
};

describe('learned weights', () => {
  it('order the next search once they are in force, and every answer names their version', async () => {
    await using site = await shop();
    const before = await site.post('/v1/search', WISH);
    expect(before.body['weights_version']).toBe(0);
    await site.searchWeights.add(TRIAL, 0);
    const after = await vi.waitFor(async () => {
      const answer = await site.post('/v1/search', WISH);
      expect(answer.body['weights_version']).toBe(1);
      return answer;
    });
    expect(contribution(after, 'item-8', 'shopper')).toBeCloseTo(3 * contribution(before, 'item-8', 'shopper'), 3);
    expect(after.body.items?.map(({ score }) => score)).not.toEqual(before.body.items?.map(({ score }) => score));
    expect(await site.metrics.render()).toContain('freshet_search_weights_version 1');
    expect(await site.metrics.render()).toContain('freshet_search_weight{feature="shopper"} 0.9');
  });

  it('are read before the process answers', async () => {
    await using site = await serve({ trial: TRIAL });
    expect((await site.post('/v1/search', { q: 'mug' })).body['weights_version']).toBe(1);
  });

  it('are told with how they were judged', async () => {
    await using site = await shop();
    await site.searchWeights.add(TRIAL, 0);
    await site.searchWeights.add({ ...TRIAL, basedOn: 1, refusal: { code: 'uncertain', message: 'not known to be better' } }, 1);
    await vi.waitFor(async () => expect((await site.get('/v1/search/weights')).body['version']).toBe(1));
    const { body } = await site.get('/v1/search/weights?limit=2');
    expect(body).toMatchObject({ mode: 'learned', version: 1, weights: TRIAL.weights, defaults: DEFAULT_WEIGHTS });
    expect(body['trials']).toMatchObject([
      { version: 2, based_on: 1, refusal: { code: 'uncertain', detail: 'not known to be better' } },
      { version: 1, based_on: 0, learned_from: 900, held_out: 300, log_likelihood_gain: 0.01235, chance: 0.004, mrr: { learned: 0.61, in_force: 0.58 }, looked_at: expect.arrayContaining([{ place: 10, share: 0.1 }]) },
    ]);
    expect((await site.get('/v1/search/weights?limit=101')).status).toBe(422);
  });

  it('are passed over where the shop wants fixed ones', async () => {
    await using site = await serve({ searchWeights: 'fixed', trial: TRIAL });
    expect((await site.post('/v1/search', { q: 'mug' })).body['weights_version']).toBe(0);
    expect((await site.get('/v1/search/weights')).body).toMatchObject({ mode: 'fixed', version: 0, weights: DEFAULT_WEIGHTS, trials: [{ version: 1 }] });
  });
});

describe('what weights are learned from', () => {
  it('is kept with every answer of a search, in the order shown, and with no other list', async () => {
    await using site = await shop();
    const answer = await site.post('/v1/search', WISH);
    await site.get('/v1/users/ada/recommendations');
    const kept = await vi.waitFor(() => {
      const list = site.recommendations.lists().find(({ name }) => name === answer.body['query_id']);
      expect(list).toBeDefined();
      expect(site.recommendations.lists().some(({ method }) => method === 'rank')).toBe(true);
      return list;
    });
    expect(kept?.items.map(({ id }) => id)).toEqual(answer.body.items?.map(({ id }) => id));
    for (const { id, features } of kept?.items ?? []) expect((features?.shopper ?? Number.NaN) * DEFAULT_WEIGHTS.shopper).toBeCloseTo(contribution(answer, id, 'shopper'), 4);
    expect(site.recommendations.lists().filter(({ method }) => method === 'rank').flatMap(({ items }) => items).some(({ features }) => features !== undefined)).toBe(false);
  });
});
