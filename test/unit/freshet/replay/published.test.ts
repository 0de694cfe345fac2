/** A replay's published copy on the real kernel: what is stale, what is live, and when it is made new. */
import { afterEach, describe, expect, it } from 'vitest';
import { createLearner } from '@freshet/trainer/learner/create';
import type { Learner, LearnerEvent } from '@freshet/trainer/learner/port';
import { createPublished } from 'freshet/replay/published';
import { RING, SMALL, step, walk } from '../../trainer/support/cycle.js';

const MINUTE = 60_000;
const open: Learner[] = [];

async function learner(): Promise<Learner> {
  const made = await createLearner({ model: { ...SMALL, replayCapacity: 100 }, threads: 0, engine: 'wasm', maxItems: 20, trustedItems: true, publish: 'all' });
  open.push(made);
  return made;
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});

/** Taught with 200 events, one a minute, in rounds of 20; published every `minutes`. */
async function taught(minutes: number, staleHistories = false) {
  const own = await learner();
  const published = createPublished(own, await learner(), { everyMs: minutes * MINUTE, staleHistories });
  for (let at = 0; at < 200; at += 20) {
    published.show(walk(200).slice(at, at + 20), { evaluate: () => false, excludeSeen: false });
    await own.round(walk(200).slice(at, at + 20));
  }
  const show = (...events: LearnerEvent[]) => published.show(events, { evaluate: () => true, excludeSeen: false, collectTop: RING });
  return { own, published, show };
}

describe('what a replay publishes', () => {
  it('is made new at each multiple of the interval, at the next round’s begin', async () => {
    expect((await taught(20)).published.publications).toBe(10);
    expect((await taught(60)).published.publications).toBe(4);
    expect((await taught(1_000)).published.publications).toBe(1);
  });

  it('ranks as the learner itself once it is published, to the last digit', async () => {
    const { own, show } = await taught(20);
    const next = [step(200, 40, 2), step(201, 40, 3), step(202, 40, 7)];
    const shown = show(...next);
    const ranks = own.examine(next, { collectTop: RING });
    expect([...shown].map(([index, one]) => ({ index, ...one }))).toEqual(ranks);
    expect(ranks).toHaveLength(2);
  });

  it('knows nothing that was learned since, but the shopper’s own history', async () => {
    const { own, show } = await taught(150);
    const before = show(step(201, 40, 2), step(202, 40, 3)).get(1);
    // Ten shoppers go from item 2 to item 9.
    for (let user = 60; user < 70; user++) await own.round([step(203, user, 2), step(204, user, 9)]);
    expect(show(step(205, 41, 2), step(206, 41, 3)).get(1)).toEqual(before);
    const learned = own.examine([step(205, 42, 2), step(206, 42, 3)], { collectTop: RING })[0];
    expect(learned?.top).not.toEqual(before?.top);
  });

  it('counts an item that came since the publication as never found', async () => {
    const { show, own } = await taught(150);
    await own.round([step(200, 3, 'brand new')]);
    const shown = show(step(205, 40, 2), step(206, 40, 'brand new'), step(207, 40, 3));
    expect(shown.get(1)?.rank).toBe(Number.POSITIVE_INFINITY);
    expect(shown.get(2)?.rank).toBeLessThanOrEqual(RING);
  });

  it('gives a shopper without a published history no list when histories are stale', async () => {
    const { show } = await taught(60, true);
    const first = [step(200, 40, 2), step(201, 40, 3)];
    expect(show(...first).size).toBe(0);
    const later = show(step(260, 40, 4), step(261, 40, 5));
    expect([...later.keys()]).toEqual([0, 1]); // the next publication has what he did before it
  });
});
