import { describe, expect, it } from 'vitest';
import { createRanker } from '@freshet/serving/rank/ranker';
import type { RankInput } from '@freshet/serving/rank/input';
import { sessionPart } from '@freshet/serving/rank/working-history';
import { meaningOf } from '@freshet/shared/domain/event';
import { emptyHistory, type History, remember } from '@freshet/shared/domain/history';
import { followScale } from '@freshet/shared/domain/tables';
import { randomBelow } from '@freshet/shared/domain/random';
import { makeModel, MODEL, NOW, withFollowers } from '../support/model.js';
import { referenceScores, referenceTop } from '../support/reference.js';
import { type Loaded, loadTableSet } from '../support/table-set.js';

const ITEMS = 600;
const data = withFollowers(makeModel(11, ITEMS));
const at = { now: NOW, temperature: MODEL.temperature };

function inputOf(loaded: Loaded, over: Partial<RankInput> = {}): RankInput {
  return {
    model: loaded.view,
    shelf: loaded.shelf,
    history: undefined,
    session: { events: [], marks: new Map() },
    item: undefined,
    limit: 20,
    excludeIds: [],
    excludeSeen: false,
    diversity: 0,
    anyAvailability: false,
    reasons: false,
    now: NOW,
    ...over,
  };
}

function historyOf(seed: number, length = 12): History {
  const history = emptyHistory();
  const types = ['view', 'cart', 'purchase', 'like'];
  for (let i = 0; i < length; i++) {
    const item = `item-${1 + randomBelow(ITEMS, seed, 1, i)}`;
    const event = { item, ts: NOW - randomBelow(40 * 86_400_000, seed, 2, i), type: types[i % 4] ?? 'view' };
    remember(history, event, meaningOf(event), { seq: i + 1, index: 0 });
  }
  return history;
}

const ids = (ranking: { items: readonly { id: string }[] }): string[] => ranking.items.map((item) => item.id);

describe('a personal ranking', () => {
  it('is the reference’s top k with its scores to 1e-4, for 50 shoppers', async () => {
    const loaded = await loadTableSet(data);
    const ranker = createRanker();
    for (let seed = 0; seed < 50; seed++) {
      const history = historyOf(seed, seed % 3 === 0 ? 150 : 1 + (seed % 25));
      const ranking = ranker.rank(inputOf(loaded, { history, limit: 30 }));
      const scores = referenceScores(data, history, at);
      expect(ranking.rung).toBe('personal');
      ranking.items.forEach((item) => expect(Math.abs(item.score - (scores.get(item.id) ?? Number.NaN))).toBeLessThan(1e-4));
      expect(ids(ranking)).toEqual(referenceTop(scores, 30).map(([id]) => id));
    }
  });

  it('joins events that were not sent yet as if they had been', async () => {
    const loaded = await loadTableSet(data);
    const unsent = [{ type: 'view', item: 'item-5', ts: NOW - 1_000 }, { type: 'purchase', item: 'item-9', ts: NOW - 90_000 }];
    const history = historyOf(3);
    const sent = historyOf(3);
    unsent.forEach((event, index) => remember(sent, event, meaningOf(event), { seq: 99, index }));
    const ranker = createRanker();
    const before = structuredClone(history);
    const ranking = ranker.rank(inputOf(loaded, { history, session: sessionPart(unsent, {}) }));
    expect(ranking.items).toEqual(ranker.rank(inputOf(loaded, { history: sent })).items);
    expect(history).toEqual(before);
  });

  it('leaves out what is excluded, seen, refused or unavailable, and fills up to the limit with the next best', async () => {
    const loaded = await loadTableSet(data);
    const history = historyOf(5);
    const best = ids(createRanker().rank(inputOf(loaded, { history, limit: 8 })));
    const [excluded = '', refused = '', unavailable = '', again = ''] = best;
    const dislike = { item: refused, ts: NOW, type: 'dislike' };
    remember(history, dislike, meaningOf(dislike), { seq: 500, index: 0 });
    loaded.shelf.apply({ op: 'patch', id: unavailable, fields: { available: false } }, { seq: 1, index: 0 });
    const gone = new Set([excluded, refused, unavailable]);
    const scores = referenceScores(data, history, at);
    const ranking = createRanker().rank(inputOf(loaded, { history, excludeIds: [excluded], limit: 8 }));
    expect(ids(ranking)).toEqual(referenceTop(scores, 8, (id) => gone.has(id)).map(([id]) => id));
    expect(ids(ranking)).toContain(again);
    const unseen = createRanker().rank(inputOf(loaded, { history, excludeSeen: true, limit: 50 }));
    expect(ids(unseen).filter((id) => history.seen.has(id))).toEqual([]);
    const any = createRanker().rank(inputOf(loaded, { history, anyAvailability: true, limit: 8 }));
    expect(ids(any)).toContain(unavailable);
  });

  it('leaves the columns as they were, bit for bit, also when it fails half way', async () => {
    const loaded = await loadTableSet(data);
    const { set } = loaded;
    const before = [set.served.slice(0, set.rows), set.any.slice(0, set.rows)];
    const ranker = createRanker();
    const input = inputOf(loaded, { history: historyOf(8), excludeIds: ['item-1', 'item-1', 'item-2'], excludeSeen: true });
    ranker.rank(input);
    expect([set.served.slice(0, set.rows), set.any.slice(0, set.rows)]).toEqual(before);
    const broken = { ...set, scan: () => { throw new Error('scan failed'); } };
    expect(() => ranker.rank({ ...input, model: { ...loaded.view, set: broken } })).toThrow('scan failed');
    expect([set.served.slice(0, set.rows), set.any.slice(0, set.rows)]).toEqual(before);
  });

  it('gives reasons that add up to the score and name events of the history', async () => {
    const loaded = await loadTableSet(data);
    const history = historyOf(21, 20);
    const ranking = createRanker().rank(inputOf(loaded, { history, reasons: true }));
    for (const item of ranking.items) {
      const reasons = item.reasons ?? [];
      expect(reasons.reduce((sum, reason) => sum + reason.contribution, 0)).toBeCloseTo(item.score, 4);
      const named = reasons.filter((reason) => reason.kind === 'history').map((reason) => reason.item_id);
      expect(named.length).toBeGreaterThan(0);
      expect(named.every((id) => history.events.some((event) => event.item === id))).toBe(true);
    }
    expect(ranking.items.some((item) => item.reasons?.some((reason) => reason.kind === 'repeat'))).toBe(true);
  });
});

