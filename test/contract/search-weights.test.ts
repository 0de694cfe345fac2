/** The contract of search's weights, on both adapters: what they are learned from, and which version is in force. */
import { memoryRecommendationLog } from '@freshet/shared/adapters/memory/recommendation-log';
import { memorySearchWeights } from '@freshet/shared/adapters/memory/search-weights';
import { createPool } from '@freshet/shared/adapters/postgres/pool';
import { postgresRecommendationLog } from '@freshet/shared/adapters/postgres/recommendation-log';
import { postgresSearchWeights } from '@freshet/shared/adapters/postgres/search-weights';
import { systemClock } from '@freshet/shared/adapters/system-clock';
import type { UserRef } from '@freshet/shared/domain/event';
import type { Feedback, LoggedItem, LoggedList } from '@freshet/shared/domain/recommendations';
import { DEFAULT_WEIGHTS, encodeFeatures, type Features } from '@freshet/shared/domain/search-weights/weights';
import type { OwnedRecommendationLog } from '@freshet/shared/ports/recommendation-log';
import { type SearchWeightsStore, TRIALS_KEPT, type WeightsTrial } from '@freshet/shared/ports/search-weights';
import type { Pool } from 'pg';
import { afterAll, describe, expect, it } from 'vitest';
import { createDatabase, type TestDatabase } from '../support/postgres.js';

interface Site {
  readonly log: OwnedRecommendationLog;
  readonly weights: SearchWeightsStore;
}

const databases: TestDatabase[] = [];
const pools: Pool[] = [];
afterAll(async () => {
  for (const pool of pools) await pool.end();
  for (const database of databases) await database.drop();
});

async function onPostgres(): Promise<Site> {
  const database = await createDatabase();
  databases.push(database);
  const pool = createPool({ url: database.url, applicationName: 'test', onError: () => undefined });
  pools.push(pool);
  return { log: postgresRecommendationLog(pool), weights: postgresSearchWeights(pool) };
}

function inMemory(): Promise<Site> {
  const log = memoryRecommendationLog(systemClock);
  return Promise.resolve({ log, weights: memorySearchWeights(log, systemClock) });
}

const NOW = Date.now();
const DAY_MS = 86_400_000;
/** The last hour of a day that is long over. */
const FOLDED = DAY_MS * Math.floor(NOW / DAY_MS) - 12 * DAY_MS + 23.5 * 3_600_000;
const FEATURES: Features = { text: 1, words: 0.5, shopper: 0.25, popularity: 0.1, unavailable: 0 };
const ADA = 'fedcba9876543210' as UserRef;
const item = (id: string, more: Partial<LoggedItem> = {}): LoggedItem => ({ id, score: 1.5, propensity: 1, source: 'text', features: FEATURES, ...more });
const search = (name: string, more: Partial<LoggedList> = {}): LoggedList => ({
  name, madeAt: NOW, person: ADA, context: 'search', method: 'search', rung: 'text', version: 7, label: 'newest', skipped: 0,
  items: [item('mug'), item('pot', { features: { ...FEATURES, text: 0.3333 } }), item('jar')], ...more,
});
let events = 0;
const taken = (list: string, id: string, more: Partial<Feedback> = {}): Feedback => ({ list, item: id, kind: 'click', at: NOW + 1_000, seq: 1, index: events++, revenue: 0, ...more });
const ALL = { since: NOW - 1_000, limit: 100, ofShopper: 100 };
const trial = (more: Partial<WeightsTrial> = {}): Omit<WeightsTrial, 'version' | 'learnedAt'> => ({
  basedOn: 0, weights: { text: 1, words: 0.2, shopper: 0.4, popularity: 0.05, unavailable: 0.25 }, learnedFrom: 750, heldOut: 250, gain: 0.01, chance: 0.001,
  mrr: { learned: 0.6, inForce: 0.5 }, looked: [1, 0.5, 0.3, 0.2, 0.1, 0.05, 0.02], refusal: undefined, ...more,
});

async function join({ log }: Site, feedback: readonly Feedback[]): Promise<void> {
  const after = await log.joined();
  await log.join({ after, upTo: after + 1 }, feedback);
}

