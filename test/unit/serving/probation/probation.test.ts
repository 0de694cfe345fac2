/** A version is tried before it may answer: what is compared, what is objected to, and what becomes of it then. */
import { createHistories } from '@freshet/shared/domain/histories';
import { systemClock } from '@freshet/shared/adapters/system-clock';
import { silentLogger } from '@freshet/shared/logger';
import { cutIfDue } from '@freshet/serving/follow/snapshot-cutter';
import type { ModelView } from '@freshet/serving/follow/model-view';
import { createProbation, type Probation, sayFigures } from '@freshet/serving/probation/probation';
import { createRecentRequests, RECENT, type RecentRequest } from '@freshet/serving/probation/recent-requests';
import { createRanker } from '@freshet/serving/rank/ranker';
import type { Shelf } from '@freshet/serving/store/shelf';
import type { UserRef } from '@freshet/shared/domain/event';
import { describe, expect, it } from 'vitest';
import { createSite, type Following, followSite, type Site } from '../support/follower.js';
import { CONFIG_HASH, makeModel, type ModelData, NOW } from '../support/model.js';

const ITEMS = 600;
const SESSION = { events: [], marks: new Map() };
const looking = (item: number): RecentRequest => ({ method: 'rank', person: undefined, session: SESSION, item: `item-${item}` });

/** The same with every row alike: everybody is shown the same items, those that `of` has for strangers. */
const constant = (of: ModelData): ModelData => ({ ...of, rows: of.rows.map((row) => ({ ...row, embedding: row.embedding.map(() => 0.01) })) });
/** Rows moved a little. */
const moved = (of: ModelData): ModelData => ({ ...of, rows: of.rows.map((row) => ({ ...row, embedding: row.embedding.map((value, d) => value + 0.1 * Math.sin(row.row + d)) })) });

function probationOf(recorded: readonly RecentRequest[], histories = createHistories({})) {
  return (shelf: Shelf): Probation => createProbation({ recent: { list: () => recorded }, people: { histories, find: (ref) => histories.find(ref) }, shelf, ranker: createRanker(), clock: { now: () => NOW }, seed: 1 });
}

/** Version 1 is `first`, version 2 `second`, which answers. */
async function versions(first: ModelData, second: ModelData, probation: (shelf: Shelf) => Probation): Promise<{ site: Site; following: Following }> {
  const site = await createSite();
  const following = await followSite(site, probation);
  for (const data of [first, second]) await site.trainer.publish(data, { receivedAt: NOW });
  await following.follower.step();
  return { site, following };
}

async function examined(first: ModelData, second: ModelData, probation: (shelf: Shelf) => Probation) {
  const { site, following } = await versions(first, second, probation);
  await site.labels.pin('shadow', { version: 1, share: 1, reason: '' });
  await following.beside.step();
  const view = following.beside.held('shadow')?.view;
  if (view === undefined) throw new Error('version 1 is not held');
  return probation(following.shelf).examine(view, following.follower.view);
}

/** Two changes of a label are told apart by when they were made. */
async function laterThan(ms: number): Promise<void> {
  while (Date.now() <= ms) await new Promise((resolve) => setImmediate(resolve));
}

const base = makeModel(1, ITEMS);
const recorded = Array.from({ length: 30 }, (_, i) => looking(1 + i * 17));

describe('what a trial finds', () => {
  it('of the same model: all of the lists, the same scores, the same items', async () => {
    const { figures, objection } = await examined(base, base, probationOf(recorded));
    expect(figures).toMatchObject({ requests: 30, overlap: 1, scoreDrift: 0 });
    expect(figures.items.version).toBe(figures.items.serving);
    expect(objection).toBeUndefined();
    expect(sayFigures(figures)).toBe(`30 requests, 100 % of the lists stay, score drift 0.00, ${figures.items.serving} different items of ${figures.items.serving}`);
  });

  it('of one that has learned a little more: most of the lists, and no objection', async () => {
    const { figures, objection } = await examined(moved(base), base, probationOf(recorded));
    expect(figures.overlap).toBeGreaterThan(0.5);
    expect(figures.overlap).toBeLessThan(1);
    expect(objection).toBeUndefined();
  });

  it('of another model altogether: an objection, with what stays', async () => {
    const { figures, objection } = await examined(makeModel(99, ITEMS), base, probationOf(recorded));
    expect(figures.overlap).toBeLessThan(0.1);
    expect(objection).toMatchObject({ code: 'probe_overlap', message: expect.stringMatching(/^of 30 lists \d %/) as unknown });
  });

  it('of one that shows everybody the same: an objection, with how many items are left', async () => {
    const few = makeModel(1, 90);
    const { figures, objection } = await examined(constant(few), few, probationOf(Array.from({ length: 40 }, (_, i) => looking(1 + 2 * i))));
    expect(figures.overlap).toBeGreaterThan(0.1);
    expect(figures.items.version).toBeLessThan(figures.items.serving / 4);
    expect(objection?.code).toBe('probe_coverage');
  });

  it('rests on shoppers in memory where hardly anything was recorded, and on items where there are none', async () => {
    const histories = createHistories({});
    for (let i = 1; i <= 20; i++) histories.apply({ id: `e${i}`, type: 'view', user: i.toString(16).padStart(16, '0') as UserRef, item: `item-${i}`, ts: NOW - i }, { seq: i, index: 0 });
    expect((await examined(base, base, probationOf([looking(3)], histories))).figures.requests).toBe(21);
    expect((await examined(base, base, probationOf([]))).figures.requests).toBe(RECENT);
  });

  it('is nothing where nobody can be shown anything', async () => {
    const empty: ModelData = { ...base, rows: base.rows.slice(0, 1) };
    expect(await examined(empty, empty, probationOf([]))).toMatchObject({ figures: { requests: 0, scoreDrift: undefined }, objection: undefined });
  });

  it('is told of the model that answers at each request, also when it moves meanwhile', async () => {
    const { following } = await versions(base, base, probationOf([]));
    const asked: ModelView[] = [];
    await probationOf(recorded)(following.shelf).examine(following.follower.view(), () => {
      asked.push(following.follower.view());
      return following.follower.view();
    });
    expect(asked).toHaveLength(30);
  });
});

