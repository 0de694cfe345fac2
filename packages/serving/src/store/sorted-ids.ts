/**
 * Ids in ascending order of their UTF-16 code units, kept in blocks: adding, removing and paging cost a binary search
 * and a move of at most BLOCK places, whatever the number of ids.
 */
export interface SortedIds {
  add(id: string): void;
  remove(id: string): void;
  /** At most `limit` ids greater than `id` (from the start without one). */
  after(id: string | undefined, limit: number): string[];
}

const BLOCK = 1_024;

export function createSortedIds(): SortedIds {
  const blocks: string[][] = [];

  return {
    add(id) {
      const b = Math.max(0, lastStart(blocks, id));
      const block = blocks[b];
      if (block === undefined) {
        blocks.push([id]);
        return;
      }
      const place = firstNotBelow(block, id);
      if (block[place] === id) return;
      block.splice(place, 0, id);
      if (block.length > BLOCK) blocks.splice(b + 1, 0, block.splice(BLOCK / 2));
    },
    remove(id) {
      const b = lastStart(blocks, id);
      const block = blocks[b];
      if (block === undefined) return;
      const place = firstNotBelow(block, id);
      if (block[place] === id) block.splice(place, 1);
      if (block.length === 0) blocks.splice(b, 1);
    },
    after(id, limit) {
      const found: string[] = [];
      let b = id === undefined ? 0 : Math.max(0, lastStart(blocks, id));
      let place = id === undefined ? 0 : firstNotBelow(blocks[b] ?? [], id);
      if (id !== undefined && blocks[b]?.[place] === id) place++;
      for (; b < blocks.length && found.length < limit; b++, place = 0) {
        found.push(...(blocks[b] ?? []).slice(place, place + limit - found.length));
      }
      return found;
    },
  };
}

/** The last block whose first id is not above `id`; −1 when all are. */
function lastStart(blocks: readonly string[][], id: string): number {
  let low = 0;
  let high = blocks.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((blocks[middle]?.[0] ?? '') <= id) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function firstNotBelow(block: readonly string[], id: string): number {
  let low = 0;
  let high = block.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((block[middle] ?? '') < id) low = middle + 1;
    else high = middle;
  }
  return low;
}
