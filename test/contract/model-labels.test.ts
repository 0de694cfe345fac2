/** The contracts of labels and of the model's events, on both adapters, and of the retention that labels hold back. */
import { memoryDeltaLog } from '@freshet/shared/adapters/memory/delta-log';
import { memoryModelEvents } from '@freshet/shared/adapters/memory/model-events';
import { memoryModelLabels } from '@freshet/shared/adapters/memory/model-labels';
import { memorySnapshotStore } from '@freshet/shared/adapters/memory/snapshot-store';
import { postgresDeltaLog } from '@freshet/shared/adapters/postgres/delta-log';
import { postgresModelEvents } from '@freshet/shared/adapters/postgres/model-events';
import { postgresModelLabels } from '@freshet/shared/adapters/postgres/model-labels';
import { postgresSnapshotStore } from '@freshet/shared/adapters/postgres/snapshot-store';
import { systemClock } from '@freshet/shared/adapters/system-clock';
import { chainChecksum, encodeDelta } from '@freshet/shared/codec/delta';
import { loadVersion } from '@freshet/shared/model/load';
import type { DeltaLog } from '@freshet/shared/ports/delta-log';
import type { ModelEvents } from '@freshet/shared/ports/model-events';
import type { ModelLabels } from '@freshet/shared/ports/model-labels';
import type { SnapshotStore } from '@freshet/shared/ports/snapshot-store';
import { describe, expect, it } from 'vitest';
import { useModelDatabase } from '../support/model-database.js';

const model = useModelDatabase();

interface Site {
  readonly deltas: DeltaLog;
  readonly snapshots: SnapshotStore;
  readonly labels: ModelLabels;
  readonly events: ModelEvents;
  /** Makes all that is kept older. */
  age(ms: number): Promise<void>;
}

async function onPostgres(): Promise<Site> {
  const lineage = await model.newLineage();
  return {
    deltas: postgresDeltaLog({ pool: model.pool, clock: systemClock, lineage }),
    snapshots: postgresSnapshotStore(model.pool, lineage),
    labels: postgresModelLabels(model.pool, lineage),
    events: postgresModelEvents(model.pool, lineage),
    age: async (ms) => void (await model.pool.query('update freshet.model_event set at = at - make_interval(secs => $2) where lineage = $1', [lineage, ms / 1_000])),
  };
}

function inMemory(): Promise<Site> {
  let now = Date.now();
  const clock = { ...systemClock, now: () => now };
  const deltas = memoryDeltaLog();
  const snapshots = memorySnapshotStore(deltas, clock);
  const events = memoryModelEvents(clock);
  return Promise.resolve({ deltas, snapshots, events, labels: memoryModelLabels(snapshots, events, clock), age: (ms) => Promise.resolve(void (now += ms)) });
}

function bytesOf(version: number): Buffer {
  const header = { flags: 0, version, fromSeq: version, toSeq: version, learnedMs: 1, epoch: 1, dim: 16, configHash: 7, trainingHash: 8 };
  return encodeDelta({ header, vocabulary: [{ row: version, name: `item-${version}` }], tables: [] });
}

async function grow({ deltas }: Site, to: number): Promise<void> {
  const { epoch, release } = await deltas.lead(new AbortController().signal);
  for (let state = await deltas.state(); state.version < to; state = await deltas.state()) {
    const version = state.version + 1;
    const bytes = bytesOf(version);
    const timings = { receivedAt: 1, takenAt: 1, trainedAt: 1, committedAt: 1 };
    await deltas.commit({ version, epoch, fromSeq: version, toSeq: version, bytes, checksum: chainChecksum(state.checksum, bytes), timings });
  }
  await release();
}

/** A snapshot of one chunk, which names all items up to now. */
async function cut({ deltas, snapshots }: Site): Promise<void> {
  const state = await deltas.state();
  const writer = await snapshots.begin(state.version);
  const header = { flags: 0, version: state.version, fromSeq: state.version, toSeq: state.version, learnedMs: 1, epoch: 1, dim: 16, configHash: 7, trainingHash: 8 };
  await writer?.chunk(encodeDelta({ header, vocabulary: Array.from({ length: state.version }, (_, i) => ({ row: i + 1, name: `item-${i + 1}` })), tables: [] }), state.version);
  await writer?.finish(state);
}

/** The names that a version has when it is rebuilt, as one number: the count of them. */
async function rebuilt(site: Site, version: number): Promise<number> {
  const names = new Set<string>();
  const position = await loadVersion(site, { name: (_row, name) => names.add(name), write: () => undefined }, { version, rest: () => Promise.resolve() });
  expect(position.version).toBe(version);
  return names.size;
}

