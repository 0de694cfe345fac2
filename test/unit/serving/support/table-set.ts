/** A table set with a model in it, without followers or stores. */
import { loadKernel } from '@freshet/serving/store/kernel';
import type { RetrievalMode } from '@freshet/serving/retrieval/modes';
import type { ScanPath } from '@freshet/serving/retrieval/scan';
import { createShelf, type Shelf } from '@freshet/serving/store/shelf';
import { createTablePool, type TablePool } from '@freshet/serving/store/table-pool';
import type { TableSet } from '@freshet/serving/store/table-set';
import { START } from '@freshet/shared/model/load';
import type { ModelView } from '@freshet/serving/follow/model-view';
import { MODEL, type ModelData, tablesOf } from './model.js';

export interface Loaded {
  readonly set: TableSet;
  readonly shelf: Shelf;
  readonly pool: TablePool;
  readonly view: ModelView;
}

export async function loadTableSet(data: ModelData, options: { maxItems?: number; maxWords?: number; dim?: number; mode?: RetrievalMode; scanned?: (path: ScanPath) => void } = {}): Promise<Loaded> {
  const kernel = await loadKernel();
  const shelf: Shelf = createShelf((id) => pool.refresh(id));
  const { mode, scanned } = options;
  const pool = createTablePool({ ...(mode && { mode }), ...(scanned && { scanned }), kernel, model: { ...MODEL, dim: options.dim ?? MODEL.dim }, maxItems: options.maxItems ?? 4_096, maxWords: options.maxWords ?? 0, shelf: shelf.state });
  const set = await pool.take();
  write(set, data);
  return { set, shelf, pool, view: { set, position: { ...START, version: 7, applied: 9 }, learnedMs: 0, epoch: 1 } };
}

export function write(set: TableSet, data: ModelData): void {
  for (const { row, name } of data.rows) if (name !== undefined) set.name(row, name);
  for (const rows of tablesOf(data)) set.write(rows.table, rows.ids, rows.values);
}
