/**
 * In which order the items of a search come: a weighted sum of an item's features, each from 0 to 1, and of what rules add.
 *
 *   score(j) = w_t · text(j) + w_w · words(j) + w_s · shopper(j) + w_p · popularity(j) − w_u · unavailable(j) + RULE · rule(j)
 *
 * text: how well its words fit, beside the best of the candidates. words: cosine of the query's word vector and the item's, 0 when
 * they point apart. shopper: 0 for strangers; else (1 − RECENT) · exp((s_j − max s) / SHARPNESS) + RECENT · 2^−k, s being the model's own score (bias, repeats,
 * followers and all), so how likely the item is for this shopper beside the likeliest candidate, and k the item's place among his last events.
 * popularity: log(1 + c_j) / log(1 + max c) of the counter with a half-life of 7 days. rule: what the shop's rules add, in their own logits (rules/rules.ts).
 * The weights are learned from what was taken of searches (shared/domain/search-weights), or the defaults; a rule's is fixed.
 *
 * 1. The parts add up to the score; one call has one set of weights.
 * 2. Equal scores come in the order of their ids: the same in every process.
 * Not here: what is a candidate at all (searcher.ts).
 */
import type { HistoryEvent } from '@freshet/shared/domain/history';
import { DEFAULT_WEIGHTS, type Features, type SearchWeights, SIGN } from '@freshet/shared/domain/search-weights/weights';
import { STAT } from '@freshet/shared/domain/tables';
import { createQuery, formQuery, type Query } from '../rank/query.js';
import { formQueryVector } from '../rank/query-vector.js';
import type { RankInput } from '../rank/input.js';
import { ruleParts } from '../rank/ruled.js';
import { eachFollow, eachRepeat } from '../rank/terms.js';
import { historyOf, seenOf } from '../rank/working-history.js';
import type { TableSet } from '../store/table-set.js';
import { decayed } from '../store/trend-key.js';
import { bestOf } from './best.js';

/** Of a rule's logits. */
export const RULE_WEIGHT = 0.1;
const SHARPNESS = 1;
/** What she has just clicked may be newer than the model, or look to it like other items of the same words. */
const RECENT = 0.25;
/** Index of the 7-day counter among the three. */
const WEEK = 2;

export interface Candidate {
  readonly id: string;
  /** 0 to 1; of an item that no text has found, how near it is to what the words mean. */
  readonly text: number;
}

export type PartKind = 'text' | 'words' | 'shopper' | 'popularity' | 'availability' | 'rule';

export interface SearchedItem {
  readonly id: string;
  readonly score: number;
  readonly parts: Readonly<Record<PartKind, number>>;
  readonly features: Features;
}

export interface BlendInput extends Pick<RankInput, 'model' | 'shelf' | 'history' | 'session' | 'anyAvailability' | 'now' | 'rules'> {
  readonly query: string;
  /** Default: the default ones. */
  readonly weights?: SearchWeights;
  /** As many of the best are returned. */
  readonly wanted: number;
  /** Returned behind them, wherever they stand: what a rule has pinned. */
  readonly also?: ReadonlySet<string>;
}

export type Blend = (candidates: readonly Candidate[], input: BlendInput) => readonly SearchedItem[];

export function createBlend(): Blend {
  const scratch = createQuery();
  return (candidates, input) => {
    const { set } = input.model;
    const rows = candidates.map(({ id }) => set.rowOf(id));
    const words = wordParts(set, rows, input.query);
    const shopper = shopperParts(set, rows, { input, scratch, candidates });
    const popularity = popularityParts(set, rows, input.now);
    const ruled = candidates.map(({ id }) => ruleParts(input, id).added);
    const weights = input.weights ?? DEFAULT_WEIGHTS;
    // What is unavailable isn't among the candidates unless it is asked for.
    const isLost = (id: string): boolean => input.anyAvailability && input.shelf.state(id) === 'unavailable';
    const scores = new Float32Array(candidates.length);
    const featuresOf = (i: number): Features => ({
      text: candidates[i]?.text ?? 0,
      words: words[i] ?? 0,
      shopper: shopper[i] ?? 0,
      popularity: popularity[i] ?? 0,
      unavailable: isLost(candidates[i]?.id ?? '') ? 1 : 0,
    });
    const partsOf = (i: number, features: Features): SearchedItem['parts'] => weighed(features, weights, ruled[i] ?? 0);
    // So that no score is below 0 that no rule has lowered.
    const lift = weights.unavailable;
    // What a rule has put back stands together at 0, behind all the rest; the order among it is made below.
    for (let i = 0; i < scores.length; i++) scores[i] = Math.max(0, lift + sum(partsOf(i, featuresOf(i))));
    const items = Array.from(scores.keys());
    const itemOf = (i: number): SearchedItem => {
      const features = featuresOf(i);
      const parts = partsOf(i, features);
      return { id: candidates[i]?.id ?? '', parts, features, score: sum(parts) };
    };
    const best = bestOf(items, scores, input.wanted).map(itemOf).sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1)).slice(0, input.wanted);
    return [...best, ...itemsBehind(best, { items, candidates, also: input.also }).map(itemOf)];
  };
}

