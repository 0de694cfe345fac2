/**
 * Sampled negatives of leave-one-out: for each tested event some items that its user has never had, drawn uniformly.
 *
 * 1. What is drawn for an event is a pure function of (seed, its number, the items, what its user has had in any file).
 * 2. Distinct, and never one of the user's own items. Where there are no more than `count` others, all of them.
 */
import { randomBelow } from '@freshet/shared/domain/random';

export interface NegativesRequest {
  readonly items: readonly string[];
  readonly had: ReadonlySet<string>;
  readonly count: number;
  readonly seed: number;
  /** The tested event's number. */
  readonly event: number;
}

export function drawNegatives({ items, had, count, seed, event }: NegativesRequest): string[] {
  if (items.length - had.size <= count) return items.filter((item) => !had.has(item));
  const drawn = new Set<string>();
  for (let turn = 0; drawn.size < count; turn++) {
    const item = items[randomBelow(items.length, seed, event, turn)];
    if (item !== undefined && !had.has(item)) drawn.add(item);
  }
  return [...drawn];
}
