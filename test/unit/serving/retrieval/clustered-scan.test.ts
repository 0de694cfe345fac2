/** The scan of the lists nearest to a query: what it promises, and how much it finds. */
import { FOLLOWED_ITEMS, HISTORY_LENGTH, MAX_FOLLOWERS, PAST_ITEMS } from '@freshet/shared/domain/model-config';
import { randomBelow, randomNormal } from '@freshet/shared/domain/random';
import { MOST_FOUND, NOT_SERVED } from '@freshet/serving/store/layout';
import type { TableSet } from '@freshet/serving/store/table-set';
import { beforeAll, describe, expect, it } from 'vitest';
import { themedModel } from '../support/model.js';
import { loadTableSet } from '../support/table-set.js';

const DIM = 32;
const ROWS = 12_000;

let lists: TableSet;
let floats: TableSet;
beforeAll(async () => {
  const data = themedModel(5, { rows: ROWS, themes: 80 });
  lists = (await loadTableSet(data, { maxItems: ROWS, dim: DIM, mode: 'lists' })).set;
  floats = (await loadTableSet(data, { maxItems: ROWS, dim: DIM, mode: 'floats' })).set;
  while (lists.tend(Infinity) !== 'turns');
});

function ask(set: TableSet, seed: number, { raised, k = 20 }: { readonly raised?: Int32Array; readonly k?: number } = {}): Map<number, number> {
  const row = randomBelow(ROWS, seed, 1, 1);
  const near = Array.from({ length: DIM }, (_, d) => (set.embeddings[row * DIM + d] ?? 0) + 0.2 * randomNormal(seed, 2, d));
  const length = Math.hypot(...near);
  set.query.set(near.map((x) => x / length));
  const count = set.scan(k, 'served', raised);
  return new Map(Array.from({ length: count }, (_, i) => [set.foundRows[i] ?? -1, set.foundScores[i] ?? NaN]));
}

describe('the scan of the lists', () => {
  it('finds at least 98 % of the exact best twenty, each with its exact score', () => {
    let hits = 0;
    for (let seed = 0; seed < 100; seed++) {
      const exact = ask(floats, seed);
      for (const [row, score] of ask(lists, seed)) {
        if (exact.get(row) === undefined) continue;
        expect(score).toBe(exact.get(row));
        hits++;
      }
    }
    expect(hits).toBeGreaterThanOrEqual(0.98 * 100 * 20);
  });

  it('always has a row that the request raises, once, and never one that it hides', () => {
    for (let seed = 0; seed < 30; seed++) {
      const [best = -1] = ask(lists, seed).keys();
      const far = randomBelow(ROWS - 1, seed, 9, 9) + 1;
      const [kept, raisedBefore] = [lists.served[best] ?? 0, lists.served[far] ?? 0];
      lists.served[best] = NOT_SERVED;
      lists.served[far] = 40;
      const found = ask(lists, seed, { raised: Int32Array.of(far, far, best) });
      lists.served[best] = kept;
      lists.served[far] = raisedBefore;
      expect([...found.keys()].filter((row) => row === far)).toHaveLength(1);
      expect(found.has(best)).toBe(best === far);
      expect(found.size).toBe(20);
    }
  });

  it('has room for all rows that a shopper raises, also beside the largest k', () => {
    const raised = Int32Array.from({ length: HISTORY_LENGTH + PAST_ITEMS + FOLLOWED_ITEMS * MAX_FOLLOWERS }, (_, i) => 1 + 25 * i);
    const kept = Array.from(raised, (row) => lists.served[row] ?? 0);
    for (const [i, row] of raised.entries()) lists.served[row] = 100 + 50 * i; // more than a cosine makes up for
    expect([...ask(lists, 7, { raised, k: MOST_FOUND }).keys()].slice(0, raised.length)).toEqual([...raised].reverse());
    for (const [i, row] of raised.entries()) lists.served[row] = kept[i] ?? 0;
  });

  it('leaves nothing behind: the next answer is what it was', () => {
    const before = ask(lists, 3);
    ask(lists, 4, { raised: Int32Array.from({ length: 200 }, (_, i) => i + 1) });
    expect(ask(lists, 3)).toEqual(before);
  });
});
