/** Figures of one event whose item was ranked: its 1-based rank, Infinity when it wasn't. */

export const HIT_RANK = 10;

/** NDCG@10 with one right item: 1/log₂(rank + 1) of a hit. */
export function gainOf(rank: number): number {
  return rank <= HIT_RANK ? 1 / Math.log2(rank + 1) : 0;
}
