/**
 * The two floors a model must beat, computed beside it from the same stream, event by event, never looking ahead.
 *
 * popularity  p_j = Σ 2^(−age/7 d) over the item's events
 * follow      f(i₁ → j) with i₁ the shopper's last item: when j comes, the z-th last item i_z adds 1/(z+1) to
 *             f(i_z → j), z < 10; an item is never its own follower
 *
 * 1. An event is ranked before it is counted, among all items seen so far; a never-seen item is a miss.
 * 2. No rank depends on chance: equal counts (and items that never followed) are ordered by popularity, equal
 *    popularity by which item was seen first.
 * 3. Pairs are limited to `MAX_PAIRS`; beyond it known pairs still count, new ones don't begin.
 */
import { FOLLOW_DEPTH } from '@freshet/shared/domain/model-config';
import { createMetrics, type Accuracy } from './metrics.js';

export interface FloorEvent {
  readonly user: string;
  readonly item: string;
  readonly ts: number;
}

export interface Floors {
  /** Ranks the event when `evaluate` and the shopper is known, then counts it. */
  observe(event: FloorEvent, evaluate: boolean): void;
  figures(): FloorFigures;
}

export interface FloorFigures {
  readonly tested: number;
  readonly items: number;
  readonly users: number;
  readonly popularity: Accuracy;
  readonly follow: Accuracy;
}

const HALF_LIFE_MS = 7 * 86_400_000;
const MAX_PAIRS = 30_000_000;
/** Ranks beyond it don't matter to any figure, so counting stops there. */
const DEEPEST = 10;

interface Shopper {
  /** Rows of the last items, newest first, at most FOLLOW_DEPTH. */
  readonly recent: number[];
  /** All rows, kept only where they are left out of the ranking. */
  readonly past: Set<number>;
}

export function createFloors(options: { readonly noRepeats: boolean }): Floors {
  const rows = new Map<string, number>();
  const shoppers = new Map<string, Shopper>();
  const popularity = createPopularity();
  const follow = createFollow();
  const figures = { popularity: createMetrics(), follow: createMetrics() };

  function rank(shopper: Shopper, target: number | undefined): void {
    const { past } = shopper;
    const possible = target !== undefined && !past.has(target);
    figures.popularity.add(possible ? popularity.rank(target, past) : Infinity);
    figures.follow.add(possible ? rankByFollow(follow.of(shopper.recent[0]), target, past) : Infinity);
  }

  function rankByFollow(counts: ReadonlyMap<number, number>, target: number, past: ReadonlySet<number>): number {
    const count = counts.get(target);
    if (count !== undefined) return popularity.rankAmong(counts, target, past);
    let better = 0;
    for (const row of counts.keys()) if (!past.has(row)) better++;
    return better >= DEEPEST ? Infinity : better + popularity.rank(target, past, counts);
  }

  return {
    observe(event, evaluate) {
      const known = shoppers.get(event.user);
      if (evaluate && known !== undefined) rank(known, rows.get(event.item));
      const row = rows.get(event.item) ?? rows.size;
      rows.set(event.item, row);
      const shopper = known ?? { recent: [], past: new Set<number>() };
      shoppers.set(event.user, shopper);
      popularity.count(row, event.ts);
      follow.count(shopper.recent, row);
      shopper.recent.unshift(row);
      if (shopper.recent.length > FOLLOW_DEPTH) shopper.recent.pop();
      if (options.noRepeats) shopper.past.add(row);
    },
    figures: () => ({
      tested: figures.popularity.figures(0).tested,
      items: rows.size,
      users: shoppers.size,
      popularity: accuracy(figures.popularity.figures(0)),
      follow: accuracy(figures.follow.figures(0)),
    }),
  };
}

function accuracy({ hr_10, ndcg_10 }: Accuracy): Accuracy {
  return { hr_10, ndcg_10 };
}

type Rows = { has(row: number): boolean };

interface Popularity {
  count(row: number, ts: number): void;
  /** Rank among all items but those of `past` and `without`; Infinity beyond DEEPEST. */
  rank(target: number, past: Rows, without?: Rows): number;
  /** Rank by `counts`, ties by popularity. */
  rankAmong(counts: ReadonlyMap<number, number>, target: number, past: Rows): number;
}

/**
 * Forward decay: an event at time t adds 2^(t/half-life), so items compare by their sums whatever the time is now.
 * The sums are kept as logarithms, which no span of time overflows.
 */
function createPopularity(): Popularity {
  let logs = new Float64Array(1024);
  let size = 0;
  /** Whether row a stands before row b. */
  const before = (a: number, b: number): boolean => {
    const difference = (logs[a] ?? 0) - (logs[b] ?? 0);
    return difference > 0 || (difference === 0 && a < b);
  };
  return {
    count(row, ts) {
      const added = ts / HALF_LIFE_MS;
      if (row >= logs.length) logs = grow(logs);
      logs[row] = row < size ? addLogs(logs[row] ?? 0, added) : added;
      size = Math.max(size, row + 1);
    },
    rank(target, past, without) {
      let rank = 1;
      for (let row = 0; row < size && rank <= DEEPEST; row++) {
        if (before(row, target) && !past.has(row) && without?.has(row) !== true) rank++;
      }
      return rank <= DEEPEST ? rank : Infinity;
    },
    rankAmong(counts, target, past) {
      const count = counts.get(target) ?? 0;
      let rank = 1;
      for (const [row, other] of counts) {
        if ((other > count || (other === count && before(row, target))) && !past.has(row) && ++rank > DEEPEST) return Infinity;
      }
      return rank;
    },
  };
}

function grow(array: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(array.length * 2);
  larger.set(array);
  return larger;
}

/** log₂(2^a + 2^b). */
function addLogs(a: number, b: number): number {
  return Math.max(a, b) + Math.log2(1 + 2 ** -Math.abs(a - b));
}

const NONE: ReadonlyMap<number, number> = new Map();

function createFollow(): { of(row: number | undefined): ReadonlyMap<number, number>; count(recent: readonly number[], row: number): void } {
  const followers = new Map<number, Map<number, number>>();
  let pairs = 0;
  return {
    of: (row) => (row === undefined ? NONE : (followers.get(row) ?? NONE)),
    count(recent, row) {
      for (let z = 0; z < recent.length; z++) {
        const earlier = recent[z];
        if (earlier === undefined || earlier === row) continue;
        let counts = followers.get(earlier);
        if (counts === undefined) followers.set(earlier, (counts = new Map<number, number>()));
        const count = counts.get(row);
        if (count === undefined && ++pairs > MAX_PAIRS) continue;
        counts.set(row, (count ?? 0) + 1 / (z + 1));
      }
    },
  };
}
