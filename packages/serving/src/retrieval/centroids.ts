/**
 * The centroids of lists: unit vectors, kept as bytes like rows (kernel/codes.ts), and which of them is the nearest.
 * A search for centroids has a query code and results of its own, so that it leaves a shopper's answer alone.
 */
import type { Columns } from '../store/columns.js';
import type { Kernel } from '../store/kernel.js';
import { candidatesFor, type Layout, NEAR_LISTS, NOT_SERVED } from '../store/layout.js';
import { createAround } from './around.js';

export interface Centroids {
  /** The direction of the sum of these rows' directions becomes the list's centroid. */
  setTo(list: number, rows: readonly number[]): void;
  /** The list can't be found any more. */
  hide(list: number): void;
  /** Of all lists, the one whose centroid is nearest to the row; −1 without lists. */
  nearest(row: number): number;
  /** Lays the NEAR_LISTS lists whose centroids are nearest to this one's side by side, for `nearestAround`. */
  lookAround(list: number): void;
  /**
   * Of those, the nearest to the row; −1 when it has been hidden since. A row of the list that was looked around is hardly ever nearest to another one, and
   * with thousands of lists this takes a tenth of the time of `nearest`.
   */
  nearestAround(row: number): number;
  /** The same among these lists. */
  nearestOf(row: number, lists: readonly number[]): number;
  /**
   * Finds the `count` (at most MOST_PROBES) lists whose rows may score highest for `columns.query`, by cosine / τ + the largest bias of
   * the list's rows (`listTop`); leaves them in `listFound`, in no order, and returns their number. Lists without a row that may be served aren't found.
   */
  probe(count: number): number;
  /** Lists that have or had a centroid: the highest number plus one. */
  readonly end: number;
  restore(end: number): void;
  reset(): void;
}

export interface CentroidsParts {
  readonly layout: Layout;
  readonly columns: Columns;
  readonly kernel: Kernel;
  /** τ of the model. */
  readonly temperature: number;
}

export function createCentroids({ layout, columns, kernel, temperature }: CentroidsParts): Centroids {
  const { dim } = layout;
  const { embeddings, scale, centroids, listScale, listHidden, listFound, listCoded } = columns;
  const around = createAround(layout, columns, kernel);
  let end = 0;
  listHidden.fill(NOT_SERVED);

  const scan = (query: number, bias: number, k: number): number => {
    kernel.encodeQuery(query, dim, layout.listQuery, layout.listCoded);
    return kernel.scanCodes(
      layout.listQuery, listCoded[0] ?? 0, layout.listCodes, layout.listScale, bias, end, dim,
      k, layout.listFound, layout.listScores, candidatesFor(k), layout.listCoded,
    );
  };
  const dot = (row: number, list: number): number => {
    let sum = 0;
    for (let d = 0; d < dim; d++) sum += (embeddings[row * dim + d] ?? 0) * (centroids[list * dim + d] ?? 0);
    return sum;
  };

  return {
    setTo(list, rows) {
      const sum = sumOfDirections(rows, { embeddings, scale, dim });
      const factor = 1 / (Math.hypot(...sum) || 1);
      for (let d = 0; d < dim; d++) centroids[list * dim + d] = factor * (sum[d] ?? 0);
      kernel.encode(layout.centroids + 4 * list * dim, dim, layout.listCodes + list * dim, layout.listCoded);
      listScale[list] = (listCoded[0] ?? 0) / temperature;
      listHidden[list] = 0;
      end = Math.max(end, list + 1);
    },
    hide(list) {
      listHidden[list] = NOT_SERVED;
    },
    nearest: (row) => (scan(layout.embeddings + 4 * row * dim, layout.listHidden, 1) === 0 ? -1 : (listFound[0] ?? -1)),
    lookAround(list) {
      const found = scan(layout.centroids + 4 * list * dim, layout.listHidden, NEAR_LISTS);
      around.take(listFound.subarray(0, found));
    },
    nearestAround: around.nearest,
    nearestOf(row, lists) {
      let nearest = -1;
      let highest = -Infinity;
      for (const list of lists) {
        const cosine = dot(row, list);
        if (cosine > highest) [nearest, highest] = [list, cosine];
      }
      return nearest;
    },
    probe: (count) => scan(layout.query, layout.listTop, count),
    get end() {
      return end;
    },
    restore(saved) {
      end = saved;
    },
    reset() {
      listHidden.fill(NOT_SERVED);
      end = 0;
    },
  };
}

function sumOfDirections(rows: readonly number[], { embeddings, scale, dim }: Pick<Columns, 'embeddings' | 'scale'> & { readonly dim: number }): Float64Array {
  const sum = new Float64Array(dim);
  for (const row of rows) {
    const factor = scale[row] ?? 0;
    for (let d = 0; d < dim; d++) sum[d] = (sum[d] ?? 0) + factor * (embeddings[row * dim + d] ?? 0);
  }
  return sum;
}