describe.each([
  ['on Postgres', onPostgres],
  ['in memory', inMemory],
])('a label %s', (_where, open) => {
  it('names a version that can be rebuilt, until it is taken away; each change is an event with its reason', async () => {
    const site = await open();
    await grow(site, 5);
    expect(await site.labels.list()).toEqual([]);
    const set = await site.labels.pin('stable', { version: 3, reason: 'worse since noon' });
    expect(set).toMatchObject({ pinned: true, label: { label: 'stable', version: 3, reason: 'worse since noon' } });
    await site.labels.pin('stable', { version: 4, reason: 'enough' });
    expect(await site.labels.list()).toMatchObject([{ label: 'stable', version: 4, reason: 'enough' }]);
    expect(await site.labels.unpin('stable', { reason: 'mended' })).toMatchObject({ removed: true, label: { version: 4 } });
    expect(await site.labels.unpin('stable', { reason: 'again' })).toEqual({ removed: false, moved: false });
    expect(await site.labels.list()).toEqual([]);
    const told = (await site.events.list(10)).map(({ id: _id, at: _at, ...event }) => event);
    expect(told).toEqual([
      { kind: 'unpinned', version: 4, replica: '', reason: 'mended' },
      { kind: 'pinned', version: 4, previous: 3, replica: '', reason: 'enough' },
      { kind: 'pinned', version: 3, replica: '', reason: 'worse since noon' },
    ]);
  });

  it('beside the one that answers has its share, which may change; each change is an event that begins with its name', async () => {
    const site = await open();
    await grow(site, 5);
    expect(await site.labels.pin('canary', { version: 3, share: 0.05, reason: 'refit' })).toMatchObject({ pinned: true, label: { label: 'canary', version: 3, share: 0.05 } });
    await site.labels.pin('shadow', { version: 4, share: 0.25, reason: '' });
    await site.labels.pin('canary', { version: 3, share: 0.5, reason: 'more of them' });
    await site.labels.pin('stable', { version: 5, reason: '' });
    expect(await site.labels.list()).toMatchObject([{ label: 'canary', version: 3, share: 0.5 }, { label: 'shadow', version: 4, share: 0.25 }, { label: 'stable', version: 5 }]);
    expect((await site.labels.list()).find(({ label }) => label === 'stable')).not.toHaveProperty('share');
    expect(await site.labels.unpin('canary', { reason: 'worse' })).toMatchObject({ removed: true, label: { version: 3, share: 0.5 } });
    const told = (await site.events.list(10)).map(({ kind, version, previous, reason }) => [kind, version, previous, reason]);
    expect(told).toEqual([
      ['unlabelled', 3, undefined, 'canary: worse'],
      ['pinned', 5, undefined, ''],
      ['labelled', 3, 3, 'canary 0.5: more of them'],
      ['labelled', 4, undefined, 'shadow 0.25'],
      ['labelled', 3, undefined, 'canary 0.05: refit'],
    ]);
  });

  it('is refused for a version that can’t be rebuilt, saying which can', async () => {
    const site = await open();
    expect(await site.labels.pin('stable', { version: 1, reason: '' })).toEqual({ pinned: false, rebuildable: [] });
    for (const version of [2, 4, 6]) {
      await grow(site, version);
      await cut(site);
    }
    await grow(site, 8);
    expect(await site.labels.pin('stable', { version: 3, reason: '' })).toEqual({ pinned: false, rebuildable: [{ from: 4, to: 8 }] });
    expect(await site.labels.pin('stable', { version: 9, reason: '' })).toMatchObject({ pinned: false });
    expect(await site.labels.list()).toEqual([]);
    expect(await site.events.list(10)).toEqual([]);
  });

  it('keeps what its version is rebuilt from while snapshots come and go, and no longer', async () => {
    const site = await open();
    await grow(site, 2);
    await cut(site);
    await grow(site, 6);
    await site.labels.pin('stable', { version: 4, reason: '' });
    for (const version of [8, 10, 12]) {
      await grow(site, version);
      await cut(site);
    }
    expect(await site.snapshots.rebuildable()).toEqual([{ from: 2, to: 4 }, { from: 10, to: 12 }]);
    expect(await rebuilt(site, 4)).toBe(4);
    expect(await rebuilt(site, 12)).toBe(12);
    await expect(rebuilt(site, 7)).rejects.toMatchObject({ code: 'delta_gap' });
    await site.labels.unpin('stable', { reason: '' });
    await grow(site, 14);
    await cut(site);
    expect(await site.snapshots.rebuildable()).toEqual([{ from: 12, to: 14 }]);
    await expect(rebuilt(site, 4)).rejects.toMatchObject({ code: 'delta_gap' });
    await expect(rebuilt(site, 20)).rejects.toMatchObject({ code: 'version_missing' });
  });

  it('is changed only while what it was judged against answers, of changes at once by one alone', async () => {
    const site = await open();
    await grow(site, 6);
    const change = (version: number, stable: number | undefined) => ({ version, reason: '', against: { stable } });
    const moved = { pinned: false, moved: true };
    expect(await site.labels.pin('canary', { ...change(5, 4), share: 0.5 })).toEqual(moved);
    expect(await site.labels.unpin('stable', { reason: '', against: { stable: 3 } })).toEqual({ removed: false, moved: true });
    expect(await site.labels.unpin('stable', { reason: '', against: { stable: undefined } })).toEqual({ removed: false, moved: false });
    const first = await Promise.all([1, 2, 3, 4].map((version) => site.labels.pin('stable', change(version, undefined))));
    expect(first.filter(({ pinned }) => pinned)).toHaveLength(1);
    expect(first.filter(({ pinned }) => !pinned)).toEqual([moved, moved, moved]);
    const stable = (await site.labels.list())[0]?.version ?? 0;
    const second = await Promise.all([site.labels.unpin('stable', { reason: 'mended', against: { stable } }), ...[5, 6].map((version) => site.labels.pin('stable', change(version, stable)))]);
    expect(second.filter((result) => ('pinned' in result ? result.pinned : result.removed))).toHaveLength(1);
    expect(second.filter((result) => 'moved' in result && result.moved)).toHaveLength(2);
    // Without it, whatever stands there.
    expect(await site.labels.pin('stable', { version: 1, reason: '' })).toMatchObject({ pinned: true });
    expect((await site.events.list(10)).filter(({ kind }) => kind === 'pinned' || kind === 'unpinned')).toHaveLength(3);
  });

  it('that names a version from before the first snapshot keeps its deltas from the beginning', async () => {
    const site = await open();
    await grow(site, 3);
    await site.labels.pin('stable', { version: 2, reason: '' });
    for (const version of [4, 6, 8]) {
      await grow(site, version);
      await cut(site);
    }
    expect(await site.snapshots.rebuildable()).toEqual([{ from: 1, to: 2 }, { from: 6, to: 8 }]);
    expect(await rebuilt(site, 2)).toBe(2);
  });
});

