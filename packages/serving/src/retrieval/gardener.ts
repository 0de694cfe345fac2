/**
 * Keeps the lists even and near to their rows while rows change, in pieces small enough to come between two answers.
 *
 * A list of more than twice the rows that it should have (`rowsOfList`) is split (splitter.ts); one with fewer than an eighth of them is dissolved; a row
 * that was written anew is put where it is nearest now; and in turn each list gets the mean direction of its rows for a centroid and
 * its rows are looked at again. (Splitting and reassigning in place, as SPFresh does: Xu et al., SOSP 2023.)
 * 1. After every piece the lists hold the rows that they held before: a search between two pieces misses none of a list's rows.
 * 2. A piece takes at most about PIECE_ROWS searches among all centroids.
 */
import type { Columns } from '../store/columns.js';
import type { Centroids } from './centroids.js';
import type { Lists } from './lists.js';
import { beginSplit, rowsOfList, type Split } from './splitter.js';

export interface Gardener {
  /** The row's embedding is new or has changed, and its code with it; a row without a direction leaves its list. */
  changed(row: number): void;
  /** Does one piece of work; false when nothing is left but the turns that never end. */
  tend(): boolean;
  /** Whether no list waits to be split and each has had its first turns: until then a search of some lists would read too many rows, or find too little. */
  readonly settled: boolean;
  save(): GardenerSaved;
  restore(saved: GardenerSaved): void;
  reset(): void;
}

/** Another's own state, to be read at once. */
export interface GardenerSaved {
  readonly changed: ReadonlySet<number>;
  readonly large: ReadonlySet<number>;
  /** Of the split that is being made. */
  readonly split: Pick<Split, 'parts'> | undefined;
  readonly seed: number;
  readonly turn: number;
  readonly turned: number;
}

const PIECE_ROWS = 64;
/**
 * Turns of each list after a table was filled before lists are searched: as they are split, .99 of the exact best lie in a third of 73,254
 * trained rows; after two turns in a seventh (`bench scan`).
 */
const FIRST_TURNS = 2;
/** Changed rows that are remembered; more wait for the turn of their list. */
const REMEMBERED = 65_536;

interface State {
  readonly lists: Lists;
  readonly centroids: Centroids;
  readonly put: (row: number, list: number) => void;
  readonly changed: Set<number>;
  /** Lists that have grown too large. */
  readonly large: Set<number>;
  split: Split | undefined;
  seed: number;
  /** Whose turn it is, and the place that comes next; −1: the list's turn has not begun. */
  turn: number;
  place: number;
  /** The list whose turn it is, if only lists near to it are looked at; −1: all are. */
  around: number;
  /** Lists that have had a turn since the table was empty. */
  turned: number;
}

export function createGardener({ scale }: Pick<Columns, 'scale'>, lists: Lists, centroids: Centroids): Gardener {
  const put = (row: number, list: number): void => {
    if (lists.listOf(row) !== list) lists.move(row, list);
    if (isLarge(lists, list) && state.split?.parts[0] !== list) state.large.add(list);
  };
  const state: State = { lists, centroids, put, changed: new Set(), large: new Set(), split: undefined, seed: 0, turn: 0, place: -1, around: -1, turned: 0 };
  return {
    changed(row) {
      if ((scale[row] ?? 0) === 0) return lists.remove(row);
      if (lists.listOf(row) < 0) return put(row, nearestList(state, row));
      lists.recode(row);
      if (state.changed.size < REMEMBERED) state.changed.add(row);
    },
    get settled() {
      return state.split === undefined && state.large.size === 0 && hasFirstTurns(state);
    },
    tend() {
      if (goOnSplitting(state)) return true;
      if (state.changed.size > 0) replaceChanged(state);
      else takeTurn(state);
      return state.changed.size > 0 || state.large.size > 0 || !hasFirstTurns(state);
    },
    save: () => state,
    restore({ changed, large, split, seed, turn, turned }) {
      for (const row of changed) state.changed.add(row);
      for (const list of large) state.large.add(list);
      // What was being split is looked at as if it had been, and split again where that is too little.
      Object.assign(state, { split: split && { parts: split.parts, goOn: () => false }, seed, turn, place: -1, around: -1, turned });
    },
    reset() {
      state.changed.clear();
      state.large.clear();
      Object.assign(state, { split: undefined, turn: 0, place: -1, around: -1, turned: 0 });
    },
  };
}

function hasFirstTurns({ turned, lists }: State): boolean {
  return turned >= FIRST_TURNS * lists.open.length;
}

function isLarge(lists: Lists, list: number): boolean {
  return lists.sizeOf(list) > 2 * rowsOfList(lists.placed);
}

function nearestList({ lists, centroids }: State, row: number): number {
  const nearest = centroids.nearest(row);
  if (nearest >= 0) return nearest;
  const first = lists.add() ?? 0;
  centroids.setTo(first, [row]);
  return first;
}

/** False when no list has to be split. */
function goOnSplitting(state: State): boolean {
  if (state.split === undefined) {
    const [list] = state.large;
    if (list === undefined) return false;
    state.large.delete(list);
    if (isLarge(state.lists, list)) state.split = beginSplit(list, ++state.seed, state);
    return true;
  }
  if (state.split.goOn()) return true;
  const { parts } = state.split;
  state.split = undefined;
  for (const part of parts) {
    if (state.lists.sizeOf(part) === 0) dissolve(state, part);
    else if (isLarge(state.lists, part)) state.large.add(part);
  }
  return true;
}

function dissolve(state: State, list: number): void {
  const { lists, centroids, put } = state;
  if (lists.open.length === 1) return;
  centroids.hide(list);
  state.large.delete(list);
  for (let place = lists.sizeOf(list) - 1; place >= 0; place--) {
    const row = lists.rowAt(list, place);
    put(row, centroids.nearest(row));
  }
  lists.drop(list);
}

function replaceChanged({ lists, centroids, put, changed }: State): void {
  let left = PIECE_ROWS;
  for (const row of changed) {
    changed.delete(row);
    if (lists.listOf(row) >= 0) put(row, centroids.nearest(row));
    if (--left === 0) return;
  }
}

function takeTurn(state: State): void {
  const { lists, centroids, put } = state;
  const list = lists.open[state.turn % Math.max(1, lists.open.length)];
  if (list === undefined) return;
  if (state.place < 0) {
    const size = lists.sizeOf(list);
    if (size < rowsOfList(lists.placed) / 8) {
      endTurn(state);
      return dissolve(state, list);
    }
    centroids.setTo(list, Array.from({ length: size }, (_, place) => lists.rowAt(list, place)));
    lists.lowerTop(list);
    // In the first turns rows may lie anywhere; later a row that moves goes next door.
    state.around = hasFirstTurns(state) ? list : -1;
    if (state.around === list) centroids.lookAround(list);
    state.place = size - 1;
  }
  const end = Math.max(-1, state.place - PIECE_ROWS);
  state.place = Math.min(state.place, lists.sizeOf(list) - 1);
  for (; state.place > end; state.place--) {
    const row = lists.rowAt(list, state.place);
    const near = state.around === list ? centroids.nearestAround(row) : -1;
    put(row, near >= 0 ? near : centroids.nearest(row));
  }
  if (state.place >= 0) return;
  lists.gather(list);
  endTurn(state);
}

function endTurn(state: State): void {
  state.turn++;
  state.turned++;
}
