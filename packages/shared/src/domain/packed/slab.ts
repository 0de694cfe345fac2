/** One piece of memory, cut into cells of one size; freed ones are linked to each other. */
import type { Buffer } from 'node:buffer';
export const SLAB_BYTES = 65_536;
/** What cells are measured in, and addresses count. */
export const UNIT_BITS = 3;
export const UNIT = 1 << UNIT_BITS;
export const SLAB_UNITS = SLAB_BYTES / UNIT;
export const NONE = -1;

export interface Slab {
  readonly number: number;
  readonly bytes: Buffer;
  /** Units of a cell. */
  units: number;
  /** Cells that hold a record. */
  used: number;
  /** The unit of the cell that was freed last; its first two bytes name the one before it, plus one. NONE without one. */
  freed: number;
  /** The first unit that was never used since the slab has this size. */
  fresh: number;
  /** Its place among the slabs of its size with room; NONE when it is full. */
  place: number;
}

/** The unit of a cell that is free; the slab must have one. */
export function takeCell(slab: Slab): number {
  slab.used++;
  const unit = slab.freed;
  if (unit === NONE) {
    slab.fresh += slab.units;
    return slab.fresh - slab.units;
  }
  const at = unit * UNIT;
  slab.freed = ((slab.bytes[at] ?? 0) | ((slab.bytes[at + 1] ?? 0) << 8)) - 1;
  slab.bytes.fill(0, at, at + 2);
  return unit;
}

/** Overwrites the cell that begins at byte `at`. */
export function freeCell(slab: Slab, at: number): void {
  const { bytes, units } = slab;
  bytes.fill(0, at, at + units * UNIT);
  const link = slab.freed + 1;
  bytes[at] = link & 0xff;
  bytes[at + 1] = link >>> 8;
  slab.freed = at / UNIT;
  slab.used--;
}
