/** The contract of the recommendation log, on both adapters; partitions on Postgres alone. */
import { memoryRecommendationLog } from '@freshet/shared/adapters/memory/recommendation-log';
import { postgresRecommendationLog } from '@freshet/shared/adapters/postgres/recommendation-log';
import { createPool } from '@freshet/shared/adapters/postgres/pool';
import { systemClock } from '@freshet/shared/adapters/system-clock';
import type { UserRef } from '@freshet/shared/domain/event';
import { ANSWERING_LABELS, ATTRIBUTION_MS, EARLY_MS, type Feedback, HOUR_MS, type LoggedItem, type LoggedList } from '@freshet/shared/domain/recommendations';
import type { Outcome, OutcomeGroup, OwnedRecommendationLog } from '@freshet/shared/ports/recommendation-log';
import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDatabase, type TestDatabase } from '../support/postgres.js';

interface Site {
  readonly log: OwnedRecommendationLog;
  /** A second process's view of the same. */
  readonly other: OwnedRecommendationLog;
}

const databases: TestDatabase[] = [];
const pools: Pool[] = [];
afterAll(async () => {
  for (const pool of pools) await pool.end();
  for (const database of databases) await database.drop();
});

async function openPool(): Promise<Pool> {
  const database = await createDatabase();
  databases.push(database);
  const pool = createPool({ url: database.url, applicationName: 'test', onError: () => undefined });
  pools.push(pool);
  return pool;
}

async function onPostgres(): Promise<Site> {
  const pool = await openPool();
  return { log: postgresRecommendationLog(pool), other: postgresRecommendationLog(pool) };
}

function inMemory(): Promise<Site> {
  const log = memoryRecommendationLog(systemClock);
  return Promise.resolve({ log, other: log });
}

const NOW = Date.now();
const HOUR = Math.floor(NOW / HOUR_MS);
const item = (id: string, more: Partial<LoggedItem> = {}): LoggedItem => ({ id, score: 1.5, propensity: 1, source: 'personal', ...more });
const list = (name: string, more: Partial<LoggedList> = {}): LoggedList => ({
  name, madeAt: NOW, person: 'fedcba9876543210' as UserRef, context: 'home', method: 'rank', rung: 'personal', version: 7, label: 'newest', skipped: 0,
  items: [item('mug'), item('pot', { propensity: 0.25 }), item('jar, "it\'s\\ big', { propensity: undefined, source: 'newest' })],
  ...more,
});
/** Of `list` without more. */
const AT = { context: 'home', rung: 'personal', label: 'newest' };
let events = 0;
const feedback = (of: string, id: string, more: Partial<Feedback> = {}): Feedback => ({ list: of, item: id, kind: 'click', at: NOW + 1_000, seq: 1, index: events++, revenue: 0, ...more });

async function all({ log }: Site, by: OutcomeGroup = 'context', range: { from?: number; to?: number; limit?: number } = {}): Promise<readonly Outcome[]> {
  return log.outcomes({ by, from: HOUR - 1, to: HOUR + 1, limit: 100, ...range });
}

async function counted(site: Site): Promise<Partial<Outcome>> {
  const [found] = await all(site);
  const { lists, items, clicks, carts, purchases, revenue } = found ?? {};
  return { lists, items, clicks, carts, purchases, revenue } as Partial<Outcome>;
}

