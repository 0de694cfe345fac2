import { describe, expect, it } from 'vitest';
import { createRanker } from '@freshet/serving/rank/ranker';
import { cutIfDue } from '@freshet/serving/follow/snapshot-cutter';
import { decodeDelta, encodeDelta, chainChecksum, FIRST_CHECKSUM } from '@freshet/shared/codec/delta';
import { systemClock } from '@freshet/shared/adapters/system-clock';
import { silentLogger } from '@freshet/shared/logger';
import type { Clock } from '@freshet/shared/ports/clock';
import { CONFIG_HASH, makeModel, NOW } from '../support/model.js';
import { createSite, type Following, followSite, type Site } from '../support/follower.js';
import { flipped, publish, tables } from '../support/versions.js';

const rank = ({ follower, shelf }: Following) =>
  createRanker().rank({
    model: follower.view(), shelf, history: { events: [{ item: 'item-3', ts: NOW, seq: 1, index: 0, group: 0 }], seen: new Map(), refusals: 0 },
    session: { events: [], marks: new Map() }, item: undefined, limit: 5, excludeIds: [], excludeSeen: false, diversity: 0, anyAvailability: false, reasons: false, now: NOW,
  });

describe('following', () => {
  it('applies every version in order and says which it serves', async () => {
    const site = await createSite();
    const following = await followSite(site);
    await publish(site, 3);
    await following.follower.step();
    expect(following.follower.view().position).toMatchObject({ version: 3, applied: 3 });
    expect(following.versions.recent(10).map((version) => version.version)).toEqual([3, 2, 1]);
    expect(following.versions.thatLearned(2)?.version).toBe(2);
    expect(await following.metrics.render()).toContain('freshet_update_lag_seconds_count{stage="total"} 3');
  });

  it('gives answers of one version each while versions are applied between them', async () => {
    const site = await createSite();
    const following = await followSite(site);
    const pure = new Map<number, string>();
    for (let version = 1; version <= 12; version++) {
      await publish(site, 1);
      await following.follower.step();
      pure.set(version, JSON.stringify(rank(following)));
    }
    const again = await followSite(site);
    const answers: { version: number; ranking: string }[] = [];
    const stepping = again.follower.step();
    let done = false;
    void stepping.then(() => (done = true));
    while (!done) {
      answers.push({ version: again.follower.view().position.version, ranking: JSON.stringify(rank(again)) });
      await new Promise((resolve) => setImmediate(resolve));
    }
    answers.push({ version: again.follower.view().position.version, ranking: JSON.stringify(rank(again)) });
    for (const answer of answers.filter(({ version }) => version > 0)) expect(answer.ranking).toBe(pure.get(answer.version));
    expect(answers.at(-1)?.version).toBe(12);
  });
});

