/**
 * `bench scan --export DIR`: what was searched and found, as NPY files, so that another library can be held against it on the same
 * vectors (test/bench/peers/faiss_scan.py). A row is E[j] · scale[j] with its bias behind, a query has a 1 there: their
 * inner product is the score.
 *
 *   rows.npy float32 [n, D + 1] · queries.npy float32 [q, D + 1] · numbers.npy uint32 [n], of the rows · found-PATH.npy uint32 [q, k]
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeNpy } from '@freshet/shared/codec/npy';
import type { History } from '@freshet/shared/domain/history';
import { createQuery, formQuery } from '@freshet/serving/rank/query';
import { NOT_SERVED } from '@freshet/serving/store/layout';
import type { TableSet } from '@freshet/serving/store/table-set';

interface Exported {
  readonly sets: ReadonlyMap<string, TableSet>;
  readonly shoppers: readonly History[];
  readonly k: number;
  readonly now: number;
}

export function exportScan(folder: string, { sets, shoppers, k, now }: Exported): void {
  mkdirSync(folder, { recursive: true });
  for (const [path, set] of sets) {
    const { queries, found } = searchAll(set, { shoppers, k, now });
    writeFileSync(join(folder, `found-${path}.npy`), encodeNpy(found, [shoppers.length, k]));
    if (path !== 'floats') continue;
    writeFileSync(join(folder, 'queries.npy'), encodeNpy(queries, [shoppers.length, set.layout.dim + 1]));
    writeRows(folder, set);
  }
}

function searchAll(set: TableSet, { shoppers, k, now }: Omit<Exported, 'sets'>): { readonly queries: Float32Array; readonly found: Uint32Array } {
  const stride = set.layout.dim + 1;
  const queries = new Float32Array(shoppers.length * stride).fill(1);
  const found = new Uint32Array(shoppers.length * k);
  const query = createQuery();
  shoppers.forEach(({ events, seen }, place) => {
    formQuery(set, query, { events, seen, now });
    queries.set(set.query, place * stride);
    const count = set.scan(k, 'served');
    found.set(set.foundRows.subarray(0, count), place * k);
  });
  return { queries, found };
}

/** Those that may be served. */
function writeRows(folder: string, { rows, embeddings, scale, served, layout: { dim } }: TableSet): void {
  const numbers: number[] = [];
  for (let row = 0; row < rows; row++) if ((served[row] ?? NOT_SERVED) > NOT_SERVED / 2) numbers.push(row);
  const vectors = new Float32Array(numbers.length * (dim + 1));
  numbers.forEach((row, place) => {
    const at = place * (dim + 1);
    for (let d = 0; d < dim; d++) vectors[at + d] = (embeddings[row * dim + d] ?? 0) * (scale[row] ?? 0);
    vectors[at + dim] = served[row] ?? 0;
  });
  writeFileSync(join(folder, 'rows.npy'), encodeNpy(vectors, [numbers.length, dim + 1]));
  writeFileSync(join(folder, 'numbers.npy'), encodeNpy(Uint32Array.from(numbers), [numbers.length]));
}
