/** Maximal marginal relevance over what a scan found. */
import { diversify, poolFor } from '@freshet/serving/rank/diversify';
import { createRanker } from '@freshet/serving/rank/ranker';
import type { TableSet } from '@freshet/serving/store/table-set';
import { emptyHistory, type History, remember } from '@freshet/shared/domain/history';
import { meaningOf } from '@freshet/shared/domain/event';
import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { makeModel, NOW } from '../support/model.js';
import { type Loaded, loadTableSet } from '../support/table-set.js';

const ITEMS = 400;

function search(set: TableSet, { row, k }: { row: number; k: number }): number {
  const { dim } = set.layout;
  const own = set.embeddings.slice(row * dim, (row + 1) * dim);
  set.query.set(own.map((x) => x / Math.hypot(...own)));
  return set.scan(k, 'served');
}

/** By its definition: each time the whole list's gain and distance anew. */
function slowly(set: TableSet, { count, limit, diversity }: { count: number; limit: number; diversity: number }): number[] {
  const rows = Array.from(set.foundRows.subarray(0, count));
  const scores = Array.from(set.foundScores.subarray(0, count));
  const { dim } = set.layout;
  const units = new Map(rows.map((row): [number, number[]] => {
    const own = Array.from(set.embeddings.subarray(row * dim, (row + 1) * dim));
    return [row, own.map((x) => x / Math.hypot(...own))];
  }));
  const cosine = (a: number, b: number): number => (units.get(a) ?? []).reduce((sum, x, d) => sum + x * (units.get(b)?.[d] ?? 0), 0);
  const weight = diversity ** 2;
  const total = scores.reduce((sum, score) => sum + Math.exp(score), 0);
  const length = Math.min(limit, count);
  const pairs = Math.max(1, (length * (length - 1)) / 2);
  const chosen: number[] = [];
  while (chosen.length < length) {
    const value = (i: number): number => {
      const list = [...chosen, i];
      const gain = list.reduce((sum, j, place) => sum + Math.exp(scores[j] ?? 0) / total / Math.log2(place + 2), 0);
      const distance = list.flatMap((a, n) => list.slice(n + 1).map((b) => 1 - cosine(rows[a] ?? 0, rows[b] ?? 0))).reduce((sum, one) => sum + one, 0);
      return (1 - weight) * gain + (weight * distance) / pairs;
    };
    const left = rows.map((_, i) => i).filter((i) => !chosen.includes(i));
    chosen.push(left.reduce((best, i) => (value(i) > value(best) + 1e-9 ? i : best)));
  }
  return chosen.sort((a, b) => a - b).map((i) => rows[i] ?? 0);
}

describe('a diversified list', () => {
  it('is what the definition of maximal marginal relevance gives', async () => {
    const { set } = await loadTableSet(makeModel(8, ITEMS));
    fc.assert(
      fc.property(fc.integer({ min: 1, max: ITEMS }), fc.integer({ min: 1, max: 15 }), fc.double({ min: 0.05, max: 1, noNaN: true }), (row, limit, diversity) => {
        const count = search(set, { row, k: 60 });
        const found = diversify(set, { count, limit, diversity, groupsOf: () => [] }).map((one) => one.row);
        expect(found).toEqual(slowly(set, { count, limit, diversity }));
      }),
      { numRuns: 30 },
    );
  });

  it('is the pool’s beginning without diversity, and never holds an item twice', async () => {
    const { set } = await loadTableSet(makeModel(8, ITEMS));
    const count = search(set, { row: 5, k: 60 });
    const best = Array.from(set.foundRows.subarray(0, 20));
    expect(diversify(set, { count, limit: 20, diversity: 0, groupsOf: () => [] }).map(({ row }) => row)).toEqual(best);
    for (const diversity of [0.1, 0.5, 1]) {
      const rows = diversify(set, { count, limit: 20, diversity, groupsOf: () => [] }).map(({ row }) => row);
      expect(new Set(rows).size).toBe(20);
      expect(rows).not.toEqual(best);
      const places = rows.map((row) => set.foundRows.indexOf(row));
      expect(places).toEqual([...places].sort((a, b) => a - b));
    }
  });

  it('gives no group more than its places while others are left, and fills up with it when none are', async () => {
    const { set } = await loadTableSet(makeModel(8, ITEMS));
    const count = search(set, { row: 5, k: 60 });
    const best = new Set(set.foundRows.subarray(0, 40));
    const inGroup = (found: readonly { row: number }[]): number => found.filter(({ row }) => best.has(row)).length;
    const groupsOf = (row: number): string[] => (best.has(row) ? ['mugs'] : []);
    expect(inGroup(diversify(set, { count, limit: 20, diversity: 0.6, groupsOf }))).toBe(8);
    expect(diversify(set, { count, limit: 55, diversity: 0.9, groupsOf })).toHaveLength(55);
  });

  it('looks among more rows than it returns, but not among all', () => {
    expect(poolFor(20, 0)).toBe(20);
    expect([poolFor(1, 0.3), poolFor(60, 0.3), poolFor(100, 1)]).toEqual([200, 300, 400]);
  });
});

describe('a ranking with diversity', () => {
  const history = (): History => {
    const shopper = emptyHistory();
    const event = { item: 'item-3', ts: NOW - 1_000, type: 'view' };
    remember(shopper, event, meaningOf(event), { seq: 1, index: 0 });
    return shopper;
  };
  const ask = (loaded: Loaded, diversity: number) =>
    createRanker().rank({
      model: loaded.view, shelf: loaded.shelf, history: history(), session: { events: [], marks: new Map() }, item: undefined,
      limit: 10, excludeIds: [], excludeSeen: false, diversity, anyAvailability: false, reasons: true, now: NOW,
    });

  it('keeps each item’s score and reasons, and spreads brands and categories', async () => {
    const loaded = await loadTableSet(makeModel(8, ITEMS));
    const plain = new Map(ask(loaded, 0).items.map((item) => [item.id, item]));
    [...plain.keys()].forEach((id, i) => loaded.shelf.apply({ op: 'put', id, fields: { title: id, brand: 'Acme' } }, { seq: i + 1, index: 0 }));
    const varied = ask(loaded, 0.5).items;
    expect(varied).toHaveLength(10);
    for (const item of varied) {
      expect(item.reasons?.reduce((sum, { contribution }) => sum + contribution, 0)).toBeCloseTo(item.score, 3);
      if (plain.has(item.id)) expect(item).toEqual(plain.get(item.id));
    }
    expect(varied.filter(({ id }) => plain.has(id)).length).toBeLessThanOrEqual(5);
  });
});
