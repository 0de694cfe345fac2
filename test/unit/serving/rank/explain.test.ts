import { readFilter } from '@freshet/serving/filter/expression';
import { createFilterMatches } from '@freshet/serving/filter/matches';
import { useFilter } from '@freshet/serving/filter/use';
import { createRanker, type Ranker } from '@freshet/serving/rank/ranker';
import type { RankInput, Reason } from '@freshet/serving/rank/input';
import { type UnsentEvent, sessionPart } from '@freshet/serving/rank/working-history';
import { type CustomTypes, meaningOf } from '@freshet/shared/domain/event';
import { emptyHistory, type History, remember } from '@freshet/shared/domain/history';
import { DENSE } from '@freshet/shared/domain/model-config';
import { randomBelow, randomNormal } from '@freshet/shared/domain/random';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeModel, MODEL, type ModelData, NOW, withFollowers } from '../support/model.js';
import { referenceScores } from '../support/reference.js';
import { type Loaded, loadTableSet } from '../support/table-set.js';

const DAY = 86_400_000;
/** For properties of many worlds, each a table set of its own. */
const PROPERTY_MS = 60_000;
const CUSTOM: CustomTypes = { tasted: 2 };
const TYPES = ['view', 'cart', 'purchase', 'like', 'rate', 'tasted'];

function inputOf(loaded: Loaded, over: Partial<RankInput> = {}): RankInput {
  return {
    model: loaded.view, shelf: loaded.shelf, history: undefined, session: { events: [], marks: new Map() }, item: undefined,
    limit: 10, excludeIds: [], excludeSeen: false, diversity: 0, anyAvailability: false, reasons: false, now: NOW, ...over,
  };
}

interface Did extends UnsentEvent {
  readonly seq: number;
}

/** Events of one shopper: among few items, so that some come again. */
function eventsOf(seed: number, { length, items }: { readonly length: number; readonly items: number }): Did[] {
  return Array.from({ length }, (_, i) => ({
    item: `item-${1 + randomBelow(items, seed, 1, i)}`, ts: NOW - randomBelow(200 * DAY, seed, 2, i), type: TYPES[randomBelow(TYPES.length, seed, 3, i)] ?? 'view', value: 5, seq: i + 1,
  }));
}

function fold(events: readonly Did[]): History {
  const history = emptyHistory();
  for (const event of events) remember(history, event, meaningOf(event, CUSTOM), { seq: event.seq, index: 0 });
  return history;
}

/** A model whose weights for repeats, past items, followers and sharpness are as large as they come. */
function modelOf(seed: number, items: number): ModelData {
  const data = withFollowers(makeModel(seed, items));
  const dense = data.dense.slice();
  for (const [from, count] of [[DENSE.repeat, 8], [DENSE.repeatPast, 8], [DENSE.follow, 1], [DENSE.followEarlier, 2], [DENSE.sharpLength, 7], [DENSE.sharpAge, 8]] as const) {
    for (let w = from; w < from + count; w++) dense[w] = (dense[w] ?? 0) + 0.7 * randomNormal(seed, 99, w);
  }
  return { ...data, dense };
}

const whole = (ranker: Ranker, input: RankInput): { id: string; score: number }[] => ranker.rank({ ...input, limit: 300 }).items.map(({ id, score }) => ({ id, score }));
const sumOf = (parts: readonly { contribution: number }[]): number => parts.reduce((sum, { contribution }) => sum + contribution, 0);
/** No more than single precision may lose of parts of this size. */
function expectRounding(reasons: readonly Reason[]): void {
  const parts = reasons.filter(({ kind }) => kind !== 'rounding');
  const size = parts.reduce((sum, { contribution }) => sum + Math.abs(contribution), 1);
  expect(Math.abs(sumOf(reasons) - sumOf(parts))).toBeLessThan(1e-5 * size);
}
const ask = (id: string, counterfactuals = 0) => ({ id, method: 'rank', counterfactuals }) as const;

const world = fc.record({ seed: fc.nat(1_000_000), items: fc.integer({ min: 30, max: 250 }), length: fc.integer({ min: 1, max: 45 }), unsent: fc.integer({ min: 0, max: 4 }), looks: fc.boolean() });

