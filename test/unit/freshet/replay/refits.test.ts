/** The update strategies in a replay, with real learners on a small made-up stream. */
import type { LogEvent, UserRef } from '@freshet/shared/domain/event';
import { DEFAULT_MODEL } from '@freshet/shared/domain/model-config';
import { randomBelow } from '@freshet/shared/domain/random';
import { createFit } from '@freshet/trainer/epochs/fit';
import { createLearner } from '@freshet/trainer/learner/create';
import { type ReplayFlags, resolveReplayOptions } from 'freshet/replay/options';
import { createRefits, type RefitPlan, type Refits } from 'freshet/replay/refits';
import { describeReplay, type ReplayResult } from 'freshet/replay/result';
import { runReplay } from 'freshet/replay/run';
import { describe, expect, it } from 'vitest';
import { file } from '../../../support/data-files.js';

const model = { ...DEFAULT_MODEL, dim: 16, negatives: 16, replayCapacity: 1_000 };
const HOUR = 3_600_000;
/** One event a minute: shoppers who go through one of two ranges of items. */
const events: readonly LogEvent[] = Array.from({ length: 600 }, (_, n) => {
  const user = randomBelow(20, 3, n, 0);
  return { id: `e${n}`, type: 'view', user: String(user).padStart(16, '0') as UserRef, item: `item-${(user % 2) * 10 + randomBelow(10, 3, n, 1)}`, ts: 1_700_000_000_000 + n * 60_000 };
});

const ungated = { gate: { events: 0, leastOverlap: 0 } };

async function run(plan: RefitPlan): Promise<{ refits: Refits; ranks: number[]; learners: Set<unknown>; accumulated: number }> {
  const request = { model, threads: 0, engine: 'wasm', maxItems: 50, maxWords: 0, trustedItems: true } as const;
  const toRound = (some: readonly LogEvent[], seq: number) => some.map((event, index) => ({ event, seq, index }));
  const refits = await createRefits(plan, { request, createLearner, createFit, events, prepare: () => Promise.resolve(), toRound, excludeSeen: false });
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
    const { refits, learners, ranks } = await run({ strategy: 'incremental', everyMs: undefined, epochs: 1, ...ungated });
    expect(refits.made.length).toBe(0);
    expect(learners.size).toBe(1);
    expect(ranks.length).toBeGreaterThan(250);
    await refits.close();
  });

  it('hybrid takes another model at each interval and learns on from it', async () => {
    const { refits, learners, ranks } = await run({ strategy: 'hybrid', everyMs: 3 * HOUR, epochs: 3, ...ungated });
    expect(refits.made.length).toBe(3);
    expect(learners.size).toBe(4);
    // 20 items in two halves: better than a guess in all of them.
    expect(ranks.reduce((sum, rank) => sum + rank, 0) / ranks.length).toBeLessThan(9);
    await refits.close();
  });

  it('full learns nothing before the first refit, and nothing between two', async () => {
    const never = await run({ strategy: 'full', everyMs: 1_000 * HOUR, epochs: 3, ...ungated });
    expect(never.accumulated).toBe(0);
    await never.refits.close();
    const once = await run({ strategy: 'full', everyMs: 5 * HOUR + 60_000, epochs: 3, ...ungated });
    expect(once.refits.made.length).toBe(1);
    expect(once.accumulated).toBeGreaterThan(0);
    await once.refits.close();
  });

  it('a gate that wants more events than there are keeps every candidate out, with its reason, and the learner goes on', async () => {
    const { refits, learners } = await run({ strategy: 'hybrid', everyMs: 3 * HOUR, epochs: 1, gate: { events: 400, leastOverlap: 0 } });
    expect(learners.size).toBe(1);
    expect(refits.made.map(({ promoted, refusals }) => [promoted, refusals.map(({ code }) => code)])).toEqual([[false, ['too_few_events']], [false, ['too_few_events']], [false, ['too_few_events']]]);
    await refits.close();
  });

  it('a refit’s set has room for the examples that texts add: none of the oldest events makes room', async () => {
    const request = { model, threads: 0, engine: 'wasm', maxItems: 50, maxWords: 200, trustedItems: true } as const;
    const toRound = (some: readonly LogEvent[], seq: number) => some.map((event, index) => ({ event, seq, index }));
    const changes = Array.from({ length: 20 }, (_, n) => ({ op: 'put' as const, id: `item-${n}`, fields: { title: `thing ${n} of colour ${n % 5}` } }));
    const sets: { readonly examples: number; readonly dropped: number }[] = [];
    const watched: typeof createFit = async (options) => {
      const fit = await createFit(options);
      return { ...fit, train: (how) => (sets.push(fit.set()), fit.train(how)) };
    };
    const tools = { request, createLearner, createFit: watched, events, toRound, excludeSeen: false };
    const refits = await createRefits({ strategy: 'hybrid', everyMs: 3 * HOUR, epochs: 1, ...ungated }, {
      ...tools, prepare: async (learner) => void (await learner.learn([{ kind: 'catalogue', changes, seq: 1, source: 'test', receivedAt: 0, historical: true }])),
    });
    for (let from = 0; from < events.length; from += model.batch) await refits.before(from);
    expect(refits.made).toHaveLength(3);
    expect(sets.map(({ dropped }) => dropped)).toEqual([0, 0, 0]);
    sets.forEach(({ examples }, n) => expect(examples).toBeGreaterThan(refits.made[n]?.events ?? Infinity));
    await refits.close();
  });

  it.each([
    [{ strategy: 'sometimes' }, /--strategy takes/],
    [{ strategy: 'hybrid', refitEvery: 'often' }, /--refit-every takes an interval/],
    [{ refitEvery: '1d' }, /--refit-every needs --strategy/],
    [{ refitEpochs: '5' }, /--refit-epochs needs --strategy hybrid or full/],
    [{ refitGate: '0' }, /--refit-gate needs --strategy hybrid or full/],
    [{ strategy: 'incremental', refitOverlap: '5' }, /--refit-overlap needs --strategy hybrid or full/],
    [{ strategy: 'full', refitEpochs: '0' }, /--refit-epochs/],
    [{ strategy: 'full', refitGate: '-1' }, /--refit-gate/],
    [{ strategy: 'full', refitOverlap: '101' }, /--refit-overlap/],
    [{ strategy: 'full', publishEvery: '1h' }, /can't be replayed together/],
  ])('%j is refused with a sentence', (flags, message) => {
    expect(() => resolveReplayOptions(['file'], flags)).toThrow(message);
  });
});

