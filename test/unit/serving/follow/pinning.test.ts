/** Pinning answers to a version while training goes on, and letting go. */
import { systemClock } from '@freshet/shared/adapters/system-clock';
import { chainChecksum, decodeDelta, encodeDelta } from '@freshet/shared/codec/delta';
import { silentLogger } from '@freshet/shared/logger';
import type { DeltaRecord } from '@freshet/shared/ports/delta-log';
import { cutIfDue } from '@freshet/serving/follow/snapshot-cutter';
import { createRanker } from '@freshet/serving/rank/ranker';
import { describe, expect, it } from 'vitest';
import { createSite, type Following, followSite, type Site } from '../support/follower.js';
import { CONFIG_HASH, makeModel, NOW } from '../support/model.js';

/** What a shopper would be shown now. */
const answer = ({ pinning, shelf }: Following): string => {
  const ranking = createRanker().rank({
    model: pinning.view(), shelf, history: { events: [{ item: 'item-3', ts: NOW, seq: 1, index: 0, group: 0 }], seen: new Map(), refusals: 0 },
    session: { events: [], marks: new Map() }, item: undefined, limit: 5, excludeIds: [], excludeSeen: false, diversity: 0, anyAvailability: false, reasons: false, now: NOW,
  });
  return JSON.stringify(ranking);
};

const version = ({ pinning }: Following): number => pinning.view().position.version;

/** Publishes and follows one version after the other; what each would answer, by version. */
async function grow(site: Site, following: Following, count: number): Promise<Map<number, string>> {
  const answers = new Map<number, string>();
  for (let i = 0; i < count; i++) {
    const { version: newest } = await site.deltas.state();
    await site.trainer.publish(makeModel(newest + 1, 50), { receivedAt: NOW });
    await following.follower.step();
    answers.set(newest + 1, answer(following));
  }
  return answers;
}

const pin = (site: Site, to: number, reason = '') => site.labels.pin('stable', { version: to, reason });

async function cut(site: Site, { follower }: Following): Promise<boolean> {
  const due = { ...site.snapshots, debt: () => Promise.resolve({ deltaBytes: Number.MAX_SAFE_INTEGER, deltas: 1, finishedAt: 0 }) };
  const quarantined = (): boolean => follower.quarantined() !== undefined;
  return cutIfDue({ snapshots: due, view: follower.view, isHeldUp: quarantined, wanted: () => 0, clock: systemClock, log: silentLogger, configHash: CONFIG_HASH, signal: new AbortController().signal });
}

function flipped(record: DeltaRecord): DeltaRecord {
  const bytes = Buffer.from(record.bytes);
  bytes[bytes.length - 5] = (bytes[bytes.length - 5] ?? 0) ^ 1;
  return { ...record, bytes };
}

