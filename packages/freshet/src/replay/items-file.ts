/**
 * `--items FILE`: a catalogue (CSV, TSV or NDJSON, plain or gz) as catalogue changes.
 *
 * Columns are recognised by name: id (needed), title, description, category or categories (`a|b`), brand, price,
 * available, image_url, url; every other column becomes an attribute.
 * 1. A row without an id, or that the catalogue's own cleaner rejects, is counted with its reason.
 */
import { UsageError } from '@freshet/shared/errors';
import { cleanItem } from '@freshet/ingest/clean/item';
import type { CatalogueChange } from '@freshet/shared/domain/entry';
import { normalise } from './columns.js';
import type { Cell } from './record.js';
import { openTable } from './table.js';
import { createTally, type Tally } from './tally.js';

export interface ItemsFile {
  readonly changes: readonly CatalogueChange[];
  readonly bad: Tally;
}

const MAX_ITEMS = 1_000_000;

const KNOWN: Readonly<Record<string, string>> = {
  id: 'id', itemid: 'id', sku: 'id', productid: 'id', stockcode: 'id',
  title: 'title', name: 'title', description: 'description',
  category: 'categories', categories: 'categories', icategory: 'categories', categoryid: 'categories',
  brand: 'brand', price: 'price', available: 'available', instock: 'available', imageurl: 'image_url', url: 'url',
};

export async function readItemsFile(path: string): Promise<ItemsFile> {
  const table = await openTable(path);
  const roles = assignRoles(table.columns);
  if (!roles.includes('id')) {
    throw new UsageError('items_id', `${path} has no column id (or item_id, sku, product_id); its columns are: ${table.columns.join(', ')}.`);
  }
  const bad = createTally();
  const changes: CatalogueChange[] = [];
  const refuse = (reason: string, record: number): void => bad.add(reason, `${path}, record ${record}`);
  for await (const { record, cells } of table.select(table.columns, refuse)) {
    const change = toChange({ cells, roles, columns: table.columns, note: (reason) => refuse(reason, record) });
    if (typeof change === 'string') refuse(change, record);
    else if (changes.length < MAX_ITEMS) changes.push(change);
    else refuse(`more than ${MAX_ITEMS} items`, record);
  }
  return { changes, bad };
}

/** For each column what it is: a field's name, or '' for an attribute. The first column of a role has it. */
function assignRoles(columns: readonly string[]): readonly string[] {
  const taken = new Set<string>();
  return columns.map((column) => {
    const key = normalise(column);
    const role = (Object.hasOwn(KNOWN, key) ? KNOWN[key] : undefined) ?? '';
    if (role === '' || taken.has(role)) return '';
    taken.add(role);
    return role;
  });
}

interface Row {
  readonly cells: readonly Cell[];
  readonly roles: readonly string[];
  readonly columns: readonly string[];
  /** Told of attributes that are left out. */
  readonly note: (reason: string) => void;
}

/** Out: the change as the catalogue's own cleaner makes it, or why there is none. */
function toChange(row: Row): CatalogueChange | string {
  const { id, document } = toDocument(row);
  if (id === undefined) return 'no id';
  // An item without a title is a patch: PUT replaces the whole item, so it needs one.
  const clean = cleanItem(document['title'] === undefined ? 'patch' : 'put', id, document);
  return clean.ok ? clean.value : `${clean.problem.code} ${clean.problem.pointer}`;
}

const ATTRIBUTE_CHARS = 1_000;

function toDocument({ cells, roles, columns, note }: Row): { id: string | undefined; document: Record<string, unknown> } {
  const document: Record<string, unknown> = {};
  const attributes: Record<string, unknown> = {};
  let id: string | undefined;
  for (const [index, cell] of cells.entries()) {
    if (cell === undefined) continue;
    const role = roles[index] ?? '';
    const column = columns[index] ?? '';
    if (role === 'id') id = String(cell);
    else if (role !== '') document[role] = convert(role, cell);
    else if (String(cell).length > ATTRIBUTE_CHARS) note(`attribute ${column} longer than ${ATTRIBUTE_CHARS} characters (left out)`);
    else attributes[column] = cell;
  }
  if (Object.keys(attributes).length > 0) document['attributes'] = attributes;
  return { id, document };
}

function convert(role: string, cell: string | number): unknown {
  if (role === 'price') return typeof cell === 'number' ? cell : toNumber(cell);
  if (role === 'available') return !/^(0|false|no)$/i.test(String(cell));
  return role === 'categories' ? String(cell).split('|') : String(cell);
}

/** What isn't a number stays a text, for the cleaner to refuse. */
function toNumber(text: string): number | string {
  const number = Number(text);
  return text.trim() === '' || Number.isNaN(number) ? text : number;
}
