import { POPULAR_EVENTS } from '@freshet/trainer/parameters/layout';
import { describe, expect, it } from 'vitest';
import { type SmallLearner, smallLearner } from '../support/small-learner.js';

const touch = ({ parameters }: SmallLearner, row: number, times = 1): void => {
  for (let n = 0; n < times; n++) parameters.touch(row, { seconds: 1, user: 1 });
};

/** How many events are remembered, and of which rows. */
function remembered({ layout, memory }: SmallLearner) {
  const [events = 0, ...ring] = new Uint32Array(memory.buffer, layout.popularRows, 1 + POPULAR_EVENTS);
  const rows = ring.slice(0, events);
  const counts = new Uint32Array(memory.buffer, layout.popularCounts, layout.rows);
  return { events, rows, counts: [...counts] };
}

describe('the items of the last events', () => {
  it('are remembered with how often each came, those that may not be negatives left out', () => {
    const learner = smallLearner({ items: 6, seed: 1, eligible: 4 });
    touch(learner, 1, 3);
    touch(learner, 2);
    touch(learner, 5, 2);
    const { rows, counts } = remembered(learner);
    expect(rows).toEqual([1, 1, 1, 2]);
    expect(counts.slice(0, 7)).toEqual([0, 3, 1, 0, 0, 0, 0]);
  });

  it('forget the oldest when there is no more room, and count what they hold', () => {
    const learner = smallLearner({ items: 3, seed: 1 });
    touch(learner, 1, 10);
    touch(learner, 2, POPULAR_EVENTS - 4);
    const { events, counts } = remembered(learner);
    expect(events).toBe(POPULAR_EVENTS);
    expect(counts.slice(0, 4)).toEqual([0, 4, POPULAR_EVENTS - 4, 0]);
  });

  it('begin after a restore with what the statistics counted, in proportion', () => {
    const [one, other] = [smallLearner({ items: 3, seed: 1 }), smallLearner({ items: 3, seed: 1 })];
    touch(one, 1, 90_000);
    touch(one, 2, 9_000);
    touch(one, 3, 1_000);
    const { ids, values } = one.parameters.read('stat', Uint32Array.of(1, 2, 3));
    other.parameters.write('stat', ids, values);
    touch(other, 3);
    const { events, counts } = remembered(other);
    expect(events).toBeLessThan(70_000);
    expect((counts[1] ?? 0) / events).toBeCloseTo(0.9, 2);
    expect((counts[2] ?? 0) / events).toBeCloseTo(0.09, 2);
  });

  it('weigh an example by how far its target is from the mean, within a factor of four', () => {
    const learner = smallLearner({ items: 3, seed: 1, model: { popularityWeighting: 0.5 } });
    touch(learner, 1, 98);
    touch(learner, 2, 1);
    touch(learner, 3, 1);
    const { parameters } = learner;
    expect(parameters.popularityWeight(1)).toBeCloseTo(Math.sqrt(100 / 3 / 98));
    expect(parameters.popularityWeight(2)).toBe(4);
    expect(smallLearner({ items: 3, seed: 1 }).parameters.popularityWeight(1)).toBe(1);
  });
});