describe('a pinned process', () => {
  it('answers as that version did, while the newest is followed, and as the newest at once when it is let go', async () => {
    const site = await createSite();
    const following = await followSite(site);
    const before = await grow(site, following, 6);
    await pin(site, 4);
    await following.pinning.step();
    expect(version(following)).toBe(4);
    expect(answer(following)).toBe(before.get(4));
    expect(following.pinning.view().pinned).toBe(true);
    expect(following.pinning.view().learnedMs).toBe(4_000);

    const during = await grow(site, following, 3);
    expect(new Set(during.values())).toEqual(new Set([before.get(4)]));
    expect(following.follower.view().position.version).toBe(9);
    await site.labels.unpin('stable', { reason: '' });
    await following.pinning.step();
    expect(version(following)).toBe(9);
    expect(following.pinning.view().pinned).toBeUndefined();
    expect(following.pinning.pinned()).toBeUndefined();
    const alone = await followSite(site);
    await alone.follower.step();
    expect(answer(following)).toBe(answer(alone));
  });

  it('says so once for each change of what answers, and counts each', async () => {
    const site = await createSite();
    const following = await followSite(site);
    await grow(site, following, 3);
    await pin(site, 2, 'worse');
    await following.pinning.step();
    await following.pinning.step();
    await grow(site, following, 2);
    await site.labels.unpin('stable', { reason: '' });
    await following.pinning.step();
    await following.pinning.step();
    expect(following.answering.map(({ position, pinned }) => [position.version, pinned === true])).toEqual([[0, false], [1, false], [2, false], [3, false], [2, true], [5, false]]);
    expect(following.noted).toEqual([
      { kind: 'loaded', version: 2, previous: 3, reason: 'pinned' },
      { kind: 'loaded', version: 5, previous: 2, reason: 'unpinned' },
    ]);
    const text = await following.metrics.render();
    expect(text).toContain('freshet_model_swaps_total{result="applied",reason="pinned"} 1');
    expect(text).toContain('freshet_model_swaps_total{result="applied",reason="unpinned"} 1');
  });

  it('goes to another version while pinned, again and again, on three table sets', async () => {
    const site = await createSite();
    const following = await followSite(site);
    const answers = await grow(site, following, 5);
    const sets = new Set<unknown>();
    for (const to of [4, 2, 5, 1, 3, 4]) {
      await pin(site, to);
      await following.pinning.step();
      expect(answer(following)).toBe(answers.get(to));
      sets.add(following.pinning.view().set);
    }
    expect(sets.size).toBeLessThanOrEqual(3);
    expect(following.pinning.pinned()).toMatchObject({ version: 4 });
  });

  it('takes a new reason without loading anything', async () => {
    const site = await createSite();
    const following = await followSite(site);
    await grow(site, following, 2);
    await pin(site, 1, 'first');
    await following.pinning.step();
    const { set } = following.pinning.view();
    await pin(site, 1, 'second');
    await following.pinning.step();
    expect(following.pinning.view().set).toBe(set);
    expect(following.pinning.pinned()?.reason).toBe('second');
  });

  it('finds its version again after a restart, when snapshots have come and gone', async () => {
    const site = await createSite();
    const following = await followSite(site);
    const answers = await grow(site, following, 4);
    await pin(site, 3);
    await following.pinning.step();
    for (let i = 0; i < 3; i++) {
      await grow(site, following, 2);
      expect(await cut(site, following)).toBe(true);
    }
    expect((await site.snapshots.latest())?.versionEnd).toBe(10);
    const restarted = await followSite(site);
    await restarted.pinning.step();
    expect(version(restarted)).toBe(3);
    expect(answer(restarted)).toBe(answers.get(3));
    expect(restarted.follower.view().position.version).toBe(10);
  });

  it('answers each request from one of the two versions while it is being pinned and let go', async () => {
    const site = await createSite();
    const following = await followSite(site);
    const answers = await grow(site, following, 40);
    const seen = new Map<number, Set<string>>();
    const watch = async (step: Promise<void>): Promise<void> => {
      let done = false;
      void step.finally(() => (done = true));
      while (!done) {
        const at = version(following);
        seen.set(at, (seen.get(at) ?? new Set()).add(answer(following)));
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    await pin(site, 21);
    await watch(following.pinning.step());
    await site.labels.unpin('stable', { reason: '' });
    await watch(following.pinning.step());
    await pin(site, 33);
    await watch(following.pinning.step());
    expect([...seen.keys()].sort((a, b) => a - b)).toEqual([21, 40]);
    for (const [at, found] of seen) expect([...found]).toEqual([answers.get(at)]);
  });
});

describe('a version that can’t be rebuilt', () => {
  const faults: readonly (readonly [string, string, (record: DeltaRecord) => DeltaRecord | undefined])[] = [
    ['a damaged delta', 'delta_checksum', flipped],
    ['a missing delta', 'delta_gap', () => undefined],
    [
      'other hyperparameters', 'delta_config',
      (record) => {
        const delta = decodeDelta(record.bytes);
        const bytes = encodeDelta({ ...delta, header: { ...delta.header, configHash: (CONFIG_HASH ^ 1) >>> 0 } });
        return { ...record, bytes, checksum: chainChecksum(Buffer.alloc(32), bytes) };
      },
    ],
  ];

  it.each(faults)('because of %s is refused once in words, and what answered goes on', async (_, code, change) => {
    const site = await createSite();
    const following = await followSite(site);
    const answers = await grow(site, following, 4);
    await pin(site, 3, 'rollback');
    const [good] = await site.deltas.read(0, 1);
    site.deltas.tamper(1, change);
    for (let turn = 0; turn < 3; turn++) await expect(following.pinning.step()).rejects.toMatchObject({ code });
    expect(answer(following)).toBe(answers.get(4));
    expect(following.pinning.pinned()).toBeUndefined();
    expect(following.noted).toMatchObject([{ kind: 'refused', version: 3, previous: 4 }]);
    expect(following.noted[0]?.reason).toMatch(new RegExp(`^${code}: `));
    expect(await following.metrics.render()).toContain(`freshet_model_swaps_total{result="refused",reason="${code}"} 3`);

    if (good === undefined) throw new Error('there was no version 1');
    site.deltas.restore(good);
    await following.pinning.step();
    expect(answer(following)).toBe(answers.get(3));
  });

  it('leaves a process that is pinned already where it is', async () => {
    const site = await createSite();
    const following = await followSite(site);
    const answers = await grow(site, following, 4);
    await pin(site, 2);
    await following.pinning.step();
    await pin(site, 4);
    site.deltas.tamper(3, flipped);
    await expect(following.pinning.step()).rejects.toMatchObject({ code: 'delta_checksum' });
    expect(answer(following)).toBe(answers.get(2));
    await site.labels.unpin('stable', { reason: '' });
    await following.pinning.step();
    expect(answer(following)).toBe(answers.get(4));
  });
});

describe('a refused version of the newest', () => {
  it('is got past by a snapshot while another version is pinned, without a word in the answers', async () => {
    const site = await createSite();
    const following = await followSite(site);
    const answers = await grow(site, following, 3);
    await pin(site, 2);
    await following.pinning.step();
    const sound = await followSite(site);
    await grow(site, sound, 3);
    expect(await cut(site, sound)).toBe(true);
    site.deltas.tamper(5, flipped);
    await following.follower.step();
    expect(following.follower.view().position.version).toBe(6);
    expect(answer(following)).toBe(answers.get(2));
    expect(following.noted.map(({ kind, version: at, reason }) => [kind, at, reason.split(':')[0]])).toEqual([
      ['loaded', 2, 'pinned'], ['refused', 5, 'delta_checksum'], ['loaded', 6, 'snapshot'],
    ]);
  });
});
