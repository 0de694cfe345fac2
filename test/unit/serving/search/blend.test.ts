import { describe, expect, it } from 'vitest';
import { meaningOf } from '@freshet/shared/domain/event';
import { emptyHistory, type History, remember } from '@freshet/shared/domain/history';
import { DEFAULT_WEIGHTS, FEATURES } from '@freshet/shared/domain/search-weights/weights';
import { type BlendInput, createBlend } from '@freshet/serving/search/blend';
import { makeModel, MODEL, NOW } from '../support/model.js';
import { referenceScores, referenceTop } from '../support/reference.js';
import { loadTableSet } from '../support/table-set.js';

const data = makeModel(21, 40);
const ids = Array.from({ length: 40 }, (_, i) => `item-${i + 1}`);

async function blending(over: Partial<BlendInput> = {}) {
  const loaded = await loadTableSet(data);
  const input: BlendInput = { model: loaded.view, shelf: loaded.shelf, history: undefined, session: { events: [], marks: new Map() }, anyAvailability: false, now: NOW, query: 'mug', wanted: 40, ...over };
  return { ...loaded, blend: (texts: readonly number[]) => createBlend()(ids.map((id, i) => ({ id, text: texts[i] ?? 0 })), input) };
}

function shopper(items: readonly string[]): History {
  const history = emptyHistory();
  items.forEach((item, i) => {
    const event = { item, ts: NOW - i * 60_000, type: 'view' };
    remember(history, event, meaningOf(event), { seq: items.length - i, index: 0 });
  });
  return history;
}

const same = ids.map(() => 1);

describe('the order of a search', () => {
  it('is by the sum of the parts, which is the score, and of equal scores by id', async () => {
    const { blend } = await blending();
    const items = blend(ids.map((_, i) => (i % 2) / 2));
    for (const { score, parts } of items) expect(Object.values(parts).reduce((sum, part) => sum + part, 0)).toBeCloseTo(score, 9);
    expect(items.map(({ score }) => score)).toEqual(items.map(({ score }) => score).sort((a, b) => b - a));
    expect(blend(ids.map((_, i) => (i % 2) / 2))).toEqual(items);
  });

  it('of a stranger knows texts and popularity alone', async () => {
    const { blend } = await blending();
    const items = blend(same);
    expect(items.every(({ parts }) => parts.shopper === 0 && parts.words === 0 && parts.text === DEFAULT_WEIGHTS.text)).toBe(true);
    const popular = items.map(({ parts }) => parts.popularity);
    expect(Math.max(...popular)).toBeCloseTo(DEFAULT_WEIGHTS.popularity, 9);
    expect(popular).toEqual([...popular].sort((a, b) => b - a));
  });

  it('of a shopper has the likeliest item by the model’s own score with the largest part, beside what she had last', async () => {
    const history = shopper(['item-7', 'item-9']);
    const { blend } = await blending({ history });
    const parts = new Map(blend(same).map(({ id, parts: { shopper: part } }) => [id, part]));
    const [likeliest] = referenceTop(referenceScores(data, history, { now: NOW, temperature: MODEL.temperature }), 1, (id) => id === 'item-7' || id === 'item-9').map(([id]) => id);
    const others = [...parts].filter(([id]) => id !== 'item-7' && id !== 'item-9').sort(([, a], [, b]) => b - a);
    expect(others[0]?.[0]).toBe(likeliest);
    expect(parts.get('item-7')).toBeGreaterThanOrEqual(0.25 * DEFAULT_WEIGHTS.shopper);
    expect(parts.get('item-7')).toBeLessThanOrEqual(DEFAULT_WEIGHTS.shopper);
  });

  it('puts what is sold out behind, where it is asked for', async () => {
    const { blend, shelf } = await blending({ anyAvailability: true });
    shelf.apply({ op: 'put', id: 'item-3', fields: { available: false } }, { seq: 1, index: 0 });
    expect(blend(same).at(-1)).toMatchObject({ id: 'item-3', parts: { availability: -DEFAULT_WEIGHTS.unavailable } });
  });

  it('is by the weights it is given, and says the features they weigh', async () => {
    const weights = { text: 1, words: 0.4, shopper: 0.8, popularity: 0.02, unavailable: 0.5 };
    const history = shopper(['item-7', 'item-9']);
    const { blend, shelf } = await blending({ history, anyAvailability: true, weights });
    shelf.apply({ op: 'put', id: 'item-3', fields: { available: false } }, { seq: 1, index: 0 });
    for (const { id, score, parts, features } of blend(same)) {
      for (const name of FEATURES) expect(features[name]).toBeGreaterThanOrEqual(0);
      for (const name of FEATURES) expect(features[name]).toBeLessThanOrEqual(1);
      expect(parts.shopper).toBeCloseTo(weights.shopper * features.shopper, 12);
      expect(parts.availability).toBe(id === 'item-3' ? -weights.unavailable : 0);
      expect(score).toBeCloseTo(features.text + 0.4 * features.words + 0.8 * features.shopper + 0.02 * features.popularity - 0.5 * features.unavailable, 9);
    }
    const { blend: usual } = await blending({ history });
    expect(usual(same).map(({ id }) => id)).not.toEqual(blend(same).map(({ id }) => id));
  });

  it('has as many of the best as are wanted', async () => {
    const { blend } = await blending();
    const { blend: some } = await blending({ wanted: 5 });
    expect(some(same)).toEqual(blend(same).slice(0, 5));
  });
});
