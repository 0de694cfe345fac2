/**
 * What a query means to the shop: the mean of its words' vectors, in the space of the items. A scan with it ranks the items by it.
 */
import { queryWords } from '@freshet/shared/domain/words';
import type { TableSet } from '../store/table-set.js';
import { normalise } from './query.js';

/** Writes the unit vector to `set.query`; how many of the query's words are known. With none it is zero: nothing is alike. */
export function formQueryVector(set: TableSet, query: string): number {
  const { dim } = set.layout;
  const rows = queryWords(query).flatMap((word) => set.words.rowOf(word) ?? []);
  set.query.fill(0);
  for (const row of rows) {
    for (let d = 0; d < dim; d++) set.query[d] = (set.query[d] ?? 0) + (set.words.embeddings[row * dim + d] ?? 0);
  }
  if (rows.length > 0) normalise(set.query);
  return rows.length;
}
