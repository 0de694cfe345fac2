import { createRanker } from '@freshet/serving/rank/ranker';
import type { RankInput, Ranking } from '@freshet/serving/rank/input';
import { STAT } from '@freshet/shared/domain/tables';
import { beforeAll, describe, expect, it } from 'vitest';
import { makeModel } from '../support/model.js';
import { viewersInput } from '../support/rank-input.js';
import { type Loaded, loadTableSet } from '../support/table-set.js';

const ITEMS = 400;
const ids = ({ items }: Ranking): string[] => items.map(({ id }) => id);
const NEW = Array.from({ length: 12 }, (_, i) => `item-${300 + i}`);
let loaded: Loaded;

/** Items 300 to 311 are new: described last and hardly touched. All others have a hundred events. */
beforeAll(async () => {
  loaded = await loadTableSet(makeModel(11, ITEMS));
  for (let row = 1; row <= ITEMS; row++) loaded.set.stat[row * STAT.words + STAT.count] = NEW.includes(`item-${row}`) ? 2 : 100;
  NEW.forEach((id, index) => loaded.shelf.apply({ op: 'put', id, fields: { title: 'x', price: index } }, { seq: 1, index }));
});

const inputOf = (over: Partial<RankInput> = {}): RankInput => viewersInput(loaded, over);

describe('the exploration slot', () => {
  it('gives at most one of ten places to a new item, the same for the same seed; the others keep their order', () => {
    const ranker = createRanker();
    const best = ids(ranker.rank(inputOf({ limit: 100 }))).filter((id) => !NEW.includes(id));
    for (let seed = 0; seed < 60; seed++) {
      const exploration = { share: 1, seed, before: 0 };
      const list = ranker.rank(inputOf({ exploration, reasons: seed % 2 === 0 }));
      const places = list.items.flatMap(({ explored }, place) => (explored === true ? [place] : []));
      expect(list.items).toHaveLength(40);
      expect(new Set(ids(list)).size).toBe(40);
      for (const run of [0, 10, 20, 30]) expect(places.filter((place) => place >= run && place < run + 10).length).toBeLessThanOrEqual(1);
      expect(places.length).toBeLessThanOrEqual(4);
      for (const place of places) expect(NEW).toContain(list.items[place]?.id);
      expect(list.items.flatMap(({ source }, place) => (source === 'exploration' ? [place] : []))).toEqual(places);
      expect(ids(list).filter((id) => !NEW.includes(id))).toEqual(best.slice(0, 40 - ids(list).filter((id) => NEW.includes(id)).length));
      expect(ranker.rank(inputOf({ exploration, reasons: seed % 2 === 0 })).items).toEqual(list.items);
      for (const { id, score, reasons } of list.items) if (NEW.includes(id) && reasons !== undefined) expect(reasons.reduce((sum, { contribution }) => sum + contribution, 0)).toBeCloseTo(score, 4);
    }
  });

  it('comes as often as asked for, within 4 standard errors, and says how likely it was', () => {
    const ranker = createRanker();
    const draws = 2_000;
    let given = 0;
    let told = 0;
    for (let seed = 0; seed < draws; seed++) {
      const list = ranker.rank(inputOf({ limit: 10, exploration: { share: 0.3, seed, before: 0 } }));
      const [one] = list.items.filter(({ explored }) => explored === true);
      if (one === undefined) continue;
      given++;
      told += one.propensity ?? 0;
      expect(one.propensity).toBeGreaterThan(0);
      expect(one.propensity).toBeLessThanOrEqual(0.03);
    }
    expect(Math.abs(given / draws - 0.3)).toBeLessThan(4 * Math.sqrt((0.3 * 0.7) / draws));
    expect(told).toBeGreaterThan(0);
  });

  it('shows nothing that may not be in the list', () => {
    const ranker = createRanker();
    const exploration = { share: 1, seed: 3, before: 0 };
    loaded.shelf.apply({ op: 'patch', id: 'item-300', fields: { available: false } }, { seq: 2, index: 0 });
    const [excluded = '', hidden = ''] = NEW.slice(1);
    const filter = { passes: (id: string) => id !== 'item-303', filter: { key: '', conditions: [], passes: () => true }, matches: undefined, fallShort: () => undefined, isShort: false };
    for (let seed = 0; seed < 100; seed++) {
      const list = ids(ranker.rank(inputOf({ exploration: { ...exploration, seed }, excludeIds: [excluded], hidden: { size: 1, has: (id) => id === hidden }, filter })));
      for (const id of ['item-300', excluded, hidden, 'item-303']) expect(list).not.toContain(id);
    }
    loaded.set.stat[311 * STAT.words + STAT.count] = 10;
    const shown = new Set(Array.from({ length: 200 }, (_, seed) => ranker.rank(inputOf({ exploration: { ...exploration, seed } })).items.filter(({ explored }) => explored === true).map(({ id }) => id)).flat());
    expect(shown.has('item-311')).toBe(false);
    expect(shown.size).toBeGreaterThan(4);
  });

  it('is none without a share, and none on the rungs that are new or popular anyway', () => {
    const ranker = createRanker();
    expect(ranker.rank(inputOf({ exploration: { share: 0, seed: 1, before: 0 } })).items).toEqual(ranker.rank(inputOf()).items);
    expect(ranker.rank(inputOf({ history: undefined, exploration: { share: 1, seed: 1, before: 0 } })).items.some(({ explored }) => explored === true)).toBe(false);
  });
});
