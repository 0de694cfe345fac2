/** A follower meets a promotion: it loads the candidate aside and swaps; nothing of the old lineage is left in what answers. */
import { chainChecksum, encodeDelta, FLAG_PROMOTED } from '@freshet/shared/codec/delta';
import { expect, it } from 'vitest';
import { createSite, type Following, followSite, type Site } from '../support/follower.js';
import { CONFIG_HASH, DIM, makeModel, MODEL, NOW, tablesOf } from '../support/model.js';
import { publish } from '../support/versions.js';

const NEW_SEED = 77;
const NEW_ITEMS = 20;

async function candidateOf(site: Site) {
  const data = makeModel(NEW_SEED, NEW_ITEMS);
  const writer = site.snapshots.candidates.begin();
  const vocabulary = data.rows.flatMap(({ row, name }) => (name === undefined ? [] : [{ row, name }]));
  await writer.chunk(encodeDelta({ header: { flags: 0, version: 0, fromSeq: 0, toSeq: 0, learnedMs: NOW, epoch: 0, dim: DIM, configHash: CONFIG_HASH, trainingHash: 0 }, vocabulary, tables: tablesOf(data) }));
  return writer.finish();
}

async function promote(site: Site): Promise<number> {
  const candidate = await candidateOf(site);
  const { version, applied, checksum } = await site.deltas.state();
  const header = { flags: FLAG_PROMOTED, version: version + 1, fromSeq: applied + 1, toSeq: applied, learnedMs: NOW, epoch: 1, dim: DIM, configHash: CONFIG_HASH, trainingHash: 0 };
  const bytes = encodeDelta({ header, vocabulary: [], tables: [] });
  const timings = { receivedAt: NOW, takenAt: NOW, trainedAt: NOW, committedAt: NOW };
  const delta = { version: version + 1, epoch: 1, fromSeq: applied + 1, toSeq: applied, bytes, checksum: chainChecksum(checksum, bytes), timings };
  expect(await site.deltas.promote(delta, { candidate, kind: 'refit', reason: 'better' })).toBe('committed');
  return version + 1;
}

/** What the follower's tables hold. */
function tables({ follower }: Following): unknown {
  const { set } = follower.view();
  return [set.rows, set.embeddings.slice(0, set.rows * DIM), set.served.slice(0, set.rows), set.followers.slice(0, set.rows * MODEL.followers), set.dense.slice(), Array.from({ length: set.rows }, (_, row) => set.nameOf(row))];
}

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
  expect(following.follower.view().set.rows).toBe(NEW_ITEMS + 1);
  expect(following.noted).toEqual([{ kind: 'loaded', version, previous: 3, reason: 'promoted' }]);
  expect(following.versions.recent(2).map((one) => one.version)).toEqual([4, 3]);
  const late = await followSite(site);
  await late.follower.step();
  expect(tables(late)).toEqual(tables(following));
  await publish(site, 2, 30);
  await following.follower.step();
  await late.follower.step();
  expect(late.follower.view().position.version).toBe(6);
  expect(tables(late)).toEqual(tables(following));
});

it('goes on with the old lineage while the candidate’s snapshot can’t be read, and takes it once it can', async () => {
  const site = await createSite();
  const following = await followSite(site);
  await publish(site, 2, 50);
  await following.follower.step();
  const old = tables(following);
  await promote(site);
  const { latest } = site.snapshots;
  site.snapshots.latest = () => Promise.resolve(undefined);
  const blind = await followSite(site).catch(() => undefined);
  expect(blind?.follower.view().position.version).toBe(0);
  await expect(blind?.follower.step()).rejects.toMatchObject({ code: 'promotion_snapshot' });
  site.snapshots.latest = latest;
  expect(tables(following)).toEqual(old);
  await following.follower.step();
  expect(following.follower.view().position.version).toBe(3);
});