async function makeWorld({ seed, items, length, unsent, looks }: typeof world extends fc.Arbitrary<infer W> ? W : never) {
  const data = modelOf(seed, items);
  const loaded = await loadTableSet(data);
  const history = fold(eventsOf(seed, { length, items: Math.ceil(items / 3) }));
  const session = sessionPart(eventsOf(seed + 1, { length: unsent, items }), CUSTOM);
  const input = inputOf(loaded, { history, session, ...(looks ? { item: `item-${1 + randomBelow(items, seed, 8, 0)}` } : {}) });
  return { data, loaded, history, input, ranker: createRanker() };
}

describe('the parts of a score', () => {
  it('add up to it in lists and explanations, every event listed, for any model, shopper, session and item', async () => {
    await fc.assert(
      fc.asyncProperty(world, async (made) => {
        const { input, ranker } = await makeWorld(made);
        for (const { score, reasons = [] } of ranker.rank({ ...input, reasons: true }).items) {
          expect(Math.abs(sumOf(reasons) - score)).toBeLessThan(6e-5);
          expectRounding(reasons);
        }
        for (let n = 0; n < 10; n++) {
          const { standing, reasons } = ranker.explain(input, ask(`item-${1 + randomBelow(made.items, made.seed, 9, n)}`));
          expect(Math.abs(sumOf(reasons) - (standing?.score ?? NaN))).toBeLessThan(6e-5);
          expectRounding(reasons);
          expect(reasons.filter(({ kind }) => kind === 'other')).toEqual([]);
        }
      }),
      { numRuns: 40 },
    );
  }, PROPERTY_MS);

  it('are the formula’s score, and name each event with its type and age', async () => {
    const data = modelOf(3, 120);
    const loaded = await loadTableSet(data);
    const events = eventsOf(3, { length: 20, items: 50 });
    const history = fold(events);
    const scores = referenceScores(data, history, { now: NOW, temperature: MODEL.temperature });
    for (const { name = '' } of data.rows.slice(1)) {
      const { reasons, standing } = createRanker().explain(inputOf(loaded, { history }), ask(name));
      expect(Math.abs((standing?.score ?? NaN) - (scores.get(name) ?? NaN))).toBeLessThan(1e-3);
      const named = reasons.filter(({ kind }) => kind === 'history').map((reason) => `${reason.event_type} ${reason.item_id} ${reason.age_seconds}`);
      expect(named.toSorted()).toEqual(events.map(({ type, item, ts }) => `${type} ${item} ${Math.floor((NOW - ts) / 1000)}`).toSorted());
    }
  });

  it('of an item like another are the cosine and its popularity', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(1_000_000), fc.integer({ min: 3, max: 200 }), async (seed, items) => {
        const loaded = await loadTableSet(modelOf(seed, items));
        const input = inputOf(loaded, { item: `item-${1 + randomBelow(items, seed, 4, 0)}` });
        const ranker = createRanker();
        const all = ranker.similar({ ...input, limit: 300 }).items;
        all.forEach(({ id, score }, i) => {
          const { standing, reasons } = ranker.explain(input, { id, method: 'similar', counterfactuals: 3 });
          expect(standing).toEqual({ scoring: 'similar', score, rank: i + 1 });
          expect(Math.abs(sumOf(reasons) - score)).toBeLessThan(6e-5);
        });
      }),
      { numRuns: 10 },
    );
  });
});

describe('an item’s rank', () => {
  it('is its place in the whole order, with its score, bit for bit', async () => {
    await fc.assert(
      fc.asyncProperty(world, async (made) => {
        const { input, ranker } = await makeWorld(made);
        whole(ranker, input).forEach(({ id, score }, i) => expect(ranker.explain(input, ask(id)).standing).toEqual({ scoring: 'personal', score, rank: i + 1 }));
      }),
      { numRuns: 8 },
    );
  }, PROPERTY_MS);

  it('is the one it would have if nothing kept it out', async () => {
    const loaded = await loadTableSet(modelOf(6, 90));
    const input = inputOf(loaded, { history: fold(eventsOf(6, { length: 12, items: 90 })) });
    const ranker = createRanker();
    const before = ranker.explain(input, ask('item-44')).standing;
    loaded.shelf.apply({ op: 'patch', id: 'item-44', fields: { available: false } }, { seq: 1, index: 0 });
    expect(ranker.explain({ ...input, excludeIds: ['item-44'] }, ask('item-44')).standing).toEqual(before);
  });

  it('of a stranger is that of what trends, then of the newest', async () => {
    const data = makeModel(8, 40);
    const loaded = await loadTableSet(data);
    loaded.shelf.apply({ op: 'put', id: 'old', fields: {} }, { seq: 1, index: 0 });
    loaded.shelf.apply({ op: 'put', id: 'item-7', fields: {} }, { seq: 1, index: 1 });
    loaded.shelf.apply({ op: 'put', id: 'new', fields: {} }, { seq: 1, index: 2 });
    const ranker = createRanker();
    const input = inputOf(loaded);
    const all = whole(ranker, input);
    expect(all.slice(-2).map(({ id }) => id)).toEqual(['new', 'old']);
    all.forEach(({ id, score }, i) => {
      const { standing, reasons, rung } = ranker.explain(input, ask(id));
      expect({ ...standing, rung }).toEqual({ scoring: i < 40 ? 'trending' : 'newest', score, rank: i + 1, rung: 'trending' });
      expect(sumOf(reasons)).toBe(score);
    });
  });
});

