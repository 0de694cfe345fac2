/** The loss that drift is looked for in: it follows how well events are predicted, not which types they have or what is learned beside them. */
import type { LogEvent, UserRef } from '@freshet/shared/domain/event';
import { DEFAULT_MODEL, type ModelConfig } from '@freshet/shared/domain/model-config';
import { createDriftWatch } from '@freshet/shared/domain/quality/drift-watch';
import { randomBelow } from '@freshet/shared/domain/random';
import { createLearner } from '@freshet/trainer/learner/create';
import type { Learner, LearnerEvent, RoundReport } from '@freshet/trainer/learner/port';
import { afterEach, describe, expect, it } from 'vitest';

const ROUND = 32;
const USERS = 500;
const KINDS = 10;
const EACH = 20;
const START = 1_700_000_000_000;

const open: Learner[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((learner) => learner.close()));
});

async function create(model: Partial<ModelConfig> = {}, engine: 'wasm' | 'reference' = 'wasm'): Promise<Learner> {
  const learner = await createLearner({ model: { ...DEFAULT_MODEL, dim: 16, negatives: 32, replayCapacity: 5_000, ...model }, threads: 0, engine, maxItems: 500, maxWords: 100, trustedItems: false });
  open.push(learner);
  return learner;
}

/** Each shopper takes items of one kind. */
function roundOf(n: number, type: string): LearnerEvent[] {
  return Array.from({ length: ROUND }, (_, index) => {
    const k = n * ROUND + index;
    const user = randomBelow(USERS, 5, k, 0);
    const event: LogEvent = { id: `e${k}`, type, user: String(user).padStart(16, '0') as UserRef, item: `i-${(user % KINDS) * EACH + randomBelow(EACH, 5, k, 1)}`, ts: START + 1_000 * k };
    return { event, seq: n + 2, index };
  });
}

const meanLoss = (reports: readonly RoundReport[]): number => reports.reduce((sum, { loss, lossExamples }) => sum + loss * lossExamples, 0) / reports.reduce((sum, { lossExamples }) => sum + lossExamples, 0);

describe('the loss that is watched', () => {
  it('stays where it was, and no drift is found, when every view becomes a purchase', async () => {
    const learner = await create();
    const watch = createDriftWatch();
    const reports: RoundReport[] = [];
    const drifts: unknown[] = [];
    for (let n = 0; n < 600; n++) {
      const report = await learner.round(roundOf(n, n < 400 ? 'view' : 'purchase'), { evaluate: () => true });
      reports.push(report);
      const { ranks, lossExamples, loss } = report;
      drifts.push(...watch.observe({ toSeq: n, endedAt: 0, tested: ranks.length, hits10: ranks.filter(({ rank }) => rank <= 10).length, examples: lossExamples, loss }));
    }
    const [before, after] = [meanLoss(reports.slice(300, 400)), meanLoss(reports.slice(400))];
    expect(Math.abs(after / before - 1)).toBeLessThan(0.1);
    expect(drifts).toEqual([]);
  }, 60_000);

  it.each(['wasm', 'reference'] as const)('is the same with %s whatever else a round learns: other weights, refusals, words, replays', async (engine) => {
    const plain = await create({ replay: 0 }, engine);
    const weighed = await create({ replay: 2, typeWeights: { ...DEFAULT_MODEL.typeWeights, view: 7 } }, engine);
    const changes = Array.from({ length: KINDS * EACH }, (_, n) => ({ op: 'put' as const, id: `i-${n}`, fields: { title: `mug number ${n % 7}` } }));
    for (const learner of [plain, weighed]) await learner.learn([{ kind: 'catalogue', changes, seq: 1, source: 'test', receivedAt: START, historical: false }]);
    // Every shopper's first event: there is nothing to predict yet, so nothing tells the two apart in the next round but what they learn in it.
    const first = Array.from({ length: 20 }, (_, user) => viewOf(user, `i-${user}`, 0));
    await Promise.all([plain.round(first), weighed.round(first)]);
    const second = Array.from({ length: 20 }, (_, user) => viewOf(user, `i-${user + 1}`, 1));
    const refused = Array.from({ length: 5 }, (_, user): LearnerEvent => ({ ...viewOf(user, `i-${user + 2}`, 2), event: { ...viewOf(user, `i-${user + 2}`, 2).event, type: 'dislike' } }));
    const [one, other] = [await plain.round(second), await weighed.round([...second, ...refused])];
    expect(one.lossExamples).toBe(20);
    expect(other.lossExamples).toBe(20);
    expect(other.examples).toBeGreaterThan(one.examples + 5);
    expect(other.spent.texts).toBeGreaterThan(0);
    expect(other.loss).toBeCloseTo(one.loss, 4);
    expect(one.loss).toBeGreaterThan(0.5);
  });
});

function viewOf(user: number, item: string, turn: number): LearnerEvent {
  return { event: { id: `${turn}-${user}`, type: 'view', user: String(user).padStart(16, '0') as UserRef, item, ts: START + 60_000 * turn + user }, seq: 2 + turn, index: user };
}