describe.each([
  ['on Postgres', onPostgres],
  ['in memory', inMemory],
])('search’s weights %s', (_where, open) => {
  it('are learned from searches of which something was taken, with the features as they were shown', async () => {
    const site = await open();
    await site.log.append([search('a'), search('nothing came of'), search('b', { person: undefined })]);
    await join(site, [taken('a', 'pot'), taken('a', 'pot', { kind: 'purchase', revenue: 3 }), taken('a', 'jar', { kind: 'cart' }), taken('b', 'mug', { kind: 'purchase', revenue: 2 })]);
    const [a, b, ...others] = await site.weights.clicked(ALL);
    const shown = [FEATURES, { ...FEATURES, text: 0.3333 }, FEATURES].flatMap(encodeFeatures);
    expect(a).toEqual({ id: expect.any(Number), madeAt: NOW, shopper: ADA, taken: [2, 3], features: shown });
    expect(b).toMatchObject({ shopper: undefined, taken: [1] });
    expect((b?.id ?? 0) > (a?.id ?? 0)).toBe(true);
    expect(others).toEqual([]);
  });

  it('aren’t learned from lists, later pages, searches that vectors have answered, old ones, returns, or what was kept without features', async () => {
    const site = await open();
    const bare = { id: 'mug', score: 1, propensity: 1, source: 'text' };
    await site.log.append([
      search('home', { method: 'rank', context: 'home', rung: 'personal' }), search('page', { skipped: 20 }), search('vectors', { rung: 'vectors' }),
      search('old', { madeAt: NOW - 2_000 }), search('returned'), search('bare', { items: [bare] }),
    ]);
    await join(site, [...['home', 'page', 'vectors', 'old', 'bare'].map((name) => taken(name, 'mug')), taken('returned', 'mug', { kind: 'purchase', revenue: -3 })]);
    expect(await site.weights.clicked(ALL)).toEqual([]);
  });

  it('are learned from the newest, and from so many of one shopper', async () => {
    const site = await open();
    const names = ['a', 'b', 'c', 'd'];
    await site.log.append([...names.map((name) => search(name)), search('stranger 1', { person: undefined }), search('stranger 2', { person: undefined }), search('other', { person: '0000000000000001' as UserRef })]);
    await join(site, [...names, 'stranger 1', 'stranger 2', 'other'].map((name) => taken(name, 'pot')));
    const all = await site.weights.clicked(ALL);
    const few = await site.weights.clicked({ ...ALL, ofShopper: 2 });
    expect(few).toEqual(all.slice(2));
    expect(await site.weights.clicked({ ...ALL, limit: 3 })).toEqual(all.slice(-3));
    expect(all).toHaveLength(7);
  });

  it('are learned from more than one page of what was taken, and not from what is older', async () => {
    const site = await open();
    const names = Array.from({ length: 4_500 }, (_, n) => `list ${n}`);
    // The older half is of before; of the newer one every third is a search.
    const madeAt = (n: number): number => (n < 2_250 ? NOW - 2_000 : NOW);
    const logged = names.map((name, n) => (n % 3 === 0 ? search(name, { madeAt: madeAt(n), person: undefined }) : search(name, { madeAt: madeAt(n), method: 'rank', context: 'home', rung: 'personal' })));
    await site.log.append(logged);
    await join(site, names.map((name) => taken(name, 'pot')));
    const wanted = names.flatMap((_, n) => (n % 3 === 0 && n >= 2_250 ? [n + 1] : []));
    const [first] = await site.weights.clicked({ ...ALL, since: 0, limit: 10_000 });
    const all = await site.weights.clicked({ ...ALL, limit: 10_000 });
    expect(all.map(({ id }) => id - (first?.id ?? 0) + 1)).toEqual(wanted);
    expect(await site.weights.clicked({ ...ALL, limit: 700 })).toEqual(all.slice(-700));
    expect(await site.weights.clicked({ ...ALL, since: 0, limit: 10_000 })).toHaveLength(1_500);
  });

  it('may be learned from no more than was taken', async () => {
    const site = await open();
    await site.log.append([search('a'), search('b'), search('old', { madeAt: NOW - 2 * DAY_MS }), search('folded', { madeAt: FOLDED }), search('home', { method: 'rank', context: 'home', rung: 'personal' })]);
    expect(await site.weights.takenSince(0)).toBe(0);
    await join(site, [taken('a', 'pot'), taken('a', 'jar'), taken('b', 'pot'), taken('old', 'pot'), taken('folded', 'pot', { at: FOLDED + 1_000 }), taken('home', 'pot')]);
    for (let turn = 0; turn < 2; turn++) {
      expect(await site.weights.takenSince(NOW - 3_600_000)).toBe(3);
      expect(await site.weights.takenSince(FOLDED)).toBe(5);
      expect(await site.weights.takenSince(0)).toBe(5);
      // Sums of old days are folded into the day's first hour.
      await site.log.tend({ maxLists: 1_000, maxAgeMs: 30 * DAY_MS });
    }
  });

  it('are the defaults, then the newest version that isn’t refused', async () => {
    const { weights } = await open();
    expect(await weights.inForce()).toEqual({ version: 0, weights: DEFAULT_WEIGHTS });
    expect(await weights.trials(10)).toEqual([]);
    expect(await weights.add(trial({ refusal: { code: 'uncertain', message: 'not known to be better' } }), 0)).toBe(true);
    expect(await weights.inForce()).toMatchObject({ version: 0 });
    expect(await weights.add(trial(), 1)).toBe(true);
    expect(await weights.add(trial({ basedOn: 2, refusal: { code: 'worse', message: 'worse' } }), 2)).toBe(true);
    expect(await weights.inForce()).toEqual({ version: 2, weights: trial().weights });
    const [third, second] = await weights.trials(2);
    expect(third).toMatchObject({ version: 3, basedOn: 2, refusal: { code: 'worse', message: 'worse' } });
    expect(second).toEqual({ ...trial(), version: 2, learnedAt: expect.any(Number) });
    expect(Math.abs((second?.learnedAt ?? 0) - Date.now())).toBeLessThan(60_000);
  });

  it('are written once, whoever has learned at the same time', async () => {
    const { weights } = await open();
    const both = await Promise.all([weights.add(trial({ learnedFrom: 1 }), 0), weights.add(trial({ learnedFrom: 2 }), 0)]);
    expect(both.filter((isWritten) => isWritten)).toHaveLength(1);
    expect(await weights.add(trial(), 0)).toBe(false);
    expect(await weights.trials(10)).toHaveLength(1);
  });

  it('leave the oldest versions behind, but never the one in force', async () => {
    const { weights } = await open();
    await weights.add(trial({ refusal: { code: 'worse', message: '' } }), 0);
    await weights.add(trial(), 1);
    const refused = trial({ refusal: { code: 'uncertain', message: '' } });
    await weights.add(refused, TRIALS_KEPT + 1);
    const versions = (await weights.trials(10)).map(({ version }) => version);
    expect(versions).toEqual([TRIALS_KEPT + 2, 2]);
    expect(await weights.inForce()).toMatchObject({ version: 2 });
  });
});
