/** Ranks of events that are only examined: equal to a round's, among all or chosen items, and nothing is learned by them. */
import { afterEach, describe, expect, it } from 'vitest';
import { createLearner } from '@freshet/trainer/learner/create';
import type { Learner } from '@freshet/trainer/learner/port';
import { RING, SMALL, step, walk } from '../support/cycle.js';

const open: Learner[] = [];

async function taught(): Promise<Learner> {
  const learner = await createLearner({ model: { ...SMALL, replayCapacity: 100 }, threads: 0, engine: 'wasm', maxItems: 20, trustedItems: true, publish: 'all' });
  open.push(learner);
  for (let at = 0; at < 200; at += 20) await learner.round(walk(200).slice(at, at + 20));
  return learner;
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((learner) => learner.close()));
});

const two = [step(500, 9, 3), step(501, 9, 7)];

describe('examine', () => {
  it('gives the rank that a round takes before it learns, and none to a shopper without a history', async () => {
    const learner = await taught();
    const other = await taught();
    const examined = learner.examine(two, { collectTop: 5 });
    other.remember(two.slice(0, 1).map(({ event, seq }) => ({ kind: 'events', events: [event], seq, source: 'test', receivedAt: event.ts, historical: true })));
    const { ranks } = await other.round(two.slice(1), { evaluate: () => true, collectTop: 5 });
    expect(examined).toHaveLength(1);
    expect(examined[0]?.rank).toBeGreaterThan(1);
    expect(examined[0]).toEqual({ ...ranks[0], index: 1, among: RING });
    expect(examined[0]?.top).toHaveLength(5);
  });

  it('moves and counts nothing but the histories', async () => {
    const learner = await taught();
    learner.cut();
    learner.examine(two);
    expect(learner.cut().tables).toEqual([]);
    expect(learner.histories().find(two[0]?.event.user ?? ('' as never))?.events.map(({ item }) => item)).toEqual(['item-7', 'item-3']);
  });

  it('ranks among the target and the named items only, as their order among all items says', async () => {
    const learner = await taught();
    const order = learner.examine(two, { collectTop: RING })[0]?.top ?? [];
    const place = order.indexOf('item-7');
    const better = order.slice(0, place);
    const worse = order.slice(place + 1);
    expect(order).toHaveLength(RING);
    const fresh = await taught();
    fresh.examine(two.slice(0, 1));
    expect(fresh.examine(two.slice(1), { among: () => worse })[0]).toMatchObject({ rank: 1, among: worse.length + 1 });
    const again = await taught();
    again.examine(two.slice(0, 1));
    expect(again.examine(two.slice(1), { among: () => [...better, 'nobody knows it'] })[0]).toMatchObject({ rank: better.length + 1, among: better.length + 2 });
  });

  it('leaves out what the shopper has seen, but for the target', async () => {
    const learner = await taught();
    const user = 9;
    const examined = learner.examine([step(500, user, 3), step(501, user, 4), step(502, user, 3)], { excludeSeen: true, collectTop: RING });
    expect(examined.map(({ among }) => among)).toEqual([RING - 1, RING - 1]);
    expect(examined[1]?.top).not.toContain('item-4');
    expect(examined[1]?.rank).toBeLessThanOrEqual(RING - 1);
  });

  it('counts an item that the model doesn’t know as never found', async () => {
    const learner = await taught();
    const [first, second] = learner.examine([step(500, 9, 3), step(501, 9, 'unheard of'), step(502, 9, 4)]);
    expect(first).toMatchObject({ rank: Number.POSITIVE_INFINITY, among: RING + 1 });
    expect(second?.rank).toBeLessThan(Number.POSITIVE_INFINITY);
  });

  it('gives back the list of eligible items after a rank among a few', async () => {
    const learner = await taught();
    const before = learner.examine(two)[0];
    learner.examine([step(700, 8, 1), step(701, 8, 2)], { among: () => ['item-3'] });
    const after = (await taught()).examine(two)[0];
    expect(before).toEqual(after);
    expect(learner.examine([step(500, 7, 3), step(501, 7, 7)])[0]).toEqual(before);
  });
});
