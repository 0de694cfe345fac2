/**
 * Which rows are worth publishing: |E − published|² > ε² |E|², or |b − published| > ε_b. A new row was published as zeros, so it always is.
 *
 * 1. Copies nothing: the ids go to `selection`. Every row looked at is clean afterwards.
 */
import { hsum } from '../../shared/kernel/vector';
import { embedding, enter, float, header, rowBytes } from './memory';

/** Looks at the dirty rows from `from` to before `end`, or at all of them; returns how many are significant. */
export function significant(from: u32, end: u32, epsilon: f32, biasEpsilon: f32, everything: bool): u32 {
  enter(0);
  const dirty = header().dirty;
  let found: u32 = 0;
  for (let row = from; row < end; row++) {
    if (!everything) {
      while ((row & 7) == 0 && row + 8 <= end && load<u64>(dirty + row) == 0) row += 8;
      if (row >= end) break;
      if (load<u8>(dirty + row) == 0) continue;
    }
    store<u8>(dirty + row, 0);
    if (!hasMoved(row, epsilon, biasEpsilon)) continue;
    store<u32>(header().selection + (found << 2), row);
    found++;
  }
  return found;
}

function hasMoved(row: u32, epsilon: f32, biasEpsilon: f32): bool {
  const bias = abs(float(header().bias, row) - float(header().publishedBias, row));
  if (bias > biasEpsilon) return true;
  const now = embedding(row);
  const then = header().publishedEmbedding + <usize>row * rowBytes;
  let moved = f32x4.splat(0);
  let square = f32x4.splat(0);
  for (let o: usize = 0; o < rowBytes; o += 16) {
    const e = v128.load(now + o);
    const d = f32x4.sub(e, v128.load(then + o));
    moved = f32x4.add(moved, f32x4.mul(d, d));
    square = f32x4.add(square, f32x4.mul(e, e));
  }
  return !(hsum(moved) <= epsilon * epsilon * hsum(square));
}
