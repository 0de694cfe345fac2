/**
 * What is taken together with an item: its followers and those it follows, from the model's table `follow`.
 *
 * score(a, j) = f(a → j) + f(j → a), where f is the decayed count of “a, then j” within one shopper's last ten events (the z-th last one, z from 0, counts
 * 1/(z+1), half-life 90 days; only what is taken counts, not refusals). So it rests on what shoppers did, one after the other, by whatever event
 * types a shop sends; the model keeps no baskets. Of each item the table has the most frequent followers (`--followers`), and
 * only they are considered.
 * 1. The same row and counts that the follow term of a score is made of, of one version.
 * 2. Items that were taken before this one, and never after it, are found where the table has at most LOOKED_THROUGH cells (65,536 items with 32 followers):
 *    it is kept by what was taken first, and looking through a larger one would hold up other answers.
 */
import { followScale } from '@freshet/shared/domain/tables';
import { NOT_SERVED } from '../store/layout.js';
import type { TableSet } from '../store/table-set.js';
import type { RankedItem, RankInput } from './input.js';
import { columnOf } from './prepare.js';

/** Cells that are looked through in one answer: a millisecond or two. */
const LOOKED_THROUGH = 2_097_152;

/** Hidden rows are those that the request's adjustments hide. */
export function takenTogether(input: RankInput, row: number): RankedItem[] {
  const { model: { set }, filter, hidden, item } = input;
  const column = set[columnOf(input)];
  const scale = followScale(input.now);
  const found: RankedItem[] = [];
  for (const [other, count] of countsOf(set, row)) {
    const id = set.nameOf(other);
    if (id === undefined || (column[other] ?? NOT_SERVED) < -1e38 || filter?.passes(id) === false || hidden?.has(id) === true) continue;
    const score = count * scale;
    found.push({ id, score, ...(input.reasons ? { reasons: [{ kind: 'follow', ...(item === undefined ? {} : { item_id: item }), contribution: score }] } : {}) });
  }
  return found.sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1)).slice(0, input.limit);
}

function eachCell({ followers, followCounts, rows, layout: { slots } }: TableSet, row: number, take: (follower: number, count: number) => void): void {
  for (let cell = row * slots; cell < (row + 1) * slots; cell++) {
    const follower = followers[cell] ?? 0;
    if (follower !== 0 && follower < rows) take(follower, followCounts[cell] ?? 0);
  }
}

/** By row, in both directions. */
function countsOf(set: TableSet, row: number): ReadonlyMap<number, number> {
  const counts = new Map<number, number>();
  const add = (other: number, count: number): void => void counts.set(other, (counts.get(other) ?? 0) + count);
  eachCell(set, row, add);
  const { followers, followCounts, rows, layout: { slots } } = set;
  if (rows * slots <= LOOKED_THROUGH) {
    const used = followers.subarray(0, rows * slots);
    for (let cell = used.indexOf(row); cell >= 0; cell = used.indexOf(row, cell + 1)) add(Math.floor(cell / slots), followCounts[cell] ?? 0);
    return counts;
  }
  for (const other of counts.keys()) {
    eachCell(set, other, (follower, count) => {
      if (follower === row) add(other, count);
    });
  }
  return counts;
}
