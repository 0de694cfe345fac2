/**
 * A list of which each item adds something: maximal marginal relevance (Carbonell and Goldstein, SIGIR 1998) over a pool of the best.
 *
 * In: the pool as a scan left it, `diversity` d between 0 and 1. Out: rows and scores in the order of the list.
 * Place after place the item with the largest (1 − w) · relevance − w · max cosine to those chosen before, w = d^WEIGHT. Scores are
 * logits, so relevance is e^(score − best score): how likely the item is beside the likeliest; what is likely stays, and
 * the rest of the list goes to what differs. Beside that, a category or a brand has at most max(2, ⌈(1 − d) · limit⌉) places while
 * others are left in the pool.
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

/** With it .3 costs about 2.5 % of NDCG@10 on the learning part of online-retail-ii (docs/experiments.md). */
const WEIGHT = 1.75;
const TIMES = 5;
/** Among more there is more that differs; the time grows with pool times limit. */
const LEAST = 200;
const MOST = 400;

interface Candidate extends ScoredRow {
  readonly relevance: number;
  readonly groups: readonly string[];
  /** Largest cosine to what was chosen; −1 before anything was. */
  nearest: number;
}

export function diversify(set: TableSet, input: Diversify): ScoredRow[] {
  const { diversity, limit } = input;
  const pool = poolOf(set, input);
  if (diversity === 0) return pool.slice(0, limit);
  const most = Math.max(2, Math.ceil((1 - diversity) * limit));
  const taken = new Map<string, number>();
  const chosen: Candidate[] = [];
  while (chosen.length < limit && pool.length > 0) {
    const place = bestPlace(pool, { diversity, isFull: ({ groups }) => groups.some((group) => (taken.get(group) ?? 0) >= most) });
    const [next] = pool.splice(place, 1);
    if (next === undefined) break;
    chosen.push(next);
    for (const group of next.groups) taken.set(group, (taken.get(group) ?? 0) + 1);
    for (const other of pool) other.nearest = Math.max(other.nearest, cosine(set, other.row, next.row));
  }
  return chosen;
}

function poolOf(set: TableSet, { count, groupsOf }: Diversify): Candidate[] {
  const first = set.foundScores[0] ?? 0;
  return Array.from({ length: count }, (_, i) => {
    const row = set.foundRows[i] ?? 0;
    const score = set.foundScores[i] ?? 0;
    return { row, score, relevance: Math.exp(score - first), groups: groupsOf(row), nearest: -1 };
  });
}

/** Of those whose groups have places left, if there are any; of equal ones the first. */
function bestPlace(pool: readonly Candidate[], { diversity, isFull }: { readonly diversity: number; readonly isFull: (one: Candidate) => boolean }): number {
  let best = -1;
  let highest = -Infinity;
  const weight = diversity ** WEIGHT;
  pool.forEach((one, place) => {
    const value = (1 - weight) * one.relevance - weight * one.nearest;
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
