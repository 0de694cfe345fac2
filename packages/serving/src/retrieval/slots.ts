/**
 * The slots that rows of lists stand in, by blocks of 16: what `scanLists` reads.
 *
 * 1. A row has one slot or none. A slot without a row has a bias that hides it.
 * 2. A block belongs to one list or is free.
 */
import type { Columns } from '../store/columns.js';
import { BLOCK, type Layout, NOT_SERVED } from '../store/layout.js';
import { createFreeBlocks, type FreeBlocksSaved } from './free-blocks.js';

export interface Slots {
  /** A free block, empty, for the list whose last block is `last`. */
  take(list: number, last?: number): number;
  /** Moves a list's blocks so that they follow each other; undefined, and nothing is moved, where there is no room for it. */
  gather(list: number, blocks: readonly number[]): number[] | undefined;
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
  /** Blocks from here on were never used. */
  end(): number;
  save(): SlotsSaved;
  restore(saved: SlotsSaved): void;
  reset(): void;
}

/** What the columns don't hold; another's own memory, to be read at once. */
export interface SlotsSaved {
  readonly slotOf: Int32Array;
  readonly ownerOf: Int32Array;
  readonly free: FreeBlocksSaved;
}

export function createSlots(layout: Layout, columns: Columns): Slots {
  const { dim } = layout;
  const { codes, codeScale, any, slotCodes, slotScale, slotBias, slotRow } = columns;
  const slotOf = new Int32Array(layout.capacity).fill(-1);
  const ownerOf = new Int32Array(layout.blocks).fill(-1);
  const free = createFreeBlocks(layout.blocks);

  const give = (block: number): void => {
    ownerOf[block] = -1;
    free.give(block);
  };
  const copy = (from: number, to: number): void => {
    const [start, end] = [from * BLOCK, (from + 1) * BLOCK];
    slotCodes.copyWithin(to * BLOCK * dim, start * dim, end * dim);
    for (const column of [slotScale, slotBias, slotRow]) column.copyWithin(to * BLOCK, start, end);
    for (let i = 0; i < BLOCK; i++) {
      // What an empty slot's row number says is left over.
      const row = slotRow[start + i] ?? 0;
      if (slotOf[row] === start + i) slotOf[row] = to * BLOCK + i;
    }
  };

  return {
    take(list, last) {
      const block = free.take(last);
      slotBias.fill(NOT_SERVED, block * BLOCK, (block + 1) * BLOCK);
      ownerOf[block] = list;
      return block;
    },
    give,
    gather(list, blocks) {
      const first = free.takeRun(blocks.length);
      if (first < 0) return undefined;
      return blocks.map((block, i) => {
        copy(block, first + i);
        give(block);
        ownerOf[first + i] = list;
        return first + i;
      });
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
    clear: (slot) => void (slotBias[slot] = NOT_SERVED),
    forget: (row) => void (slotOf[row] = -1),
    end: () => free.end,
    save: () => ({ slotOf, ownerOf, free: free.save() }),
    restore(saved) {
      slotOf.set(saved.slotOf);
      ownerOf.set(saved.ownerOf);
      free.restore(saved.free);
    },
    reset() {
      slotOf.fill(-1);
      ownerOf.fill(-1);
      free.reset();
    },
  };
}