describe('a bad version', () => {
  const faults: [string, string, (site: Site) => void][] = [
    ['one flipped byte in its values', 'delta_checksum', ({ deltas }) => deltas.tamper(3, (record) => flipped(record, record.bytes.length - 5))],
    ['one flipped byte in its header', 'delta_checksum', ({ deltas }) => deltas.tamper(3, (record) => flipped(record, 9))],
    ['a missing row', 'delta_gap', ({ deltas }) => deltas.tamper(3, () => undefined)],
    ['another version’s row in its place', 'delta_checksum', ({ deltas }) => deltas.tamper(3, (record) => ({ ...record, checksum: FIRST_CHECKSUM }))],
  ];

  it.each(faults)('with %s is refused while the old one goes on serving, and applied once it is repaired', async (_, reason, breakIt) => {
    const site = await createSite();
    await publish(site, 2);
    const following = await followSite(site);
    await following.follower.step();
    const before = JSON.stringify(rank(following));
    const held = tables(following);
    await publish(site, 2);
    const [good] = await site.deltas.read(2, 1);
    breakIt(site);
    await expect(following.follower.step()).rejects.toMatchObject({ code: reason });
    expect(following.follower.view().position.version).toBe(2);
    expect(following.follower.quarantined()).toEqual({ version: 3, reason });
    expect(JSON.stringify(rank(following))).toBe(before);
    expect(tables(following)).toEqual(held);
    expect(await following.metrics.render()).toContain(`freshet_model_swaps_total{result="refused",reason="${reason}"} 1`);
    if (good === undefined) throw new Error('there was no version 3');
    site.deltas.restore(good);
    await following.follower.step();
    expect(following.follower.view().position.version).toBe(4);
    expect(following.follower.quarantined()).toBeUndefined();
  });

  it('with a value that is not a number is refused although its checksum is right', async () => {
    const site = await createSite();
    await publish(site, 1);
    const following = await followSite(site);
    await following.follower.step();
    const model = makeModel(2, 50);
    const rows = model.rows.map((row) => (row.row === 7 ? { ...row, bias: Number.NaN } : row));
    await site.trainer.publish({ ...model, rows });
    await expect(following.follower.step()).rejects.toMatchObject({ code: 'delta_value' });
    expect(following.follower.view().position.version).toBe(1);
  });

  it('of other hyperparameters is refused', async () => {
    const site = await createSite();
    await publish(site, 1);
    site.deltas.tamper(1, (record) => {
      const delta = decodeDelta(record.bytes);
      const bytes = encodeDelta({ ...delta, header: { ...delta.header, configHash: (CONFIG_HASH ^ 1) >>> 0 } });
      return { ...record, bytes, checksum: chainChecksum(FIRST_CHECKSUM, bytes) };
    });
    const following = await followSite(site);
    await expect(following.follower.step()).rejects.toMatchObject({ code: 'delta_config' });
    expect(following.follower.view().position.version).toBe(0);
  });

  it('that was only read badly once is applied at the second reading', async () => {
    const site = await createSite();
    await publish(site, 1);
    let reads = 0;
    const flaky: Site = {
      ...site,
      deltas: {
        ...site.deltas,
        read: async (after, limit) => {
          const page = await site.deltas.read(after, limit);
          return reads++ === 0 ? page.map((record) => flipped(record, 100)) : page;
        },
      },
    };
    const following = await followSite(flaky);
    await following.follower.step();
    expect(following.follower.view().position.version).toBe(1);
    expect(following.follower.quarantined()).toBeUndefined();
  });

  it('is got past by a newer snapshot, into another table set, and following goes on from there', async () => {
    const site = await createSite();
    await publish(site, 2);
    const stuck = await followSite(site);
    await stuck.follower.step();
    const sound = await followSite(site);
    await publish(site, 2);
    await sound.follower.step();
    await cut(site, sound);
    site.deltas.tamper(3, (record) => flipped(record, 200));
    const old = stuck.follower.view().set;
    await stuck.follower.step();
    expect(stuck.follower.view().position.version).toBe(4);
    expect(stuck.follower.view().set).not.toBe(old);
    await publish(site, 1);
    await Promise.all([stuck.follower.step(), sound.follower.step()]);
    expect(tables(stuck)).toEqual(tables(sound));
    expect(JSON.stringify(rank(stuck))).toBe(JSON.stringify(rank(sound)));
  });

  it('stays refused when the snapshot itself is broken', async () => {
    const site = await createSite();
    await publish(site, 1);
    const stuck = await followSite(site);
    await stuck.follower.step();
    const sound = await followSite(site);
    await publish(site, 2);
    await sound.follower.step();
    await cut(site, sound);
    site.deltas.tamper(2, (record) => flipped(record, 200));
    site.snapshots.tamper(3, 1, Buffer.from('broken'));
    await expect(stuck.follower.step()).rejects.toMatchObject({ code: 'delta_checksum' });
    expect(stuck.follower.view().position.version).toBe(1);
    expect(await stuck.metrics.render()).toContain('reason="snapshot_checksum"} 1');
  });
});

