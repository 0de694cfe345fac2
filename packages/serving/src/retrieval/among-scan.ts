/**
 * The exact best k among rows that are named: they are scored in portions, each beside the best of those before.
 *
 * 1. A row scores the same bits as in a scan of all rows; rows that `column` hides are left out.
 */
import { CANDIDATES, NOT_SERVED } from '../store/layout.js';
import type { RetrievalParts, Scan } from './scan.js';

export type AmongScan = Pick<Scan, 'k' | 'column'> & { readonly among: Iterable<number> };

/** The kernel reads four row numbers at a time. */
const MOST = CANDIDATES - 4;

/** Leaves the best k in the found rows and returns their number. */
export function scanAmong({ layout, columns, kernel }: Pick<RetrievalParts, 'layout' | 'columns' | 'kernel'>, { k, column, among }: AmongScan): number {
  const { query, embeddings, scale, dim, ids, scores } = layout;
  const shown = columns[column];
  let listed = 0;
  const cut = (): number => kernel.rescore(query, embeddings, scale, layout[column], dim, k, ids, scores, listed);
  for (const row of among) {
    if ((shown[row] ?? NOT_SERVED) <= NOT_SERVED / 2) continue;
    columns.foundRows[listed++] = row;
    if (listed === MOST) listed = cut();
  }
  return cut();
}
