/**
 * Scores of all items that have a word of a query: one pass over each word's postings into columns by item number.
 *
 * 1. Of the terms that stand for one word of the query an item gets the best, not their sum: “mug” and its synonym “cup” in one title are one word found.
 * 2. The more of the query's words an item has, the better: the sum is multiplied by the share of the words found, in squares.
 * 3. Work and memory: the postings of the terms, and four columns as long as there are items. Nothing is left in them.
 */
import type { Postings } from './postings.js';

/** A word of the index that stands for a word of the query. */
export interface Weighted {
  readonly text: string;
  /** From 0 to 1: as it was asked for. */
  readonly weight: number;
}

export interface Scored {
  readonly count: number;
  /** The first `count` are the items found, in no order. */
  readonly items: Int32Array;
  /** By item number. */
  readonly scores: Float32Array;
}

export interface Corpus {
  /** All item numbers are below. */
  readonly items: number;
  /** Items there are. */
  readonly size: number;
  postingsOf(word: string): Postings | undefined;
}

export interface Scorer {
  score(concepts: readonly (readonly Weighted[])[], corpus: Corpus): Scored;
}

interface Columns {
  readonly scores: Float32Array;
  /** The best of one concept. */
  readonly best: Float32Array;
  /** Concepts found. */
  readonly hits: Uint8Array;
  readonly found: Int32Array;
  readonly touched: Int32Array;
}

export function createScorer(): Scorer {
  let columns = columnsFor(0);
  let before = 0;
  return {
    score(concepts, corpus) {
      if (columns.scores.length < corpus.items) {
        columns = columnsFor(Math.ceil(1.25 * corpus.items));
        before = 0;
      }
      clear(columns, before);
      before = concepts.reduce((count, terms) => addConcept(columns, count, { terms, corpus }), 0);
      weighByCoverage(columns, before, concepts.length);
      return { count: before, items: columns.found, scores: columns.scores };
    },
  };
}

function columnsFor(items: number): Columns {
  return { scores: new Float32Array(items), best: new Float32Array(items), hits: new Uint8Array(items), found: new Int32Array(items), touched: new Int32Array(items) };
}

function clear({ scores, hits, found }: Columns, count: number): void {
  for (let i = 0; i < count; i++) {
    const item = found[i] ?? 0;
    scores[item] = 0;
    hits[item] = 0;
  }
}

/** How many items are found now. */
function addConcept({ scores, best, hits, found, touched }: Columns, before: number, { terms, corpus }: { readonly terms: readonly Weighted[]; readonly corpus: Corpus }): number {
  let reached = 0;
  const rarity = idf(mostFrequent(terms, corpus), corpus.size);
  for (const { text, weight } of terms) {
    const postings = corpus.postingsOf(text);
    if (postings === undefined) continue;
    const factor = weight * rarity;
    const { count, items, weights } = postings;
    for (let i = 0; i < count; i++) {
      const item = items[i] ?? 0;
      const known = best[item] ?? 0;
      const score = factor * (weights[i] ?? 0);
      if (known === 0) touched[reached++] = item;
      if (score > known) best[item] = score;
    }
  }
  let count = before;
  for (let i = 0; i < reached; i++) {
    const item = touched[i] ?? 0;
    if (hits[item] === 0) found[count++] = item;
    hits[item] = (hits[item] ?? 0) + 1;
    scores[item] = (scores[item] ?? 0) + (best[item] ?? 0);
    best[item] = 0;
  }
  return count;
}

function weighByCoverage({ scores, hits, found }: Columns, count: number, concepts: number): void {
  if (concepts < 2) return;
  for (let i = 0; i < count; i++) {
    const item = found[i] ?? 0;
    scores[item] = (scores[item] ?? 0) * ((hits[item] ?? 0) / concepts) ** 2;
  }
}

/** A synonym, or a word that begins so, is no better for being rarer than what was asked for. */
function mostFrequent(terms: readonly Weighted[], { postingsOf }: Corpus): number {
  return terms.reduce((most, { text }) => Math.max(most, postingsOf(text)?.count ?? 0), 0);
}

/** Above 0 also for a word that all items have. */
function idf(having: number, size: number): number {
  return Math.log(1 + (size - having + 0.5) / (having + 0.5));
}