describe('a snapshot', () => {
  it('cut while versions come in is loaded to exactly the tables of its end', async () => {
    const site = await createSite();
    await publish(site, 2);
    const cutter = await followSite(site);
    await cutter.follower.step();
    const slow: Site['snapshots'] = {
      ...site.snapshots,
      begin: async (versionStart) => {
        const writer = await site.snapshots.begin(versionStart);
        if (writer === undefined) return undefined;
        return {
          ...writer,
          chunk: async (bytes, version) => {
            await writer.chunk(bytes, version);
            await publish(site, 1);
            await cutter.follower.step();
          },
        };
      },
    };
    await cut({ ...site, snapshots: slow }, cutter);
    const info = await site.snapshots.latest();
    expect(info?.versionStart).toBe(2);
    expect(info?.versionEnd).toBeGreaterThan(3);
    const loaded = await followSite(site);
    expect(loaded.follower.view().position.version).toBe(info?.versionEnd);
    expect(tables(loaded)).toEqual(tables(cutter));
  });

  it('is not cut again before 60 s have passed, nor by two at once', async () => {
    const site = await createSite();
    await publish(site, 30);
    const following = await followSite(site);
    await following.follower.step();
    await cut(site, following);
    await publish(site, 30);
    await following.follower.step();
    expect(await cutIfDue(cutterParts(site, following, systemClock))).toBe(false);
    const later: Clock = { ...systemClock, now: () => Date.now() + 61_000 };
    const right = await site.snapshots.begin(1);
    expect(await cutIfDue(cutterParts(site, following, later))).toBe(false);
    await right?.abandon();
    expect(await cutIfDue(cutterParts(site, following, later))).toBe(true);
  });

  it('is cut at once when somebody is held up, by a process that is past that version, and only once', async () => {
    const site = await createSite();
    await publish(site, 30);
    const following = await followSite(site);
    await following.follower.step();
    await cut(site, following);
    await publish(site, 3);
    await following.follower.step();
    const { version } = following.follower.view().position;
    expect(await cutIfDue(cutterParts(site, following, systemClock))).toBe(false);
    expect(await cutIfDue(cutterParts(site, following, systemClock, version + 1))).toBe(false);
    expect(await cutIfDue(cutterParts(site, following, systemClock, version))).toBe(true);
    expect(await cutIfDue(cutterParts(site, following, systemClock, version))).toBe(false);
  });

  it('is neither cut nor waited for in silence by a process that is held up itself', async () => {
    const site = await createSite();
    await publish(site, 30);
    const following = await followSite(site);
    const broken = { ...site, deltas: { ...site.deltas, read: async (after: number, limit: number) => (await site.deltas.read(after, limit)).filter((delta) => delta.version !== 2) } };
    const held = await followSite(broken);
    await expect(held.follower.step()).rejects.toThrow('one is missing');
    expect(held.asked).toEqual([2]);
    const due = { ...site.snapshots, debt: () => Promise.resolve({ deltaBytes: Number.MAX_SAFE_INTEGER, deltas: 1, finishedAt: 0 }) };
    expect(await cutIfDue(cutterParts({ snapshots: due }, held, systemClock))).toBe(false);

    await following.follower.step();
    expect(await cutIfDue(cutterParts(site, following, systemClock, held.asked[0]))).toBe(true);
    await held.follower.step();
    expect(held.follower.quarantined()).toBeUndefined();
    expect(held.follower.view().position.version).toBe(following.follower.view().position.version);
    expect(held.asked).toEqual([2]);
  });
});

function cutterParts(site: Pick<Site, 'snapshots'>, { follower }: Following, clock: Clock, wanted = 0) {
  const isHeldUp = (): boolean => follower.quarantined() !== undefined;
  return { snapshots: site.snapshots, view: follower.view, isHeldUp, wanted: () => wanted, clock, log: silentLogger, configHash: CONFIG_HASH, signal: new AbortController().signal };
}

/** Cuts whether it is due or not. */
async function cut(site: Site, following: Following): Promise<void> {
  const due = { ...site.snapshots, debt: () => Promise.resolve({ deltaBytes: Number.MAX_SAFE_INTEGER, deltas: 1, finishedAt: 0 }) };
  expect(await cutIfDue(cutterParts({ snapshots: due }, following, systemClock))).toBe(true);
}