describe('the ladder', () => {
  it('goes from personal to session to similar to trending to newest', async () => {
    const loaded = await loadTableSet(data);
    const ranker = createRanker();
    const session = sessionPart([{ type: 'view', item: 'item-3', ts: NOW }], {});
    expect(ranker.rank(inputOf(loaded, { history: historyOf(1), session })).rung).toBe('personal');
    expect(ranker.rank(inputOf(loaded, { session })).rung).toBe('session');
    const similar = ranker.rank(inputOf(loaded, { item: 'item-3' }));
    expect([similar.rung, ids(similar).includes('item-3')]).toEqual(['similar', false]);
    expect(ranker.rank(inputOf(loaded)).rung).toBe('trending');
    const young = await loadTableSet({ rows: [], dense: data.dense });
    young.shelf.apply({ op: 'put', id: 'a', fields: {} }, { seq: 1, index: 0 });
    young.shelf.apply({ op: 'put', id: 'b', fields: {} }, { seq: 1, index: 1 });
    young.shelf.apply({ op: 'put', id: 'c', fields: { available: false } }, { seq: 1, index: 2 });
    const newest = ranker.rank(inputOf(young, { history: historyOf(1) }));
    expect([newest.rung, ids(newest)]).toEqual(['newest', ['b', 'a']]);
  });

  it('gives a new visitor on the page of a new item what is taken in its category first, the smallest one, then what is taken at all', async () => {
    const loaded = await loadTableSet(data);
    const members = ['item-3', 'item-40', 'item-99', 'item-210'];
    members.forEach((id, index) => loaded.shelf.apply({ op: 'put', id, fields: { title: 'x', categories: ['Everything', 'Teapots'] } }, { seq: 1, index }));
    for (let n = 300; n < 340; n++) loaded.shelf.apply({ op: 'put', id: `item-${n}`, fields: { title: 'x', categories: ['Everything'] } }, { seq: 2, index: n });
    loaded.shelf.apply({ op: 'put', id: 'brand-new', fields: { title: 'x', categories: ['everything', 'teapots'] } }, { seq: 3, index: 0 });
    const ranker = createRanker();
    const plain = ids(ranker.rank(inputOf(loaded, { limit: ITEMS })));
    for (const over of [{}, { rotation: { rotation: 0.5, seed: 9 } }]) {
      const list = ranker.rank(inputOf(loaded, { item: 'brand-new', limit: 30, ...over }));
      expect(list.rung).toBe('trending');
      expect(ids(list).slice(0, 4).sort()).toEqual([...members].sort());
      expect(new Set(ids(list)).size).toBe(30);
    }
    const list = ids(ranker.rank(inputOf(loaded, { item: 'brand-new', limit: 30 })));
    expect(list.slice(0, 4)).toEqual(plain.filter((id) => members.includes(id)));
    expect(list.slice(4)).toEqual(plain.filter((id) => !members.includes(id)).slice(0, 26));
    const second = ids(ranker.rank(inputOf(loaded, { item: 'brand-new', limit: 10, hidden: { size: 2, has: (id) => list.slice(0, 2).includes(id) } })));
    expect(second).toEqual(list.slice(2, 12));
  });

  it('is never empty while one item may be served, whatever the shopper did', async () => {
    const lone = { ...data, rows: data.rows.slice(0, 2) };
    const loaded = await loadTableSet(lone);
    for (let seed = 0; seed < 10; seed++) {
      expect(ids(createRanker().rank(inputOf(loaded, { history: historyOf(seed), limit: 1 })))).toEqual(['item-1']);
    }
  });

  it('orders trending by the counters as they stand now, and fills with the newest', async () => {
    const few = { ...data, rows: data.rows.slice(0, 6) };
    const loaded = await loadTableSet(few);
    loaded.shelf.apply({ op: 'put', id: 'fresh', fields: {} }, { seq: 1, index: 0 });
    const ranking = createRanker().rank(inputOf(loaded));
    const worth = (row: (typeof few.rows)[number]): number => (row.counters?.[1] ?? 0) * 2 ** (-(NOW / 1000 - Math.floor((row.lastSeenMs ?? 0) / 1000)) / 86_400);
    const expected = few.rows.slice(1).sort((a, b) => worth(b) - worth(a));
    expect(ids(ranking)).toEqual([...expected.map((row) => row.name), 'fresh']);
    ranking.items.slice(0, 5).forEach((item, i) => expect(item.score).toBeCloseTo(expected.map(worth)[i] ?? Number.NaN, 4));
  });
});

