import { MAX_FOLLOWERS } from '@freshet/shared/domain/model-config';
import { FOLLOW, FOLLOW_EPOCH_MS, FOLLOW_HALF_LIFE_MS, followScale, STAT } from '@freshet/shared/domain/tables';
import { createWasmEngine } from '@freshet/trainer/engine/wasm-engine';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { roundOf, smallLearner } from '../support/small-learner.js';

const SIGNIFICANT = { epsilon: 0.02, biasEpsilon: 0.06 };
const ALL = { epsilon: 0, biasEpsilon: 0 };
const DAY_MS = 86_400e3;
const empty = (items: number) => smallLearner({ items, seed: 1, eligible: 0, examples: 0 });

describe('item rows', () => {
  it('are given out from 1, and refused with a clear error when the tables are full', () => {
    const { parameters } = smallLearner({ items: 2, seed: 1 });
    expect(parameters.rows).toBe(3);
    expect(() => parameters.allot()).toThrow(/the tables hold 2 items and are full/);
  });

  it('are published when new, then only when they have moved significantly', async () => {
    const learner = smallLearner({ items: 50, seed: 3 });
    const { parameters } = learner;
    expect([...parameters.takeItems(SIGNIFICANT).ids]).toEqual(Array.from({ length: 51 }, (_, row) => row));
    expect(parameters.takeItems(SIGNIFICANT).ids).toHaveLength(0);

    const published = learner.tables.embedding.slice();
    await createWasmEngine(learner.kernel, parameters).run(roundOf(learner, [1]));
    const taken = parameters.takeItems({ epsilon: 0.2, biasEpsilon: 10 });
    const moved = Array.from({ length: 51 }, (_, row) => row).filter((row) => share(learner, published, row) > 0.2);
    expect([...taken.ids]).toEqual(moved);
    expect(moved.length).toBeGreaterThan(0);
    expect(moved.length).toBeLessThan(51);
  });

  it('that moved too little are published once their movements add up', async () => {
    const learner = smallLearner({ items: 50, seed: 3 });
    const engine = createWasmEngine(learner.kernel, learner.parameters);
    learner.parameters.takeItems(ALL);
    const published = learner.tables.embedding.slice();
    for (let turn = 0; turn < 6; turn++) {
      await engine.run(roundOf(learner, [8], turn));
      for (const row of learner.parameters.takeItems(SIGNIFICANT).ids) published.set(rowOf(learner, row), row * learner.model.dim);
    }
    for (let row = 0; row <= 50; row++) expect(share(learner, published, row)).toBeLessThanOrEqual(0.02001);
  });

  it('written into another store read the same, and leave nothing to publish there', async () => {
    const learner = smallLearner({ items: 30, seed: 3 });
    await createWasmEngine(learner.kernel, learner.parameters).run(roundOf(learner, [32]));
    const copy = empty(30);
    const ids = Uint32Array.from({ length: 31 }, (_, row) => row);
    for (const table of ['item', 'stat'] as const) {
      copy.parameters.write(table, ids, learner.parameters.read(table, ids).values);
      expect(copy.parameters.read(table, ids).values).toEqual(learner.parameters.read(table, ids).values);
    }
    expect(copy.parameters.eligibleCount).toBe(30);
    expect(copy.parameters.takeItems(ALL).ids).toHaveLength(0);
  });

  it('outside of the tables are refused', () => {
    const { parameters } = empty(3);
    expect(() => parameters.write('item', Uint32Array.of(4), new Uint32Array(35))).toThrow(/lies outside the tables/);
  });

  it('are as newly made after clear', async () => {
    const [used, fresh] = [smallLearner({ items: 5, seed: 1 }), empty(5)];
    await used.parameters.clear();
    await fresh.parameters.clear();
    expect(used.parameters.rows).toBe(1);
    expect(used.parameters.eligibleCount).toBe(0);
    used.parameters.allot();
    fresh.parameters.allot();
    expect(used.parameters.takeItems(ALL)).toEqual(fresh.parameters.takeItems(ALL));
    expect(used.parameters.takeChanged('follow').ids).toHaveLength(0);
  });
});

