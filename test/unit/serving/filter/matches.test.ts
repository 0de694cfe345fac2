import { describe, expect, it } from 'vitest';
import { type Filter, readFilter } from '@freshet/serving/filter/expression';
import { createFilterMatches, type FilterMatches } from '@freshet/serving/filter/matches';
import { createShelf, type Shelf } from '@freshet/serving/store/shelf';

function filterOf(sent: object): Filter {
  const read = readFilter(sent);
  if (!read.ok) throw new Error('not a filter');
  return read.filter;
}

function stock(items: number): { shelf: Shelf; matches: FilterMatches; put: (id: string, fields: object) => void } {
  const shelf: Shelf = createShelf((id, _, now) => matches.change(id, now));
  const matches: FilterMatches = createFilterMatches(shelf);
  let seq = 0;
  const put = (id: string, fields: object): void => shelf.apply({ op: 'put', id, fields }, { seq: ++seq, index: 0 });
  for (let i = 0; i < items; i++) put(`item-${i}`, { price: i % 100, categories: [`c${i % 7}`] });
  return { shelf, matches, put };
}

describe('the items that pass a filter', () => {
  it('are all of them, and follow every change from the moment they are asked for', async () => {
    const { shelf, matches, put } = stock(20_000);
    const cheap = filterOf({ price: { lt: 3 } });
    expect(matches.kept(cheap)).toBeUndefined();
    const collecting = matches.collect(cheap);
    put('item-50', { price: 1 });
    put('item-0', { price: 50 });
    const found = await collecting;
    expect(found.size).toBe(600);
    expect(found.has('item-50')).toBe(true);
    expect(found.has('item-0')).toBe(false);
    put('item-77', { price: 2 });
    shelf.apply({ op: 'delete', id: 'item-50' }, { seq: 1e6, index: 0 });
    expect(matches.kept(cheap)?.has('item-77')).toBe(true);
    expect(matches.kept(cheap)?.has('item-50')).toBe(false);
    expect(matches.kept(cheap)?.size).toBe(600);
  });

  it('of categories that are named are found among these, with all other conditions', async () => {
    const { matches, put } = stock(1_000);
    put('late', { price: 1, categories: ['C3'] });
    const found = await matches.collect(filterOf({ price: { lt: 3 }, categories: { any: ['c3', 'C5', 'none'] } }));
    const expected = Array.from({ length: 1_000 }, (_, i) => i).filter((i) => i % 100 < 3 && (i % 7 === 3 || i % 7 === 5)).map((i) => `item-${i}`);
    expect([...found].sort()).toEqual([...expected, 'late'].sort());
  });

  it('are collected once for all who ask at the same time', async () => {
    const { matches } = stock(1_000);
    const [a, b] = [matches.collect(filterOf({ price: 4 })), matches.collect(filterOf({ price: 4 }))];
    expect(a).toBe(b);
    expect((await a).size).toBe(10);
  });

  it('are kept for the 64 filters that were asked for last', async () => {
    const { matches } = stock(100);
    const first = filterOf({ price: 0 });
    const second = filterOf({ price: { gte: 0, lt: 1 } });
    await matches.collect(first);
    await matches.collect(second);
    for (let i = 1; i < 64; i++) {
      await matches.collect(filterOf({ price: i }));
      matches.kept(first);
    }
    expect(matches.kept(first)?.size).toBe(1);
    expect(matches.kept(second)).toBeUndefined();
  });

  it('are collected without holding up other work for more than a few milliseconds at a time', async () => {
    const { matches } = stock(60_000);
    let turns = 0;
    let done = false;
    const turn = (): void => {
      turns++;
      if (!done) setImmediate(turn);
    };
    setImmediate(turn);
    await matches.collect(filterOf({ 'attributes.nobody': { none: ['has'] }, price: { lt: 50 } }));
    done = true;
    expect(turns).toBeGreaterThan(2);
  });
});
