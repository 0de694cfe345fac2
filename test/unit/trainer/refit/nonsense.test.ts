/** Models that have learned nothing of the shop, truly made, before the gate: one taught with shuffled items, one whose rows are all the same. */
import type { LogEntry } from '@freshet/shared/domain/entry';
import type { LogEvent, UserRef } from '@freshet/shared/domain/event';
import { DEFAULT_MODEL } from '@freshet/shared/domain/model-config';
import { judgeCandidate, type Judgement, type PairedOutcome } from '@freshet/shared/domain/quality/judge';
import { randomBelow, randomUnit } from '@freshet/shared/domain/random';
import { FOLLOW, strideOf } from '@freshet/shared/domain/tables';
import { createLearner } from '@freshet/trainer/learner/create';
import type { Learner } from '@freshet/trainer/learner/port';
import { expect, test } from 'vitest';

const CLUSTERS = 8;
const SIZE = 40;
const TAUGHT = 6_000;
const JUDGED = 1_000;
const PAGE = 50;
const model = { ...DEFAULT_MODEL, dim: 16, negatives: 32, replayCapacity: 1_000 };

/** Shoppers of one of eight tastes. */
const events = Array.from({ length: TAUGHT + JUDGED }, (_, n) => {
  const shopper = randomBelow(120, 1, n, 0);
  const item = (shopper % CLUSTERS) * SIZE + Math.floor(SIZE * randomUnit(1, n, 1) ** 2);
  return { id: `e-${n}`, type: 'view' as const, user: shopper.toString(16).padStart(16, '0') as UserRef, item: `item-${item}`, ts: 1_700_000_000_000 + n * 1_000 };
});
/** The same events, each with the item of another one: shoppers, times and how often each item occurs stay. */
const shuffled = events.slice(0, TAUGHT).map((event, n) => ({ ...event, item: events[(n * 3_571 + 17) % TAUGHT]?.item ?? '' }));

const entriesOf = (some: readonly LogEvent[], first: number): LogEntry[] =>
  Array.from({ length: some.length / PAGE }, (_, page) => ({ kind: 'events', events: some.slice(page * PAGE, (page + 1) * PAGE), seq: first + page, source: 'test', receivedAt: 1_700_000_000_000, historical: false }));

async function taught(some: readonly LogEvent[], seed: number): Promise<Learner> {
  const learner = await createLearner({ model: { ...model, seed }, threads: 0, engine: 'wasm', maxItems: 512, trustedItems: true });
  for (const entry of entriesOf(some, 1)) await learner.learn([entry]);
  return learner;
}

/** Every item's row becomes the first one's, and nothing follows anything. */
function flatten(learner: Learner): void {
  const stride = strideOf('item', model.dim);
  for (const { tables } of learner.whole()) {
    for (const { table, ids, values } of tables) {
      const flat = values.slice();
      if (table === 'item') for (let at = stride; at < flat.length; at += stride) flat.copyWithin(at, 0, stride);
      else if (table === 'follow') for (let at = FOLLOW.count; at < flat.length; at += FOLLOW.words) flat[at] = 0;
      else continue;
      learner.sink.write(table, ids, flat);
    }
  }
}

/** Both rank each of the last events before they learn it. */
async function judge(candidate: Learner, serving: Learner): Promise<Judgement> {
  const outcomes: PairedOutcome[] = [];
  const options = { evaluate: () => true, floors: true };
  for (const entry of entriesOf(events.slice(TAUGHT), 1_000)) {
    const [ours, theirs] = [await candidate.learn([entry], options), await serving.learn([entry], options)];
    const byIndex = new Map(theirs.ranks.map((one) => [one.index, one]));
    for (const { index, rank } of ours.ranks) {
      const other = byIndex.get(index);
      if (other !== undefined) outcomes.push({ candidate: rank, serving: other.rank, popularity: other.floors?.popularity ?? false, follow: other.floors?.follow ?? false });
    }
  }
  return judgeCandidate(outcomes, { seed: 1, least: JUDGED / 2 });
}

test('the gate refuses a model that was taught with shuffled items and one whose rows are all the same; one of the real events is neither worse nor below popularity', async () => {
  const verdicts: Record<string, Judgement> = {};
  const makers: Record<string, () => Promise<Learner>> = {
    real: () => taught(events.slice(0, TAUGHT), 7),
    shuffled: () => taught(shuffled, 1),
    constant: async () => {
      const learner = await taught(events.slice(0, TAUGHT), 1);
      flatten(learner);
      return learner;
    },
  };
  for (const [name, make] of Object.entries(makers)) {
    const [candidate, serving] = [await make(), await taught(events.slice(0, TAUGHT), 1)];
    verdicts[name] = await judge(candidate, serving);
    await Promise.all([candidate.close(), serving.close()]);
  }
  const codes = (name: string): readonly string[] => (verdicts[name]?.refusals ?? []).map(({ code }) => code);
  console.info(Object.entries(verdicts).map(([name, { hitRatio, floors }]) => `${name}: HR@10 ${hitRatio.candidate.toFixed(3)} beside ${hitRatio.serving.toFixed(3)}, popularity ${floors.popularity.toFixed(3)}; ${codes(name).join(' ')}`).join('\n'));
  expect(codes('shuffled')).toContain('worse');
  expect(codes('constant')).toContain('worse');
  expect(codes('real')).not.toContain('worse');
  expect(codes('real')).not.toContain('below_popularity');
}, 120_000);
