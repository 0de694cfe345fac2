/**
 * Ranks as the model stands: of an event in a round before it is learned, and of events that are only examined.
 *
 * 1. Nothing is learned or counted by it. It uses one slot of the example table that no round is using.
 */
import type { Histories } from '@freshet/shared/domain/histories';
import { followScale } from '@freshet/shared/domain/tables';
import type { Examiner, RankQuery } from '../engine/port.js';
import type { FloorHits } from '../parameters/floors.js';
import type { ParameterStore } from '../parameters/parameters.js';
import { exampleOf, seenRows } from './example-source.js';
import type { Examined, ExamineOptions, LearnerEvent, Ranked, RoundOptions } from './port.js';
import type { Vocabulary } from './vocabulary.js';

/** What of a learner's state a rank depends on. */
export interface RankState {
  readonly parameters: ParameterStore;
  readonly examiner: Examiner;
  readonly vocabulary: Vocabulary;
  readonly histories: Histories;
  /** Decays are computed with it, if counts decay. */
  readonly now: number;
  readonly decay: boolean;
}

export interface RankRequest<Options> {
  /** Position of the event among those asked about. */
  readonly index: number;
  readonly place: LearnerEvent;
  /** A free slot of the example table. */
  readonly slot: number;
  readonly options: Options;
}

/** The rank of the event's item; undefined when its shopper has no history to predict from. */
export function rankEvent(state: RankState, { index, place, slot, options }: RankRequest<RoundOptions>): Ranked | undefined {
  const question = ask(state, place, slot, options.excludeSeen === true);
  if (question === undefined) return undefined;
  const { target, last, query } = question;
  const known = target !== undefined && state.parameters.isEligible(target);
  const top = options.collectTop === undefined ? {} : { top: bestNames(state, query, options.collectTop) };
  const floors = options.floors === true ? { floors: known ? state.parameters.floorHits(target, last) : MISSED } : {};
  return { index, rank: known ? toRank(state.examiner.rank(query)) : Number.POSITIVE_INFINITY, ...top, ...floors };
}

/** As `rankEvent`, with the number of items that were ranked; among the target and some named items if so wished. */
export function examineEvent(state: RankState, { index, place, slot, options }: RankRequest<ExamineOptions>): Examined | undefined {
  const { parameters, vocabulary, examiner } = state;
  const question = ask(state, place, slot, options.excludeSeen === true);
  if (question === undefined) return undefined;
  const { target, query } = question;
  const known = target !== undefined && parameters.isEligible(target);
  const top = options.collectTop === undefined ? {} : { top: bestNames(state, query, options.collectTop) };
  const names = options.among?.(place);
  if (names === undefined) {
    const out = new Set(query.exclude.filter((row) => row !== target && parameters.isEligible(row))).size;
    const among = parameters.eligibleCount - out + Number(!known);
    return { index, rank: known ? toRank(examiner.rank(query)) : Number.POSITIVE_INFINITY, among, ...top };
  }
  const rows = new Set(names.flatMap((name) => vocabulary.rowOf(name) ?? []).filter((row) => row !== target && parameters.isEligible(row)));
  const rank = (): number => examiner.rank({ ...query, exclude: [], eligibleCount: rows.size + 1 });
  return { index, rank: known ? toRank(parameters.among([target, ...rows], rank)) : Number.POSITIVE_INFINITY, among: names.length + 1, ...top };
}

const MISSED: FloorHits = { popularity: false, follow: false };

interface Question {
  readonly target: number | undefined;
  /** Row of the shopper's last item. */
  readonly last: number;
  readonly query: Omit<RankQuery, 'exclude'> & { readonly exclude: readonly number[] };
}

function ask({ parameters, vocabulary, histories, now, decay }: RankState, place: LearnerEvent, slot: number, excludeSeen: boolean): Question | undefined {
  if (place.event.item === undefined) return undefined;
  const history = histories.find(place.event.user);
  const target = vocabulary.rowOf(place.event.item);
  const example = exampleOf(place, history, { target: target ?? 0, vocabulary, pastItems: parameters.layout.model.pastItems });
  if (example === undefined) return undefined;
  parameters.examples.write(slot, example);
  const exclude = excludeSeen ? seenRows(history, vocabulary) : [];
  const query = { example: slot, eligibleCount: parameters.eligibleCount, followScale: decay ? followScale(now) : 1, exclude };
  return { target, last: example.history[0]?.row ?? 0, query };
}

/** 0: a number isn't finite, which counts as never found. */
function toRank(rank: number): number {
  return rank === 0 ? Number.POSITIVE_INFINITY : rank;
}

function bestNames({ examiner, vocabulary }: RankState, query: Omit<RankQuery, 'limit'>, count: number): string[] {
  return [...examiner.top(query, count)].map((row) => vocabulary.nameOf(row) ?? '');
}
