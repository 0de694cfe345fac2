/**
 * Why an item scores what it scores: s_j = e^σ Σ_k α_k (E[i_k]·E[j]) / (|h||E[j]|τ) + constant token + b_j + repeat + follow.
 *
 * 1. The contributions add up to the score, to within LEAST_SHOWN: what isn't listed is in `other`, and more than that which single
 *    precision leaves over is in `rounding`.
 * 2. Computed from the same rows as the score, in the same synchronous block.
 * 3. Each event of the history is a reason of its own, with its type, its item and its age.
 */
import type { HistoryEvent } from '@freshet/shared/domain/history';
import { CONSTANT_ROW } from '@freshet/shared/domain/tables';
import type { TableSet } from '../store/table-set.js';
import type { Reason, ReasonKind } from './input.js';
import type { Query } from './query.js';
import { followOf, repeatOf } from './terms.js';
import { isLooking } from './working-history.js';

/** Events listed for one item of a list: those that say most. */
export const LISTED_EVENTS = 3;

export interface ScoredRow {
  readonly row: number;
  readonly score: number;
}

/** An event of the history and its part of one item's score. */
export interface EventPart {
  readonly event: HistoryEvent;
  readonly contribution: number;
}

export interface ScoreParts {
  /** By what they say for or against the item, the most telling first. */
  readonly events: readonly EventPart[];
  readonly terms: readonly Reason[];
}

export interface Target extends ScoredRow {
  readonly now: number;
}

/** All parts of a score that `formQuery` and the terms have made. */
export function partsOf(set: TableSet, query: Query, { row, now }: Target): ScoreParts {
  const factor = query.norm === 0 ? 0 : ((set.scale[row] ?? 0) * query.sharpness) / query.norm;
  return { events: eventParts(set, query, { row, factor }), terms: termsOf(set, query, { row, factor, now }) };
}

/** Reasons of a score, largest first; only `listed` events are told apart. */
export function explainScore(set: TableSet, query: Query, target: Target, listed: number = LISTED_EVENTS): Reason[] {
  const { events, terms } = partsOf(set, query, target);
  const shown = events.slice(0, listed).map((part) => eventReason(part, target.now));
  const hidden = events.slice(listed);
  const reasons = [...shown, ...terms].sort((a, b) => b.contribution - a.contribution);
  if (hidden.length > 0) reasons.push({ kind: 'other', count: hidden.length, contribution: hidden.reduce((sum, { contribution }) => sum + contribution, 0) });
  return withRounding(reasons, target.score);
}

/** Reasons of a scan with one item's own vector. */
export function explainSimilar(set: TableSet, target: ScoredRow & { readonly item: number }): Reason[] {
  const { row, item, score } = target;
  const length = Math.sqrt(dot(set, item, item));
  const cosine: Reason = { kind: 'similar', ...named(set.nameOf(item)), contribution: length === 0 ? 0 : (dot(set, item, row) * (set.scale[row] ?? 0)) / length };
  return withRounding([cosine, ...nonZero('popularity', set.bias[row] ?? 0)], score);
}

export function eventReason({ event, contribution }: EventPart, now: number): Reason {
  if (isLooking(event)) return { kind: 'looking', item_id: event.item, contribution };
  return { kind: 'history', item_id: event.item, ...whatAndWhen(event, now), contribution };
}

function eventParts(set: TableSet, query: Query, target: { readonly row: number; readonly factor: number }): EventPart[] {
  const parts: EventPart[] = [];
  for (let k = 0; k < query.count; k++) {
    const event = query.events[k];
    if (event !== undefined) parts.push({ event, contribution: (query.weights[k] ?? 0) * dot(set, query.rows[k] ?? 0, target.row) * target.factor });
  }
  return parts.sort((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution));
}

function termsOf(set: TableSet, query: Query, { row, factor, now }: { readonly row: number; readonly factor: number; readonly now: number }): Reason[] {
  const repeat = repeatOf(set, query, row);
  const newest = query.rows[0] ?? 0;
  const follow = query.count === 0 ? 0 : followOf(set, { row: newest, now }, row);
  return [
    ...nonZero('popularity', set.bias[row] ?? 0),
    ...nonZero('general', query.constant * dot(set, CONSTANT_ROW, row) * factor),
    ...nonZero('repeat', repeat?.term ?? 0, repeat && whatAndWhen({ ts: repeat.ts, type: repeat.event?.type }, now)),
    ...nonZero('follow', follow, named(set.nameOf(newest))),
  ];
}

function nonZero(kind: ReasonKind, contribution: number, more: Omit<Reason, 'kind' | 'contribution'> = {}): Reason[] {
  return contribution === 0 ? [] : [{ kind, ...more, contribution }];
}

function named(id: string | undefined): Pick<Reason, 'item_id'> {
  return id === undefined ? {} : { item_id: id };
}

function whatAndWhen({ ts, type }: Pick<HistoryEvent, 'ts' | 'type'>, now: number): Pick<Reason, 'event_type' | 'age_seconds'> {
  return { ...(type === undefined ? {} : { event_type: type }), age_seconds: Math.max(0, Math.floor((now - ts) / 1000)) };
}

/** A score is a sum in single precision, its parts are computed in double. */
function withRounding(reasons: Reason[], score: number): Reason[] {
  const rest = score - reasons.reduce((sum, { contribution }) => sum + contribution, 0);
  if (Math.abs(rest) >= LEAST_SHOWN) reasons.push({ kind: 'rounding', contribution: rest });
  return reasons;
}

/** Less isn't worth a line: four decimals don't show it. */
const LEAST_SHOWN = 5e-5;

function dot({ embeddings, layout: { dim } }: TableSet, a: number, b: number): number {
  const i = a * dim;
  const j = b * dim;
  let sum = 0;
  for (let d = 0; d < dim; d++) sum += (embeddings[i + d] ?? 0) * (embeddings[j + d] ?? 0);
  return sum;
}
