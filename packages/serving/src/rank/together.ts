/**
 * What is taken together with an item: its followers and those it follows, from the model's table `follow`.
 *
 * score(a, j) = f(a → j) + f(j → a), where f is the decayed count of “a, then j” within one shopper's last ten events (the z-th last one, z from 0, counts
 * 1/(z+1), half-life 90 days; only what is taken counts, not refusals). So it rests on what shoppers did, one after the other, by whatever event
 * types a shop sends; the model keeps no baskets. Of each item the table has the most frequent followers (`--followers`), and
 * only they are considered.
 * 1. The same row and counts that the follow term of a score is made of, of one version.
 */
import { followScale } from '@freshet/shared/domain/tables';
import { NOT_SERVED } from '../store/layout.js';
import type { TableSet } from '../store/table-set.js';
import type { RankedItem, RankInput } from './input.js';
import { columnOf } from './prepare.js';

/** Hidden rows are those that the request's adjustments hide. */
export function takenTogether(input: RankInput, row: number): RankedItem[] {
  const { model: { set }, filter, hidden, item } = input;
  const column = set[columnOf(input)];
  const scale = followScale(input.now);
  const found: RankedItem[] = [];
  eachCell(set, row, (follower, count) => {
    const id = set.nameOf(follower);
    if (id === undefined || (column[follower] ?? NOT_SERVED) < -1e38 || filter?.passes(id) === false || hidden?.has(id) === true) return;
    const score = (count + countOf(set, follower, row)) * scale;
    found.push({ id, score, ...(input.reasons ? { reasons: [{ kind: 'follow', ...(item === undefined ? {} : { item_id: item }), contribution: score }] } : {}) });
  });
  return found.sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1)).slice(0, input.limit);
}

function eachCell({ followers, followCounts, rows, layout: { slots } }: TableSet, row: number, take: (follower: number, count: number) => void): void {
  for (let cell = row * slots; cell < (row + 1) * slots; cell++) {
    const follower = followers[cell] ?? 0;
    if (follower !== 0 && follower < rows) take(follower, followCounts[cell] ?? 0);
  }
}

function countOf(set: TableSet, row: number, follower: number): number {
  let found = 0;
  eachCell(set, row, (other, count) => {
    if (other === follower) found = count;
  });
  return found;
}