describe('an objection', () => {
  const other = makeModel(99, ITEMS);

  it('keeps a canary from answering, once; the figures and the refusal stand in the events; forced it passes', async () => {
    const { site, following } = await versions(other, base, probationOf(recorded));
    await site.labels.pin('canary', { version: 1, share: 1, reason: '' });
    for (let turn = 0; turn < 3; turn++) await following.beside.step();
    expect(following.beside.held('canary')).toBeUndefined();
    expect(following.noted.map(({ kind, version, previous, reason }) => [kind, version, previous, reason.split(':').slice(0, 2).join(':')])).toEqual([
      ['probed', 1, 2, expect.stringMatching(/^canary: 30 requests, \d % of the lists stay/)],
      ['refused', 1, 2, 'canary: probe_overlap'],
    ]);
    expect(await following.metrics.render()).toContain('freshet_model_swaps_total{result="refused",reason="probe_overlap"} 1');
    await laterThan(Date.now());
    await site.labels.pin('canary', { version: 1, share: 1, reason: '', forced: true });
    await following.beside.step();
    expect(following.beside.held('canary')?.view.position.version).toBe(1);
  });

  it('leaves no table set behind', async () => {
    const { site, following } = await versions(other, base, probationOf(recorded));
    for (let turn = 0; turn < 8; turn++) {
      await laterThan(Date.now());
      await site.labels.pin('canary', { version: 1, share: 1, reason: '' });
      await following.beside.step();
    }
    expect(following.noted.filter(({ kind }) => kind === 'refused')).toHaveLength(8);
  });

  it('is told, and no more than that, of a pinned version and of a shadow', async () => {
    const { site, following } = await versions(other, base, probationOf(recorded));
    await site.labels.pin('stable', { version: 1, reason: '' });
    await following.pinning.step();
    expect(following.pinning.view().position.version).toBe(1);
    await site.labels.unpin('stable', { reason: '' });
    await following.pinning.step();
    await site.labels.pin('shadow', { version: 1, share: 1, reason: '' });
    await following.beside.step();
    expect(following.beside.held('shadow')?.view.position.version).toBe(1);
    expect(following.noted.map(({ kind, reason }) => `${kind} ${reason.split(':')[0]}`)).toEqual(['probed stable', 'loaded pinned', 'loaded unpinned', 'probed shadow', 'loaded shadow']);
  });

  it('keeps a snapshot past a refused version from answering, until there is a newer one', async () => {
    const site = await createSite();
    const following = await followSite(site, probationOf(recorded));
    const sound = await followSite(site);
    await site.trainer.publish(base, { receivedAt: NOW });
    await following.follower.step();
    const cut = () => cutIfDue({
      snapshots: { ...site.snapshots, debt: () => Promise.resolve({ deltaBytes: Number.MAX_SAFE_INTEGER, deltas: 1, finishedAt: 0 }) },
      view: sound.follower.view, isHeldUp: () => false, wanted: () => 0, clock: systemClock, log: silentLogger, configHash: CONFIG_HASH, signal: new AbortController().signal,
    });
    await site.trainer.publish(base, { receivedAt: NOW });
    await site.trainer.publish(other, { receivedAt: NOW });
    await sound.follower.step();
    expect(await cut()).toBe(true);
    site.deltas.tamper(2, (record) => ({ ...record, bytes: Buffer.from('damaged') }));
    for (let turn = 0; turn < 3; turn++) await expect(following.follower.step()).rejects.toThrow();
    expect(following.follower.view().position.version).toBe(1);
    expect(following.noted.filter(({ reason }) => reason.startsWith('snapshot: ')).map(({ kind, version }) => [kind, version])).toEqual([['probed', 3], ['refused', 3]]);
    await site.trainer.publish(base, { receivedAt: NOW });
    await sound.follower.step();
    expect(await cut()).toBe(true);
    await following.follower.step();
    expect(following.follower.view().position.version).toBe(4);
  });
});

describe('recent requests', () => {
  it('are the last ones, some time apart, and no more than there is room for', () => {
    let now = 0;
    const recent = createRecentRequests(() => now);
    for (let i = 1; i <= 5; i++) {
      recent.add(looking(i));
      now += 30;
    }
    expect(recent.list().map(({ item }) => item)).toEqual(['item-1', 'item-5']);
    for (let i = 0; i < 2 * RECENT; i++) {
      now += 100;
      recent.add(looking(100 + i));
    }
    expect(recent.list()).toHaveLength(RECENT);
    expect(recent.list().at(-1)?.item).toBe(`item-${100 + 2 * RECENT - 1}`);
  });
});
