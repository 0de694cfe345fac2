/** Searches on a small model: what is found, in which order, and what a change does to the next one. */
import { describe, expect, it } from 'vitest';
import type { ItemFields } from '@freshet/shared/domain/entry';
import { meaningOf } from '@freshet/shared/domain/event';
import { emptyHistory, remember } from '@freshet/shared/domain/history';
import { strideOf } from '@freshet/shared/domain/tables';
import { type Filter, readFilter } from '@freshet/serving/filter/expression';
import { createRules } from '@freshet/serving/rules/rules';
import { cosine } from '@freshet/serving/search/blend';
import { createSearcher, type Found, type SearchInput } from '@freshet/serving/search/searcher';
import { createShelf, type Shelf } from '@freshet/serving/store/shelf';
import type { TableSet } from '@freshet/serving/store/table-set';
import { DIM, makeModel, NOW } from '../support/model.js';
import { loadTableSet } from '../support/table-set.js';

const TITLES: Readonly<Record<string, ItemFields>> = {
  'item-1': { title: 'Red heart mug', categories: ['Kitchen', 'Mugs'], price: 5 },
  'item-2': { title: 'Blue heart mug', categories: ['Kitchen', 'Mugs'], price: 9 },
  'item-3': { title: 'Red candle', categories: ['Candles'], price: 3 },
  'item-4': { title: 'Heart shaped candles', categories: ['Candles'], price: 4 },
  'item-5': { title: '红色小熊杯子', categories: ['杯子'], price: 7 },
  'item-6': { title: '赤いマグカップ', price: 8 },
};

async function shop({ synonyms = [], items = 20 }: { synonyms?: string[][]; items?: number } = {}) {
  const searcher = createSearcher({ synonyms, catalogue: () => shelf.catalogue });
  const shelf: Shelf = createShelf((id, before, now) => {
    searcher.change(id, before, now);
    loaded.pool.refresh(id);
  });
  const loaded = await loadTableSet(makeModel(9, items), { maxWords: 4 });
  // The set asks its own shelf; what isn't described there may be served.
  let seq = 0;
  const put = (id: string, fields: ItemFields): void => shelf.apply({ op: 'put', id, fields }, { seq: ++seq, index: 0 });
  const patch = (id: string, fields: ItemFields): void => shelf.apply({ op: 'patch', id, fields }, { seq: ++seq, index: 0 });
  const remove = (id: string): void => shelf.apply({ op: 'delete', id }, { seq: ++seq, index: 0 });
  for (const [id, fields] of Object.entries(TITLES)) put(id, fields);
  await searcher.settled();
  const search = (query: string, over: Partial<SearchInput> = {}): Found =>
    searcher.search({ model: loaded.view, shelf, history: undefined, session: { events: [], marks: new Map() }, anyAvailability: false, now: NOW, query, offset: 0, limit: 20, filter: undefined, facets: [], highlights: false, ...over });
  return { set: loaded.set, searcher, shelf, put, patch, remove, search, ids: (query: string, over?: Partial<SearchInput>) => search(query, over).items.map(({ id }) => id) };
}

function filterOf(sent: object): Filter {
  const read = readFilter(sent);
  if (!read.ok) throw new Error('not a filter');
  return read.filter;
}

/** The model knows a word that no text has: it means what this item is. */
function learnWord(set: TableSet, word: string, like: string): void {
  const row = set.rowOf(like) ?? 0;
  const floats = new Float32Array(strideOf('word', DIM));
  floats.set(set.embeddings.subarray(row * DIM, (row + 1) * DIM));
  set.name(0, word, 'word');
  set.write('word', Uint32Array.of(0), new Uint32Array(floats.buffer));
}

