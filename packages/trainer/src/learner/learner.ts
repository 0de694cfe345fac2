/**
 * From events in log order to moved parameters: fold histories, rank before learning, make examples, run the engine.
 *
 * 1. An event is predicted from, ranked against and learned with only what came before it.
 * 2. What is drawn at random depends on (seed, seq, index) alone; time is the events' own. So the same entries in the same
 *    rounds give the same bytes with one thread.
 * 3. An event that can't be learned is reported and changes nothing; its neighbours are learned.
 * 4. When a thread died in the middle of a micro-batch the round rejects (`round_lost`): the memory no longer stands for a
 *    place in the log and must be reset.
 */
import { type CustomTypes, type LogEvent, meaningOf } from '@freshet/shared/domain/event';
import { createHistories } from '@freshet/shared/domain/histories';
import { configHash, FOLLOW_DEPTH, followersOf, type ModelConfig } from '@freshet/shared/domain/model-config';
import { errorOf, joinErrors } from '@freshet/shared/domain/ratings/errors';
import { isRating } from '@freshet/shared/domain/ratings/rating';
import { lossWeight } from '@freshet/shared/domain/type-weights';
import type { TableRows } from '@freshet/shared/codec/delta';
import { FOLLOW_EPOCH_MS, followScale, type RatingTable, type TableName } from '@freshet/shared/domain/tables';
import { CapacityError, FreshetError, UsageError } from '@freshet/shared/errors';
import type { ModelShape } from '@freshet/shared/ports/model-sink';
import type { Example } from '../engine/example.js';
import type { Examiner, GradientEngine } from '../engine/port.js';
import type { ParameterStore } from '../parameters/parameters.js';
import type { RatingLearner } from '../ratings/rating-learner.js';
import { type Draft, emptyDraft, planRound, sumSpent } from './draft.js';
import { exampleOf } from './example-source.js';
import type { Cut, Examined, ExamineOptions, Learner, LearnerEvent, RoundOptions, RoundReport } from './port.js';
import { examineEvent, rankEvent } from './rank.js';
import { eventsCounted } from './lost.js';
import type { ReplayBuffer } from './replay-buffer.js';
import { createSignificance, EVERYTHING, type Significance } from './significance.js';
import { addText, adoptWords, describe, itemWordsOf, recall, rowFor, SLOTS_OF_AN_EVENT } from './text-step.js';
import { createTexts, type Texts } from './texts.js';
import type { Vocabulary } from './vocabulary.js';
import { wholeModel } from './whole.js';

export interface LearnerParts {
  readonly model: ModelConfig;
  readonly parameters: ParameterStore;
  readonly ratings: RatingLearner;
  readonly engine: GradientEngine;
  readonly examiner: Examiner;
  readonly replay: ReplayBuffer;
  readonly vocabulary: Vocabulary;
  /** Follow counts halve with time; else an event of any age counts the same. */
  readonly decay: boolean;
  /** Items may be negatives and be ranked from their first event on: the source is the shop's own record. */
  readonly trustedItems: boolean;
  readonly publish: 'significant' | 'all';
  readonly customTypes: CustomTypes;
  /** The examples of texts are kept in the replay buffer, too: a fit's training set. */
  readonly keepTexts?: boolean;
  readonly close: () => Promise<void>;
}

