/**
 * A shopper as a vector (MODEL.md, Forward): h = Σ α_k E[i_k] + α_c E[0], with
 * α_k ∝ exp(w_pos[k] + w_age[bucket(a_k)] + w_type[t_k]) and α_c ∝ exp(w_c), all α adding up to 1.
 *
 * In: events newest first, the model, the time. Out: `set.query` = e^σ h / |h|,
 * σ = σ_length[bucket of n] + σ_age[bucket of a_1], and the weights for reasons.
 * Events whose item has no row in this model are left out and take no position. One scratch object, used again for
 * every request: the ranking block is synchronous, so nobody else is in it.
 */
import { type HistoryEvent, type Mark, pastItems } from '@freshet/shared/domain/history';
import { ageBucket, DENSE, HISTORY_LENGTH, lengthBucket, PAST_ITEMS } from '@freshet/shared/domain/model-config';
import { CONSTANT_ROW } from '@freshet/shared/domain/tables';
import type { TableSet } from '../store/table-set.js';

export interface Query {
  /** Events of the history that the model knows, at most HISTORY_LENGTH. */
  count: number;
  readonly rows: Int32Array;
  readonly ages: Int32Array;
  /** The events themselves; those at `count` and behind are another request's. */
  readonly events: HistoryEvent[];
  /** α_k. */
  readonly weights: Float64Array;
  /** What each event adds to the score that is explained (reasons.ts). */
  readonly parts: Float64Array;
  /** α_c. */
  constant: number;
  /** |h|; 0 when there is no direction. */
  norm: number;
  /** e^σ: what multiplies cos/τ for this shopper now. */
  sharpness: number;
  /** Items had before those events, as far as the model knows them, and their age buckets. */
  pastCount: number;
  readonly pastRows: Int32Array;
  readonly pastAges: Int32Array;
  /** When, milliseconds since 1970. */
  readonly pastTimes: Float64Array;
}

export interface QueryInput {
  /** Newest first. */
  readonly events: readonly HistoryEvent[];
  /** The last mark of every item seen. */
  readonly seen: ReadonlyMap<string, Mark>;
  readonly now: number;
}

export function createQuery(): Query {
  return {
    count: 0,
    rows: new Int32Array(HISTORY_LENGTH),
    ages: new Int32Array(HISTORY_LENGTH),
    events: [],
    weights: new Float64Array(HISTORY_LENGTH),
    parts: new Float64Array(HISTORY_LENGTH),
    constant: 0,
    norm: 0,
    sharpness: 1,
    pastCount: 0,
    pastRows: new Int32Array(PAST_ITEMS),
    pastAges: new Int32Array(PAST_ITEMS),
    pastTimes: new Float64Array(PAST_ITEMS),
  };
}

/** Writes `query` and `set.query`; the number of events the model knows. */
export function formQuery(set: TableSet, query: Query, input: QueryInput): number {
  collect(set, query, input);
  collectPast(set, query, input);
  weigh(set.dense, query);
  pool(set, query);
  sharpen(set, query);
  return query.count;
}

function collect(set: TableSet, query: Query, input: QueryInput): void {
  const { dense } = set;
  query.count = 0;
  for (const event of input.events) {
    const row = set.rowOf(event.item);
    if (row === undefined || (set.scale[row] ?? 0) === 0 || query.count === HISTORY_LENGTH) continue;
    const k = query.count++;
    const age = ageBucket(input.now - event.ts);
    query.rows[k] = row;
    query.events[k] = event;
    query.ages[k] = age;
    query.weights[k] = (dense[DENSE.position + k] ?? 0) + (dense[DENSE.age + age] ?? 0) + (dense[DENSE.type + event.group] ?? 0);
  }
}

function collectPast(set: TableSet, query: Query, { events, seen, now }: QueryInput): void {
  const moment = { ts: now, seq: Number.MAX_SAFE_INTEGER, index: Number.MAX_SAFE_INTEGER };
  query.pastCount = 0;
  for (const { item, ts } of pastItems(seen, events, { moment, limit: PAST_ITEMS })) {
    const row = set.rowOf(item);
    if (row === undefined || (set.scale[row] ?? 0) === 0) continue;
    query.pastRows[query.pastCount] = row;
    query.pastTimes[query.pastCount] = ts;
    query.pastAges[query.pastCount++] = ageBucket(now - ts);
  }
}

/** Softmax over the logits in `weights` and w_c, the largest subtracted first. */
function weigh(dense: Float32Array, query: Query): void {
  const { weights, count } = query;
  const wc = dense[DENSE.constant] ?? 0;
  let largest = wc;
  for (let k = 0; k < count; k++) largest = Math.max(largest, weights[k] ?? 0);
  let sum = (query.constant = Math.exp(wc - largest));
  for (let k = 0; k < count; k++) sum += weights[k] = Math.exp((weights[k] ?? 0) - largest);
  query.constant /= sum;
  for (let k = 0; k < count; k++) weights[k] = (weights[k] ?? 0) / sum;
}

function pool(set: TableSet, query: Query): void {
  const { embeddings, query: h } = set;
  const dim = h.length;
  let base = CONSTANT_ROW * dim;
  for (let d = 0; d < dim; d++) h[d] = query.constant * (embeddings[base + d] ?? 0);
  for (let k = 0; k < query.count; k++) {
    const weight = query.weights[k] ?? 0;
    base = (query.rows[k] ?? 0) * dim;
    for (let d = 0; d < dim; d++) h[d] = (h[d] ?? 0) + weight * (embeddings[base + d] ?? 0);
  }
  query.norm = normalise(h);
}

/** The longer the history and the fresher its last event, the more a small difference of direction says (σ is learned). */
function sharpen({ dense, query: h }: TableSet, query: Query): void {
  const logarithm = query.count === 0 ? 0 : (dense[DENSE.sharpLength + lengthBucket(query.count)] ?? 0) + (dense[DENSE.sharpAge + (query.ages[0] ?? 0)] ?? 0);
  query.sharpness = Math.exp(logarithm);
  for (let d = 0; d < h.length; d++) h[d] = (h[d] ?? 0) * query.sharpness;
}

/** Divides by the length and returns it; a vector without a direction becomes 0. */
export function normalise(vector: Float32Array): number {
  let squares = 0;
  for (let d = 0; d < vector.length; d++) squares += (vector[d] ?? 0) ** 2;
  const norm = Math.sqrt(squares);
  const factor = norm > 1e-12 ? 1 / norm : 0;
  for (let d = 0; d < vector.length; d++) vector[d] = (vector[d] ?? 0) * factor;
  return factor === 0 ? 0 : norm;
}
