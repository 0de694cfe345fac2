/**
 * Which row stands in which list: the inverted file, laid out so that a list is read from one end to the other.
 *
 * In: rows that come, move, change and go. Out: for each list its blocks, which `scanLists` follows.
 * 1. A row stands in one list or in none. The slots of a list are filled without gaps but for the end of its last block.
 * 2. Every change costs the same few copies, however many rows there are: it may come between two answers.
 * 3. `listTop` is at least the bias of each row of a list: it rises with a row, and falls when `lowerTop` is called.
 * A list's centroid is not its affair (centroids.ts).
 */
import type { Columns } from '../store/columns.js';
import { BLOCK, type Layout, NOT_SERVED } from '../store/layout.js';
import { createSlots, type Slots, type SlotsSaved } from './slots.js';

export interface Lists {
  /** Rows that stand in a list. */
  readonly placed: number;
  /** Numbers of the lists there are, in no order. */
  readonly open: readonly number[];
  sizeOf(list: number): number;
  /** The list's row at a place from 0 to its size − 1. */
  rowAt(list: number, place: number): number;
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
  /** Looks for the largest bias of the list's rows anew: a row that had it may have gone or fallen. */
  lowerTop(list: number): void;
  /** Lets the list's blocks follow each other, where many don't and there is room. */
  gather(list: number): void;
  /** Lists, and blocks of slots, from these numbers on were never used. */
  readonly ends: { readonly lists: number; readonly blocks: number };
  save(): ListsSaved;
  restore(saved: ListsSaved): void;
  reset(): void;
}

/** What the columns don't hold; another's own memory, to be read at once. */
export interface ListsSaved {
  readonly slots: SlotsSaved;
  readonly blocks: readonly (readonly number[])[];
  readonly sizes: readonly number[];
  readonly open: readonly number[];
  readonly spare: readonly number[];
  readonly placed: number;
}

/** A list is gathered when more than one of so many of its blocks don't follow the one before. */
const SCATTERED = 8;

interface State {
  readonly slots: Slots;
  readonly columns: Pick<Columns, 'any' | 'listTop' | 'listFirst' | 'blockNext'>;
  readonly blocks: number[][];
  readonly sizes: number[];
  readonly open: number[];
  readonly spare: number[];
  placed: number;
}

export function createLists(layout: Layout, columns: Columns): Lists {
  const state: State = { slots: createSlots(layout, columns), columns, blocks: [], sizes: [], open: [], spare: [], placed: 0 };
  const { slots, blocks, sizes, open, spare } = state;
  columns.listTop.fill(NOT_SERVED);
  return {
    get placed() {
      return state.placed;
    },
    open,
    sizeOf: (list) => sizes[list] ?? 0,
    rowAt: (list, place) => slots.rowAt(slotAt(state, list, place)),
    listOf: (row) => slots.ownerOf(slots.slotOf(row)),
    add() {
      const list = spare.pop() ?? blocks.length;
      if (list >= layout.lists) return undefined;
      blocks[list] = [];
      sizes[list] = 0;
      columns.listFirst[list] = -1;
      open.push(list);
      return list;
    },
    drop(list) {
      open.splice(open.indexOf(list), 1);
      columns.listTop[list] = NOT_SERVED;
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
      if (slot < 0) return;
      slots.rebias(slot, row);
      raiseTop(state, slots.ownerOf(slot), row);
    },
    lowerTop(list) {
      columns.listTop[list] = NOT_SERVED;
      for (let place = (sizes[list] ?? 0) - 1; place >= 0; place--) raiseTop(state, list, slots.rowAt(slotAt(state, list, place)));
    },
    gather: (list) => gather(state, list),
    get ends() {
      return { lists: blocks.length, blocks: slots.end() };
    },
    save: () => ({ ...state, slots: slots.save() }),
    restore(saved) {
      slots.restore(saved.slots);
      blocks.splice(0, blocks.length, ...saved.blocks.map((all) => [...all]));
      for (const [own, theirs] of [[sizes, saved.sizes], [open, saved.open], [spare, saved.spare]] as const) own.splice(0, own.length, ...theirs);
      state.placed = saved.placed;
    },
    reset() {
      slots.reset();
      columns.listTop.fill(NOT_SERVED);
      for (const all of [blocks, sizes, open, spare]) all.length = 0;
      state.placed = 0;
    },
  };
}

function slotAt({ blocks }: State, list: number, place: number): number {
  return (blocks[list]?.[Math.floor(place / BLOCK)] ?? 0) * BLOCK + (place % BLOCK);
}

function raiseTop({ columns: { any, listTop } }: State, list: number, row: number): void {
  listTop[list] = Math.max(listTop[list] ?? NOT_SERVED, any[row] ?? NOT_SERVED);
}

function place(state: State, row: number, list: number): void {
  const { slots, sizes } = state;
  const size = sizes[list] ?? 0;
  if (size % BLOCK === 0) addBlock(state, list);
  slots.write(slotAt(state, list, size), row);
  raiseTop(state, list, row);
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
  if (block === undefined) return;
  slots.give(block);
  link(state, list, blocks[list]?.at(-1), -1);
}

function addBlock(state: State, list: number): void {
  const { slots, blocks: { [list]: blocks }, columns: { blockNext } } = state;
  const last = blocks?.at(-1);
  const block = slots.take(list, last);
  blocks?.push(block);
  blockNext[block] = -1;
  link(state, list, last, block);
}

/** What follows a block of the list, or is its first when `last` is undefined; −1: nothing. */
function link({ columns: { blockNext, listFirst } }: State, list: number, last: number | undefined, next: number): void {
  if (last === undefined) listFirst[list] = next;
  else blockNext[last] = next;
}

function gather(state: State, list: number): void {
  const { slots, blocks: all } = state;
  const blocks = all[list] ?? [];
  const breaks = blocks.reduce((count, block, i) => count + (i > 0 && block !== (blocks[i - 1] ?? 0) + 1 ? 1 : 0), 0);
  if (SCATTERED * breaks <= blocks.length) return;
  const moved = slots.gather(list, blocks);
  if (moved === undefined) return;
  all[list] = moved;
  moved.forEach((block, i) => link(state, list, moved[i - 1], block));
  link(state, list, moved.at(-1), -1);
}
