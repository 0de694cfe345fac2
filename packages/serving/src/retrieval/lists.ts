/**
 * Which row stands in which list: the inverted file, laid out so that a list is read from one end to the other.
 *
 * In: rows that come, move, change and go. Out: for each list its blocks, which `scanBlocks` reads.
 * 1. A row stands in one list or in none. The slots of a list are filled without gaps but for the end of its last block.
 * 2. Every change costs the same few copies, however many rows there are: it may come between two answers.
 * A list's centroid is not its affair (centroids.ts).
 */
import type { Columns } from '../store/columns.js';
import { BLOCK, type Layout } from '../store/layout.js';
import { createSlots, type Slots } from './slots.js';

export interface Lists {
  /** Rows that stand in a list. */
  readonly placed: number;
  /** Numbers of the lists there are, in no order. */
  readonly open: readonly number[];
  sizeOf(list: number): number;
  /** The list's row at a place from 0 to its size − 1. */
  rowAt(list: number, place: number): number;
  blocksOf(list: number): readonly number[];
  /** −1: the row stands in none. */
  listOf(row: number): number;
  /** A list more, or undefined when there are as many as can be. */
  add(): number | undefined;
  /** An empty list is given up. */
  drop(list: number): void;
  place(row: number, list: number): void;
  remove(row: number): void;
  move(row: number, list: number): void;
  /** The row's code and scale have changed. */
  recode(row: number): void;
  /** The row's bias, or whether it may be served, has changed. */
  rebias(row: number): void;
  reset(): void;
}

interface State {
  readonly slots: Slots;
  readonly blocks: number[][];
  readonly sizes: number[];
  readonly open: number[];
  readonly spare: number[];
  placed: number;
}

export function createLists(layout: Layout, columns: Columns): Lists {
  const state: State = { slots: createSlots(layout, columns), blocks: [], sizes: [], open: [], spare: [], placed: 0 };
  const { slots, blocks, sizes, open, spare } = state;
  return {
    get placed() {
      return state.placed;
    },
    open,
    sizeOf: (list) => sizes[list] ?? 0,
    rowAt: (list, place) => slots.rowAt(slotAt(state, list, place)),
    blocksOf: (list) => blocks[list] ?? [],
    listOf: (row) => slots.ownerOf(slots.slotOf(row)),
    add() {
      const list = spare.pop() ?? blocks.length;
      if (list >= layout.lists) return undefined;
      blocks[list] = [];
      sizes[list] = 0;
      open.push(list);
      return list;
    },
    drop(list) {
      open.splice(open.indexOf(list), 1);
      spare.push(list);
    },
    place: (row, list) => place(state, row, list),
    remove: (row) => remove(state, row),
    move(row, list) {
      remove(state, row);
      place(state, row, list);
    },
    recode(row) {
      const slot = slots.slotOf(row);
      if (slot >= 0) slots.write(slot, row);
    },
    rebias(row) {
      const slot = slots.slotOf(row);
      if (slot >= 0) slots.rebias(slot, row);
    },
    reset() {
      slots.reset();
      for (const all of [blocks, sizes, open, spare]) all.length = 0;
      state.placed = 0;
    },
  };
}

function slotAt({ blocks }: State, list: number, place: number): number {
  return (blocks[list]?.[Math.floor(place / BLOCK)] ?? 0) * BLOCK + (place % BLOCK);
}

function place(state: State, row: number, list: number): void {
  const { slots, blocks, sizes } = state;
  const size = sizes[list] ?? 0;
  if (size % BLOCK === 0) blocks[list]?.push(slots.take(list));
  slots.write(slotAt(state, list, size), row);
  sizes[list] = size + 1;
  state.placed++;
}

function remove(state: State, row: number): void {
  const { slots, blocks, sizes } = state;
  const slot = slots.slotOf(row);
  if (slot < 0) return;
  const list = slots.ownerOf(slot);
  const size = (sizes[list] ?? 0) - 1;
  const last = slotAt(state, list, size);
  // The last one takes the place that is free now.
  if (last !== slot) slots.write(slot, slots.rowAt(last));
  slots.clear(last);
  slots.forget(row);
  sizes[list] = size;
  state.placed--;
  if (size % BLOCK > 0) return;
  const block = blocks[list]?.pop();
  if (block !== undefined) slots.give(block);
}
