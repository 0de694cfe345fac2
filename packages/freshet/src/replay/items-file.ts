/**
 * `--items FILE`: a catalogue (see files/item-rows) as catalogue changes.
 *
 * 1. A row without an id, or that the catalogue's own cleaner rejects, is counted with its reason.
 */
import { cleanItem } from '@freshet/ingest/clean/item';
import type { CatalogueChange } from '@freshet/shared/domain/entry';
import { changeOf, type ItemRow, readItemRows } from '../files/item-rows.js';
import { PROBLEMS } from '../files/problem.js';
import { openTable } from '../files/table.js';
import { createTally, type Tally } from './tally.js';

export interface ItemsFile {
  readonly changes: readonly CatalogueChange[];
  readonly bad: Tally;
}

const MAX_ITEMS = 1_000_000;

export async function readItemsFile(path: string): Promise<ItemsFile> {
  const bad = createTally();
  const changes: CatalogueChange[] = [];
  for await (const rows of readItemRows(await openTable(path))) {
    for (const row of rows) {
      const refuse = (reason: string): void => bad.add(reason, `${path}, line ${row.line}`);
      const change = 'document' in row ? toChange(row) : row.reason;
      if ('document' in row) for (const note of row.notes) refuse(PROBLEMS[note]);
      if (typeof change === 'string') refuse(change);
      else if (changes.length < MAX_ITEMS) changes.push(change);
      else refuse(`more than ${MAX_ITEMS} items`);
    }
  }
  return { changes, bad };
}

/** Out: the change as the catalogue's own cleaner makes it, or why there is none. */
function toChange({ id, document }: ItemRow): CatalogueChange | string {
  const clean = cleanItem(changeOf(document), id, document);
  return clean.ok ? clean.value : `${clean.problem.code} ${clean.problem.pointer}`;
}
