/** Items like an item: the exact scan with its own unit vector. */
import { type FilteredScan, scanFiltered } from '../filter/filtered-scan.js';
import type { TableSet } from '../store/table-set.js';
import { normalise } from './query.js';

/** Leaves the best k in the set's found rows and returns their number; hide the item itself before. */
export function scanSimilar(set: TableSet, row: number, scan: Omit<FilteredScan, 'raised'>): number {
  aimAt(set, row);
  return scanFiltered(set, scan);
}

/** The query becomes the row's own unit vector. */
export function aimAt(set: TableSet, row: number): void {
  const dim = set.layout.dim;
  set.query.set(set.embeddings.subarray(row * dim, (row + 1) * dim));
  normalise(set.query);
}
