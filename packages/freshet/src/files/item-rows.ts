/**
 * A catalogue (CSV, TSV or NDJSON, plain or gz) → items as a shop would send them.
 *
 * Columns are recognised by name: id (needed), title, description, category or categories (`a|b`), brand, price,
 * available, image_url, url; every other column becomes an attribute.
 * 1. Every record becomes one row: an item, or why there is none.
 * 2. An attribute that is too long is left out and noted; its item stays.
 */
import { UsageError } from '@freshet/shared/errors';
import { normalise } from './columns.js';
import type { ProblemCode } from './problem.js';
import type { LeftOut } from './raw-event.js';
import type { Cell, Origin } from './record.js';
import { leftOut } from './rows.js';
import type { Table } from './table.js';

export interface ItemRow extends Origin {
  readonly part: number;
  readonly id: string;
  /** As `PUT /v1/items/{id}` takes it. */
  readonly document: Readonly<Record<string, unknown>>;
  readonly notes: readonly ProblemCode[];
}

const KNOWN: Readonly<Record<string, string>> = {
  id: 'id', itemid: 'id', sku: 'id', productid: 'id', stockcode: 'id',
  title: 'title', name: 'title', description: 'description',
  category: 'categories', categories: 'categories', icategory: 'categories', categoryid: 'categories',
  brand: 'brand', price: 'price', available: 'available', instock: 'available', imageurl: 'image_url', url: 'url',
};

export async function* readItemRows(table: Table): AsyncGenerator<readonly (ItemRow | LeftOut)[]> {
  const roles = assignRoles(table.columns);
  if (!roles.includes('id')) {
    throw new UsageError('items_id', `${table.name} has no column id (or item_id, sku, product_id); its columns are: ${table.columns.join(', ')}.`);
  }
  for await (const batch of table.select(table.columns)) {
    yield batch.map((record) => (record.problem === undefined ? toItem(record, record.cells, { roles, columns: table.columns }) : leftOut(record, record.problem)));
  }
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

const ATTRIBUTE_CHARS = 1_000;

interface Layout {
  readonly roles: readonly string[];
  readonly columns: readonly string[];
}

function toItem({ line, text }: Origin, cells: readonly Cell[], { roles, columns }: Layout): ItemRow | LeftOut {
  const document: Record<string, unknown> = {};
  const attributes: Record<string, unknown> = {};
  const notes: ProblemCode[] = [];
  let id: string | undefined;
  for (const [index, cell] of cells.entries()) {
    if (cell === undefined) continue;
    const role = roles[index] ?? '';
    if (role === 'id') id = String(cell);
    else if (role !== '') document[role] = convert(role, cell);
    else if (String(cell).length > ATTRIBUTE_CHARS) notes.push('long_attribute');
    else attributes[columns[index] ?? ''] = cell;
  }
  if (Object.keys(attributes).length > 0) document['attributes'] = attributes;
  return id === undefined ? leftOut({ line, text }, 'no_id') : { line, text, part: 1, id, document, notes };
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

/** An item without a title is a patch: PUT replaces the whole item, so it needs one. */
export function changeOf(document: ItemRow['document']): 'put' | 'patch' {
  return document['title'] === undefined ? 'patch' : 'put';
}
