/** Filters in the lists of the ranker: what comes, whether all that could come does, on every rung. */
import { describe, expect, it } from 'vitest';
import { readFilter, type Filter } from '@freshet/serving/filter/expression';
import { useFilter } from '@freshet/serving/filter/use';
import { createRanker } from '@freshet/serving/rank/ranker';
import type { RankInput, Ranking } from '@freshet/serving/rank/input';
import { trending } from '@freshet/serving/rank/trending';
import { meaningOf } from '@freshet/shared/domain/event';
import { emptyHistory, type History, remember } from '@freshet/shared/domain/history';
import { makeModel, MODEL, NOW } from '../support/model.js';
import { referenceScores, referenceTop } from '../support/reference.js';
import { type Loaded, loadTableSet } from '../support/table-set.js';

const ITEMS = 3_000;
const data = makeModel(3, ITEMS);

function filterOf(sent: object): Filter {
  const read = readFilter(sent);
  if (!read.ok) throw new Error('not a filter');
  return read.filter;
}

/** Prices 0 to 999 three times over; `rare` has five items. */
async function stocked(): Promise<Loaded> {
  const loaded = await loadTableSet(data);
  for (let i = 1; i <= ITEMS; i++) {
    const categories = i % 600 === 7 ? ['rare'] : ['usual'];
    loaded.shelf.apply({ op: 'put', id: `item-${i}`, fields: { price: i % 1_000, categories, available: i % 10 !== 0 } }, { seq: i, index: 0 });
  }
  return loaded;
}

function shopper(): History {
  const history = emptyHistory();
  for (let i = 0; i < 12; i++) {
    const event = { item: `item-${1 + i * 37}`, ts: NOW - i * 60_000, type: 'view' };
    remember(history, event, meaningOf(event), { seq: i + 1, index: 0 });
  }
  return history;
}

function matchesOf({ shelf }: Loaded, filter: Filter): ReadonlySet<string> {
  return new Set([...shelf.catalogue.entries()].filter((document) => !document.deleted && filter.passes(document.fields)).map(({ id }) => id));
}

/** As the route does it: again with all that pass, when that was needed. */
function rank(loaded: Loaded, filter: Filter, over: Partial<RankInput> = {}, method: 'rank' | 'similar' = 'rank'): Ranking & { readonly again: boolean } {
  const input = (matches: ReadonlySet<string> | undefined): RankInput => ({
    model: loaded.view, shelf: loaded.shelf, history: undefined, session: { events: [], marks: new Map() }, item: undefined, limit: 20, excludeIds: [],
    excludeSeen: false, diversity: 0, anyAvailability: false, reasons: false, now: NOW, filter: useFilter(filter, loaded.shelf, matches), ...over,
  });
  const first = input(undefined);
  const ranking = createRanker()[method](first);
  if (first.filter?.isShort !== true) return { ...ranking, again: false };
  const second = input(matchesOf(loaded, filter));
  const again = createRanker()[method](second);
  expect(second.filter?.isShort).toBe(false);
  return { ...again, again: true };
}

const idsOf = ({ items }: Pick<Ranking, 'items'>): string[] => items.map(({ id }) => id);

