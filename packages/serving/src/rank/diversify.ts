/**
 * A list of which each item adds something: maximal marginal relevance (Carbonell and Goldstein, SIGIR 1998) over a pool of the best.
 *
 * In: the pool as a scan left it, `diversity` d between 0 and 1, the limit k. Out: rows and scores in the order of their scores.
 * One after the other the item is taken that adds most to (1 − w) · Σ p_j / log₂(place + 1) + w · (mean of 1 − cosine over the list's pairs), w = d^WEIGHT:
 * what a list is expected to gain (its NDCG, were p_j the probability that item j is next) and how unlike its items are, both of the whole list and in
 * their own units, so that lists whose best items are as good as sure keep them and the others give way. Scores are logits: p_j is their softmax over the pool.
 * Beside that, a category or a brand has at most max(2, ⌈(1 − d) · limit⌉) places while others are left in the pool.
 * 1. Nothing enters the list that isn't in the pool; as many are chosen as the limit and the pool allow; each once.
 * 2. With d = 0 the list is the pool's beginning.
 */
import type { TableSet } from '../store/table-set.js';
import type { ScoredRow } from './reasons.js';

export interface Diversify {
  /** Found rows and scores of the last scan: so many. */
  readonly count: number;
  readonly limit: number;
  /** From 0 to 1. */
  readonly diversity: number;
  /** What may not fill the list: the row's categories and its brand. */
  readonly groupsOf: (row: number) => readonly string[];
}

/** How many rows to look among for a list of `limit`. */
export function poolFor(limit: number, diversity: number): number {
  return diversity === 0 ? limit : Math.min(MOST, Math.max(LEAST, TIMES * limit));
}

/** With it .3 costs about 2 % of NDCG@10 on the learning part of online-retail-ii (docs/experiments.md). */
const WEIGHT = 2;
const TIMES = 5;
/** Among more there is more that differs; the time grows with pool times limit. */
const LEAST = 200;
const MOST = 400;

interface Candidate extends ScoredRow {
  /** In the pool. */
  readonly place: number;
  /** p_j. */
  readonly probability: number;
  readonly groups: readonly string[];
  /** Sum of 1 − cosine to what was chosen. */
  distance: number;
}

export function diversify(set: TableSet, input: Diversify): ScoredRow[] {
  const { diversity, limit } = input;
  const pool = poolOf(set, input);
  if (diversity === 0) return pool.slice(0, limit);
  const most = Math.max(2, Math.ceil((1 - diversity) * limit));
  const weights = weightsOf(input, pool.length);
  const taken = new Map<string, number>();
  const chosen: Candidate[] = [];
  while (chosen.length < limit && pool.length > 0) {
    const ofProbability = weights.probability / Math.log2(chosen.length + 2);
    const place = bestPlace(pool, { ofProbability, ofDistance: weights.distance, isFull: ({ groups }) => groups.some((group) => (taken.get(group) ?? 0) >= most) });
    const [next] = pool.splice(place, 1);
    if (next === undefined) break;
    chosen.push(next);
    for (const group of next.groups) taken.set(group, (taken.get(group) ?? 0) + 1);
    for (const other of pool) other.distance += 1 - cosine(set, other.row, next.row);
  }
  return chosen.sort((a, b) => a.place - b.place);
}

function poolOf(set: TableSet, { count, groupsOf }: Diversify): Candidate[] {
  const scores = set.foundScores.subarray(0, count);
  const highest = scores.reduce((most, score) => Math.max(most, score), -Infinity);
  const total = scores.reduce((sum, score) => sum + Math.exp(score - highest), 0);
  return Array.from(scores, (score, place) => {
    const row = set.foundRows[place] ?? 0;
    return { row, score, place, probability: Math.exp(score - highest) / total, groups: groupsOf(row), distance: 0 };
  });
}

/** Of a probability at the first place, and of one pair's distance. */
function weightsOf({ diversity, limit }: Diversify, pool: number): { readonly probability: number; readonly distance: number } {
  const weight = diversity ** WEIGHT;
  const length = Math.min(limit, pool);
  return { probability: 1 - weight, distance: weight / Math.max(1, (length * (length - 1)) / 2) };
}

/** What one more item of a list counts for its probability and for its distance to those before it. */
interface Gains {
  readonly ofProbability: number;
  readonly ofDistance: number;
}

/** Of those whose groups have places left, if there are any; of equal ones the first. */
function bestPlace(pool: readonly Candidate[], { ofProbability, ofDistance, isFull }: Gains & { readonly isFull: (one: Candidate) => boolean }): number {
  let best = -1;
  let highest = -Infinity;
  pool.forEach((one, place) => {
    const value = ofProbability * one.probability + ofDistance * one.distance;
    if (value <= highest || isFull(one)) return;
    best = place;
    highest = value;
  });
  return best < 0 ? 0 : best;
}

function cosine({ embeddings, layout: { dim } }: TableSet, a: number, b: number): number {
  let dot = 0;
  let aa = 0;
  let bb = 0;
  for (let d = 0; d < dim; d++) {
    const x = embeddings[a * dim + d] ?? 0;
    const y = embeddings[b * dim + d] ?? 0;
    dot += x * y;
    aa += x * x;
    bb += y * y;
  }
  return dot / (Math.sqrt(aa * bb) || 1);
}