describe('the statistics of an item', () => {
  it('do not depend on the order of its events', () => {
    const touches = fc.array(fc.record({ seconds: fc.integer({ min: 1_700_000_000, max: 1_700_900_000 }), user: fc.nat(5) }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(touches, (events) => {
        const [forward, sorted] = [events, events.toSorted((a, b) => a.seconds - b.seconds)].map((order) => {
          const { parameters } = empty(1);
          for (const touch of order) parameters.touch(1, touch);
          return parameters.read('stat', Uint32Array.of(1)).values;
        });
        const floats = [forward, sorted].map((values) => new Float32Array(values?.buffer ?? new ArrayBuffer(0)));
        for (const w of [STAT.count, STAT.firstSeen, STAT.lastSeen, STAT.users]) expect(forward?.[w]).toBe(sorted?.[w]);
        for (const w of [STAT.hour, STAT.day, STAT.week]) expect(Math.abs((floats[0]?.[w] ?? 0) / (floats[1]?.[w] ?? 1) - 1)).toBeLessThan(1e-5);
      }),
    );
  });

  it('make it eligible with the third distinct shopper, or when the shop describes it', () => {
    const { parameters } = empty(2);
    for (const user of [1, 1, 2, 2, 1]) parameters.touch(1, { seconds: 10, user });
    expect(parameters.isEligible(1)).toBe(false);
    parameters.touch(1, { seconds: 11, user: 3 });
    expect(parameters.isEligible(1)).toBe(true);
    parameters.markCatalogued(2);
    expect(parameters.isEligible(2)).toBe(true);
    expect(parameters.eligibleCount).toBe(2);
  });
});

describe('the followers of an item', () => {
  const counts = (parameters: ReturnType<typeof empty>['parameters'], nowMs: number): Map<number, number> => {
    const ids = Uint32Array.from({ length: MAX_FOLLOWERS }, (_, slot) => MAX_FOLLOWERS + slot);
    const { values } = parameters.read('follow', ids);
    const floats = new Float32Array(values.buffer);
    return new Map(Array.from(ids, (_, i) => [values[i * FOLLOW.words] ?? 0, (floats[i * FOLLOW.words + FOLLOW.count] ?? 0) * followScale(nowMs)]));
  };

  it('count what was added, each decayed by its age', async () => {
    const { parameters } = empty(400);
    await parameters.clear();
    const now = FOLLOW_EPOCH_MS + 2_000 * DAY_MS;
    parameters.addFollow(1, 2, { ms: now - FOLLOW_HALF_LIFE_MS, weight: 1 });
    parameters.addFollow(1, 2, { ms: now, weight: 0.5 });
    expect(counts(parameters, now).get(2)).toBeCloseTo(1, 5);
  });

  it('keep the most frequent when there are more than cells', async () => {
    const { parameters } = empty(400);
    await parameters.clear();
    const now = FOLLOW_EPOCH_MS;
    for (let turn = 0; turn < 5; turn++) for (let often = 2; often < 40; often++) parameters.addFollow(1, often, { ms: now, weight: 1 });
    for (let once = 40; once < 400; once++) parameters.addFollow(1, once, { ms: now, weight: 1 });
    const kept = counts(parameters, now);
    for (let often = 2; often < 40; often++) expect(kept.get(often)).toBeCloseTo(5, 5);
    expect(kept.size).toBe(MAX_FOLLOWERS);
  });

  it('are taken once, cell by cell', async () => {
    const { parameters } = empty(400);
    await parameters.clear();
    parameters.addFollow(1, 2, { ms: 0, weight: 1 });
    parameters.addFollow(1, 3, { ms: 0, weight: 1 });
    parameters.addFollow(1, 2, { ms: 0, weight: 1 });
    expect([...parameters.takeChanged('follow').ids].sort((a, b) => a - b)).toEqual([MAX_FOLLOWERS, MAX_FOLLOWERS + 1]);
    expect(parameters.takeChanged('follow').ids).toHaveLength(0);
  });

  it('are taken in the order in which they changed, whatever else changed beside them', async () => {
    const step = fc.record({ item: fc.integer({ min: 1, max: 4 }), follower: fc.integer({ min: 1, max: 12 }), take: fc.integer({ min: 0, max: 9 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const { parameters } = empty(20);
        await parameters.clear();
        const cells = new Map<string, number>();
        let changed = new Set<number>();
        const taken = (): number[] => [...parameters.takeChanged('follow').ids];
        for (const { item, follower, take } of steps) {
          parameters.addFollow(item, follower, { ms: FOLLOW_EPOCH_MS, weight: 1 });
          const used = [...cells.keys()].filter((key) => key.startsWith(`${item} `)).length;
          const cell = cells.get(`${item} ${follower}`) ?? item * MAX_FOLLOWERS + used;
          cells.set(`${item} ${follower}`, cell);
          changed.add(cell);
          if (take > 0) continue;
          expect(taken()).toEqual([...changed]);
          changed = new Set();
        }
        expect(taken()).toEqual([...changed]);
        parameters.addFollow(1, 1, { ms: FOLLOW_EPOCH_MS, weight: 1 });
        await parameters.clear();
        expect(taken()).toEqual([]);
      }),
      { numRuns: 30 },
    );
  });
});

type Learner = ReturnType<typeof smallLearner>;

function rowOf({ tables, model }: Learner, row: number): Float32Array {
  return tables.embedding.slice(row * model.dim, (row + 1) * model.dim);
}

/** |E − published|/|E|. */
function share(learner: Learner, published: Float32Array, row: number): number {
  const now = rowOf(learner, row);
  const moved = now.map((x, d) => x - (published[row * learner.model.dim + d] ?? 0));
  return Math.hypot(...moved) / Math.hypot(...now);
}
