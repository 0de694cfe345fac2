/**
 * The two floors a model must beat, computed beside it from the counts it holds anyway: would the item that came have stood
 * in a list of ten made by a trivial method?
 *
 * popularity  the ten eligible items with the largest p_j = Σ 2^(−age/7 d) over the item's events (`stat.week`)
 * follow      the eligible followers of the shopper's last item by their count, equal counts and the places left by popularity
 *
 * 1. Equal popularity is ordered by row, so nothing depends on chance. An item without an event, or not eligible, is a miss.
 * 2. An item's decayed sum only grows against the others', so ten rows kept in order are exact: no pass over the items, except
 *    once after rows were loaded.
 * As in a replay (freshet/replay/floors), but for what the model's tables are: sums in single precision at whole seconds, among
 * eligible items instead of all seen, followers decayed (90 d) and only those that the model keeps of an item (ModelConfig `followers`).
 */
import { CONSTANT_ROW, STAT } from '@freshet/shared/domain/tables';
import type { Layout } from './layout.js';

export interface FloorHits {
  readonly popularity: boolean;
  readonly follow: boolean;
}

export interface Floors {
  /** The row's sum has grown, or it has become eligible. */
  raise(row: number): void;
  /** `last`: the row of the shopper's last item. */
  hits(target: number, last: number): FloorHits;
  /** Rows were written or cleared: everything is looked at again before the next answer. */
  forget(): void;
}

export interface FloorTables {
  isEligible(row: number): boolean;
  /** Rows in use. */
  rows(): number;
}

const FLOOR_LIST = 10;
const HALF_LIFE_SECONDS = 7 * 86_400;

export function openFloors(layout: Layout, buffer: ArrayBufferLike, tables: FloorTables): Floors {
  const words = new Uint32Array(buffer, layout.stat, layout.rows * STAT.words);
  const floats = new Float32Array(buffer, layout.stat, layout.rows * STAT.words);
  const slots = layout.model.followers;
  const followers = new Uint32Array(buffer, layout.follower, layout.rows * slots);
  const counts = new Float32Array(buffer, layout.followCount, layout.rows * slots);
  /** Best first, with the log₂ of their sums: those of other rows are smaller. */
  const best: { row: number; log: number }[] = [];
  let known = true;

  /** log₂ p_j, up to what is the same for all items; −∞ without an event. */
  const logOf = (row: number): number => {
    const at = row * STAT.words;
    return Math.log2(floats[at + STAT.week] ?? 0) + (words[at + STAT.lastSeen] ?? 0) / HALF_LIFE_SECONDS;
  };

  const raise = (row: number): void => {
    const log = logOf(row);
    const last = best[FLOOR_LIST - 1];
    if (log === Number.NEGATIVE_INFINITY || !tables.isEligible(row)) return;
    if (last !== undefined && last.row !== row && !isBefore({ row, log }, last)) return;
    const place = best.findIndex((one) => one.row === row);
    if (place >= 0) best.splice(place, 1);
    let to = best.length;
    while (to > 0 && isBefore({ row, log }, best[to - 1])) to--;
    best.splice(to, 0, { row, log });
    if (best.length > FLOOR_LIST) best.pop();
  };

  const look = (): void => {
    best.length = 0;
    for (let row = CONSTANT_ROW + 1; row < tables.rows(); row++) raise(row);
    known = true;
  };

  /** Whether the target stands among the first `places` of the best that `skip` doesn't name. */
  const isPopular = (target: number, places: number, skip: ReadonlySet<number>): boolean => {
    let left = places;
    for (const { row } of best) {
      if (skip.has(row)) continue;
      if (left-- <= 0) return false;
      if (row === target) return true;
    }
    return false;
  };

  /** An item's followers: its cells up to the first empty one. */
  const cellsOf = (row: number): { row: number; count: number }[] => {
    const cells: { row: number; count: number }[] = [];
    for (let cell = row * slots; cell < (row + 1) * slots; cell++) {
      const follower = followers[cell] ?? 0;
      if (follower === 0) break;
      cells.push({ row: follower, count: counts[cell] ?? 0 });
    }
    return cells;
  };

  const isFollower = (target: number, last: number): boolean => {
    const cells = cellsOf(last).filter(({ row }) => tables.isEligible(row));
    const own = cells.find(({ row }) => row === target);
    if (own === undefined) return isPopular(target, FLOOR_LIST - cells.length, new Set(cells.map(({ row }) => row)));
    const log = logOf(target);
    const ahead = cells.filter(({ row, count }) => count > own.count || (count === own.count && isBefore({ row, log: logOf(row) }, { row: target, log })));
    return ahead.length < FLOOR_LIST;
  };

  return {
    raise: (row) => known && raise(row),
    hits(target, last) {
      if (!known) look();
      if (!tables.isEligible(target) || logOf(target) === Number.NEGATIVE_INFINITY) return { popularity: false, follow: false };
      return { popularity: isPopular(target, FLOOR_LIST, NOTHING), follow: isFollower(target, last) };
    },
    forget() {
      known = false;
    },
  };
}

const NOTHING: ReadonlySet<number> = new Set();

interface Ranked {
  readonly row: number;
  readonly log: number;
}

function isBefore(a: Ranked, b: Ranked | undefined): boolean {
  return b === undefined || a.log > b.log || (a.log === b.log && a.row < b.row);
}

