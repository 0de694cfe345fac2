/**
 * Who follows an example's last items: the cells of their rows in the table `follow`. The z-th last item is that of the z-th event of
 * the history, z < FOLLOWED, when no newer event has the same row: each item once.
 *
 * 1. A row's cells are filled from the first without a hole (src/parameters/follow.ts), so an empty one ends it: a loop goes from
 *    `firstCell` to `endOfCells`, and stops where `followerAt` is 0. Nobody follows a word, nor anything before it: there is no cell.
 */
import { ln } from '../../shared/kernel/scalar';
import { header } from './memory';
import { Example, hasLast, isWord } from './records';

/** From one cell to the next; cells are offsets into `follower` and `followCount`. */
export const CELL: usize = 4;

const FOLLOW_GAIN: f32 = 20;
/** As in shared/src/domain/model-config.ts. */
const FOLLOW_DEPTH: u32 = 10;

/** Whether the z-th last event's item has followers that count. */
export function isFollowed(one: Example, z: u32): bool {
  if (z >= one.length || !hasLast(one) || isWord(one.mark(z))) return false;
  for (let newer: u32 = 0; newer < z; newer++) if (one.row(newer) == one.row(z)) return false;
  return true;
}

// @ts-ignore: decorator
@inline
export function firstCell(one: Example, z: u32): usize {
  return <usize>(one.row(z) * header().followers) << 2;
}

// @ts-ignore: decorator
@inline
export function endOfCells(one: Example, z: u32): usize {
  return isFollowed(one, z) ? firstCell(one, z) + (<usize>header().followers << 2) : firstCell(one, z);
}

// @ts-ignore: decorator
@inline
export function followerAt(cell: usize): u32 {
  return load<u32>(header().follower + cell);
}

/** As stored. */
// @ts-ignore: decorator
@inline
export function countAt(cell: usize): f32 {
  return load<f32>(header().followCount + cell);
}

/** The row's cell among the followers of the z-th last item, or `endOfCells`. */
export function cellOf(one: Example, z: u32, row: u32): usize {
  const end = endOfCells(one, z);
  for (let cell = firstCell(one, z); cell < end; cell += CELL) {
    const follower = followerAt(cell);
    if (follower == row) return cell;
    if (follower == 0) break;
  }
  return end;
}

/** What the example's own event has added to “the z-th last item, then the target”, in stored units: `own` for each place of that item. */
export function ownOf(one: Example, z: u32): f32 {
  const item = one.row(z);
  if (one.own == 0 || item == one.target) return 0;
  let sum: f32 = 0;
  for (let k: u32 = 0; k < min(FOLLOW_DEPTH, one.length); k++) if (one.row(k) == item) sum += <f32>1 / <f32>(k + 1);
  return sum * one.own;
}

/** log(1 + 20 follow) for a stored count, of which `own` is taken out. */
// @ts-ignore: decorator
@inline
export function followTerm(stored: f32, own: f32, followScale: f32): f32 {
  const count = max<f32>(0, stored - own) * followScale;
  return count > 0 ? ln(1 + FOLLOW_GAIN * count) : 0;
}