describe.each([
  ['on Postgres', onPostgres],
  ['in memory', inMemory],
])('the recommendation log %s', (_where, open) => {
  it('counts lists and items by everything it can be asked by', async () => {
    const site = await open();
    await site.log.append([]);
    await site.log.append([list('a'), list('b', { context: 'cart', method: 'similar', rung: 'similar', items: [item('mug', { source: 'similar' })] })]);
    await site.other.append([list('c', { version: 12, items: [] })]);
    const brief = async (by: OutcomeGroup) => (await all(site, by)).map(({ group, lists, items }) => [group, lists, items]);
    expect(await brief('context')).toEqual([['home', 2, 3], ['cart', 1, 1]]);
    expect(await brief('method')).toEqual([['rank', 2, 3], ['similar', 1, 1]]);
    expect(await brief('rung')).toEqual([['personal', 2, 3], ['similar', 1, 1]]);
    expect(await brief('source')).toEqual([['personal', 2, 2], ['newest', 0, 1], ['similar', 1, 1]]);
    expect(await all(site, 'version')).toMatchObject([{ lists: 3, items: 4, versionFrom: 7, versionTo: 12, label: 'newest', group: '0' }]);
    expect(await all(site, 'context', { limit: 1 })).toHaveLength(1);
    expect(await all(site, 'context', { from: HOUR + 1, to: HOUR + 2 })).toEqual([]);
  });

  it('keeps thousands of versions apart, and within one what each label had given to them', async () => {
    const site = await open();
    const lists = [list('a', { version: 2_500 }), list('b', { version: 900 }), list('c', { version: 910, label: 'stable' }), list('d', { version: 2_001 }), list('e', { version: 910, label: 'canary' })];
    await site.log.append(lists);
    const found = await all(site, 'version');
    expect(found.map(({ group, label, versionFrom, versionTo, lists: shown }) => [group, label, versionFrom, versionTo, shown])).toEqual([
      ['2', 'newest', 2_001, 2_500, 2], ['0', 'canary', 910, 910, 1], ['0', 'stable', 910, 910, 1], ['0', 'newest', 900, 900, 1],
    ]);
    expect((await all(site, 'label')).map(({ group, lists: shown }) => [group, shown])).toEqual([['newest', 3], ['canary', 1], ['stable', 1]]);
  });

  it('tells what was joined by context, rung and label of the list, whatever its version', async () => {
    const site = await open();
    await site.log.append([
      ...ANSWERING_LABELS.map((label, n) => list(label, { label, version: 1_000 * n })), list('more', { label: 'canary', version: 9_000 }),
      list('other rung', { rung: 'newest' }), list('other context', { context: 'cart' }),
    ]);
    const after = await site.log.joined();
    const names = ['newest', 'stable', 'canary', 'more', 'other rung', 'other context'];
    const joined = await site.log.join({ after, upTo: after + 1 }, [
      ...names.map((name) => feedback(name, 'mug')), ...names.map((name) => feedback(name, 'jar, "it\'s\\ big', { kind: 'purchase', revenue: 4 })),
      feedback('more', 'mug', { kind: 'purchase', revenue: -1 }),
    ]);
    const once = { clicks: 1, carts: 0, purchases: 1, paid: 4, paidBack: 0 };
    expect(joined).toEqual([
      { context: 'cart', rung: 'personal', label: 'newest', ...once },
      { context: 'home', rung: 'newest', label: 'newest', ...once },
      { context: 'home', rung: 'personal', label: 'canary', clicks: 2, carts: 0, purchases: 2, paid: 8, paidBack: 1 },
      { context: 'home', rung: 'personal', label: 'newest', ...once },
      { context: 'home', rung: 'personal', label: 'stable', ...once },
    ]);
    expect((await all(site, 'label')).map(({ group, clicks, revenue }) => [group, clicks, revenue])).toEqual([['newest', 3, 12], ['canary', 2, 7], ['stable', 1, 4]]);
  });

  it('counts a click and a cart of an item once, every purchase, and revenue as it comes and goes', async () => {
    const site = await open();
    await site.log.append([list('a')]);
    const after = await site.log.joined();
    const first = await site.log.join({ after, upTo: after + 3 }, [
      feedback('a', 'mug'), feedback('a', 'mug'), feedback('a', 'jar, "it\'s\\ big'), feedback('a', 'mug', { kind: 'cart' }), feedback('a', 'mug', { kind: 'cart' }),
      feedback('a', 'mug', { kind: 'purchase', revenue: 21.5 }), feedback('a', 'mug', { kind: 'purchase', revenue: 10 }), feedback('a', 'mug', { kind: 'purchase', revenue: -10 }),
    ]);
    expect(first).toEqual([{ ...AT, clicks: 2, carts: 1, purchases: 2, paid: 31.5, paidBack: 10 }]);
    expect(await site.log.joined()).toBe(after + 3);
    expect(await site.log.join({ after: after + 3, upTo: after + 4 }, [feedback('a', 'mug'), feedback('a', 'pot')])).toEqual([{ ...AT, clicks: 1, carts: 0, purchases: 0, paid: 0, paidBack: 0 }]);
    expect(await counted(site)).toEqual({ lists: 1, items: 3, clicks: 3, carts: 1, purchases: 2, revenue: 21.5 });
    expect((await all(site, 'source')).map(({ group, clicks }) => [group, clicks])).toEqual([['personal', 2], ['newest', 1]]);
  });

  it('counts nothing of other lists, other items and other times', async () => {
    const site = await open();
    await site.log.append([list('a')]);
    const after = await site.log.joined();
    const late = { at: NOW + ATTRIBUTION_MS + 1 };
    const none = await site.log.join({ after, upTo: after + 1 }, [feedback('b', 'mug'), feedback('a', 'cup'), feedback('a', 'mug', late), feedback('a', 'mug', { at: NOW - EARLY_MS - 1 })]);
    expect(none).toEqual([]);
    const some = await site.log.join({ after: after + 1, upTo: after + 2 }, [feedback('a', 'mug', { at: NOW + ATTRIBUTION_MS }), feedback('a', 'pot', { at: NOW - EARLY_MS })]);
    expect(some).toMatchObject([{ clicks: 2 }]);
  });

  it('joins an entry once, whoever comes with it again', async () => {
    const site = await open();
    await site.log.append([list('a')]);
    const after = await site.log.joined();
    const range = { after, upTo: after + 1 };
    const sale = [feedback('a', 'mug', { kind: 'purchase', revenue: 5 })];
    const both = await Promise.all([site.log.join(range, sale), site.other.join(range, sale)]);
    expect(both.filter((one) => one !== undefined)).toHaveLength(1);
    expect(await site.other.join(range, sale)).toBeUndefined();
    expect(await counted(site)).toMatchObject({ purchases: 1, revenue: 5 });
    expect(await site.log.joined()).toBe(after + 1);
  });

  it('gives the right to join to one at a time', async () => {
    const site = await open();
    const right = await site.log.tryOwn();
    expect(right).toBeDefined();
    expect(await site.other.tryOwn()).toBeUndefined();
    await right?.release();
    const next = await site.other.tryOwn();
    expect(next).toBeDefined();
    await next?.release();
  });
});

