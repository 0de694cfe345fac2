/**
 * The part of `bench search` that learns: the trainer's learner learns a file's events in time order, and purchases are searched for by the two rarest words of their titles
 * before they are learned.
 *
 * Of the last fifth some are searched for with and without the shopper. With `clicks`, some of the three fifths before that are searched for, too, and
 * clicked by made shoppers (made-clicks.ts); what they teach (shared/domain/search-weights) is then tried on the last fifth beside the default weights, on the
 * same searches. Nothing of the last fifth is learned from before it is asked for.
 */
import { createHistories } from '@freshet/shared/domain/histories';
import type { History } from '@freshet/shared/domain/history';
import { type LogEvent, meaningOf } from '@freshet/shared/domain/event';
import { DEFAULT_MODEL } from '@freshet/shared/domain/model-config';
import { bootstrapDifference } from '@freshet/shared/domain/quality/paired';
import type { ClickedSearch } from '@freshet/shared/domain/search-weights/choice-model';
import { learnWeights, type Learning } from '@freshet/shared/domain/search-weights/learn';
import { DEFAULT_WEIGHTS, encodeFeatures } from '@freshet/shared/domain/search-weights/weights';
import { createLearner } from '@freshet/trainer/learner/create';
import type { LearnerEvent } from '@freshet/trainer/learner/port';
import { MOST_SEARCHES, OF_SHOPPER } from '@freshet/trainer/search-weights';
import { cleanAll } from '../../replay/clean-step.js';
import { createDescriptions } from '../../replay/descriptions.js';
import type { Source } from '../../replay/source.js';
import type { BenchContext } from '../bench.js';
import { BIAS, madeClicks, NOISE } from './made-clicks.js';
import { rarestWords } from './rarest-words.js';
import { createStage, MAX_WORDS, mean, type Question, reciprocalRank, search, type Stage } from './stage.js';

export interface PersonalOptions {
  readonly seed: number;
  /** Of the last fifth's purchases, every which is searched for. */
  readonly every: number;
  /** Of those before, every which is searched for and clicked; 0: none. */
  readonly clicks: number;
}

const TEACHING = 0.8;
const CLICKING = 0.2;
const SHOWN = 20;

interface Purchase extends Pick<LogEvent, 'user' | 'ts'> {
  readonly item: string;
}

interface Asked extends Question {
  readonly item: string;
  readonly user: string;
}

export async function measurePersonal(source: Source, options: PersonalOptions, { say, signal }: BenchContext): Promise<object> {
  const { events, items } = cleanAll(source.events);
  const queryOf = rarestWords(source.titles);
  const learner = await createLearner({ model: { ...DEFAULT_MODEL, seed: options.seed }, threads: 0, engine: 'wasm', maxItems: items + 1, maxWords: MAX_WORDS, trustedItems: true, publish: 'all' });
  const descriptions = createDescriptions(source.titles);
  const stage = await createStage(options, source.titles.size + items);
  const histories = createHistories();
  const tried = createTrial(stage, options, queryOf);
  say(`learning ${events.length} events; of the last fifth's purchases every ${options.every}. is searched for`);
  for (let start = 0, seq = 1; start < events.length; start += DEFAULT_MODEL.batch, seq++) {
    signal.throwIfAborted();
    const batch = events.slice(start, start + DEFAULT_MODEL.batch).map((event, index): LearnerEvent => ({ event, seq, index }));
    // A shop describes an item before it sells it.
    const described = descriptions.before(batch);
    if (described?.kind === 'catalogue') described.changes.forEach((change, index) => stage.shelf.apply(change, { seq, index }));
    await stage.searcher.settled();
    for (const [i, next] of batch.entries()) {
      const { event } = next;
      const { item, type, user, ts } = event;
      const isBought = item !== undefined && type === 'purchase' && (await tried.isNext((start + i) / events.length));
      if (isBought && meaningOf(event).effect === 'positive') tried.purchase({ item, user, ts }, histories.find(user));
      histories.apply(event, next);
    }
    if (described !== undefined) await learner.learn([described]);
    await learner.round(batch);
    const { vocabulary, tables } = learner.cut();
    for (const { row, name, table } of vocabulary) stage.set.name(row, name, table);
    for (const { table, ids, values } of tables) stage.set.write(table, ids, values);
  }
  await learner.close();
  return tried.result();
}

