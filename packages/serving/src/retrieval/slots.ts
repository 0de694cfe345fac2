/**
 * The slots that rows of lists stand in, by blocks of 64: what `scanBlocks` reads.
 *
 * 1. A row has one slot or none. A slot without a row has a bias that hides it.
 * 2. A block belongs to one list or is free; blocks that are given back are used again before fresh ones.
 */
import { CapacityError } from '@freshet/shared/errors';
import type { Columns } from '../store/columns.js';
import { BLOCK, type Layout, NOT_SERVED } from '../store/layout.js';

export interface Slots {
  /** A free block, empty, for the list. */
  take(list: number): number;
  give(block: number): void;
  /** −1: the row stands in none. */
  slotOf(row: number): number;
  /** The list whose block the slot is in; −1 for slot −1. */
  ownerOf(slot: number): number;
  rowAt(slot: number): number;
  /** The row stands in this slot from now on, with what its columns hold now. */
  write(slot: number, row: number): void;
  rebias(slot: number, row: number): void;
  /** Empties a slot. */
  clear(slot: number): void;
  /** The row stands in none from now on. */
  forget(row: number): void;
  reset(): void;
}

export function createSlots(layout: Layout, columns: Columns): Slots {
  const { dim } = layout;
  const { codes, codeScale, any, slotCodes, slotScale, slotBias, slotRow } = columns;
  const slotOf = new Int32Array(layout.capacity).fill(-1);
  const ownerOf = new Int32Array(layout.blocks).fill(-1);
  const spare: number[] = [];
  let fresh = 0;

  return {
    take(list) {
      const block = spare.pop() ?? fresh++;
      if (block >= layout.blocks) throw new CapacityError('list_blocks', `all ${layout.blocks} blocks of lists are in use`);
      slotBias.fill(NOT_SERVED, block * BLOCK, (block + 1) * BLOCK);
      ownerOf[block] = list;
      return block;
    },
    give(block) {
      ownerOf[block] = -1;
      spare.push(block);
    },
    slotOf: (row) => slotOf[row] ?? -1,
    ownerOf: (slot) => (slot < 0 ? -1 : (ownerOf[Math.floor(slot / BLOCK)] ?? -1)),
    rowAt: (slot) => slotRow[slot] ?? 0,
    write(slot, row) {
      slotCodes.set(codes.subarray(row * dim, (row + 1) * dim), slot * dim);
      slotScale[slot] = codeScale[row] ?? 0;
      slotBias[slot] = any[row] ?? NOT_SERVED;
      slotRow[slot] = row;
      slotOf[row] = slot;
    },
    rebias(slot, row) {
      slotBias[slot] = any[row] ?? NOT_SERVED;
    },
    clear(slot) {
      slotBias[slot] = NOT_SERVED;
    },
    forget(row) {
      slotOf[row] = -1;
    },
    reset() {
      slotOf.fill(-1);
      ownerOf.fill(-1);
      spare.length = 0;
      fresh = 0;
    },
  };
}