describe.each([
  ['on Postgres', onPostgres],
  ['in memory', inMemory],
])('the model’s events %s', (_where, open) => {
  it('are read newest first, a page at a time, and go by number and age', async () => {
    const { events, age } = await open();
    for (const version of [1, 2, 3, 4]) await events.add({ kind: 'refused', version, replica: 'host/1', reason: 'delta_checksum' });
    const [newest, next] = await events.list(2);
    expect(newest).toMatchObject({ kind: 'refused', version: 4, replica: 'host/1', reason: 'delta_checksum' });
    expect((await events.list(10, next?.id)).map(({ version }) => version)).toEqual([2, 1]);
    expect(await events.trim(3, 60_000)).toBe(1);
    await age(61_000);
    await events.add({ kind: 'loaded', version: 5, previous: 4, replica: 'host/1', reason: 'pinned' });
    expect(await events.trim(3, 60_000)).toBe(3);
    expect((await events.list(10)).map(({ version, previous }) => [version, previous])).toEqual([[5, 4]]);
  });

  it('added once are kept where none of their kind is young, however many try at once', async () => {
    const { events, age } = await open();
    const event = { kind: 'evaluated', version: 3, replica: '', reason: 'figures' } as const;
    const tries = await Promise.all(Array.from({ length: 8 }, () => events.addOnce(event, 60_000)));
    expect(tries.filter((kept) => kept)).toHaveLength(1);
    expect(await events.list(10)).toMatchObject([event]);
    // Another kind is another matter.
    expect(await events.addOnce({ ...event, kind: 'loaded' }, 60_000)).toBe(true);
    await age(61_000);
    expect(await events.addOnce(event, 60_000)).toBe(true);
    expect((await events.list(10)).map(({ kind }) => kind)).toEqual(['evaluated', 'loaded', 'evaluated']);
  });

  it('are cut to what a row may hold', async () => {
    const { events } = await open();
    await events.add({ kind: 'refused', version: 1, replica: '', reason: 'x'.repeat(2_000) });
    expect((await events.list(1))[0]?.reason).toHaveLength(500);
  });
});

it('a label set while old versions are being deleted names one that stays, or is refused', async () => {
  const site = await onPostgres();
  for (const version of [2, 4]) {
    await grow(site, version);
    await cut(site);
  }
  for (let round = 0; round < 10; round++) {
    const { version } = await site.deltas.state();
    await grow(site, version + 2);
    const [set] = await Promise.all([site.labels.pin('stable', { version: version - 1, reason: '' }), cut(site)]);
    if (set.pinned) await rebuilt(site, version - 1);
    else expect('rebuildable' in set && set.rebuildable.length).toBeGreaterThan(0);
    await site.labels.unpin('stable', { reason: '' });
  }
});