it('similar items come by cosine and bias, without the item itself', async () => {
  const loaded = await loadTableSet(data);
  const own = data.rows[42]?.embedding ?? [];
  const cosine = (b: readonly number[]): number => own.reduce((sum, x, d) => sum + x * (b[d] ?? 0), 0) / (Math.hypot(...own) * Math.hypot(...b));
  const expected = data.rows.slice(1).filter((row) => row.row !== 42).map((row) => [row.name, cosine(row.embedding) / MODEL.temperature + row.bias] as const).sort((a, b) => b[1] - a[1]);
  expect(ids(createRanker().similar(inputOf(loaded, { item: 'item-42', limit: 10 })))).toEqual(expected.slice(0, 10).map(([id]) => id));
});

describe('what is taken together with an item', () => {
  it('is its followers by their counts in both directions, without what is excluded, hidden or not for sale', async () => {
    const loaded = await loadTableSet(data);
    const ranker = createRanker();
    const byRow = new Map(data.rows.map((row) => [row.row, row]));
    const count = (a: number, b: number): number => byRow.get(a)?.follow?.get(b) ?? 0;
    for (const row of [1, 7, 33]) {
      const others = data.rows.map((other) => other.row).filter((j) => j !== 0 && j !== row && (count(row, j) > 0 || count(j, row) > 0));
      expect(others.some((j) => count(row, j) === 0)).toBe(true);
      const expected = others.map((j) => [`item-${j}`, (count(row, j) + count(j, row)) * followScale(NOW)] as const).sort(([, a], [, b]) => b - a);
      const found = ranker.together(inputOf(loaded, { item: `item-${row}`, reasons: true }));
      expect(found.rung).toBe('together');
      expect(ids(found)).toEqual(expected.map(([id]) => id));
      found.items.forEach(({ score, reasons }, i) => {
        expect(score).toBeCloseTo(expected[i]?.[1] ?? Number.NaN, 4);
        expect(reasons).toEqual([{ kind: 'follow', item_id: `item-${row}`, contribution: score }]);
      });
      const [first = '', second = '', third = ''] = ids(found);
      loaded.shelf.apply({ op: 'put', id: second, fields: { title: 'x', available: false } }, { seq: row, index: 0 });
      const fewer = ranker.together(inputOf(loaded, { item: `item-${row}`, excludeIds: [first], hidden: { size: 1, has: (id) => id === third } }));
      expect(ids(fewer)).toEqual(ids(found).slice(3));
      expect(ids(ranker.together(inputOf(loaded, { item: `item-${row}`, anyAvailability: true, limit: 2 })))).toEqual([first, second]);
    }
    expect(ranker.together(inputOf(loaded, { item: 'nobody knows it' })).items).toEqual([]);
  });
});
