/** A candidate is loaded before it is promoted: its promotion needs nothing but the delta, and what isn't promoted gives its tables back. */
import { chainChecksum, encodeDelta, FLAG_PROMOTED } from '@freshet/shared/codec/delta';
import type { Candidate } from '@freshet/shared/ports/candidates';
import { describe, expect, it } from 'vitest';
import { createSite, type Following, followSite, type Site } from '../support/follower.js';
import { CONFIG_HASH, DIM, makeModel, MODEL, NOW, tablesOf } from '../support/model.js';
import { publish } from '../support/versions.js';

const ITEMS = 20;
const REPORT = { examples: 1, epochs: 1, seconds: 1, applied: 3, items: ITEMS };

/** A refit of another model than the live one, ready. */
async function refitReady(site: Site): Promise<{ readonly id: number; readonly candidate: Candidate }> {
  const data = makeModel(77, ITEMS);
  const writer = site.candidates.begin();
  const vocabulary = data.rows.flatMap(({ row, name }) => (name === undefined ? [] : [{ row, name }]));
  await writer.chunk(encodeDelta({ header: { flags: 0, version: 0, fromSeq: 0, toSeq: 0, learnedMs: NOW, epoch: 0, dim: DIM, configHash: CONFIG_HASH, trainingHash: 0 }, vocabulary, tables: tablesOf(data) }));
  const candidate = writer.finish();
  const id = (await site.refits.ask('bench', { epochs: 1, gate: 0 }))?.id ?? 0;
  expect(await site.refits.begin(id, 1)).toBe(true);
  expect(await site.refits.ready(id, 1, { candidate, report: REPORT })).toBe(true);
  return { id, candidate };
}

/** The promotion's own rows: those of one item. */
async function promote(site: Site, candidate: Candidate): Promise<number> {
  const { version, applied, checksum } = await site.deltas.state();
  const header = { flags: FLAG_PROMOTED, version: version + 1, fromSeq: applied + 1, toSeq: applied, learnedMs: NOW, epoch: 1, dim: DIM, configHash: CONFIG_HASH, trainingHash: 0 };
  const bytes = encodeDelta({ header, vocabulary: [{ row: ITEMS + 1, name: 'late' }], tables: tablesOf(makeModel(5, ITEMS + 1)) });
  const timings = { receivedAt: NOW, takenAt: NOW, trainedAt: NOW, committedAt: NOW };
  const delta = { version: version + 1, epoch: 1, fromSeq: applied + 1, toSeq: applied, bytes, checksum: chainChecksum(checksum, bytes), timings };
  expect(await site.deltas.promote(delta, { candidate, kind: 'refit', reason: 'better' })).toBe('committed');
  site.refits.promoted(candidate.id, version + 1, 'better');
  return version + 1;
}

function tables({ follower }: Following): unknown {
  const { set } = follower.view();
  return [set.rows, set.embeddings.slice(0, set.rows * DIM), set.served.slice(0, set.rows), set.followers.slice(0, set.rows * MODEL.followers), set.dense.slice(), Array.from({ length: set.rows }, (_, row) => set.nameOf(row))];
}

/** Nobody can load a snapshot from here on. */
function hideSnapshots(site: Site): () => void {
  const { latest } = site.snapshots;
  site.snapshots.latest = () => Promise.resolve(undefined);
  return () => void (site.snapshots.latest = latest);
}

function latch(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open: () => open() };
}

async function start(): Promise<{ readonly site: Site; readonly following: Following }> {
  const site = await createSite();
  const following = await followSite(site);
  await publish(site, 3, 50);
  await following.follower.step();
  return { site, following };
}