describe('with a filter', () => {
  it('an item’s rank is its place among all that pass, those that the model doesn’t know at the end, and what doesn’t pass is filtered', async () => {
    await fc.assert(
      fc.asyncProperty(world, fc.boolean(), async (made, isStranger) => {
        const { loaded, input: base, ranker } = await makeWorld(made);
        const ids = [...Array.from({ length: made.items }, (_, i) => `item-${i + 1}`), 'fresh-1', 'fresh-2'];
        ids.forEach((id, index) => loaded.shelf.apply({ op: 'put', id, fields: { price: randomBelow(4, made.seed, 31, index) } }, { seq: 1, index }));
        const read = readFilter({ price: { lte: 1 } });
        if (!read.ok) throw new Error('the filter is sound');
        const matches = await createFilterMatches(loaded.shelf).collect(read.filter);
        const input = { ...base, ...(isStranger ? { history: undefined, session: { events: [], marks: new Map() }, item: undefined } : {}), filter: useFilter(read.filter, loaded.shelf, matches) };
        const all = whole(ranker, input);
        all.forEach(({ id, score }, i) => expect(ranker.explain(input, ask(id))).toMatchObject({ standing: { score, rank: i + 1 } }));
        for (const id of ids) {
          const { obstacles } = ranker.explain(input, ask(id));
          expect([id, obstacles.some(({ code }) => code === 'filtered')]).toEqual([id, !matches.has(id)]);
        }
      }),
      { numRuns: 6 },
    );
  }, PROPERTY_MS);
});

describe('a counterfactual', () => {
  it('is what ranking anew without the event gives, from a history folded anew, for any event of any shopper', async () => {
    await fc.assert(
      fc.asyncProperty(world, fc.boolean(), async (made, excludeSeen) => {
        const { seed, items, unsent } = made;
        const sent = eventsOf(seed, { length: 1 + (made.length % 20), items: Math.ceil(items / 3) });
        const inSession = eventsOf(seed + 1, { length: Math.min(unsent, 20 - sent.length), items });
        const { loaded, input: base } = await makeWorld(made);
        const ranker = createRanker();
        const inputFrom = (left: { sent: readonly Did[]; inSession: readonly Did[]; item: string | undefined }): RankInput => ({ ...base, excludeSeen, history: fold(left.sent), session: sessionPart(left.inSession, CUSTOM), item: left.item });
        const id = `item-${1 + randomBelow(items, seed, 12, 0)}`;
        const explained = ranker.explain(inputFrom({ sent, inSession, item: base.item }), ask(id, 20));
        expect(explained.without.length).toBeGreaterThan(0);
        for (const { item_id: item, event_type: type, age_seconds: age, events, ...standing } of explained.without) {
          const isIt = (event: Did): boolean => event.item === item && (events > 1 || (event.type === type && Math.floor((NOW - event.ts) / 1000) === age));
          const isLooked = events === 1 ? type === undefined : item === base.item;
          const input = inputFrom({ sent: sent.filter((event) => !isIt(event)), inSession: inSession.filter((event) => !isIt(event)), item: isLooked ? undefined : base.item });
          // Taken out of what hides it, as its rank is.
          const anew = ranker.explain(input, ask(id)).standing;
          expect(standing).toEqual(anew);
          const place = whole(ranker, input).findIndex((one) => one.id === id);
          if (place >= 0) expect({ rank: 1 + place, score: whole(ranker, input)[place]?.score }).toEqual({ rank: standing.rank, score: standing.score });
        }
        expect(loaded.set.rows).toBe(items + 1);
      }),
      { numRuns: 25 },
    );
  }, PROPERTY_MS);

  it('without the only event is the stranger’s list', async () => {
    const loaded = await loadTableSet(modelOf(5, 60));
    const input = inputOf(loaded, { history: fold([{ item: 'item-3', type: 'view', ts: NOW - 40_000, seq: 1 }]) });
    const { without } = createRanker().explain(input, ask('item-9', 3));
    expect(without).toEqual([{ item_id: 'item-3', event_type: 'view', age_seconds: 40, events: 1, ...createRanker().explain(inputOf(loaded), ask('item-9')).standing }]);
  });

  it('changes nothing of the history, and leaves the columns as they were', async () => {
    const loaded = await loadTableSet(modelOf(7, 60));
    const history = fold(eventsOf(7, { length: 30, items: 20 }));
    const { set } = loaded;
    const before = structuredClone({ history, served: set.served.slice(0, set.rows), any: set.any.slice(0, set.rows) });
    createRanker().explain(inputOf(loaded, { history, excludeSeen: true, excludeIds: ['item-1'] }), ask('item-1', 20));
    expect({ history, served: set.served.slice(0, set.rows), any: set.any.slice(0, set.rows) }).toEqual(before);
  });
});

