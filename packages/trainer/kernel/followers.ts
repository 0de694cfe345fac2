/**
 * Who follows an example's last item: the cells of its row in the table `follow`.
 *
 * 1. A row's cells are filled from the first without a hole (src/parameters/follow.ts), so an empty one ends it: a loop goes from
 *    `firstCell` to `endOfCells`, and stops where `followerAt` is 0. After a word nobody follows: there is no cell.
 */
import { ln } from '../../shared/kernel/scalar';
import { header } from './memory';
import { Example, hasLast } from './records';

/** From one cell to the next; cells are offsets into `follower` and `followCount`. */
export const CELL: usize = 4;

const FOLLOW_GAIN: f32 = 20;

// @ts-ignore: decorator
@inline
export function firstCell(one: Example): usize {
  return <usize>(one.row(0) * header().followers) << 2;
}

// @ts-ignore: decorator
@inline
export function endOfCells(one: Example): usize {
  return hasLast(one) ? firstCell(one) + (<usize>header().followers << 2) : firstCell(one);
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

/** The row's cell among the followers, or `endOfCells`. */
export function cellOf(one: Example, row: u32): usize {
  const end = endOfCells(one);
  for (let cell = firstCell(one); cell < end; cell += CELL) {
    const follower = followerAt(cell);
    if (follower == row) return cell;
    if (follower == 0) break;
  }
  return end;
}

export function isFollower(one: Example, row: u32): bool {
  return cellOf(one, row) != endOfCells(one);
}

/** log(1 + 20 follow) for a stored count, of which `own` is taken out. */
// @ts-ignore: decorator
@inline
export function followTerm(stored: f32, own: f32, followScale: f32): f32 {
  const count = max<f32>(0, stored - own) * followScale;
  return count > 0 ? ln(1 + FOLLOW_GAIN * count) : 0;
}
