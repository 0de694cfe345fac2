/** The prequential curve, from windows as the API has them to points that can be drawn: pure. */
import type { QualityWindow } from './answers.js';

export const SERIES = ['model', 'follow', 'popularity'] as const;
export type Series = (typeof SERIES)[number];

export type Point = Readonly<Record<Series, number>> & {
  /** Milliseconds since 1970. */
  readonly at: number;
};

/** Tested events that a point should rest on: a window of some hundred jumps about. */
const SMOOTHED_OVER = 1_200;

/** Oldest first; each the mean over the windows up to it, weighted by what they tested. */
export function curveOf(windows: readonly QualityWindow[], over = SMOOTHED_OVER): readonly Point[] {
  const sorted = windows.filter((window) => window.tested > 0).toSorted((a, b) => a.from_seq - b.from_seq);
  return sorted.map((window, place) => {
    let tested = 0;
    let first = place;
    for (; first >= 0 && tested < over; first--) tested += sorted[first]?.tested ?? 0;
    const taken = sorted.slice(first + 1, place + 1);
    const mean = (value: (one: QualityWindow) => number): number => taken.reduce((sum, one) => sum + value(one) * one.tested, 0) / tested;
    return {
      at: Date.parse(window.to),
      model: mean((one) => one.hit_ratio_10),
      follow: mean((one) => one.floors.follow.hit_ratio_10),
      popularity: mean((one) => one.floors.popularity.hit_ratio_10),
    };
  });
}

/** What is known and what came, each window once, at most `limit` of the newest. */
export function joinWindows(known: readonly QualityWindow[], came: readonly QualityWindow[], limit: number): readonly QualityWindow[] {
  const bySeq = new Map([...known, ...came].map((window) => [window.from_seq, window]));
  return [...bySeq.values()].sort((a, b) => b.from_seq - a.from_seq).slice(0, limit);
}