describe('what keeps an item out', () => {
  const data: ModelData = { ...modelOf(9, 60), rows: modelOf(9, 60).rows.map((row) => (row.row === 50 ? { ...row, users: 2 } : row)) };

  it('is named, all of it, and what is listed has nothing against it', async () => {
    const loaded = await loadTableSet(data);
    const change = (id: string, fields: object, op: 'put' | 'delete' = 'put'): void => loaded.shelf.apply(op === 'put' ? { op, id, fields } : { op, id }, { seq: ++seq, index: 0 });
    let seq = 0;
    change('item-10', { available: false });
    change('item-11', {});
    change('item-11', {}, 'delete');
    change('fresh', {});
    const dislike = { item: 'item-12', type: 'dislike', ts: NOW - 3 * 3_600_000, seq: 90 };
    const history = fold([{ item: 'item-3', type: 'purchase', ts: NOW - 2 * DAY, seq: 1 }, dislike]);
    const input = inputOf(loaded, { history, excludeIds: ['item-13', 'item-10'], item: 'item-14', excludeSeen: true, limit: 20 });
    const ranker = createRanker();
    const obstacles = (id: string) => ranker.explain(input, ask(id)).obstacles;
    expect(obstacles('nothing')).toEqual([{ code: 'unknown_item' }]);
    expect(obstacles('fresh')).toEqual([{ code: 'not_learned' }]);
    expect(obstacles('item-10')).toEqual([{ code: 'unavailable' }, { code: 'excluded' }]);
    expect(obstacles('item-11')).toEqual([{ code: 'withdrawn' }]);
    expect(obstacles('item-50')).toEqual([{ code: 'too_few_shoppers', shoppers: 2, needed: 3 }]);
    expect(obstacles('item-14')).toEqual([{ code: 'looked_at' }]);
    expect(obstacles('item-12')).toEqual([{ code: 'refused', event_type: 'dislike', age_seconds: 10_800 }]);
    expect(obstacles('item-3')).toEqual([{ code: 'seen', event_type: 'purchase', age_seconds: 172_800 }]);
    const listed = ranker.rank(input).items;
    listed.forEach(({ id }, i) => expect(ranker.explain(input, ask(id))).toMatchObject({ place: i + 1, obstacles: [], isVaried: false }));
    for (const { name = '' } of data.rows.slice(1)) {
      const { place, obstacles: found, needed } = ranker.explain(input, ask(name));
      if (found.length > 0) expect(place).toBeUndefined();
      // Whoever has nothing against him and isn't listed lacks score: the last one listed has what is needed.
      else if (place === undefined) expect(needed).toEqual({ rank: 20, score: listed[19]?.score });
    }
  });

  it('is variety, when the list is diversified and the item scores well enough', async () => {
    const loaded = await loadTableSet(data);
    const input = inputOf(loaded, { history: fold(eventsOf(2, { length: 9, items: 60 })), limit: 8, diversity: 1 });
    const ranker = createRanker();
    const listed = new Set(ranker.rank(input).items.map(({ id }) => id));
    const left = ranker.rank({ ...input, diversity: 0 }).items.filter(({ id }) => !listed.has(id));
    expect(left.length).toBeGreaterThan(0);
    for (const { id } of left) expect(ranker.explain(input, ask(id))).toMatchObject({ isVaried: true, obstacles: [] });
  });
});
