/**
 * The last lists of two models, compared: how much of a list both have, and how far their scores lie apart. Pure but for what it holds.
 *
 * 1. Bounded: WINDOW lists, of each the scores.
 * 2. Scores are compared only where both lists come from the same rung: those of two rungs mean different things.
 */
import { ksDistance } from '@freshet/shared/domain/quality/distribution';
import { overlapAt } from '@freshet/shared/domain/quality/lists';
import type { Ranking } from '../rank/input.js';

export interface Comparison {
  /** Lists compared, at most WINDOW. */
  readonly lists: number;
  /** Mean share of a list that the other has too; 1 without lists. */
  readonly overlap: number;
  /** Kolmogorov–Smirnov distance of the scores, as of the last reckoning; undefined before there was one. */
  readonly scoreDrift: number | undefined;
}

export interface Comparisons {
  add(ours: Ranking, theirs: Ranking): void;
  now(): Comparison;
}

export const WINDOW = 200;
/** Sorting the scores of a whole window is a millisecond: not for each list. */
const EVERY = 10;

interface Compared {
  readonly overlap: number;
  readonly ours: readonly number[];
  readonly theirs: readonly number[];
}

export function createComparisons(): Comparisons {
  const last: Compared[] = [];
  let added = 0;
  let scoreDrift: number | undefined;

  const reckon = (): void => {
    const ours = last.flatMap((one) => one.ours);
    const theirs = last.flatMap((one) => one.theirs);
    if (ours.length > 0 && theirs.length > 0) scoreDrift = ksDistance(ours, theirs);
  };

  return {
    add(ours, theirs) {
      const isSame = ours.rung === theirs.rung;
      last.push({
        overlap: overlapAt(ours.items.map(({ id }) => id), theirs.items.map(({ id }) => id), Math.max(ours.items.length, theirs.items.length)),
        ours: isSame ? ours.items.map(({ score }) => score) : [],
        theirs: isSame ? theirs.items.map(({ score }) => score) : [],
      });
      if (last.length > WINDOW) last.shift();
      if (added++ % EVERY === 0) reckon();
    },
    now: () => ({ lists: last.length, overlap: last.length === 0 ? 1 : last.reduce((sum, one) => sum + one.overlap, 0) / last.length, scoreDrift }),
  };
}
