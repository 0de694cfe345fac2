/**
 * The best k among the rows of the lists nearest to the query: an inverted file (IVF). Approximate: a row of a list that isn't
 * read is missed, unless the request raises it.
 *
 * 1. Every row that is returned has its exact score, and no row that `column` hides is returned.
 * 2. Rows that the request raises (repeats, followers) are always among the candidates, wherever they stand.
 */
import { CODE_MARGIN, candidatesFor, CANDIDATES, NOT_SERVED } from '../store/layout.js';
import type { Centroids } from './centroids.js';
import type { RetrievalParts, Scan } from './scan.js';

export interface ClusteredScan {
  /** `probes`: lists that are read. */
  scan(scan: Scan, probes: number): number;
}

export function createClusteredScan({ layout, columns, kernel }: RetrievalParts, centroids: Centroids): ClusteredScan {
  const { dim } = layout;
  const { marks, foundRows } = columns;

  /** Marks the raised rows and returns how many different ones there are; they are listed behind `from`. */
  const listRaised = ({ raised, column, rows }: Scan, from: number): number => {
    let end = from;
    for (const row of raised ?? []) {
      const isFirst = marks[row] === 1;
      marks[row] = 0;
      if (isFirst && row < rows && end < CANDIDATES - 4 && (columns[column][row] ?? NOT_SERVED) > NOT_SERVED / 2) foundRows[end++] = row;
    }
    return end;
  };

  return {
    scan(scan, probes) {
      const { k, column } = scan;
      const { query, queryCode, coded, ids, scores } = layout;
      const wanted = k + CODE_MARGIN;
      kernel.encodeQuery(query, dim, queryCode, coded);
      const found = centroids.probe(probes);
      for (const row of scan.raised ?? []) marks[row] = 1;
      const taken = kernel.scanLists(
        queryCode, columns.coded[0] ?? 0, dim,
        layout.slotCodes, layout.slotScale, layout.slotBias, layout.slotRow,
        layout[column], layout.marks,
        layout.listFound, found, layout.listFirst, layout.blockNext,
        wanted, ids, scores, candidatesFor(wanted),
      );
      return kernel.rescore(query, layout.embeddings, layout.scale, layout[column], dim, k, ids, scores, listRaised(scan, taken));
    },
  };
}
