/** What lists are like, over all that were shown: accuracy, how unlike their items are, how wide they reach. */
import { gini } from './gini.js';

export interface ShownList {
  /** Items in order. */
  readonly ids: readonly string[];
  /** Unit vectors of those that have one. */
  readonly vectors: readonly Float32Array[];
  /** Names of the items' categories. */
  readonly categories: readonly string[];
  /** Place of what came next, from 0; −1 when it isn't there. */
  readonly place: number;
  /** Items that have their place to be tried. */
  readonly explored: number;
}

export interface ListFigures {
  readonly hr_10: number;
  readonly ndcg_10: number;
  /** Mean of 1 − cosine over the pairs of a list (intra-list distance). */
  readonly distance: number;
  readonly categories_a_list: number;
  /** Different items shown, as a share of those there are. */
  readonly coverage: number;
  /** Of how often each item was shown: 0 all alike, 1 one only. */
  readonly gini: number;
  readonly explored_a_list: number;
}

export interface ListTally {
  add(list: ShownList): void;
  figures(items: number): ListFigures;
}

export function createListTally(): ListTally {
  const shown = new Map<string, number>();
  const sums = { lists: 0, hits: 0, gain: 0, distance: 0, categories: 0, explored: 0 };
  return {
    add({ ids, vectors, categories, place, explored }) {
      sums.lists++;
      sums.explored += explored;
      if (place >= 0) sums.hits++;
      if (place >= 0) sums.gain += 1 / Math.log2(place + 2);
      sums.distance += meanDistance(vectors);
      sums.categories += new Set(categories).size;
      for (const id of ids) shown.set(id, (shown.get(id) ?? 0) + 1);
    },
    figures(items) {
      const mean = (sum: number): number => Math.round((1e4 * sum) / Math.max(1, sums.lists)) / 1e4;
      return {
        hr_10: mean(sums.hits), ndcg_10: mean(sums.gain), distance: mean(sums.distance), categories_a_list: mean(sums.categories),
        coverage: Math.round((1e4 * shown.size) / Math.max(1, items)) / 1e4,
        gini: Math.round(1e4 * gini([...shown.values()], items)) / 1e4,
        explored_a_list: mean(sums.explored),
      };
    },
  };
}

function meanDistance(vectors: readonly Float32Array[]): number {
  let sum = 0;
  let pairs = 0;
  vectors.forEach((a, i) => {
    for (const b of vectors.slice(i + 1)) {
      sum += 1 - a.reduce((dot, x, d) => dot + x * (b[d] ?? 0), 0);
      pairs++;
    }
  });
  return pairs === 0 ? 0 : sum / pairs;
}