describe('a search', () => {
  it('finds by whole words, beginnings, typos, stems, synonyms and characters', async () => {
    const { ids } = await shop({ synonyms: [['candle', 'taper']] });
    expect(ids('red heart mug')[0]).toBe('item-1');
    expect(ids('blue hea')[0]).toBe('item-2');
    expect(ids('blue haert mgu')[0]).toBe('item-2');
    expect(ids('candles red')[0]).toBe('item-3');
    expect(ids('tapers').sort()).toEqual(['item-3', 'item-4']);
    expect(ids('小熊')).toEqual(['item-5']);
    expect(ids('杯')).toEqual(['item-5']);
    expect(ids('マグカップ')).toEqual(['item-6']);
  });

  it('finds Korean words within longer ones, and Greek beginnings whatever their last letter', async () => {
    const { searcher, ids, put } = await shop();
    put('teacup', { title: '고급찻잔 세트' });
    put('museum', { title: 'Μουσείο' });
    await searcher.settled();
    expect(ids('찻잔')).toEqual(['teacup']);
    expect(ids('ΜΟΥΣ')).toEqual(['museum']);
  });

  it('names the likely category, counts facets and obeys the filter', async () => {
    const { search } = await shop();
    const found = search('heart', { facets: ['categories', 'price'], filter: filterOf({ price: { lte: 5 } }) });
    expect(found.items.map(({ id }) => id).sort()).toEqual(['item-1', 'item-4']);
    expect(found.total).toBe(2);
    expect(found.facets['price']).toEqual({ count: 3, min: 4, max: 9 });
    expect(search('mug').category).toEqual({ name: 'Mugs', share: 1 });
  });

  it('is of the same items in the same order each time, its parts add up, and pages go on where the last ended', async () => {
    const { search, ids } = await shop();
    const found = search('red heart');
    for (const { score, parts } of found.items) expect(Object.values(parts).reduce((sum, part) => sum + part, 0)).toBeCloseTo(score, 6);
    expect(ids('red heart')).toEqual(found.items.map(({ id }) => id));
    const pages = [ids('red heart', { limit: 2 }), ids('red heart', { limit: 2, offset: 2 })].flat();
    expect(pages).toEqual(found.items.map(({ id }) => id));
  });

  it('knows the shopper: what she dealt with last comes first among equals', async () => {
    const { search } = await shop();
    const before = search('heart mug').items.map(({ id }) => id).slice(0, 2);
    const last = before[1] ?? '';
    const history = emptyHistory();
    const event = { item: last, ts: NOW - 1_000, type: 'click' };
    remember(history, event, meaningOf(event), { seq: 1, index: 0 });
    const after = search('heart mug', { history }).items;
    expect(after[0]?.id).toBe(last);
    expect(after[0]?.parts.shopper).toBeGreaterThan(0);
  });

  it('hides at once what is unavailable or deleted, and finds new texts when they are indexed', async () => {
    const { searcher, ids, patch, put, remove, search } = await shop();
    patch('item-1', { available: false });
    expect(ids('red mug')).not.toContain('item-1');
    expect(ids('red mug', { anyAvailability: true })).toContain('item-1');
    expect(search('red mug', { anyAvailability: true }).items.find(({ id }) => id === 'item-1')?.parts.availability).toBeLessThan(0);
    patch('item-1', { available: true });
    expect(ids('red mug')).toContain('item-1');
    remove('item-2');
    expect(ids('blue')).toEqual([]);
    put('item-7', { title: 'Turquoise vase' });
    patch('item-3', { title: 'Turquoise candle' });
    expect(searcher.isReady()).toBe(true);
    expect(ids('turquoise').sort()).toEqual(['item-3', 'item-7']);
    expect(ids('red').sort()).toEqual(['item-1']);
    patch('item-7', { price: 3 });
    expect(ids('turquoise', { filter: filterOf({ price: 3 }) }).sort()).toEqual(['item-3', 'item-7']);
  });

  it('says what was found where', async () => {
    const { search } = await shop();
    const [first] = search('candles heart', { highlights: true }).items;
    expect(first?.highlights?.[0]).toEqual({ field: '/title', text: 'Heart shaped candles', ranges: [[0, 5], [13, 20]] });
  });

  it('of words that nobody knows finds nothing', async () => {
    const { search } = await shop();
    expect(search('xylophone')).toMatchObject({ source: 'nothing', items: [], total: 0 });
    expect(search('—')).toMatchObject({ source: 'nothing', items: [] });
  });

  it('of a word that no text has, but the model knows, finds what the word means, under the same filter', async () => {
    const { set, search } = await shop();
    learnWord(set, 'valentine', 'item-4');
    const found = search('valentine');
    expect(found.source).toBe('vectors');
    expect(found.items[0]).toMatchObject({ id: 'item-4', parts: { text: expect.closeTo(1, 5) } });
    expect(search('valentine', { filter: filterOf({ categories: 'Mugs' }) }).items.every(({ id }) => id === 'item-1' || id === 'item-2')).toBe(true);
  });

  it('by what words mean finds what passes the filter however many nearer items fail, once what passes is collected', async () => {
    const { set, put, search } = await shop({ items: 800 });
    learnWord(set, 'valentine', 'item-4');
    const nearest = new Set(search('valentine', { limit: 500 }).items.map(({ id }) => id));
    const served = Array.from({ length: 800 }, (_, i) => `item-${i + 1}`).filter((id) => (set.scale[set.rowOf(id) ?? 0] ?? 0) !== 0);
    for (const id of served) put(id, { price: nearest.has(id) ? 1 : 2 });
    const behind = served.filter((id) => !nearest.has(id));
    set.query.set(set.words.embeddings.subarray(0, DIM));
    const alike = behind.filter((id) => cosine(set, set.rowOf(id) ?? 0) > 0);
    expect(alike.length).toBeGreaterThan(5);

    const filter = filterOf({ price: 2 });
    expect(search('valentine', { filter }).lacking).toBe(filter);
    const found = search('valentine', { filter, limit: 500, facets: ['price'], matchesOf: (wanted) => (wanted.key === filter.key ? new Set(behind) : undefined) });
    expect(found).toMatchObject({ source: 'vectors', total: alike.length, exact: true, lacking: undefined });
    expect(found.items.map(({ id }) => id).sort()).toEqual(alike.sort());
    // A field's own condition doesn't count for it: the nearest that fail it are counted, too.
    expect(found.facets['price']).toEqual({ count: nearest.size + alike.length, min: 1, max: 2 });
  });

  it('by what words mean never finds an item that nobody has described through a filter, nor through what rules demand', async () => {
    const { set, shelf, search, ids } = await shop();
    learnWord(set, 'valentine', 'item-9');
    const none = filterOf({ 'attributes.material': { exists: false } });
    expect(ids('valentine')).toContain('item-9');
    const described = Object.keys(TITLES);
    expect(ids('valentine', { filter: none, matchesOf: () => new Set(described) }).filter((id) => !described.includes(id))).toEqual([]);

    const rules = createRules(shelf, { kept: () => undefined, collect: () => Promise.resolve(new Set<string>()) });
    rules.book.apply({ context: 'search', rules: [{ id: 'a', action: 'only', filter: { 'attributes.material': { exists: false } } }] }, { seq: 1, index: 0 });
    const demanding = rules.use({ context: 'search', segments: [], now: NOW, before: 0 });
    expect(ids('valentine', { rules: demanding, matchesOf: () => new Set(described) }).filter((id) => !described.includes(id))).toEqual([]);
    // A rule that leaves out what has no material leaves what nobody has described.
    rules.book.apply({ context: 'search', rules: [{ id: 'a', action: 'exclude', filter: { 'attributes.material': { exists: false } } }] }, { seq: 2, index: 0 });
    const found = search('valentine', { rules: rules.use({ context: 'search', segments: [], now: NOW, before: 0 }), matchesOf: () => new Set() });
    expect(found.items.length).toBeGreaterThan(0);
    expect(found.items.filter(({ id }) => described.includes(id))).toEqual([]);
  });

  it('is nothing’s doing when the filter leaves nothing of what was found', async () => {
    const { search } = await shop();
    expect(search('mug', { filter: filterOf({ price: { gt: 100 } }), facets: ['price'] })).toMatchObject({ source: 'nothing', items: [], total: 0, exact: true, facets: { price: { count: 2 } } });
    expect(search('mug', { offset: 5 })).toMatchObject({ source: 'text', items: [], total: 2 });
  });

  it('indexes ten thousand items behind the changes, a few milliseconds at a time', async () => {
    const { searcher, put, ids } = await shop();
    for (let i = 0; i < 10_000; i++) put(`many-${i}`, { title: `thing number ${i}` });
    expect(searcher.isReady()).toBe(false);
    let turns = 0;
    let isDone = false;
    const turn = (): void => {
      turns++;
      if (!isDone) setImmediate(turn);
    };
    setImmediate(turn);
    await searcher.settled();
    isDone = true;
    expect(turns).toBeGreaterThan(10);
    expect(ids('number 9876')[0]).toBe('many-9876');
  });
});

