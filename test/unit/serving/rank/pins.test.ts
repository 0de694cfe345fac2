import { hiddenOf } from '@freshet/serving/rank/hidden';
import type { RankedItem, RankInput, Ranking } from '@freshet/serving/rank/input';
import { MOST_PINNED } from '@freshet/serving/rank/pins';
import { createRanker } from '@freshet/serving/rank/ranker';
import type { RulesUse } from '@freshet/serving/rules/rules';
import { hashOf } from '@freshet/serving/token/hash';
import { STAT } from '@freshet/shared/domain/tables';
import { beforeAll, describe, expect, it } from 'vitest';
import { makeModel } from '../support/model.js';
import { viewersInput } from '../support/rank-input.js';
import { type Loaded, loadTableSet } from '../support/table-set.js';

const ITEMS = 400;
const NEW = ['item-300', 'item-301', 'item-302'];
const ranker = createRanker();
const ids = ({ items }: Pick<Ranking, 'items'>): string[] => items.map(({ id }) => id);
let loaded: Loaded;

/** All are described; those of NEW last, and hardly touched. */
beforeAll(async () => {
  loaded = await loadTableSet(makeModel(11, ITEMS));
  const names = Array.from({ length: ITEMS }, (_, i) => `item-${i + 1}`);
  for (let row = 1; row <= ITEMS; row++) loaded.set.stat[row * STAT.words + STAT.count] = NEW.includes(`item-${row}`) ? 2 : 100;
  for (const [i, id] of [...names.filter((id) => !NEW.includes(id)), ...NEW].entries()) loaded.shelf.apply({ op: 'put', id, fields: { title: 'x' } }, { seq: i + 1, index: 0 });
});

/** Pins by item, from 0 over all pages; `before`: how many items earlier pages have shown. */
function pinning(pins: readonly (readonly [string, number])[], before = 0): RulesUse {
  const none = { raises: false, demands: false, excludeIds: [], eachRaised: () => undefined, raisedBy: () => [], excludedBy: () => [], unmetBy: () => [] };
  return { ...none, filter: (asked) => asked, pins: pins.map(([item, place]) => ({ rule: 'front', item, place: place - before })) };
}

const inputOf = (over: Partial<RankInput> = {}): RankInput => viewersInput(loaded, over);

/** Items of a list whose pages have these sizes. */
function paged(sizes: readonly number[], pins: readonly (readonly [string, number])[], over: Partial<RankInput> = {}): readonly RankedItem[] {
  return sizes.reduce<readonly RankedItem[]>((shown, limit) => {
    const hidden = shown.length === 0 ? undefined : hiddenOf(shown.map(({ id }) => hashOf(id)));
    return [...shown, ...ranker.rank(inputOf({ limit, hidden, rules: pinning(pins, shown.length), ...over })).items];
  }, []);
}

