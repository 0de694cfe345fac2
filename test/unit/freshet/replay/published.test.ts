/** A replay's published copy on the real kernel: what is stale, what is live, and when it is made new. */
import { afterEach, describe, expect, it } from 'vitest';
import { createLearner } from '@freshet/trainer/learner/create';
import type { Learner, LearnerEvent } from '@freshet/trainer/learner/port';
import { createPublished, type PublishedCopy } from 'freshet/replay/published';
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

/** Taught with 200 events, one a minute, in rounds of 20; published every so many minutes. */
async function taught(minutes: number | readonly number[], staleHistories = false) {
  const own = await learner();
  const copies: PublishedCopy[] = [];
  for (const every of [minutes].flat()) copies.push({ every: { text: `${every}m`, ms: every * MINUTE }, copy: await learner() });
  const published = createPublished(own, copies, staleHistories);
  for (let at = 0; at < 200; at += 20) {
    published.rank(walk(200).slice(at, at + 20), { evaluate: () => false, excludeSeen: false });
    await own.round(walk(200).slice(at, at + 20));
  }
  /** Ranks by position, of the first copy. */
  const rank = (...events: LearnerEvent[]): Record<number, number> => Object.fromEntries(published.rank(events, { evaluate: () => true, excludeSeen: false })[0] ?? []);
  return { own, published, rank };
}

describe('what a replay publishes', () => {
  it('is made new at each multiple of the interval, at the next round’s begin', async () => {
    const { published } = await taught([20, 60, 1_000]);
    expect(published.figures().map(({ every, publications }) => [every, publications])).toEqual([['20m', 10], ['60m', 4], ['1000m', 1]]);
  });

  it('ranks as the learner itself once it is published, to the last digit, however often others were published', async () => {
    const { own, published } = await taught([200, 20, 100]);
    const next = [step(200, 40, 2), step(201, 40, 3), step(202, 40, 7)];
    const ranks = published.rank(next, { evaluate: () => true, excludeSeen: false });
    const itself = new Map(own.examine(next).map(({ index, rank }) => [index, rank]));
    expect(itself.size).toBe(2);
    expect(ranks).toEqual([itself, itself, itself]);
  });

  it('knows nothing that was learned since, but the shopper’s own history', async () => {
    const { own, rank } = await taught(150);
    const before = rank(step(201, 40, 2), step(202, 40, 9));
    // Ten shoppers go from item 2 to item 9.
    for (let user = 60; user < 70; user++) await own.round([step(203, user, 2), step(204, user, 9)]);
    expect(rank(step(205, 41, 2), step(206, 41, 9))).toEqual(before);
    const learned = own.examine([step(205, 42, 2), step(206, 42, 9)])[0]?.rank;
    expect(learned).toBeLessThan(before[1] ?? 0);
  });

  it('counts an item that came since the publication as never found', async () => {
    const { rank, own } = await taught(150);
    await own.round([step(200, 3, 'brand new')]);
    const ranks = rank(step(205, 40, 2), step(206, 40, 'brand new'), step(207, 40, 3));
    expect(ranks[1]).toBe(Number.POSITIVE_INFINITY);
    expect(ranks[2]).toBeLessThanOrEqual(RING);
  });

  it('gives a shopper without a published history no list when histories are stale', async () => {
    const { rank } = await taught(60, true);
    expect(rank(step(200, 40, 2), step(201, 40, 3))).toEqual({});
    const later = rank(step(260, 40, 4), step(261, 40, 5)); // the next publication has what he did before it
    expect(Object.keys(later)).toEqual(['0', '1']);
  });

  it('counts the tested events, one that a copy had no rank for as a miss', async () => {
    const { published, rank } = await taught(60, true);
    rank(step(200, 40, 2), step(201, 40, 3));
    published.count([0, 1]);
    expect(published.figures()).toMatchObject([{ hr_20: 0 }]);
    rank(step(202, 1, 4));
    published.count([0]);
    expect(published.figures()[0]?.hr_20).toBeCloseTo(1 / 3, 12);
  });
});