/**
 * Every other item is one of three that everybody takes; the ones between are the shopper's taste. What followed last time says little of those, the
 * whole history much.
 */
function tasteful(count: number): string {
  const rows = Array.from({ length: count }, (_, n) => {
    const shopper = Math.floor(n / 2) % 30;
    const item = n % 2 === 0 ? `hub-${randomBelow(3, 7, n, 0)}` : `taste-${shopper % 10}-${randomBelow(12, 7, n, 1)}`;
    return `${shopper},${item},${1_700_000_000 + n * 60}`;
  });
  return ['user,item,time', ...rows].join('\n');
}

const replayed = (flags: ReplayFlags): Promise<ReplayResult> =>
  runReplay(resolveReplayOptions([file(tasteful(6_000))], { columns: 'user=user,item=item,time=time', threads: '0', engine: 'wasm', ...flags }, { dim: 16, negatives: 16 }), {
    createLearner, createFit, now: () => performance.now(), progress: { step: () => undefined, say: () => undefined },
  });

describe('a replay with refits', () => {
  it('has incremental beside it, to the last digit, and is the same where the gate refuses everything', async () => {
    const incremental = await replayed({});
    expect(incremental).toMatchObject({ refits: 0, refits_promoted: 0, refits_refused: {}, gates: [] });
    expect(incremental.beside).toBeUndefined();
    const refused = await replayed({ strategy: 'hybrid', refitEvery: '1d', refitGate: '90000', refitEpochs: '1' });
    expect(refused).toMatchObject({ refits: 4, refits_promoted: 0, refits_refused: { too_few_events: 4 }, hr_10: incremental.hr_10, ndcg_10: incremental.ndcg_10 });
    expect(refused.beside).toMatchObject({ incremental: { hr_10: incremental.hr_10, ndcg_10: incremental.ndcg_10 }, difference: { hr_10: { mean: 0, low: 0, high: 0 } } });
  }, 60_000);

  it('promotes what the gate lets through, with its figures, and says how the strategies differ by more than chance', async () => {
    const held = await replayed({ strategy: 'full', refitEvery: '1d', refitGate: '300', refitEpochs: '3' });
    expect(held.gates).toHaveLength(4);
    expect(held.gates[0]).toMatchObject({ promoted: true, refusals: [] });
    const [{ figures } = { figures: undefined }] = held.gates;
    expect(figures?.events).toBeGreaterThan(600);
    expect(figures?.candidate.hr_10).toBeGreaterThan(figures?.floors.follow ?? 1);
    expect(figures?.overlap).toBeGreaterThan(0.1);
    expect(held.refits_promoted).toBe(held.gates.filter(({ promoted }) => promoted).length);
    expect(Object.values(held.refits_refused).reduce((sum, count) => sum + count, 0)).toBe(held.gates.flatMap(({ refusals }) => refusals).length);
    const { incremental, difference } = held.beside ?? expect.fail('nothing is beside it');
    expect(held.hr_10 - incremental.hr_10).toBeCloseTo(difference.hr_10.mean, 10);
    expect(held.ndcg_10 - incremental.ndcg_10).toBeCloseTo(difference.ndcg_10.mean, 10);
    expect(difference.ndcg_10.low).toBeLessThan(difference.ndcg_10.high);
    expect(describeReplay(held)).toContain('Difference to incremental, 95 %');
  }, 60_000);
});
