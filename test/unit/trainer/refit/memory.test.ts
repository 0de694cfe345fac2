/** A refit of a model so large that few examples fit beside it: it learns the newest ones, and says how many had no room. */
import { DEFAULT_MODEL } from '@freshet/shared/domain/model-config';
import { resolveTrainerOptions } from '@freshet/trainer/config';
import { createFit, mostExamples } from '@freshet/trainer/epochs/fit';
import { runRefit } from '@freshet/trainer/refit/refit';
import { expect, test } from 'vitest';
import { shop } from '../support/shop.js';

const model = { ...DEFAULT_MODEL, negatives: 8, replayCapacity: 100 };
const small = { model, threads: 0, engine: 'wasm', maxWords: 0 } as const;
const EVENTS = 400;
const LEAST = 120;

/** The most items beside which LEAST examples fit. */
function largest(): number {
  let [fits, doesNot] = [1_000_000, 4_000_000];
  const hasRoom = (maxItems: number): boolean => {
    try {
      return mostExamples({ ...small, maxItems }) >= LEAST;
    } catch {
      return false;
    }
  };
  while (doesNot - fits > 1) {
    const middle = Math.floor((fits + doesNot) / 2);
    [fits, doesNot] = hasRoom(middle) ? [middle, doesNot] : [fits, middle];
  }
  return fits;
}

test('beside a model that leaves little of 4 GiB a refit learns the newest examples as it would beside a small one, and reports the rest', async () => {
  const one = shop();
  await one.send(EVENTS);
  const maxItems = largest();
  const most = mostExamples({ ...small, maxItems });
  expect(most).toBeLessThan(LEAST + 10);
  const settings = { ...resolveTrainerOptions({ ...small, minGapMs: 1, maxItems }), leastOverlap: 0 };
  const result = await runRefit(settings, { epochs: 1, gate: 0 }, { stores: one.deps, signal: new AbortController().signal, progress: () => undefined });
  expect(result).toMatchObject({ made: true, report: { examples: most } });
  expect((result.report.dropped ?? 0) + most).toBeGreaterThan(EVENTS - 20);
  const learned = async (items: number): Promise<unknown[]> => {
    const fit = await createFit({ ...small, maxItems: items, trustedItems: false, maxExamples: most });
    try {
      await fit.learner.learn(await one.deps.entries.read(0, 100));
      await fit.train({ epochs: 1, order: 'log', seed: model.seed, now: fit.learner.now() });
      return [...fit.learner.whole()].flatMap(({ tables }) => tables.map(({ table, values }) => [table, [...values]]));
    } finally {
      await fit.close();
    }
  };
  expect(await learned(maxItems)).toEqual(await learned(100));
});
