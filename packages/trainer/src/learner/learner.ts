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
import type { LogEntry } from '@freshet/shared/domain/entry';
import { meaningOf } from '@freshet/shared/domain/event';
import { before, type History } from '@freshet/shared/domain/history';
import { createHistories } from '@freshet/shared/domain/histories';
import { decodeHistory } from '@freshet/shared/codec/state';
import { ageBucket, FOLLOW_DEPTH, MICRO_BATCH, type ModelConfig } from '@freshet/shared/domain/model-config';
import { random32 } from '@freshet/shared/domain/random';
import { followScale } from '@freshet/shared/domain/tables';
import { CapacityError, FreshetError } from '@freshet/shared/errors';
import type { Example } from '../engine/example.js';
import type { Examiner, GradientEngine, MicroBatch } from '../engine/port.js';
import type { ParameterStore } from '../parameters/parameters.js';
import type { Cut, Learner, LearnerEvent, Ranked, Refused, RoundOptions, RoundReport } from './port.js';
import { createReplayBuffer } from './replay-buffer.js';
import { createVocabulary } from './vocabulary.js';

/** A row is published when it has moved by more than this share of its norm; its bias by more than the second. */
const EPSILON = 0.02;
const BIAS_EPSILON = 0.06;

export interface LearnerParts {
  readonly model: ModelConfig;
  readonly parameters: ParameterStore;
  readonly engine: GradientEngine;
  readonly examiner: Examiner;
  /** Items may be negatives and be ranked from their first event on: the source is the shop's own record. */
  readonly trustedItems: boolean;
  readonly publish: 'significant' | 'all';
  /** Empties the parameters for `reset`. */
  readonly clear: () => void;
  readonly close: () => Promise<void>;
}