describe('the lists on Postgres', () => {
  let pool: Pool;
  let log: OwnedRecommendationLog;
  beforeAll(async () => {
    pool = await openPool();
    log = postgresRecommendationLog(pool);
  });
  const count = async (table: string): Promise<number> => (await pool.query<{ count: number }>(`select count(*)::integer as count from freshet.${table}`)).rows[0]?.count ?? 0;
  const fill = async (lists: number, madeAt: number): Promise<void> => {
    await pool.query(
      `insert into freshet.recommendation_list (name, made_at, context, method, rung, version, skipped, items, scores)
       select 'old', $2, 'home', 'rank', 'personal', 1, 0, '{mug}', '{1}' from generate_series(1, $1)`,
      [lists, madeAt],
    );
  };
  const partitions = async (): Promise<number> => (await pool.query(`select from pg_inherits where inhparent = 'freshet.recommendation_list'::regclass`)).rowCount ?? 0;

  it('are rows that off-policy evaluation can read, without what says nothing', async () => {
    await log.append([list('rec_a', { skipped: 20 }), list('rec_b', { person: undefined, items: [item('mug')] })]);
    const { rows } = await pool.query('select * from freshet.recommendation_list order by id');
    expect(rows).toMatchObject([
      { name: 'rec_a', made_at: NOW, user_ref: BigInt.asIntN(64, 0xfedcba9876543210n), skipped: 20, items: ['mug', 'pot', 'jar, "it\'s\\ big'], scores: [1.5, 1.5, 1.5], propensities: [1, 0.25, null], sources: ['personal', 'personal', 'newest'] },
      { name: 'rec_b', user_ref: null, items: ['mug'], propensities: null, sources: null },
    ]);
  });

  it('have room ahead, and go from the oldest part on by number and by age, with what came of them', async () => {
    const hour = 3_600_000;
    const after = await log.joined();
    await log.join({ after, upTo: after + 1 }, [feedback('rec_a', 'mug')]);
    expect(await count('recommendation_feedback')).toBe(1);
    await fill(20_000, NOW);
    const before = await partitions();
    expect(await log.tend({ maxLists: 40_000, maxAgeMs: hour })).toBe(0);
    // Of an eighth of the limit: 20,000 more, then two times 5,000.
    expect(await partitions()).toBe(before + 2);
    await fill(28_000, NOW - 2 * hour);
    // The oldest part has lists of this hour, so nothing goes by age; by number it goes.
    expect(await log.tend({ maxLists: 40_000, maxAgeMs: hour })).toBe(0);
    expect(await log.tend({ maxLists: 20_000, maxAgeMs: 1e12 })).toBe(1);
    expect(await count('recommendation_feedback')).toBe(0);
    // Twenty thousand and five thousand that are too old; the part being written stays.
    expect(await log.tend({ maxLists: 40_000, maxAgeMs: hour })).toBe(2);
    expect(await count('recommendation_list')).toBe(3_002);
    await log.append([list('new')]);
    expect(await count('recommendation_list')).toBe(3_003);
  });

  it('have sums by the hour for eight days, then by the day: every count stays, the versions of a day are together, labels apart', async () => {
    const site = { log: postgresRecommendationLog(await openPool()), other: log };
    const day = Math.floor(HOUR / 24) * 24 - 10 * 24;
    const at = (hour: number): number => (day + hour) * HOUR_MS + 1;
    await site.log.append([
      list('a', { madeAt: at(0), version: 5_000 }), list('b', { madeAt: at(5), version: 7_500 }), list('c', { madeAt: at(23), version: 9_000, context: 'cart' }),
      list('d', { madeAt: at(6), version: 7_100, label: 'canary' }), list('next day', { madeAt: at(24), version: 10_000 }), list('young', { madeAt: NOW, version: 90_000 }),
    ]);
    const range = { from: day, to: HOUR + 1 };
    const before = await all(site, 'context', range);
    expect(before).toMatchObject([{ group: 'home', lists: 5 }, { group: 'cart', lists: 1 }]);
    const tend = () => site.log.tend({ maxLists: 1e6, maxAgeMs: 1e12 });
    for (let days = 0; days < 3; days++) await tend();
    const versions = async () => (await all(site, 'version', range)).map(({ label, versionFrom, versionTo, lists, clicks }) => [label, versionFrom, versionTo, lists, clicks]);
    const folded = [['newest', 90_000, 90_000, 1, 0], ['newest', 10_000, 10_000, 1, 0], ['newest', 5_000, 9_000, 3, 0], ['canary', 7_100, 7_100, 1, 0]];
    expect(await versions()).toEqual(folded);
    expect(await all(site, 'context', range)).toEqual(before);
    expect(await all(site, 'context', { from: day + 1, to: day + 24 })).toEqual([]);
    // A joiner that was away for days counts for them all the same.
    const after = await site.log.joined();
    await site.log.join({ after, upTo: after + 1 }, [feedback('b', 'mug', { at: at(6) }), feedback('d', 'mug', { at: at(7) })]);
    await tend();
    const [home] = await all(site, 'context', range);
    expect(home).toMatchObject({ lists: 5, clicks: 2 });
    expect((await versions()).filter(([label]) => label === 'canary')).toEqual([['canary', 7_100, 7_100, 1, 1]]);
    expect(await all(site, 'context', { from: day, to: day + 1 })).toMatchObject([{ lists: 3, clicks: 2 }, { lists: 1 }]);
  });

  it('are dropped with an error where there is no room, and taken again once there is', async () => {
    await pool.query(`select setval('freshet.recommendation_list_id', 900000)`);
    await expect(log.append([list('lost')])).rejects.toThrow();
    await log.tend({ maxLists: 40_000, maxAgeMs: 3_600_000 });
    await log.append([list('kept')]);
    const [found] = await log.outcomes({ by: 'context', from: HOUR, to: HOUR + 1, limit: 1 });
    expect(found?.lists).toBe(4);
  });
});
