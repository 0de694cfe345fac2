/**
 * Which blocks of slots are in use, and where free ones lie together: what is read one after the other should lie one after the other.
 *
 * 1. `take` finds a free block as long as there is one; `takeRun` may find none although there is room.
 * 2. A search looks at no more than SEARCHED blocks, but for the last free ones of all.
 * 3. Blocks that were never used are begun last, so their memory isn't touched before it is needed.
 */
import { CapacityError } from '@freshet/shared/errors';

export interface FreeBlocks {
  /** The block behind `last` if it is free, else another; a `CapacityError` when all are in use. */
  take(last?: number): number;
  /** The first of so many free blocks that follow each other; −1 when none were found. */
  takeRun(count: number): number;
  give(block: number): void;
  /** Blocks from here on were never used. */
  readonly end: number;
  save(): FreeBlocksSaved;
  restore(saved: FreeBlocksSaved): void;
  reset(): void;
}

export interface FreeBlocksSaved {
  readonly inUse: Uint8Array;
  readonly end: number;
  readonly used: number;
  readonly cursor: number;
}

const SEARCHED = 4_096;
/** Runs are begun in fresh memory only as long as this share of what was begun is in use. */
const LEAST_USED = 0.5;

export function createFreeBlocks(blocks: number): FreeBlocks {
  const inUse = new Uint8Array(blocks);
  /** Every block from here on is fresh. */
  let end = 0;
  let used = 0;
  let cursor = 0;

  const use = (block: number, count = 1): number => {
    inUse.fill(1, block, block + count);
    used += count;
    end = Math.max(end, block + count);
    return block;
  };
  /** The first of `count` free ones below `end`, from the cursor on and around; −1 after `most` steps. */
  const find = (count: number, most: number): number => {
    let free = 0;
    for (let step = 0; step < most; step++) {
      if (cursor >= end) [cursor, free] = [0, 0];
      free = inUse[cursor] === 0 ? free + 1 : 0;
      cursor++;
      if (free === count) return cursor - count;
    }
    return -1;
  };

  return {
    take(last) {
      if (last !== undefined && last + 1 < blocks && last < end && inUse[last + 1] === 0) return use(last + 1);
      const hole = used < end ? find(1, SEARCHED) : -1;
      if (hole >= 0) return use(hole);
      if (end < blocks) return use(end);
      const free = used < end ? find(1, 2 * end) : -1;
      if (free < 0) throw new CapacityError('list_blocks', `all ${blocks} blocks of lists are in use`);
      return use(free);
    },
    takeRun(count) {
      const hole = end - used >= count ? find(count, SEARCHED) : -1;
      if (hole >= 0) return use(hole, count);
      const fits = end + count <= blocks && used + count >= LEAST_USED * (end + count);
      return fits ? use(end, count) : -1;
    },
    give(block) {
      inUse[block] = 0;
      used--;
    },
    get end() {
      return end;
    },
    save: () => ({ inUse, end, used, cursor }),
    restore(saved) {
      inUse.set(saved.inUse);
      ({ end, used, cursor } = saved);
    },
    reset() {
      inUse.fill(0);
      end = used = cursor = 0;
    },
  };
}