describe('a filtered list', () => {
  it.each([
    ['many', { price: { lt: 600 } }, false],
    ['one of a hundred', { price: { lt: 10 } }, true],
    ['five', { categories: 'rare' }, true],
  ])('is the list of all items without those that fail, when %s pass', async (_, sent, again) => {
    const loaded = await stocked();
    const filter = filterOf(sent);
    const history = shopper();
    const passing = matchesOf(loaded, filter);
    const scores = referenceScores(data, history, { now: NOW, temperature: MODEL.temperature });
    for (const id of scores.keys()) if (!passing.has(id) || loaded.shelf.state(id) !== 'available') scores.delete(id);
    const found = rank(loaded, filter, { history });
    expect(found.again).toBe(again);
    expect(found.rung).toBe('personal');
    expect(idsOf(found)).toEqual(referenceTop(scores, 20).map(([id]) => id));
  });

  it('scores items the same whether they were looked for among the best or among those that pass', async () => {
    const loaded = await stocked();
    const filter = filterOf({ price: { lt: 600 } });
    const history = shopper();
    const fewer = filterOf({ price: { lt: 600 }, categories: ['usual', 'rare'], 'attributes.x': { exists: false } });
    const among = createRanker().rank({ ...blank(loaded), history, filter: useFilter(fewer, loaded.shelf, matchesOf(loaded, fewer)) });
    expect(among.items).toEqual(rank(loaded, filter, { history }).items);
  });

  it.each(['similar', 'trending', 'newest'] as const)('respects the filter on the rung %s', async (rung) => {
    const loaded = await stocked();
    for (let i = 0; i < 5; i++) loaded.shelf.apply({ op: 'put', id: `new-${i}`, fields: { price: 5_000 + i, categories: ['rare'] } }, { seq: 10_000 + i, index: 0 });
    const filter = rung === 'newest' ? filterOf({ price: { gte: 5_000 } }) : filterOf({ categories: 'rare' });
    const found = rank(loaded, filter, rung === 'similar' ? { item: 'item-3' } : {});
    expect(found.rung).toBe(rung);
    const rare = ['item-7', 'item-607', 'item-1207', 'item-1807', 'item-2407'];
    const fresh = ['new-4', 'new-3', 'new-2', 'new-1', 'new-0'];
    if (rung === 'newest') expect(idsOf(found)).toEqual(fresh);
    else {
      expect(idsOf(found).slice(0, 5).sort()).toEqual([...rare].sort());
      expect(idsOf(found).slice(5)).toEqual(fresh);
    }
  });

  it('leaves out what is excluded and unavailable beside what fails, and gives both back where asked', async () => {
    const loaded = await stocked();
    const filter = filterOf({ price: { lte: 3 } });
    const all = rank(loaded, filter, { history: shopper(), anyAvailability: true, limit: 50 });
    expect(idsOf(all)).toHaveLength(12);
    const shown = rank(loaded, filter, { history: shopper(), excludeIds: ['item-1', 'item-1001'], limit: 50 });
    expect(idsOf(shown).sort()).toEqual(['item-1002', 'item-1003', 'item-2', 'item-2001', 'item-2002', 'item-2003', 'item-3']);
  });

  it('of items like an item has only those that pass', async () => {
    const loaded = await stocked();
    const found = rank(loaded, filterOf({ categories: 'rare' }), { item: 'item-7' }, 'similar');
    expect(idsOf(found).sort()).toEqual(['item-1207', 'item-1807', 'item-2407', 'item-607']);
  });

  it('of what is taken most has the same counters as without the filter', async () => {
    const loaded = await stocked();
    const ask = (filter: Filter | undefined, limit: number, matches?: ReadonlySet<string>) =>
      trending(loaded.set, { window: '1d', limit, column: 'served', now: NOW, filter: filter && useFilter(filter, loaded.shelf, matches) });
    const filter = filterOf({ categories: 'rare' });
    const matches = matchesOf(loaded, filter);
    const rows = new Set([...matches].map((id) => loaded.set.rowOf(id)));
    const whole = ask(undefined, 1_000).filter(({ row }) => rows.has(row));
    const found = ask(filter, 10, matches);
    expect(found).toHaveLength(5);
    expect(found.slice(0, whole.length)).toEqual(whole);
  });

  it('is diverse among those that pass', async () => {
    const loaded = await stocked();
    const found = rank(loaded, filterOf({ price: { lt: 50 } }), { history: shopper(), diversity: 0.5 });
    expect(idsOf(found)).toHaveLength(20);
    for (const id of idsOf(found)) expect(Number(id.slice(5)) % 1_000).toBeLessThan(50);
  });
});

function blank(loaded: Loaded): RankInput {
  return { model: loaded.view, shelf: loaded.shelf, history: undefined, session: { events: [], marks: new Map() }, item: undefined, limit: 20, excludeIds: [], excludeSeen: false, diversity: 0, anyAvailability: false, reasons: false, now: NOW };
}
