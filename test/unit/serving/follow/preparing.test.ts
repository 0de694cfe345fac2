/** A candidate is loaded before it is promoted: its promotion needs nothing but the delta, and what isn't promoted gives its tables back. */
import type { Candidate } from '@freshet/shared/ports/candidates';
import { describe, expect, it } from 'vitest';
import { createSite, type Following, followSite, type Site } from '../support/follower.js';
import { makeModel, tablesOf } from '../support/model.js';
import { CANDIDATE_ITEMS, heldBy, promoteCandidate, writeCandidate } from '../support/promotion.js';
import { publish } from '../support/versions.js';

const REPORT = { examples: 1, epochs: 1, seconds: 1, applied: 3, items: CANDIDATE_ITEMS };

/** A refit of another model than the live one, ready. */
async function refitReady(site: Site): Promise<{ readonly id: number; readonly candidate: Candidate }> {
  const candidate = await writeCandidate(site);
  const id = (await site.refits.ask('bench', { epochs: 1, gate: 0 }))?.id ?? 0;
  expect(await site.refits.begin(id, 1)).toBe(true);
  expect(await site.refits.ready(id, 1, { candidate, report: REPORT })).toBe(true);
  return { id, candidate };
}

/** The promotion's own rows: a new item, and all others anew. */
async function promote(site: Site, candidate: Candidate): Promise<number> {
  const version = await promoteCandidate(site, candidate, { vocabulary: [{ row: CANDIDATE_ITEMS + 1, name: 'late' }], tables: tablesOf(makeModel(5, CANDIDATE_ITEMS + 1)) });
  site.refits.promoted(candidate.id, version, 'better');
  return version;
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
    const before = heldBy(following);
    const show = hideSnapshots(site);
    expect(heldBy(following)).toEqual(before);
    const version = await promote(site, candidate);
    await following.follower.step();
    expect(following.follower.view().position).toMatchObject({ version, applied: 3 });
    expect(following.follower.quarantined()).toBeUndefined();
    expect(following.noted).toEqual([{ kind: 'loaded', version, previous: 3, reason: 'promoted' }]);
    show();
    const late = await followSite(site);
    await late.follower.step();
    expect(heldBy(following)).toEqual(heldBy(late));
    expect(heldBy(following)).not.toEqual(before);
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