describe('what is pinned', () => {
  const best = (): string[] => ids(ranker.rank(inputOf({ limit: 60 })));

  it('stands at its place whatever the size of a page: held back until then, several at one place, too', () => {
    const [, second = '', third = '', , fifth = ''] = best();
    for (const pins of [[[second, 11]], [['item-399', 9], [second, 9], [third, 10], [fifth, 30]], [[fifth, 0], [second, 25], ['item-398', 24]]] as const) {
      const whole = paged([40], pins);
      const others = best().filter((id) => pins.every(([item]) => item !== id));
      for (const sizes of [[20, 20], [10, 10, 10, 10], [7, 13, 20], [1, 9, 30], [24, 1, 15]]) expect(paged(sizes, pins)).toEqual(whole);
      expect(ids({ items: whole }).filter((id) => others.includes(id))).toEqual(others.slice(0, 40 - pins.length));
    }
    const list = ids({ items: paged([10, 10], [[second, 11]]) });
    expect(list.indexOf(second)).toBe(11);
    expect(list.slice(0, 11)).toEqual(best().filter((id) => id !== second).slice(0, 11));
  });

  it('has the score and the reasons that it has where it isn’t pinned', () => {
    const [, second = ''] = best();
    const plain = ranker.rank(inputOf({ reasons: true })).items[1];
    const { score, reasons, source } = ranker.rank(inputOf({ reasons: true, rules: pinning([[second, 5]]) })).items[5] ?? { score: Number.NaN };
    expect([score, source]).toEqual([plain?.score, 'pin']);
    expect(reasons).toEqual([...(plain?.reasons ?? []), { kind: 'rule', rule: 'front', contribution: 0 }]);
    const popular = ranker.rank(inputOf({ history: undefined, reasons: true }));
    expect(popular.rung).toBe('trending');
    const [{ id, ...item } = { id: '', score: 0 }] = popular.items;
    expect(ranker.rank(inputOf({ history: undefined, reasons: true, rules: pinning([[id, 3]]) })).items[3]).toMatchObject({ id, score: item.score, reasons: [{ kind: 'trending', contribution: item.score }, { kind: 'rule' }] });
  });

  it('stands at the end of a list that is shorter', () => {
    const filter = { passes: (id: string) => Number(id.slice(5)) <= 8, filter: { key: '', conditions: [], passes: () => true }, matches: new Set(Array.from({ length: 8 }, (_, i) => `item-${i + 1}`)), fallShort: () => undefined, isShort: false };
    for (const sizes of [[20], [8, 5], [4, 4, 4], [7, 1]]) expect(ids({ items: paged(sizes, [['item-4', 12]], { filter }) }).at(-1)).toBe('item-4');
  });

  it('is held back as far as the limit says; a list of all it can hold is as long as asked for', () => {
    const pins = best().slice(0, 50).concat(Array.from({ length: 340 }, (_, i) => `item-${i + 1}`)).filter((id, i, all) => all.indexOf(id) === i && id !== 'item-5').map((id, i) => [id, 100 + i] as const);
    expect(pins.length).toBeGreaterThan(MOST_PINNED);
    const list = ids(ranker.rank(inputOf({ limit: 30, rules: pinning(pins) })));
    expect(list).toHaveLength(30);
    const held = new Set<string>(pins.slice(0, MOST_PINNED).map(([id]) => id));
    expect(list.filter((id) => held.has(id))).toEqual([]);
  });
});

describe('the propensities of a list', () => {
  const rotation = { rotation: 0.8, seed: 17 };

  it('are 1 for what is pinned, and of the others what they are without it', () => {
    const drawn = ranker.rank(inputOf({ rotation }));
    for (const pinned of [drawn.items[4]?.id ?? '', 'item-399']) {
      const list = ranker.rank(inputOf({ rotation, rules: pinning([[pinned, 2], ['item-398', 60]]) }));
      expect(list.items[2]).toMatchObject({ id: pinned, source: 'pin', propensity: 1 });
      const without = ranker.rank(inputOf({ rotation, excludeIds: [pinned, 'item-398'] }));
      expect(list.items.filter(({ id }) => id !== pinned).map(({ id, propensity }) => [id, propensity])).toEqual(without.items.slice(0, 39).map(({ id, propensity }) => [id, propensity]));
      expect(list.isDrawn).toBe(true);
    }
  });

  it('are told of no place beside exploration but a pinned one and the explored', () => {
    for (let seed = 0; seed < 20; seed++) {
      const { items, isDrawn } = ranker.rank(inputOf({ rotation, exploration: { share: 0.5, seed, before: 0 }, rules: pinning([['item-398', 3]]) }));
      expect(isDrawn).toBe(true);
      for (const { source, propensity } of items) {
        if (source === 'pin') expect(propensity).toBe(1);
        else if (source === 'exploration') expect(propensity).toBeLessThanOrEqual(0.05);
        else expect(propensity).toBeUndefined();
      }
    }
  });

  it('are certain where nothing was drawn: by no rotation of what is newest, by no exploration without anything new', () => {
    const exploration = { share: 1, seed: 3, before: 0 };
    expect(ranker.rank(inputOf()).isDrawn).toBeUndefined();
    expect(ranker.rank(inputOf({ exploration, excludeIds: NEW })).isDrawn).toBeUndefined();
    expect(ranker.rank(inputOf({ exploration })).isDrawn).toBe(true);
    expect(ranker.similar(inputOf({ item: 'item-7', exploration })).isDrawn).toBeUndefined();
    expect(ranker.similar(inputOf({ item: 'item-7', rotation })).isDrawn).toBe(true);
    expect(ranker.together(inputOf({ item: 'item-7', rotation })).isDrawn).toBeUndefined();
  });
});
