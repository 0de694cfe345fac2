/** Versions that labels put beside the one that answers: who is answered by which, and what becomes of them. */
import { isInCanary } from '@freshet/shared/domain/canary';
import type { UserRef } from '@freshet/shared/domain/event';
import type { DeltaRecord } from '@freshet/shared/ports/delta-log';
import { createRanker } from '@freshet/serving/rank/ranker';
import { describe, expect, it } from 'vitest';
import { createSite, type Following, followSite, type Site } from '../support/follower.js';
import { makeModel, NOW } from '../support/model.js';

const refs = Array.from({ length: 64 }, (_, i) => (0x9e3779b97f4a7c15n * BigInt(i + 1)).toString(16).slice(-16).padStart(16, '0') as UserRef);
const IN = refs.filter((ref) => isInCanary(ref, 0.5));
const OUT = refs.filter((ref) => !isInCanary(ref, 0.5));

async function grow(site: Site, { follower }: Following, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    const { version } = await site.deltas.state();
    await site.trainer.publish(makeModel(version + 1, 50), { receivedAt: NOW });
    await follower.step();
  }
}

async function follow(count: number): Promise<{ site: Site; following: Following }> {
  const site = await createSite();
  const following = await followSite(site);
  await grow(site, following, count);
  return { site, following };
}

const label = (site: Site, name: 'canary' | 'shadow', version: number, share = 0.5) => site.labels.pin(name, { version, share, reason: '' });
const versionFor = ({ beside }: Following, ref: UserRef | undefined): number => beside.viewFor(ref).position.version;

function listFor({ beside, shelf }: Following, ref: UserRef): string {
  return JSON.stringify(createRanker().rank({
    model: beside.viewFor(ref), shelf, history: { events: [{ item: 'item-3', ts: NOW, seq: 1, index: 0, group: 0 }], seen: new Map(), refusals: 0 },
    session: { events: [], marks: new Map() }, item: undefined, limit: 5, excludeIds: [], excludeSeen: false, diversity: 0, anyAvailability: false, reasons: false, now: NOW,
  }));
}

function flipped(record: DeltaRecord): DeltaRecord {
  const bytes = Buffer.from(record.bytes);
  bytes[bytes.length - 5] = (bytes[bytes.length - 5] ?? 0) ^ 1;
  return { ...record, bytes };
}