function weighed(features: Features, weights: SearchWeights, rule: number): SearchedItem['parts'] {
  return {
    text: weights.text * features.text,
    words: weights.words * features.words,
    shopper: weights.shopper * features.shopper,
    popularity: weights.popularity * features.popularity,
    availability: features.unavailable === 0 ? 0 : SIGN.unavailable * weights.unavailable * features.unavailable,
    rule: RULE_WEIGHT * rule,
  };
}

function sum({ text, words, shopper, popularity, availability, rule }: Readonly<Record<PartKind, number>>): number {
  return text + words + shopper + popularity + availability + rule;
}

interface Behind {
  readonly items: readonly number[];
  readonly candidates: readonly Candidate[];
  readonly also: ReadonlySet<string> | undefined;
}

function itemsBehind(best: readonly SearchedItem[], { items, candidates, also }: Behind): readonly number[] {
  if (also === undefined || also.size === 0) return [];
  const listed = new Set(best.map(({ id }) => id));
  return items.filter((i) => {
    const id = candidates[i]?.id ?? '';
    return also.has(id) && !listed.has(id);
  });
}

type Rows = readonly (number | undefined)[];

/** Cosines: `set.query` is a unit vector. */
function wordParts(set: TableSet, rows: Rows, query: string): Float64Array {
  const parts = new Float64Array(rows.length);
  if (formQueryVector(set, query) === 0) return parts;
  rows.forEach((row, i) => {
    if (row !== undefined) parts[i] = Math.max(0, cosine(set, row));
  });
  return parts;
}

export function cosine(set: TableSet, row: number): number {
  const { dim } = set.layout;
  let product = 0;
  let squares = 0;
  for (let d = 0; d < dim; d++) {
    const value = set.embeddings[row * dim + d] ?? 0;
    product += value * (set.query[d] ?? 0);
    squares += value * value;
  }
  return squares === 0 ? 0 : product / Math.sqrt(squares);
}

function shopperParts(set: TableSet, rows: Rows, { input, scratch, candidates }: { readonly input: BlendInput; readonly scratch: Query; readonly candidates: readonly Candidate[] }): Float64Array {
  const person = { ...input, item: undefined };
  const events = historyOf(person);
  const isKnown = formQuery(set, scratch, { events, seen: seenOf(person), now: input.now }) > 0;
  const likelihoods = isKnown ? likelihoodsOf(set, rows, { scratch, now: input.now }) : new Float64Array(rows.length);
  if (events.length === 0) return likelihoods;
  return Float64Array.from(candidates, ({ id }, i) => (1 - RECENT) * (likelihoods[i] ?? 0) + RECENT * recency(events, id));
}

function likelihoodsOf(set: TableSet, rows: Rows, { scratch, now }: { readonly scratch: Query; readonly now: number }): Float64Array {
  const terms = new Map<number, number>();
  const add = (row: number, term: number): void => void terms.set(row, (terms.get(row) ?? 0) + term);
  eachRepeat(set, scratch, add);
  eachFollow(set, { query: scratch, now }, add);
  const scores = rows.map((row) => (row === undefined || (set.scale[row] ?? 0) === 0 ? -Infinity : modelScore(set, row) + (terms.get(row) ?? 0)));
  const best = scores.reduce((most, score) => Math.max(most, score), -Infinity);
  return Float64Array.from(scores, (score) => (best === -Infinity ? 0 : Math.exp((score - best) / SHARPNESS)));
}

/** 1 of the newest event's item, half of that for each event since. */
function recency(events: readonly HistoryEvent[], id: string): number {
  const place = events.findIndex((event) => event.item === id);
  return place < 0 ? 0 : 2 ** -place;
}

function modelScore(set: TableSet, row: number): number {
  const { dim } = set.layout;
  let product = 0;
  for (let d = 0; d < dim; d++) product += (set.embeddings[row * dim + d] ?? 0) * (set.query[d] ?? 0);
  return product * (set.scale[row] ?? 0) + (set.bias[row] ?? 0);
}

function popularityParts(set: TableSet, rows: Rows, now: number): Float64Array {
  const parts = Float64Array.from(rows, (row) => (row === undefined ? 0 : Math.log1p(Math.max(0, weekly(set, row, now)))));
  const most = parts.reduce((high, part) => Math.max(high, part), 0);
  return most === 0 ? parts : parts.map((part) => part / most);
}

function weekly(set: TableSet, row: number, now: number): number {
  const base = row * STAT.words;
  return decayed(set.statFloats[base + STAT.week] ?? 0, now / 1000 - (set.stat[base + STAT.lastSeen] ?? 0), WEEK);
}