export function buildLearner(parts: LearnerParts): Learner {
  const { parameters, ratings } = parts;
  const state: State = {
    ...parts,
    texts: createTexts(parameters, parts),
    histories: createHistories(parts.customTypes, { names: parts.vocabulary.names }),
    now: 0,
    restored: false,
    learned: new Set(),
    learnedEvents: 0,
    significance: parts.publish === 'all' ? EVERYTHING : createSignificance(),
  };
  const read = (table: TableName, ids: Uint32Array): TableRows => (isRatings(table) ? { table, ids, values: ratings.tables.read(table, ids) } : parameters.read(table, ids));
  return {
    round: (events, options) => runRound(state, emptyDraft(), { events, options }),
    learn(entries, options) {
      const events: LearnerEvent[] = [];
      const draft = emptyDraft();
      for (const entry of entries) {
        state.now = Math.max(state.now, entry.receivedAt);
        if (entry.kind === 'events') for (const [index, event] of entry.events.entries()) events.push({ event, seq: entry.seq, index });
        else if (entry.kind === 'catalogue') for (const [index, change] of entry.changes.entries()) describe(state, draft, { change, seq: entry.seq, index });
      }
      return runRound(state, draft, { events, options });
    },
    remember(entries) {
      for (const entry of entries) {
        if (entry.kind === 'events') for (const [index, event] of entry.events.entries()) state.histories.apply(event, { seq: entry.seq, index });
        else if (entry.kind === 'catalogue') for (const change of entry.changes) recall(state, change);
      }
    },
    examine: (events, options) => examineAll(state, events, options),
    recall: (document) => recall(state, document.deleted ? { op: 'delete', id: document.id } : { op: 'put', id: document.id, fields: document.fields }),
    histories: () => state.histories,
    adopt(histories) {
      state.histories = histories;
    },
    itemWords: () => itemWordsOf(state),
    adoptWords: (from, rest) => adoptWords(state, from, rest),
    refreshTexts: () => state.texts.refresh('all'),
    now: () => state.now,
    whole: () => wholeModel({ rows: parameters.rows, followers: parameters.layout.model.followers, rated: ratings.tables.rows, words: parameters.words.rows, wordOf: state.texts.book.nameOf, read }, state.vocabulary),
    cut: (elapsedMs = 0) => cutOf(state, elapsedMs),
    read,
    sink: {
      accept: (shape) => checkModel(shape, state.model),
      name: (row, name, table) => (table === 'word' ? state.texts.book : state.vocabulary).load(row, name),
      write(table, ids, values) {
        if (table === 'stat') state.restored = true;
        if (isRatings(table)) ratings.write(table, ids, values);
        else parameters.write(table, ids, values);
      },
    },
    async reset(rest) {
      await parameters.clear(rest);
      ratings.clear();
      state.vocabulary.clear();
      state.texts.clear();
      state.replay.clear();
      state.histories = createHistories(parts.customTypes, { names: parts.vocabulary.names });
      state.now = 0;
      state.restored = false;
      state.learned.clear();
      state.learnedEvents = 0;
    },
    rows: () => parameters.rows,
    words: () => parameters.words.rows,
    close: parts.close,
  };
}

function isRatings(table: TableName): table is RatingTable {
  return table === 'user' || table === 'rating';
}

/** Rows of other sizes or temperature would be misread, not merely less good. */
function checkModel(shape: ModelShape, model: ModelConfig): void {
  if (shape.dim !== model.dim) {
    throw new UsageError('model_dim', `the database holds a model of dimension ${shape.dim}, this trainer was started with ${model.dim}: start it with --dim ${shape.dim}, or on an empty database`);
  }
  if (shape.configHash !== configHash(model)) {
    const followers = followersOf(shape.configHash, model);
    if (followers === undefined) throw new UsageError('model_config', 'the database holds a model of another temperature than this release uses');
    throw new UsageError('model_followers', `the database holds a model with ${followers} followers an item, this trainer was started with ${model.followers}: start it with --followers ${followers}, or on an empty database`);
  }
}

interface State extends LearnerParts {
  readonly texts: Texts;
  histories: ReturnType<typeof createHistories>;
  /** The latest moment heard of, milliseconds since 1970: decays are computed with it. */
  now: number;
  /** Statistics were written and the replay buffer doesn't know yet what it lacks. */
  restored: boolean;
  /** Targets learned since the last cut, and by how many events. */
  readonly learned: Set<number>;
  learnedEvents: number;
  readonly significance: Significance;
}

interface RoundInput {
  readonly events: readonly LearnerEvent[];
  readonly options: RoundOptions | undefined;
}