describe('the canary', () => {
  it('answers its shoppers as that version did, while everybody else goes on with the newest', async () => {
    const { site, following } = await follow(3);
    const [one, other] = [IN[0], OUT[0]];
    if (one === undefined || other === undefined) throw new Error('nobody is in, or out');
    const then = listFor(following, one);
    await label(site, 'canary', 3);
    await following.beside.step();
    await grow(site, following, 4);
    for (const ref of IN) expect(versionFor(following, ref)).toBe(3);
    for (const ref of OUT) expect(versionFor(following, ref)).toBe(7);
    expect(versionFor(following, undefined)).toBe(7);
    expect(listFor(following, one)).toBe(then);
    expect(listFor(following, other)).not.toBe(then);
    expect(following.beside.viewFor(one)).toMatchObject({ canary: true, learnedMs: 3_000 });
    expect(following.beside.viewFor(other).canary).toBeUndefined();
  });

  it('goes to another share without loading anything, and to another version without a moment in between', async () => {
    const { site, following } = await follow(5);
    await label(site, 'canary', 2);
    await following.beside.step();
    const { set } = following.beside.viewFor(IN[0]);
    await label(site, 'canary', 2, 1);
    await following.beside.step();
    expect(following.beside.viewFor(OUT[0]).set).toBe(set);
    await label(site, 'canary', 4, 1);
    const seen = new Set<number>();
    let done = false;
    const step = following.beside.step().finally(() => (done = true));
    while (!done) {
      seen.add(versionFor(following, OUT[0]));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await step;
    expect([...seen].filter((version) => version !== 2 && version !== 4)).toEqual([]);
    expect(versionFor(following, OUT[0])).toBe(4);
    expect(following.noted).toEqual([
      { kind: 'loaded', version: 2, reason: 'canary' },
      { kind: 'loaded', version: 4, previous: 2, reason: 'canary' },
    ]);
  });

  it('is let go when its label is taken away; its tables go back and are used again', async () => {
    const { site, following } = await follow(4);
    const sets = new Set<unknown>();
    for (const version of [1, 2, 3, 1]) {
      await label(site, 'canary', version);
      await following.beside.step();
      sets.add(following.beside.viewFor(IN[0]).set);
      expect(await following.metrics.render()).toContain(`freshet_serving_labelled_version{label="canary"} ${version}\n`);
      await site.labels.unpin('canary', { reason: '' });
      await following.beside.step();
      expect(versionFor(following, IN[0])).toBe(4);
    }
    expect(sets.size).toBe(1);
    expect(following.noted.filter(({ kind }) => kind === 'released').map(({ version, reason }) => [version, reason])).toEqual([[1, 'canary'], [2, 'canary'], [3, 'canary'], [1, 'canary']]);
    expect(await following.metrics.render()).toContain('freshet_serving_labelled_version{label="canary"} 0\n');
  });

  it('is there again after a restart, from its version’s own rows', async () => {
    const { site, following } = await follow(3);
    const [one] = IN;
    if (one === undefined) throw new Error('nobody is in');
    await label(site, 'canary', 2);
    await following.beside.step();
    const list = listFor(following, one);
    const again = await followSite(site);
    await again.follower.step();
    await again.beside.step();
    expect(listFor(again, one)).toBe(list);
    expect(again.beside.held('canary')?.label).toMatchObject({ version: 2, share: 0.5 });
  });

  it('stands beside a pinned version and a shadow, on five table sets', async () => {
    const { site, following } = await follow(6);
    await site.labels.pin('stable', { version: 5, reason: '' });
    await label(site, 'canary', 4);
    await label(site, 'shadow', 3);
    await following.pinning.step();
    await following.beside.step();
    expect(versionFor(following, OUT[0])).toBe(5);
    expect(versionFor(following, IN[0])).toBe(4);
    expect(following.beside.held('shadow')?.view.position.version).toBe(3);
    await label(site, 'canary', 2);
    await following.beside.step();
    expect(versionFor(following, IN[0])).toBe(2);
    await site.labels.pin('stable', { version: 1, reason: '' });
    await following.pinning.step();
    expect(versionFor(following, OUT[0])).toBe(1);
    await grow(site, following, 1);
    expect(following.follower.view().position.version).toBe(7);
  });

  it('explains lists that it made, and no others', async () => {
    const { site, following } = await follow(4);
    await label(site, 'canary', 2);
    await following.beside.step();
    expect(following.beside.viewOf(2).position.version).toBe(2);
    expect(following.beside.viewOf(3).position.version).toBe(4);
    await site.labels.unpin('canary', { reason: '' });
    await following.beside.step();
    expect(following.beside.viewOf(2).position.version).toBe(4);
  });
});

describe('a labelled version that can’t be rebuilt', () => {
  it('is refused once in words; its shoppers are answered like everybody until it can be', async () => {
    const { site, following } = await follow(4);
    await label(site, 'canary', 3);
    const [, good] = await site.deltas.read(0, 2);
    site.deltas.tamper(2, flipped);
    for (let turn = 0; turn < 3; turn++) await expect(following.beside.step()).rejects.toMatchObject({ code: 'delta_checksum' });
    expect(versionFor(following, IN[0])).toBe(4);
    expect(following.noted).toMatchObject([{ kind: 'refused', version: 3, previous: 4 }]);
    expect(following.noted[0]?.reason).toMatch(/^canary: delta_checksum: /);
    expect(await following.metrics.render()).toContain('freshet_model_swaps_total{result="refused",reason="delta_checksum"} 3');
    if (good === undefined) throw new Error('there was no version 2');
    site.deltas.restore(good);
    await following.beside.step();
    expect(versionFor(following, IN[0])).toBe(3);
  });

  it('ends the canary before it: the label doesn’t name that one any more', async () => {
    const { site, following } = await follow(4);
    await label(site, 'canary', 1);
    await following.beside.step();
    expect(versionFor(following, IN[0])).toBe(1);
    await label(site, 'canary', 3);
    site.deltas.tamper(2, flipped);
    await expect(following.beside.step()).rejects.toMatchObject({ code: 'delta_checksum' });
    expect(versionFor(following, IN[0])).toBe(4);
    expect(following.noted.map(({ kind, version }) => [kind, version])).toEqual([['loaded', 1], ['released', 1], ['refused', 3]]);
  });

  it('doesn’t keep the other one from being held', async () => {
    const { site, following } = await follow(4);
    await label(site, 'canary', 4);
    await label(site, 'shadow', 1);
    site.deltas.tamper(3, flipped);
    await expect(following.beside.step()).rejects.toMatchObject({ code: 'delta_checksum' });
    expect(following.beside.held('canary')).toBeUndefined();
    expect(following.beside.held('shadow')?.view.position.version).toBe(1);
  });
});
