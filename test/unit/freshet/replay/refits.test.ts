/** The update strategies in a replay, with real learners on a small made-up stream. */
import type { LogEvent, UserRef } from '@freshet/shared/domain/event';
import { DEFAULT_MODEL } from '@freshet/shared/domain/model-config';
import { randomBelow } from '@freshet/shared/domain/random';
import { createFit } from '@freshet/trainer/epochs/fit';
import { createLearner } from '@freshet/trainer/learner/create';
import { resolveReplayOptions } from 'freshet/replay/options';
import { createRefits, type RefitPlan, type Refits } from 'freshet/replay/refits';
import { describe, expect, it } from 'vitest';

const model = { ...DEFAULT_MODEL, dim: 16, negatives: 16, replayCapacity: 1_000 };
const HOUR = 3_600_000;
/** One event a minute: shoppers who go through one of two ranges of items. */
const events: readonly LogEvent[] = Array.from({ length: 600 }, (_, n) => {
  const user = randomBelow(20, 3, n, 0);
  return { id: `e${n}`, type: 'view', user: String(user).padStart(16, '0') as UserRef, item: `item-${(user % 2) * 10 + randomBelow(10, 3, n, 1)}`, ts: 1_700_000_000_000 + n * 60_000 };
});

async function run(plan: RefitPlan): Promise<{ refits: Refits; ranks: number[]; learners: Set<unknown>; accumulated: number }> {
  const request = { model, threads: 0, engine: 'wasm', maxItems: 50, maxWords: 0, trustedItems: true } as const;
  const toRound = (some: readonly LogEvent[], seq: number) => some.map((event, index) => ({ event, seq, index }));
  const refits = await createRefits(plan, { request, createLearner, createFit, events, prepare: () => Promise.resolve(), toRound });
  const ranks: number[] = [];
  const learners = new Set<unknown>();
  for (let from = 0, round = 0; from < events.length; from += model.batch, round++) {
    const learner = await refits.before(from);
    learners.add(learner);
    const report = await learner.round(toRound(events.slice(from, from + model.batch), round + 2), { evaluate: () => from >= 300 });
    ranks.push(...report.ranks.map(({ rank }) => rank));
  }
  const learner = await refits.before(events.length - 1);
  const item = [...learner.whole()].flatMap(({ tables }) => tables).find(({ table }) => table === 'item');
  const floats = new Float32Array(item?.values.buffer ?? new ArrayBuffer());
  const stride = floats.length / (item?.ids.length ?? 1);
  // A row begins with 1.
  const accumulated = [...(item?.ids.keys() ?? [])].reduce((sum, i) => sum + (floats[i * stride + model.dim + 1] ?? 0) - 1, 0);
  return { refits, ranks, learners, accumulated };
}

describe('update strategies in a replay', () => {
  it('incremental keeps one learner from the first event to the last', async () => {
    const { refits, learners, ranks } = await run({ strategy: 'incremental', everyMs: undefined, epochs: 1 });
    expect(refits.count).toBe(0);
    expect(learners.size).toBe(1);
    expect(ranks.length).toBeGreaterThan(250);
    await refits.close();
  });

  it('hybrid takes another model at each interval and learns on from it', async () => {
    const { refits, learners, ranks } = await run({ strategy: 'hybrid', everyMs: 3 * HOUR, epochs: 3 });
    expect(refits.count).toBe(3);
    expect(learners.size).toBe(4);
    // 20 items in two halves: better than a guess in all of them.
    expect(ranks.reduce((sum, rank) => sum + rank, 0) / ranks.length).toBeLessThan(9);
    await refits.close();
  });

  it('full learns nothing before the first refit, and nothing between two', async () => {
    const never = await run({ strategy: 'full', everyMs: 1_000 * HOUR, epochs: 3 });
    expect(never.accumulated).toBe(0);
    await never.refits.close();
    const once = await run({ strategy: 'full', everyMs: 5 * HOUR + 60_000, epochs: 3 });
    expect(once.refits.count).toBe(1);
    expect(once.accumulated).toBeGreaterThan(0);
    await once.refits.close();
  });

  it.each([
    [{ strategy: 'sometimes' }, /--strategy takes/],
    [{ strategy: 'hybrid', refitEvery: 'often' }, /--refit-every takes an interval/],
    [{ refitEvery: '1d' }, /--refit-every needs --strategy/],
    [{ strategy: 'full', refitEpochs: '0' }, /--refit-epochs/],
    [{ strategy: 'full', publishEvery: '1h' }, /can't be replayed together/],
  ])('%j is refused with a sentence', (flags, message) => {
    expect(() => resolveReplayOptions(['file'], flags)).toThrow(message);
  });
});