export function buildLearner(parts: LearnerParts): Learner {
  const { model, parameters, engine, examiner } = parts;
  const vocabulary = createVocabulary();
  const replay = createReplayBuffer(parameters.examples, parameters.layout.freshSlots);
  let histories = createHistories();
  let now = 0;

  /** One round in the making: examples written so far and what was found on the way. */
  interface Draft {
    readonly ranks: Ranked[];
    readonly refused: Refused[];
    /** Position of the event that each fresh slot came from. */
    readonly sources: number[];
    readonly places: LearnerEvent[];
    examples: number;
    lossSum: number;
  }

  const rowFor = (item: string): number => {
    const known = vocabulary.rowOf(item);
    if (known !== undefined) return known;
    const row = parameters.allot();
    vocabulary.add(row, item);
    return row;
  };

  const exampleOf = (event: LearnerEvent, history: History | undefined, target: number): Example | undefined => {
    if (history === undefined) return undefined;
    const { ts } = event.event;
    const pooled = [];
    for (const past of before(history, { ts, seq: event.seq, index: event.index })) {
      const row = vocabulary.rowOf(past.item);
      if (row !== undefined) pooled.push({ row, bucket: ageBucket(ts - past.ts), group: past.group });
    }
    if (pooled.length === 0) return undefined;
    return { target, weight: 1, effect: 'positive', history: pooled, own: 0 };
  };

  const rank = (draft: Draft, at: number, asked: { event: LearnerEvent; options: RoundOptions }): void => {
    const { event, options } = asked;
    if (event.event.item === undefined || options.evaluate?.(event) !== true) return;
    const history = histories.find(event.event.user);
    const target = vocabulary.rowOf(event.event.item);
    const example = exampleOf(event, history, target ?? 0);
    if (example === undefined) return;
    if (target === undefined || !parameters.isEligible(target)) {
      draft.ranks.push({ index: at, rank: Number.POSITIVE_INFINITY });
      return;
    }
    const slot = draft.sources.length;
    parameters.examples.write(slot, example);
    const exclude = options.excludeSeen === true ? seenRows(history) : [];
    const place = examiner.rank({ example: slot, eligibleCount: parameters.eligibleCount, followScale: followScale(now), exclude });
    draft.ranks.push({ index: at, rank: place === 0 ? Number.POSITIVE_INFINITY : place });
  };

  const seenRows = (history: History | undefined): number[] => {
    const rows: number[] = [];
    for (const item of history?.seen.keys() ?? []) {
      const row = vocabulary.rowOf(item);
      if (row !== undefined) rows.push(row);
    }
    return rows;
  };

  /** Folds one event into counts and histories; writes its example if there is something to learn. */
  const fold = (draft: Draft, at: number, place: LearnerEvent): void => {
    const { event, seq, index } = place;
    const meaning = meaningOf(event);
    if (event.session !== undefined) histories.joinSession(event.session, event.user);
    if (event.item !== undefined && meaning.effect === 'positive') {
      const target = rowFor(event.item);
      const example = exampleOf(place, histories.find(event.user), target);
      const own = follow(example, target, event.ts);
      parameters.touch(target, { seconds: Math.floor(event.ts / 1_000), user: Number.parseInt(event.user.slice(0, 8), 16) });
      if (parts.trustedItems) parameters.markCatalogued(target);
      if (example !== undefined) {
        parameters.examples.write(draft.sources.length, { ...example, weight: meaning.weight, own });
        draft.sources.push(at);
        draft.places.push(place);
      }
    }
    histories.apply(event, { seq, index }, meaning);
  };

  /** “i_z, then target” for the last items of the history; returns what i_1's count has gained by it. */
  const follow = (example: Example | undefined, target: number, ms: number): number => {
    let own = 0;
    const depth = Math.min(example?.history.length ?? 0, FOLLOW_DEPTH);
    for (let z = 0; z < depth; z++) {
      const row = example?.history[z]?.row;
      if (row === undefined || row === target) continue;
      const added = parameters.addFollow(row, target, { ms, weight: 1 / (z + 1) });
      if (row === example?.history[0]?.row) own += added;
    }
    return own;
  };

  /** New examples in micro-batches of 32, each followed by R times as many from the replay buffer. */
  const batchesOf = (draft: Draft): MicroBatch[] => {
    const batches: MicroBatch[] = [];
    for (let slot = 0; slot < draft.sources.length; slot++) replay.keep(slot);
    for (let first = 0; first < draft.sources.length; first += MICRO_BATCH) {
      const count = Math.min(MICRO_BATCH, draft.sources.length - first);
      const place = draft.places[first];
      const seedA = random32(model.seed, (place?.seq ?? 0) >>> 0, place?.index ?? 0);
      batches.push({ seedA, seedB: 0, examples: Array.from({ length: count }, (_, k) => first + k) });
      let wanted = Math.round(count * model.replay);
      for (let turn = 1; wanted > 0; turn++, wanted -= MICRO_BATCH) {
        const examples = replay.draw(Math.min(wanted, MICRO_BATCH), seedA, turn);
        if (examples.length > 0) batches.push({ seedA, seedB: turn, examples });
      }
    }
    return batches;
  };

  const train = async (draft: Draft): Promise<void> => {
    if (draft.sources.length === 0) return;
    const outcome = await engine.run({ batches: batchesOf(draft), eligibleCount: parameters.eligibleCount, followScale: followScale(now) });
    if (outcome.abandoned.length > 0) {
      throw new FreshetError('round_lost', `${outcome.abandoned.length} examples were lost with a training thread`, { retryable: true });
    }
    draft.examples += outcome.examples;
    draft.lossSum += outcome.lossSum;
    for (const slot of outcome.refused) {
      const at = draft.sources[slot];
      if (at !== undefined) draft.refused.push({ index: at, reason: 'not_finite' });
    }
    draft.sources.length = 0;
    draft.places.length = 0;
  };

  const round = async (events: readonly LearnerEvent[], options: RoundOptions = {}): Promise<RoundReport> => {
    const draft: Draft = { ranks: [], refused: [], sources: [], places: [], examples: 0, lossSum: 0 };
    for (const [at, event] of events.entries()) {
      now = Math.max(now, event.event.ts);
      rank(draft, at, { event, options });
      try {
        fold(draft, at, event);
      } catch (thrown) {
        if (!(thrown instanceof CapacityError)) throw thrown;
        draft.refused.push({ index: at, reason: thrown.code });
      }
      if (draft.sources.length >= parameters.layout.freshSlots - 1) await train(draft);
    }
    await train(draft);
    const { ranks, refused, examples, lossSum } = draft;
    return { ranks, refused, examples, loss: examples === 0 ? 0 : lossSum / examples };
  };

  const describe = (entry: LogEntry & { kind: 'catalogue' }): void => {
    for (const change of entry.changes) if (change.op !== 'delete') parameters.markCatalogued(rowFor(change.id));
  };

  return {
    round,
    learn(entries, options) {
      const events: LearnerEvent[] = [];
      for (const entry of entries) {
        now = Math.max(now, entry.receivedAt);
        if (entry.kind === 'catalogue') describe(entry);
        else for (const [index, event] of entry.events.entries()) events.push({ event, seq: entry.seq, index });
      }
      return round(events, options);
    },
    remember(entries) {
      for (const entry of entries) {
        if (entry.kind !== 'events') continue;
        for (const [index, event] of entry.events.entries()) histories.apply(event, { seq: entry.seq, index });
      }
    },
    loadHistory: (ref, bytes) => histories.load(ref, decodeHistory(bytes)),
    cut: () => cutOf(parts, vocabulary),
    sink: { name: (row, name) => vocabulary.load(row, name), write: (table, ids, values) => parameters.write(table, ids, values) },
    loaded: () => replay.clear(),
    reset() {
      parts.clear();
      vocabulary.clear();
      replay.clear();
      histories = createHistories();
      now = 0;
    },
    rows: () => ({ item: parameters.rows, follow: parameters.rows }),
    close: parts.close,
  };
}

function cutOf({ parameters, publish }: LearnerParts, vocabulary: ReturnType<typeof createVocabulary>): Cut {
  const all = publish === 'all';
  const items = parameters.takeItems({ epsilon: all ? 0 : EPSILON, biasEpsilon: all ? 0 : BIAS_EPSILON });
  const tables = [items, parameters.takeChanged('stat'), parameters.takeChanged('follow'), parameters.takeChanged('dense')];
  return { vocabulary: vocabulary.takeNew(), tables: tables.filter((table) => table.ids.length > 0) };
}
