/** A follower meets a promotion: it loads the candidate aside and swaps; nothing of the old lineage is left in what answers. */
import { expect, it } from 'vitest';
import { createSite, followSite, type Site } from '../support/follower.js';
import { CANDIDATE_ITEMS, heldBy, promoteCandidate, writeCandidate } from '../support/promotion.js';
import { publish } from '../support/versions.js';

const promote = async (site: Site): Promise<number> => promoteCandidate(site, await writeCandidate(site));

it('swaps to the candidate as a whole, and the same versions follow for one that starts later', async () => {
  const site = await createSite();
  const following = await followSite(site);
  await publish(site, 3, 50);
  await following.follower.step();
  const before = following.follower.view();
  const version = await promote(site);
  await following.follower.step();
  expect(following.follower.view().position).toMatchObject({ version, applied: 3 });
  expect(following.follower.view().set).not.toBe(before.set);
  expect(following.follower.quarantined()).toBeUndefined();
  expect(following.follower.view().set.rows).toBe(CANDIDATE_ITEMS + 1);
  expect(following.noted).toEqual([{ kind: 'loaded', version, previous: 3, reason: 'promoted' }]);
  expect(following.versions.recent(2).map((one) => one.version)).toEqual([4, 3]);
  const late = await followSite(site);
  await late.follower.step();
  expect(heldBy(late)).toEqual(heldBy(following));
  await publish(site, 2, 30);
  await following.follower.step();
  await late.follower.step();
  expect(late.follower.view().position.version).toBe(6);
  expect(heldBy(late)).toEqual(heldBy(following));
});

it('goes on with the old lineage while the candidate’s snapshot can’t be read, and takes it once it can', async () => {
  const site = await createSite();
  const following = await followSite(site);
  await publish(site, 2, 50);
  await following.follower.step();
  const old = heldBy(following);
  await promote(site);
  const { latest } = site.snapshots;
  site.snapshots.latest = () => Promise.resolve(undefined);
  const blind = await followSite(site).catch(() => undefined);
  expect(blind?.follower.view().position.version).toBe(0);
  await expect(blind?.follower.step()).rejects.toMatchObject({ code: 'promotion_snapshot' });
  site.snapshots.latest = latest;
  expect(heldBy(following)).toEqual(old);
  await following.follower.step();
  expect(following.follower.view().position.version).toBe(3);
});
