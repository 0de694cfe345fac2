/** Follow terms of a shopper's last three items: which items have one, what it is, and who is named. */
import type { RankInput } from '@freshet/serving/rank/input';
import { createRanker } from '@freshet/serving/rank/ranker';
import type { RetrievalMode } from '@freshet/serving/retrieval/modes';
import { meaningOf } from '@freshet/shared/domain/event';
import { emptyHistory, type History, remember } from '@freshet/shared/domain/history';
import { DENSE, followWeight, initialDense } from '@freshet/shared/domain/model-config';
import { followScale } from '@freshet/shared/domain/tables';
import { describe, expect, it } from 'vitest';
import { makeModel, MODEL, type ModelData, NOW } from '../support/model.js';
import { referenceScores, referenceTop } from '../support/reference.js';
import { type Loaded, loadTableSet } from '../support/table-set.js';

const dense = initialDense();
/** 40 follows items 1 to 4, 41 items 1 and 4, and item 3 follows item 2. */
const FOLLOWERS: readonly (readonly [item: number, counts: readonly (readonly [follower: number, count: number])[]])[] = [
  [1, [[40, 2], [41, 1]]], [2, [[40, 5], [3, 2]]], [3, [[40, 3]]], [4, [[40, 7], [41, 7]]],
];

function modelWith(weights: Float32Array, items = 60): ModelData {
  const of = new Map(FOLLOWERS);
  const stored = (count: number): number => Math.fround(count / followScale(NOW));
  const rows = makeModel(4, items).rows.map((row) => ({ ...row, follow: new Map((of.get(row.row) ?? []).map(([follower, count]) => [follower, stored(count)])) }));
  return { dense: weights, rows };
}

/** Views of these items, the newest first. */
function historyOf(items: readonly number[]): History {
  const history = emptyHistory();
  items.toReversed().forEach((row, i) => {
    const event = { item: `item-${row}`, type: 'view', ts: NOW - 1_000 * (items.length - i) };
    remember(history, event, meaningOf(event), { seq: i + 1, index: 0 });
  });
  return history;
}

function inputOf(loaded: Loaded, history: History): RankInput {
  return {
    model: loaded.view, shelf: loaded.shelf, history, session: { events: [], marks: new Map() }, item: undefined,
    limit: 20, excludeIds: [], excludeSeen: false, diversity: 0, anyAvailability: false, reasons: true, now: NOW,
  };
}

const isFollow = ({ kind }: { kind: string }): boolean => kind === 'follow';
const term = (z: number, count: number): number => (dense[followWeight(z)] ?? 0) * Math.log(1 + 20 * count);

describe('the follow terms of a score', () => {
  it.each([
    ['of three items that it has followed', [1, 2, 3, 4], 40, [['item-1', term(0, 2)], ['item-2', term(1, 5)], ['item-3', term(2, 3)]]],
    ['of one of them', [1, 2, 3, 4], 41, [['item-1', term(0, 1)]]],
    ['of an item that came twice once, by its newer event', [1, 1, 4, 2], 40, [['item-1', term(0, 2)], ['item-4', term(2, 7)]]],
    ['that is in the history itself', [1, 2, 3], 3, [['item-2', term(1, 2)]]],
    ['of none', [5, 6, 7, 1], 40, []],
  ] as const)('%s name each item with its part', async (_, items, row, expected) => {
    const loaded = await loadTableSet(modelWith(dense));
    const { reasons } = createRanker().explain(inputOf(loaded, historyOf(items)), { id: `item-${row}`, method: 'rank', counterfactuals: 0 });
    const named = reasons.filter(isFollow).toSorted((a, b) => ((a.item_id ?? '') < (b.item_id ?? '') ? -1 : 1));
    expect(named.map(({ item_id: id }) => id)).toEqual(expected.map(([id]) => id));
    named.forEach(({ contribution }, i) => expect(contribution).toBeCloseTo(expected[i]?.[1] ?? NaN, 5));
  });

  it('are those of the last item alone in a model that has no weights for the others: the scores are what they were', async () => {
    const before = dense.slice();
    before.fill(0, DENSE.followEarlier, DENSE.followEarlier + 2);
    const history = historyOf([1, 2, 3]);
    const alone = await loadTableSet(modelWith(before));
    const all = (loaded: Loaded) => createRanker().rank({ ...inputOf(loaded, history), limit: 60 }).items;
    const list = all(alone);
    expect(new Set(list.flatMap(({ reasons = [] }) => reasons.filter(isFollow).map((reason) => reason.item_id)))).toEqual(new Set(['item-1']));
    const data = modelWith(before);
    const without = { ...data, rows: data.rows.map((row) => (row.row === 1 ? row : { ...row, follow: new Map() })) };
    expect(list).toEqual(all(await loadTableSet(without)));
  });

  it.each(['floats', 'codes', 'lists'] satisfies RetrievalMode[])('lift what follows the last item but two into the list that %s find', async (mode) => {
    const heavy = dense.slice();
    heavy[followWeight(2)] = 9;
    const data = modelWith(heavy, 3_000);
    const loaded = await loadTableSet(data, { maxItems: 3_100, mode });
    while (loaded.set.tend(Infinity) !== 'turns');
    const history = historyOf([10, 11, 4]);
    const { items } = createRanker().rank(inputOf(loaded, history));
    expect(items.slice(0, 2).map(({ id }) => id)).toEqual(referenceTop(referenceScores(data, history, { now: NOW, temperature: MODEL.temperature }), 2).map(([id]) => id));
    expect(items.slice(0, 2).map(({ id }) => id).toSorted()).toEqual(['item-40', 'item-41']);
  });
});