/** `draft`: holds the examples of the catalogue changes that came before the events. */
async function runRound(state: State, draft: Draft, { events, options = {} }: RoundInput): Promise<RoundReport> {
  for (const [index, place] of events.entries()) {
    state.now = Math.max(state.now, place.event.ts);
    if (options.evaluate?.(place) === true) {
      const began = performance.now();
      // One slot stays free for it.
      const ranked = rankEvent(state, { index, place, slot: draft.slots, options });
      if (ranked !== undefined) draft.ranks.push(ranked);
      draft.rankMs += performance.now() - began;
    }
    try {
      fold(state, draft, { index, place });
    } catch (thrown) {
      if (!(thrown instanceof CapacityError)) throw thrown;
      draft.refused.push({ index, reason: thrown.code });
    }
    if (draft.slots > state.parameters.layout.freshSlots - SLOTS_OF_AN_EVENT) await train(state, draft, options);
  }
  await train(state, draft, options);
  state.texts.refresh();
  const { ranks, rankMs, refused, examples, lossSum, lossExamples, ratings, spent } = draft;
  return { ranks, rankMs, refused, examples, spent, lossExamples, loss: lossExamples === 0 ? 0 : lossSum / lossExamples, ...(ratings === undefined ? {} : { ratings }) };
}

function examineAll(state: State, events: readonly LearnerEvent[], options: ExamineOptions = {}): Examined[] {
  const examined: Examined[] = [];
  for (const [index, place] of events.entries()) {
    state.now = Math.max(state.now, place.event.ts);
    const one = options.evaluate?.(place) === false ? undefined : examineEvent(state, { index, place, slot: 0, options });
    if (one !== undefined) examined.push(one);
    if (options.remember !== false) state.histories.apply(place.event, place);
  }
  return examined;
}

/** Folds one event into counts and histories; writes its example if there is something to learn. */
function fold(state: State, draft: Draft, { index, place }: { index: number; place: LearnerEvent }): void {
  const { parameters, histories } = state;
  const { event } = place;
  const meaning = meaningOf(event, state.customTypes);
  const weight = lossWeight(event.type, meaning, state.model.typeWeights);
  if (event.session !== undefined) histories.joinSession(event.session, event.user);
  if (event.item !== undefined && meaning.effect === 'positive') {
    const target = rowFor(state, event.item);
    const example = exampleOf(place, histories.find(event.user), { target, vocabulary: state.vocabulary, pastItems: state.model.pastItems });
    const own = follow(parameters, example, { target, ms: state.decay ? event.ts : FOLLOW_EPOCH_MS });
    state.texts.begin(target);
    parameters.touch(target, { seconds: Math.floor(event.ts / 1_000), user: Number.parseInt(event.user.slice(0, 8), 16) });
    if (state.trustedItems) parameters.markCatalogued(target);
    const searched = state.texts.searched(event, target, weight);
    if (searched !== undefined) add(state, draft, { example: searched, index, place });
    if (example !== undefined) {
      add(state, draft, { example: { ...example, weight: weight * parameters.popularityWeight(target), own }, index, place });
      addText(state, draft, state.texts.alongWith(target, place), place);
    }
  }
  if (event.item !== undefined && meaning.effect === 'negative') {
    const example = refusalOf(state, event.item, place);
    if (example !== undefined) add(state, draft, { example: { ...example, weight }, index, place });
  }
  if (event.type === 'rate') rate(state, draft, event);
  state.texts.hear(event);
  histories.apply(event, place, meaning);
}

function add(state: State, draft: Draft, { example, index, place }: { readonly example: Example; readonly index: number; readonly place: LearnerEvent }): void {
  state.parameters.examples.write(draft.slots, example);
  draft.sources.push({ slot: draft.slots++, index, place });
  state.learned.add(example.target);
  state.learnedEvents++;
}