describe('a candidate that is ready', () => {
  it('answers from its promotion on without a snapshot, with the rows that who loads the snapshot has', async () => {
    const { site, following } = await start();
    const { candidate } = await refitReady(site);
    await following.preparing.step();
    const before = tables(following);
    const show = hideSnapshots(site);
    expect(tables(following)).toEqual(before);
    const version = await promote(site, candidate);
    await following.follower.step();
    expect(following.follower.view().position).toMatchObject({ version, applied: 3 });
    expect(following.follower.quarantined()).toBeUndefined();
    expect(following.noted).toEqual([{ kind: 'loaded', version, previous: 3, reason: 'promoted' }]);
    show();
    const late = await followSite(site);
    await late.follower.step();
    expect(tables(following)).toEqual(tables(late));
    expect(tables(following)).not.toEqual(before);
    // Nothing of it is left over: the next look loads nothing, and the next version follows.
    await following.preparing.step();
    await publish(site, 1, 30);
    await following.follower.step();
    expect(following.follower.view().position.version).toBe(version + 1);
  });

  it('is waited for when its promotion comes while it is loaded', async () => {
    const { site, following } = await start();
    const { candidate } = await refitReady(site);
    const stored: Buffer[] = [];
    for await (const chunk of site.candidates.chunks(candidate)) stored.push(chunk);
    const [begun, promoted] = [latch(), latch()];
    Object.assign(site.candidates, {
      async *chunks() {
        begun.open();
        await promoted.opened;
        yield* stored;
      },
    });
    hideSnapshots(site);
    const preparing = following.preparing.step();
    await begun.opened;
    const version = await promote(site, candidate);
    const followed = following.follower.step();
    promoted.open();
    await Promise.all([preparing, followed]);
    expect(following.follower.view().position.version).toBe(version);
  });

  it('is not waited for by a promotion that isn’t its own', async () => {
    const { site, following } = await start();
    await refitReady(site);
    const [begun, never] = [latch(), latch()];
    const { chunks } = site.candidates;
    Object.assign(site.candidates, {
      async *chunks(one: Candidate) {
        begun.open();
        await never.opened;
        yield* chunks(one);
      },
    });
    const preparing = following.preparing.step();
    await begun.opened;
    expect(await following.preparing.take(4)).toBeUndefined();
    never.open();
    await preparing;
  });

  it('that was handed out is not loaded again by a look that began before', async () => {
    const { site, following } = await start();
    const { candidate, id } = await refitReady(site);
    await following.preparing.step();
    const ready = await site.refits.find(id);
    const version = await promote(site, candidate);
    expect(await following.preparing.take(version)).toBeDefined();
    const { underWay } = site.refits;
    Object.assign(site.refits, { underWay: () => Promise.resolve(ready) });
    let read = 0;
    Object.assign(site.candidates, { chunks: () => void read++ });
    await following.preparing.step();
    Object.assign(site.refits, { underWay });
    expect(read).toBe(0);
  });

  it('is kept until the follower comes to its version', async () => {
    const { site, following } = await start();
    const { candidate } = await refitReady(site);
    await following.preparing.step();
    hideSnapshots(site);
    const version = await promote(site, candidate);
    await following.preparing.step();
    await following.follower.step();
    expect(following.follower.view().position.version).toBe(version);
  });
});

describe('a candidate that comes to nothing', () => {
  /** Table sets that can still be taken. */
  async function free({ pool }: Following): Promise<number> {
    const taken = [];
    for (;;) {
      const set = await pool.take().catch(() => undefined);
      if (set === undefined) break;
      taken.push(set);
    }
    for (const set of taken) pool.give(set);
    return taken.length;
  }

  it('gives its tables back when the refit has failed', async () => {
    const { site, following } = await start();
    const all = await free(following);
    const { id } = await refitReady(site);
    await following.preparing.step();
    expect(await free(following)).toBe(all - 1);
    await site.refits.end(id, 'failed', { outcome: 'could not be loaded' });
    await following.preparing.step();
    expect(await free(following)).toBe(all);
  });

  it('gives them back when another snapshot has passed its version by', async () => {
    const { site, following } = await start();
    const all = await free(following);
    const { candidate } = await refitReady(site);
    await following.preparing.step();
    const version = await promote(site, candidate);
    // It can’t be asked which version the candidate has become, so the snapshot is loaded.
    const { find } = site.refits;
    Object.assign(site.refits, { find: () => Promise.resolve(undefined) });
    await following.follower.step();
    Object.assign(site.refits, { find });
    expect(following.follower.view().position.version).toBe(version);
    await following.preparing.step();
    expect(await free(following)).toBe(all);
  });

  it('is refused by its manifest, once, and its promotion is then loaded by the snapshot', async () => {
    const { site, following } = await start();
    const all = await free(following);
    const { candidate } = await refitReady(site);
    let read = 0;
    const { chunks } = site.candidates;
    Object.assign(site.candidates, {
      async *chunks(one: Candidate) {
        read++;
        for await (const chunk of chunks(one)) yield* [chunk, chunk];
      },
    });
    await following.preparing.step();
    await following.preparing.step();
    expect(read).toBe(1);
    expect(await free(following)).toBe(all);
    Object.assign(site.candidates, { chunks });
    const version = await promote(site, candidate);
    await following.follower.step();
    expect(following.follower.view().position.version).toBe(version);
  });

  it('of another refit isn’t taken for the one that was promoted', async () => {
    const { site, following } = await start();
    const first = await refitReady(site);
    await following.preparing.step();
    await site.refits.end(first.id, 'failed', { outcome: 'the leader was lost' });
    const second = await refitReady(site);
    const version = await promote(site, second.candidate);
    await following.follower.step();
    expect(following.follower.view().position.version).toBe(version);
    expect(following.noted).toEqual([{ kind: 'loaded', version, previous: 3, reason: 'promoted' }]);
    expect(await following.preparing.take(version)).toBeUndefined();
  });
});
