/**
 * The items of the last events, so that a negative drawn from them comes as often as its item does: a ring of rows in the order
 * of events, and how often each row stands in it.
 *
 * 1. Only rows that may be negatives get in.
 * 2. After a restore the ring begins with what the statistics counted, as if the items' events had come in turn.
 * 3. One writer: the learner's own thread, between rounds.
 */
import { type Layout, POPULAR_EVENTS } from './layout.js';

/** Events that a restore may leave behind, so that new ones show soon. */
const RESTORED_EVENTS = POPULAR_EVENTS / 4;

interface Counts {
  isEligible(row: number): boolean;
  /** Events of the item since it was first seen. */
  count(row: number): number;
}

export interface Popularity {
  /** An event on a row that may be a negative. `counts` are read when rows were restored since. */
  add(row: number, counts: Counts): void;
  /** Statistics of the first `rows` rows were written. */
  restored(rows: number): void;
  clear(rows: number): void;
}

export function openPopularity(layout: Layout, buffer: ArrayBufferLike): Popularity {
  const [filled, ring] = [new Uint32Array(buffer, layout.popularRows, 1), new Uint32Array(buffer, layout.popularRows + 4, POPULAR_EVENTS)];
  const held = new Uint32Array(buffer, layout.popularCounts, layout.rows);
  let next = 0;
  let stale = 0;

  const put = (row: number): void => {
    const full = (filled[0] ?? 0) === POPULAR_EVENTS;
    const gone = ring[next] ?? 0;
    if (full) held[gone] = (held[gone] ?? 0) - 1;
    else filled[0] = next + 1;
    ring[next] = row;
    held[row] = (held[row] ?? 0) + 1;
    next = (next + 1) % POPULAR_EVENTS;
  };

  const clear = (rows: number): void => {
    held.fill(0, 0, rows);
    filled[0] = 0;
    next = 0;
    stale = 0;
  };

  const restore = (rows: number, counts: Counts): void => {
    clear(rows);
    const known = Array.from({ length: rows }, (_, row) => row).filter((row) => counts.isEligible(row) && counts.count(row) > 0);
    const total = known.reduce((sum, row) => sum + counts.count(row), 0);
    const share = Math.min(1, RESTORED_EVENTS / Math.max(1, total));
    // Rounded by carrying the rest on, so that rare items get their part too.
    let due = 0;
    for (const row of known) {
      due += counts.count(row) * share;
      for (; due >= 1; due--) put(row);
    }
  };

  return {
    add(row, counts) {
      if (stale > 0) restore(stale, counts);
      put(row);
    },
    restored(rows) {
      stale = rows;
    },
    clear,
  };
}