/** The refused item is pushed away from what else the shopper did; there is nothing to learn of an item that the model doesn't know. */
function refusalOf({ vocabulary, histories, model }: State, item: string, place: LearnerEvent): Example | undefined {
  const target = vocabulary.rowOf(item);
  const example = target === undefined ? undefined : exampleOf(place, histories.find(place.event.user), { target, vocabulary, pastItems: model.pastItems });
  const history = example?.history.filter(({ row }) => row !== target) ?? [];
  return example === undefined || history.length === 0 ? undefined : { ...example, effect: 'negative', history };
}

/** Predicts the rating, then learns it. A session that has joined a shopper rates for him. */
function rate(state: State, draft: Draft, { user, item, value, ts }: LogEvent): void {
  if (item === undefined || !isRating(value)) return;
  const rating = { user: state.histories.aliasOf(user) ?? user, item: rowFor(state, item), value, seconds: Math.floor(ts / 1_000) };
  const predicted = state.ratings.learn(rating);
  if (predicted === undefined) return;
  draft.ratings = joinErrors(draft.ratings, errorOf(value, predicted));
}

/** “i_z, then target” for the last items of the history; returns what a whole event has added (`Example.own`), 0 where nothing was. */
function follow(parameters: ParameterStore, example: Example | undefined, at: { target: number; ms: number }): number {
  let own = 0;
  for (let z = 0; z < Math.min(example?.history.length ?? 0, FOLLOW_DEPTH); z++) {
    const row = example?.history[z]?.row;
    if (row === undefined || row === at.target) continue;
    own = (z + 1) * parameters.addFollow(row, at.target, { ms: at.ms, weight: 1 / (z + 1) });
  }
  return own;
}

async function train(state: State, draft: Draft, { sizes }: RoundOptions): Promise<void> {
  if (draft.slots === 0) return;
  if (state.restored) state.replay.lose(eventsCounted(state.parameters));
  state.restored = false;
  const { batches, spent } = planRound(draft, { ...state, ratio: sizes?.replay }, state.replay);
  const outcome = await state.engine.run({ batches, eligibleCount: state.parameters.eligibleCount, followScale: state.decay ? followScale(state.now) : 1, negatives: sizes?.negatives ?? state.model.negatives });
  if (outcome.abandoned.length > 0) {
    throw new FreshetError('round_lost', `${outcome.abandoned.length} examples were lost with a training thread`, { retryable: true });
  }
  draft.examples += Math.max(0, outcome.examples - draft.texts.length);
  draft.lossSum += outcome.lossSum;
  draft.lossExamples += outcome.lossExamples;
  // With gradients left to somebody else (`hold`) nothing is spent.
  if (outcome.examples > 0) draft.spent = sumSpent(draft.spent, spent);
  for (const slot of outcome.refused) {
    const source = draft.sources.find((one) => one.slot === slot);
    if (source !== undefined && !draft.refused.some(({ index }) => index === source.index)) draft.refused.push({ index: source.index, reason: 'not_finite' });
  }
  draft.sources.length = 0;
  draft.texts.length = 0;
  draft.slots = 0;
}

function cutOf(state: State, elapsedMs: number): Cut {
  const { parameters, ratings, significance, learned, vocabulary } = state;
  const { epsilon, biasEpsilon } = significance;
  const items = parameters.takeItems({ epsilon, biasEpsilon, always: learned });
  const changed = (['stat', 'follow', 'dense'] as const).map((table) => parameters.takeChanged(table));
  ratings.forget(Math.floor(state.now / 1_000));
  const rated = (['user', 'rating'] as const).map((table) => ratings.takeChanged(table));
  const words = parameters.words.take({ epsilon, biasEpsilon });
  const tables = [items, ...changed, ...rated, words].filter((table) => table.ids.length > 0);
  const bytes = tables.reduce((sum, table) => sum + table.ids.byteLength + table.values.byteLength, 0);
  significance.observe({ bytes, events: state.learnedEvents, elapsedMs });
  learned.clear();
  state.learnedEvents = 0;
  return { vocabulary: [...vocabulary.takeNew(), ...state.texts.book.takeNew()], tables };
}
