/** What an event adds to the counts of followers, and what its example says of it. */
import { DEFAULT_MODEL, FOLLOW_DEPTH } from '@freshet/shared/domain/model-config';
import { FOLLOW } from '@freshet/shared/domain/tables';
import type { Example } from '@freshet/trainer/engine/example';
import { assembleLearner } from '@freshet/trainer/learner/create';
import { buildLearner } from '@freshet/trainer/learner/learner';
import type { LearnerEvent } from '@freshet/trainer/learner/port';
import { describe, expect, it } from 'vitest';
import { SMALL, step } from '../support/cycle.js';

/** The examples of events that are learned one by one, each with the counts of all pairs before and after it. */
async function examplesOf(events: readonly LearnerEvent[]) {
  const parts = await assembleLearner({ model: { ...SMALL, replay: 0, textShare: 0 }, threads: 0, engine: 'wasm', maxItems: 20, trustedItems: true, publish: 'all' });
  const { parameters, engine } = parts;
  const found: Example[] = [];
  const learner = buildLearner({
    ...parts,
    engine: {
      run(round) {
        for (const slot of round.batches.flatMap(({ examples }) => examples)) found.push(parameters.examples.read(slot));
        return engine.run(round);
      },
      close: () => engine.close(),
    },
  });
  const slots = DEFAULT_MODEL.followers;
  const count = (item: number, follower: number): number => {
    const { values } = parameters.read('follow', Uint32Array.from({ length: slots }, (_, slot) => item * slots + slot));
    const floats = new Float32Array(values.buffer);
    for (let slot = 0; slot < slots; slot++) if (values[slot * FOLLOW.words + FOLLOW.follower] === follower) return floats[slot * FOLLOW.words + FOLLOW.count] ?? 0;
    return 0;
  };
  const pairs = () => Array.from({ length: 20 }, (_, item) => Array.from({ length: 20 }, (__, follower) => count(item, follower)));
  const learned: { readonly example: Example; readonly before: number[][]; readonly after: number[][] }[] = [];
  for (const event of events) {
    found.length = 0;
    const before = pairs();
    await learner.round([event]);
    const [example] = found;
    if (example !== undefined) learned.push({ example, before, after: pairs() });
  }
  await learner.close();
  return learned;
}

describe('an event', () => {
  it('adds own/(z + 1) to the count of the z-th last item, wherever that isn’t its own, and nothing else', async () => {
    const items = [1, 2, 1, 3, 3, 1, 4, 2, 5, 6, 7, 8, 9, 10, 11, 2, 1, 1];
    const learned = await examplesOf(items.map((item, n) => step(n, 1, item)));
    expect(learned.map(({ example: { history } }) => history.length)).toEqual(items.slice(1).map((_, n) => n + 1));
    for (const { example, before, after } of learned) {
      const { history, target, own } = example;
      const rows = history.slice(0, FOLLOW_DEPTH).map(({ row }) => row);
      before.forEach((counts, item) => counts.forEach((count, follower) => {
        const added = follower !== target || item === target ? 0 : rows.reduce((sum, row, z) => sum + (row === item ? own / (z + 1) : 0), 0);
        expect((after[item]?.[follower] ?? NaN) / (count + added || 1)).toBeCloseTo(count + added === 0 ? 0 : 1, 5);
      }));
    }
    expect(learned.filter(({ example }) => example.own > 0)).toHaveLength(learned.length);
  });

  it('after nothing but its own item adds nothing', async () => {
    const [learned] = await examplesOf([step(0, 1, 4), step(1, 1, 4)]);
    expect(learned?.example.own).toBe(0);
    expect(learned?.after).toEqual(learned?.before);
  });
});
