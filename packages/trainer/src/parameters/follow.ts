/**
 * Who follows whom: for each item the items most often taken after it (ModelConfig `followers` of them), with forward-decayed counts.
 *
 * Stored counts are inflated by 2^((t − FOLLOW_EPOCH)/half-life) instead of decaying: stored · followScale(now) is today's
 * count (domain/tables), and nothing need ever be touched because time passes.
 * 1. A new follower of a full row takes the place of the smallest count and starts from its own weight: frequent
 *    followers stay, and the smallest places are a churning waiting room.
 * 2. A row's cells are filled from the first without a hole, so an empty cell ends a search (the kernel relies on it).
 * 3. One writer: the learner's own thread, between rounds.
 */
import { FOLLOW, FOLLOW_EPOCH_MS, FOLLOW_HALF_LIFE_MS } from '@freshet/shared/domain/tables';
import type { TableRows } from '@freshet/shared/codec/delta';
import type { Layout } from './layout.js';

/** Doublings that an inflated count may stand for, within an f32's range: ±27 years around 2020 at a half-life of 90 days. */
const MAX_DOUBLINGS = 110;

export interface FollowTable {
  add(item: number, follower: number, at: { readonly ms: number; readonly weight: number }): number;
  write(ids: Uint32Array, values: Uint32Array): void;
  read(ids: Uint32Array): TableRows;
  /** Cells changed since last taken. */
  takeChanged(): TableRows;
  /** Empties the cells of the items from `from` up to `to`. */
  clear(from: number, to: number): void;
}

export function openFollowTable(layout: Layout, buffer: ArrayBufferLike): FollowTable {
  const slots = layout.model.followers;
  const followers = new Uint32Array(buffer, layout.follower, layout.rows * slots);
  const counts = new Float32Array(buffer, layout.followCount, layout.rows * slots);
  const countWords = new Uint32Array(buffer, layout.followCount, layout.rows * slots);
  const changed = openMarks(new Uint8Array(buffer, layout.followDirty, (layout.rows * slots) / 8));
  const inflationAt = createInflation();

  /** The follower's own cell, else an empty one, else the one with the smallest count. */
  const cellFor = (item: number, follower: number): number => {
    const [first, end] = [item * slots, (item + 1) * slots];
    let smallest = first;
    for (let cell = first; cell < end; cell++) {
      const here = followers[cell];
      if (here === follower || here === 0) return cell;
      if ((counts[cell] ?? 0) < (counts[smallest] ?? 0)) smallest = cell;
    }
    return smallest;
  };

  const read = (ids: Uint32Array): TableRows => {
    const values = new Uint32Array(ids.length * FOLLOW.words);
    ids.forEach((cell, i) => {
      values[i * FOLLOW.words + FOLLOW.follower] = followers[cell] ?? 0;
      values[i * FOLLOW.words + FOLLOW.count] = countWords[cell] ?? 0;
    });
    return { table: 'follow', ids, values };
  };

  return {
    add(item, follower, { ms, weight }) {
      const added = weight * inflationAt(ms);
      const cell = cellFor(item, follower);
      const known = followers[cell] === follower;
      followers[cell] = follower;
      counts[cell] = (known ? (counts[cell] ?? 0) : 0) + added;
      changed.add(cell);
      return added;
    },
    write(ids, values) {
      ids.forEach((cell, i) => {
        followers[cell] = values[i * FOLLOW.words + FOLLOW.follower] ?? 0;
        countWords[cell] = values[i * FOLLOW.words + FOLLOW.count] ?? 0;
      });
    },
    read,
    takeChanged: () => read(Uint32Array.from(changed.take())),
    clear(from, to) {
      for (const table of [followers, counts]) table.fill(0, from * slots, to * slots);
      changed.take();
    },
  };
}

/** Cells that are marked, each once, in the order in which they were; a bit of `bits` for each. */
function openMarks(bits: Uint8Array) {
  let marked: number[] = [];
  return {
    add(cell: number): void {
      const byte = cell >>> 3;
      const bit = 1 << (cell & 7);
      const before = bits[byte] ?? 0;
      if ((before & bit) !== 0) return;
      bits[byte] = before | bit;
      marked.push(cell);
    },
    /** Empties it. */
    take(): readonly number[] {
      const taken = marked;
      marked = [];
      // All marks of a byte are taken at once.
      for (const cell of taken) bits[cell >>> 3] = 0;
      return taken;
    },
  };
}

/** An event adds to several rows at one time: the power is taken once. */
function createInflation(): (ms: number) => number {
  let last = { ms: Number.NaN, value: 0 };
  return (ms) => {
    if (ms !== last.ms) last = { ms, value: inflation(ms) };
    return last.value;
  };
}

function inflation(ms: number): number {
  const doublings = (ms - FOLLOW_EPOCH_MS) / FOLLOW_HALF_LIFE_MS;
  return 2 ** Math.max(-MAX_DOUBLINGS, Math.min(MAX_DOUBLINGS, doublings));
}