describe('suggestions', () => {
  it('end the last word as titles, categories and brands have it', async () => {
    const { searcher, shelf, put } = await shop();
    put('item-8', { title: 'Candelabra', brand: 'Candy' });
    searcher.isReady();
    const suggest = (query: string) => searcher.suggest({ query, limit: 10, shelf }).map(({ text, kind }) => `${kind} ${text}`);
    expect(suggest('red can')).toEqual(expect.arrayContaining(['query red candle', 'category Candles']));
    expect(suggest('cand')).toEqual(expect.arrayContaining(['query candle', 'query candles', 'query candelabra', 'brand Candy', 'category Candles']));
    expect(suggest('heart')).toEqual(expect.arrayContaining(['query heart mug', 'query heart shaped']));
    expect(suggest('小熊')).toEqual(['query 红色小熊杯子']);
    expect(suggest('xyl')).toEqual([]);
    expect(searcher.suggest({ query: 'cand', limit: 2, shelf })).toHaveLength(2);
  });
});

describe('rules', () => {
  it('reach items that fit among a thousand whose words fit as well: raised ones come first, pinned ones to their place', async () => {
    const { shelf, searcher, put, search } = await shop();
    for (let i = 0; i < 1_200; i++) put(`jar-${String(i).padStart(4, '0')}`, { title: 'Jar', price: i });
    await searcher.settled();
    const rules = createRules(shelf, { kept: () => undefined, collect: () => Promise.resolve(new Set<string>()) });
    const [raised, pinned] = ['jar-1150', 'jar-1170'];
    const before = search('jar', { limit: 100 });
    expect(before.items.map(({ id }) => id)).not.toContain(raised);
    rules.book.apply({ context: 'search', rules: [{ id: 'a', action: 'boost', by: 5, filter: { price: 1_150 } }, { id: 'b', action: 'pin', at: 3, items: [pinned] }] }, { seq: 1, index: 0 });
    const use = rules.use({ context: 'search', segments: [], now: NOW, before: 0 });
    const found = search('jar', { limit: 100, rules: use });
    expect(found.items.map(({ id }) => id)).toEqual([raised, before.items[0]?.id, pinned, ...before.items.slice(1, 98).map(({ id }) => id)]);
    expect(found.items.map(({ source }) => source).slice(0, 3)).toEqual(['boost', undefined, 'pin']);
    expect(found.total).toBe(before.total);
    expect(search('mug', { rules: use }).items.map(({ id }) => id)).toEqual(search('mug').items.map(({ id }) => id));
  });

  it('that demand give way to words, not to what words mean', async () => {
    const { shelf, search, ids } = await shop();
    const rules = createRules(shelf, { kept: () => undefined, collect: () => Promise.resolve(new Set<string>()) });
    rules.book.apply({ context: 'search', rules: [{ id: 'a', action: 'only', filter: { categories: ['Candles'] } }] }, { seq: 1, index: 0 });
    const use = rules.use({ context: 'search', segments: [], now: NOW, before: 0 });
    expect(ids('heart', { rules: use })).toEqual(['item-4']);
    expect(search('mug', { rules: use })).toMatchObject({ source: 'text', total: search('mug').total });
  });
});
