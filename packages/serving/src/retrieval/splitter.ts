/**
 * Splits a list that has grown, by spherical k-means over a sample of its rows (Dhillon and Modha 2001), then row by row.
 *
 * 1. After every piece each row stands in one list: in the old one, or in the part that it is nearest to.
 * 2. A piece takes about a millisecond.
 */
import { randomBelow } from '@freshet/shared/domain/random';
import type { Centroids } from './centroids.js';
import type { Lists } from './lists.js';

/**
 * Rows that a list should have among so many: three lists for each row of the square root. Finding the nearest lists then costs about
 * what reading them does. (Inverted files usually have 4 to 16 √n lists; more would make each changed row's own search dearer.)
 */
export function rowsOfList(rows: number): number {
  return Math.max(FEWEST_ROWS, Math.round(Math.sqrt(rows) / 3));
}
const FEWEST_ROWS = 64;
const MOST_PARTS = 16;
const SAMPLE_OF_A_PART = 64;
const ROUNDS = 6;
const PIECE_ROWS = 512;

export interface Split {
  /** The old list is the first of them and keeps what is nearest to it. */
  readonly parts: readonly number[];
  /** Does a piece of the work; false when it was the last. */
  goOn(): boolean;
}

export interface SplitterParts {
  readonly lists: Lists;
  readonly centroids: Centroids;
  /** Puts a row into a list. */
  readonly put: (row: number, list: number) => void;
}

/** Undefined when there can't be another list. */
export function beginSplit(list: number, seed: number, { lists, centroids, put }: SplitterParts): Split | undefined {
  const size = lists.sizeOf(list);
  const parts = [list, ...addLists(lists, Math.min(MOST_PARTS, Math.max(2, Math.round(size / rowsOfList(lists.placed)))) - 1)];
  if (parts.length === 1) return undefined;
  const sample = Array.from({ length: Math.min(size, SAMPLE_OF_A_PART * parts.length) }, (_, i) => lists.rowAt(list, randomBelow(size, seed, i, 0)));
  parts.forEach((part, i) => centroids.setTo(part, sample.slice(i, i + 1)));
  // From the last place down: what takes a free place has been looked at already.
  let place = size - 1;
  let round = 0;
  return {
    parts,
    goOn() {
      if (round++ < ROUNDS) {
        moveCentroids(parts, sample, centroids);
        return true;
      }
      const end = Math.max(-1, place - PIECE_ROWS);
      place = Math.min(place, lists.sizeOf(list) - 1);
      for (; place > end; place--) {
        const row = lists.rowAt(list, place);
        put(row, centroids.nearestOf(row, parts));
      }
      return place >= 0;
    },
  };
}

function addLists(lists: Lists, wanted: number): number[] {
  const added: number[] = [];
  while (added.length < wanted) {
    const list = lists.add();
    if (list === undefined) break;
    added.push(list);
  }
  return added;
}

/** A round of k-means; a part that no row is near to stays where it is. */
function moveCentroids(parts: readonly number[], sample: readonly number[], centroids: Centroids): void {
  const near = new Map<number, number[]>(parts.map((part) => [part, []]));
  for (const row of sample) near.get(centroids.nearestOf(row, parts))?.push(row);
  for (const [part, rows] of near) if (rows.length > 0) centroids.setTo(part, rows);
}
