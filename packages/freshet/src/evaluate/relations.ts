/**
 * `--relations FILE`: items that the shop says belong together (bought along, alternatives), a list of ids in a column of an item's row:
 * `[12, 7]`, `12|7`, `12 7`, `["a","b"]`.
 *
 * 1. The row's item is in the column `item_id`, `item`, `id` or `sku`, else in the first one.
 * 2. Without names, the list columns are those that begin with `r_`.
 */
import { UsageError } from '@freshet/shared/errors';
import { normalise } from '../files/columns.js';
import { openTable } from '../files/table.js';

export interface RelatedItems {
  readonly item: string;
  readonly others: readonly string[];
}

export async function readRelations(path: string, columns: readonly string[] | undefined): Promise<RelatedItems[]> {
  const table = await openTable(path);
  const id = table.columns.find((name) => ['itemid', 'item', 'id', 'sku'].includes(normalise(name))) ?? table.columns[0] ?? '';
  const lists = columns ?? table.columns.filter((name) => name.startsWith('r_'));
  const missing = lists.find((name) => !table.columns.includes(name));
  if (missing !== undefined || lists.length === 0) {
    throw new UsageError('columns_unknown', `${path} has no column ${missing ?? 'that begins with r_'}; name the lists with --relation-columns; its columns are: ${table.columns.join(', ')}.`);
  }
  const related: RelatedItems[] = [];
  for await (const batch of table.select([id, ...lists])) {
    for (const record of batch) {
      if (record.problem !== undefined) continue;
      const [item, ...cells] = record.cells;
      const others = new Set(cells.flatMap((cell) => (cell === undefined ? [] : idsOf(String(cell)))));
      if (item !== undefined) related.push({ item: String(item), others: [...others].filter((other) => other !== String(item)) });
    }
  }
  return related;
}

function idsOf(cell: string): string[] {
  return cell.split(/[\s,;|[\]"']+/).filter((id) => id !== '');
}
