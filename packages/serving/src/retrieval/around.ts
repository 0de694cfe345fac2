/** The lists near to one, laid side by side, so that its rows are searched among them instead of among all. */
import type { Columns } from '../store/columns.js';
import type { Kernel } from '../store/kernel.js';
import { candidatesFor, type Layout, NEAR_LISTS, NOT_SERVED } from '../store/layout.js';

export interface Around {
  /** Takes these lists, at most NEAR_LISTS, as they are now. */
  take(lists: Int32Array): void;
  /** Of those, the nearest to the row; −1 when it has been hidden since. */
  nearest(row: number): number;
}

export function createAround(layout: Layout, columns: Columns, kernel: Kernel): Around {
  const { dim } = layout;
  const { listCodes, listScale, listHidden, listFound, listCoded, nearCodes, nearScale, nearHidden } = columns;
  const near = new Int32Array(NEAR_LISTS);

  return {
    take(lists) {
      near.set(lists);
      nearHidden.fill(0, 0, lists.length).fill(NOT_SERVED, lists.length);
      near.subarray(0, lists.length).forEach((list, i) => {
        nearCodes.set(listCodes.subarray(list * dim, (list + 1) * dim), i * dim);
        nearScale[i] = listScale[list] ?? 0;
      });
    },
    nearest(row) {
      kernel.encodeQuery(layout.embeddings + 4 * row * dim, dim, layout.listQuery, layout.listCoded);
      const found = kernel.scanCodes(
        layout.listQuery, listCoded[0] ?? 0, layout.nearCodes, layout.nearScale, layout.nearHidden, NEAR_LISTS, dim,
        1, layout.listFound, layout.listScores, candidatesFor(1), layout.listCoded,
      );
      const list = found === 0 ? -1 : (near[listFound[0] ?? 0] ?? -1);
      return list >= 0 && listHidden[list] === 0 ? list : -1;
    },
  };
}
