/**
 * Why an item scores what it scores: s_j = e^σ Σ_k α_k (E[i_k]·E[j]) / (|h||E[j]|τ) + constant token + b_j + repeat + follow.
 *
 * 1. The contributions add up to the score, to within LEAST_SHOWN: what isn't listed is in `other`, and more than that which single
 *    precision leaves over is in `rounding`.
 * 2. Computed from the same rows as the score, in the same synchronous block.
 * 3. Each event of the history is a reason of its own, with its type, its item and its age; so is each of the last items that this one has followed.
 */
import type { HistoryEvent } from '@freshet/shared/domain/history';
import { CONSTANT_ROW } from '@freshet/shared/domain/tables';
import type { TableSet } from '../store/table-set.js';
import type { Reason, ReasonKind } from './input.js';
import type { Query } from './query.js';
import { followParts, repeatOf } from './terms.js';
import { isLooking } from './working-history.js';

/** Events listed for one item of a list: those that say most. */
const LISTED_EVENTS = 3;

export interface ScoredRow {
  readonly row: number;
  readonly score: number;
}

/** An event of the history and its part of one item's score. */
export interface EventPart {
  readonly event: HistoryEvent;
  readonly contribution: number;
}

export interface Target extends ScoredRow {
  readonly now: number;
}

/** What each event of the history adds, the most telling first. */
export function eventPartsOf(set: TableSet, query: Query, target: Target): EventPart[] {
  computeParts(set, query, target);
  return mostTelling(query, query.count).flatMap((k) => partAt(query, k));
}

/** Reasons of a score that `formQuery` and the terms have made, largest first; only `listed` events, those that say most, are told apart. */
export function explainScore(set: TableSet, query: Query, target: Target, listed: number = LISTED_EVENTS): Reason[] {
  computeParts(set, query, target);
  const reasons = termsOf(set, query, target);
  let others = 0;
  for (let k = 0; k < query.count; k++) others += query.parts[k] ?? 0;
  for (const k of mostTelling(query, listed)) {
    others -= query.parts[k] ?? 0;
    for (const part of partAt(query, k)) reasons.push(eventReason(part, target.now));
  }
  reasons.sort((a, b) => b.contribution - a.contribution);
  if (query.count > listed) reasons.push({ kind: 'other', count: query.count - listed, contribution: others });
  return withRounding(reasons, target.score);
}

/** Reasons of a scan with one item's own vector. */
export function explainSimilar(set: TableSet, target: ScoredRow & { readonly item: number }): Reason[] {
  const { row, item, score } = target;
  const length = Math.sqrt(dot(set, item, item));
  const cosine: Reason = { kind: 'similar', ...named(set.nameOf(item)), contribution: length === 0 ? 0 : (dot(set, item, row) * (set.scale[row] ?? 0)) / length };
  const reasons = [cosine];
  addTo(reasons, 'popularity', set.bias[row] ?? 0);
  return withRounding(reasons, score);
}

export function eventReason({ event, contribution }: EventPart, now: number): Reason {
  if (isLooking(event)) return { kind: 'looking', item_id: event.item, contribution };
  return { kind: 'history', item_id: event.item, ...whatAndWhen(event, now), contribution };
}

function factorOf(set: TableSet, query: Query, row: number): number {
  return query.norm === 0 ? 0 : ((set.scale[row] ?? 0) * query.sharpness) / query.norm;
}

function computeParts(set: TableSet, query: Query, { row }: Target): void {
  const factor = factorOf(set, query, row);
  for (let k = 0; k < query.count; k++) query.parts[k] = (query.weights[k] ?? 0) * dot(set, query.rows[k] ?? 0, row) * factor;
}

/** Places of at most `most` events by the size of what they add. A list explains each of its items: nothing is sorted for three. */
function mostTelling({ parts, count }: Query, most: number): number[] {
  const chosen: number[] = [];
  while (chosen.length < Math.min(most, count)) {
    let best = -1;
    for (let k = 0; k < count; k++) {
      if (!chosen.includes(k) && (best < 0 || Math.abs(parts[k] ?? 0) > Math.abs(parts[best] ?? 0))) best = k;
    }
    chosen.push(best);
  }
  return chosen;
}

function partAt({ events, parts }: Query, k: number): EventPart[] {
  const event = events[k];
  return event === undefined ? [] : [{ event, contribution: parts[k] ?? 0 }];
}

function termsOf(set: TableSet, query: Query, { row, now }: Target): Reason[] {
  const reasons: Reason[] = [];
  addTo(reasons, 'popularity', set.bias[row] ?? 0);
  addTo(reasons, 'general', query.constant * dot(set, CONSTANT_ROW, row) * factorOf(set, query, row));
  const repeat = repeatOf(set, query, row);
  if (repeat !== undefined) addTo(reasons, 'repeat', repeat.term, whatAndWhen({ ts: repeat.ts, type: repeat.event?.type }, now));
  for (const { item, term } of followParts(set, { query, now }, row)) addTo(reasons, 'follow', term, named(set.nameOf(item)));
  return reasons;
}

function addTo(reasons: Reason[], kind: ReasonKind, contribution: number, more?: Omit<Reason, 'kind' | 'contribution'>): void {
  if (contribution !== 0) reasons.push(more === undefined ? { kind, contribution } : { kind, ...more, contribution });
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
