import { DENSE, FOLLOW_DEPTH, FOLLOWED_ITEMS, followWeight } from '@freshet/shared/domain/model-config';
import { createReferenceEngine } from '@freshet/trainer/engine/reference-engine';
import { gradientOf } from '@freshet/trainer/engine/reference-gradient';
import { openRows } from '@freshet/trainer/engine/reference-rows';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { roundOf, type SmallLearner, smallLearner } from '../support/small-learner.js';

const ITEMS = 45;
const SCALE = 0.7;

/** Scores of all eligible items by the formula: each once as the target of the example. */
function scores(learner: SmallLearner, slot: number): Map<number, number> {
  const { layout, memory, parameters, model } = learner;
  const rows = openRows(layout, memory.buffer, { dense: learner.tables.dense, constant: Float32Array.of(...learner.tables.embedding.slice(0, model.dim), 0) });
  const asked = parameters.examples.read(slot);
  const found = new Map<number, number>();
  for (let row = 1; row <= ITEMS; row++) {
    if (!parameters.isEligible(row)) continue;
    const own = row === asked.target ? asked.own : 0;
    const { target, sharpness } = gradientOf({ ...asked, effect: 'positive', target: row, own }, [], rows, { model, followScale: SCALE });
    const last = asked.history.slice(0, FOLLOWED_ITEMS).map((event) => event.row);
    const added = (item: number): number => (item === row ? 0 : asked.history.slice(0, FOLLOW_DEPTH).reduce((sum, event, k) => sum + (event.row === item ? own / (k + 1) : 0), 0));
    const termOf = (item: number, z: number): number => (rows.dense[followWeight(z)] ?? 0) * Math.log(1 + 20 * Math.max(0, rows.follow(item, row) - added(item)) * SCALE);
    const follow = last.reduce((sum, item, z) => sum + (last.indexOf(item) === z ? termOf(item, z) : 0), 0);
    const bucket = asked.history.find((event) => event.row === row)?.bucket;
    const past = asked.past?.find((item) => item.row === row)?.bucket;
    const repeatPast = past === undefined ? 0 : (rows.dense[DENSE.repeatPast + past] ?? 0);
    const repeat = bucket === undefined ? repeatPast : (rows.dense[DENSE.repeat + bucket] ?? 0);
    found.set(row, target.cosine * sharpness + rows.bias(row) + repeat + follow);
  }
  return found;
}

async function trained(seed: number): Promise<SmallLearner> {
  const learner = smallLearner({ items: ITEMS, eligible: 43, seed });
  for (let turn = 0; turn < 2; turn++) await createReferenceEngine(learner.parameters).run(roundOf(learner, [32, 32], turn));
  return learner;
}

describe('the examiner', () => {
  it('ranks an item as a full sort of all eligible scores does, with terms and exclusions', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(10_000), fc.uniqueArray(fc.integer({ min: 1, max: ITEMS }), { maxLength: 10 }), async (seed, exclude) => {
        const learner = await trained(seed);
        for (let slot = 0; slot < 40; slot++) {
          const { target } = learner.parameters.examples.read(slot);
          const all = scores(learner, slot);
          const mine = all.get(target);
          const above = [...all].filter(([row, score]) => row !== target && !exclude.includes(row) && score > (mine ?? 0));
          const rank = learner.examiner.rank({ example: slot, eligibleCount: learner.parameters.eligibleCount, followScale: SCALE, exclude });
          expect(rank).toBe(mine === undefined ? 0 : 1 + above.length);
        }
      }),
      { numRuns: 4 },
    );
  }, 60_000);

  it('stops counting at the limit', async () => {
    const learner = await trained(1);
    for (let slot = 0; slot < 40; slot++) {
      const query = { example: slot, eligibleCount: learner.parameters.eligibleCount, followScale: SCALE };
      const exact = learner.examiner.rank(query);
      expect(learner.examiner.rank({ ...query, limit: 10 })).toBe(Math.min(exact, 11));
    }
  });

  it('names the best items in the order of their scores', async () => {
    const learner = await trained(2);
    const exclude = [3, 4, 5];
    for (let slot = 0; slot < 40; slot++) {
      learner.parameters.examples.write(slot, { ...learner.parameters.examples.read(slot), own: 0 });
      const best = [...scores(learner, slot)].filter(([row]) => !exclude.includes(row)).sort((a, b) => b[1] - a[1]);
      const top = learner.examiner.top({ example: slot, eligibleCount: learner.parameters.eligibleCount, followScale: SCALE, exclude }, 7);
      expect([...top]).toEqual(best.slice(0, 7).map(([row]) => row));
    }
  });
});
