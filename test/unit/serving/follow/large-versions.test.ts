import { describe, expect, it } from 'vitest';
import { createSite, followSite } from '../support/follower.js';
import { flipped, publish, tables } from '../support/versions.js';

describe('versions of very many rows', () => {
  /** Too many to be written in one step. */
  const MANY = 3_000;

  it('that wait behind each other are written into one copy of the model, and each is told of', async () => {
    const site = await createSite();
    const following = await followSite(site);
    const one = await followSite(site);
    const answered: number[] = [];
    for (let version = 1; version <= 6; version++) {
      await publish(site, 1, version % 2 === 0 ? 40 : MANY);
      await one.follower.step();
    }
    await following.follower.step();
    answered.push(...new Set(following.answering.map(({ position }) => position.version)));
    // The empty model, then all six at once.
    expect(answered).toEqual([0, 6]);
    expect(following.versions.recent(10).map(({ version }) => version)).toEqual([6, 5, 4, 3, 2, 1]);
    expect(tables(following)).toEqual(tables(one));
    expect(await following.metrics.render()).toContain('freshet_model_swaps_total{result="applied",reason=""} 6');
  });

  it('are written in place by a process that doesn’t answer yet: one table set is enough', async () => {
    const site = await createSite();
    await publish(site, 3, MANY);
    const [starting, answering] = [await followSite(site), await followSite(site)];
    const first = [starting, answering].map(({ follower }) => follower.view().set);
    await starting.follower.catchUp();
    await answering.follower.step();
    expect(tables(starting)).toEqual(tables(answering));
    expect([starting, answering].map(({ follower }, i) => follower.view().set === first[i])).toEqual([true, false]);
    // From then on it answers.
    await publish(site, 1, MANY);
    await starting.follower.step();
    expect(starting.follower.view().set).not.toBe(first[0]);
    expect(starting.follower.view().position.version).toBe(4);
  });

  it('of which one is broken are applied up to it, and it is refused by its own number', async () => {
    const site = await createSite();
    await publish(site, 5, MANY);
    const [good] = await site.deltas.read(3, 1);
    site.deltas.tamper(4, (record) => flipped(record, record.bytes.length - 5));
    const following = await followSite(site);
    await expect(following.follower.step()).rejects.toMatchObject({ code: 'delta_checksum' });
    expect(following.follower.view().position.version).toBe(3);
    expect(following.follower.quarantined()).toEqual({ version: 4, reason: 'delta_checksum' });
    if (good === undefined) throw new Error('there was no version 4');
    site.deltas.restore(good);
    await following.follower.step();
    expect(following.follower.view().position.version).toBe(5);
  });
});