function createTrial(stage: Stage, { seed, every, clicks }: PersonalOptions, queryOf: (item: string) => string | undefined) {
  const ranks = { with: [] as number[], without: [] as number[], learned: [] as number[], shoppers: [] as number[] };
  const clicked: ClickedSearch[] = [];
  const seen = { before: 0, last: 0 };
  let learning: Learning | undefined;
  let isLast = false;

  const click = ({ item, user, ...question }: Asked): void => {
    const shown = search(stage, { ...question, limit: SHOWN });
    const taken = madeClicks(shown.map(({ id }) => id), item, { seed, number: seen.before });
    if (taken.length > 0) clicked.push({ id: seen.before, madeAt: question.now, shopper: user, taken, features: shown.flatMap(({ features }) => encodeFeatures(features)) });
  };
  const measure = ({ item, user, ...question }: Asked): void => {
    ranks.with.push(reciprocalRank(stage, item, question));
    ranks.without.push(reciprocalRank(stage, item, { query: question.query, now: question.now }));
    ranks.shoppers.push(Number.parseInt(user.slice(-8), 16));
    if (learning?.result === 'judged') ranks.learned.push(reciprocalRank(stage, item, { ...question, weights: learning.weights }));
  };
  return {
    /** Whether a purchase at this share of the events is one to search for. */
    async isNext(share: number): Promise<boolean> {
      isLast = share >= TEACHING;
      if (!isLast) return clicks > 0 && share >= CLICKING && seen.before++ % clicks === 0;
      if (clicks > 0) learning ??= await learnWeights(newestOf(clicked), { inForce: DEFAULT_WEIGHTS });
      return seen.last++ % every === 0;
    },
    purchase({ item, user, ts }: Purchase, history: History | undefined): void {
      const query = history === undefined ? undefined : queryOf(item);
      if (query !== undefined) (isLast ? measure : click)({ item, user, query, history, now: ts });
    },
    result: () => ({ searches: ranks.with.length, mrr_10: mean(ranks.with), mrr_10_without: mean(ranks.without), ...(learning === undefined ? {} : { weights: describe(learning, ranks, seed) }) }),
  };
}

/** As many of a shopper, and of all, as the job takes. */
function newestOf(clicked: readonly ClickedSearch[]): readonly ClickedSearch[] {
  const counts = new Map<string, number>();
  const few = [...clicked].reverse().filter(({ shopper = '' }) => {
    counts.set(shopper, (counts.get(shopper) ?? 0) + 1);
    return (counts.get(shopper) ?? 0) <= OF_SHOPPER;
  });
  return few.slice(0, MOST_SEARCHES);
}

function describe(learning: Learning, { with: fixed, learned, shoppers }: { readonly with: readonly number[]; readonly learned: readonly number[]; readonly shoppers: readonly number[] }, seed: number): object {
  const model = { bias: BIAS, noise: NOISE, shown: SHOWN };
  if (learning.result === 'too_few_searches') return { ...learning, clicks: model };
  const { result: _, ...judged } = learning;
  const { low, high, pBetter } = bootstrapDifference(learned.map((rank, i) => rank - (fixed[i] ?? 0)), { seed, groups: shoppers });
  const difference = { low: mean([low]), high: mean([high]), chance: pBetter };
  return { clicks: model, judged: { ...judged, refusal: judged.refusal ?? null }, mrr_10_fixed: mean(fixed), mrr_10_learned: mean(learned), difference };
}
