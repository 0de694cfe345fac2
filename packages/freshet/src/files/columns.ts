/**
 * `--columns user=…,item=…[,time=…]`: which column of a file is which field of an event.
 *
 * A value names a column. If all are whole numbers they are places, counted from 1, and the file needs no header; a first line
 * that is one (header.ts) is none of the events.
 * 1. A column that doesn't exist is a `UsageError` that names those that do, and the nearest.
 * 2. Without `--columns`, names that can mean one thing only (`user_id`, `item_id`, `timestamp` …) are recognised.
 */
import { nearestName } from '@freshet/shared/domain/nearest-name';
import { UsageError } from '@freshet/shared/errors';
import { isHeader } from './header.js';
import type { ColumnRef } from './record.js';
import type { Table } from './table.js';

const FIELDS = [
  'user', 'session', 'item', 'time', 'type', 'value', 'text', 'quantity', 'price', 'amount', 'query', 'id',
  'progress', 'position', 'query_id', 'recommendation_id',
] as const;
export type Field = (typeof FIELDS)[number];
/** `offset`: milliseconds to add to `time`; some session files write a date and the time within the session. */
export type Mapping = Readonly<Partial<Record<Field | 'offset', string>>>;

export interface ResolvedColumns {
  readonly header: boolean;
  readonly fields: readonly (Field | 'offset')[];
  /** Every record has to have a time. Else the one that has none happened when it is received. */
  readonly timed: boolean;
  /** Beside `fields`. */
  readonly refs: readonly ColumnRef[];
}

export function parseColumns(text: string): Mapping {
  const mapping: Partial<Record<Field, string>> = {};
  for (const part of text.split(',')) {
    const at = part.indexOf('=');
    const field = (at < 0 ? part : part.slice(0, at)).trim();
    const column = at < 0 ? '' : part.slice(at + 1).trim();
    if (!isField(field)) throw new UsageError('columns_field', `--columns: "${field}" is no field of an event; there are ${FIELDS.join(', ')}.`);
    if (column === '') throw new UsageError('columns_syntax', `--columns: write ${field}=COLUMN, as in --columns user=customer,item=sku,time=when.`);
    if (mapping[field] !== undefined) throw new UsageError('columns_syntax', `--columns names ${field} twice.`);
    mapping[field] = column;
  }
  if (mapping.user === undefined && mapping.session === undefined) throw new UsageError('columns_user', '--columns needs user=COLUMN (or session=COLUMN).');
  if (mapping.item === undefined) throw new UsageError('columns_item', '--columns needs item=COLUMN.');
  return mapping;
}

function isField(text: string): text is Field {
  return (FIELDS as readonly string[]).includes(text);
}

/** Names as the events of the API have them, and the fields themselves; normalised. */
const OWN_NAMES: Readonly<Record<Field, readonly string[]>> = {
  user: ['userid', 'user'], session: ['sessionid', 'session'], item: ['itemid', 'item'], time: ['timestamp', 'time'], type: ['type'],
  value: ['value'], text: ['text'], quantity: ['quantity'], price: ['price'], amount: ['amount'], query: ['query'], id: ['id'],
  progress: ['progress'], position: ['position'], query_id: ['queryid'], recommendation_id: ['recommendationid'],
};

/**
 * The columns that call themselves what an event calls them; undefined when a shopper or an item is not among them.
 * A line of NDJSON leaves out what it hasn't got, so the first line tells nothing about the others: all fields are wanted.
 */
export function recogniseColumns({ columns, format }: Pick<Table, 'columns' | 'format'>): Mapping | undefined {
  const find = (field: Field): string | undefined => OWN_NAMES[field].map((name) => columns.find((column) => normalise(column) === name)).find((found) => found !== undefined);
  const found = Object.fromEntries(FIELDS.flatMap((field) => (find(field) === undefined ? [] : [[field, find(field)]]))) as Mapping;
  if (found.user === undefined && found.session === undefined) return undefined;
  if (format === 'delimited') return found.item === undefined ? undefined : found;
  if (found.item === undefined && found.type === undefined) return undefined;
  return { ...API_NAMES, ...found };
}

export const API_NAMES: Readonly<Record<Field, string>> = {
  user: 'user_id', session: 'session_id', item: 'item_id', time: 'timestamp', type: 'type', value: 'value',
  text: 'text', quantity: 'quantity', price: 'price', amount: 'amount', query: 'query', id: 'id',
  progress: 'progress', position: 'position', query_id: 'query_id', recommendation_id: 'recommendation_id',
};

/** `recognised`: the mapping is `recogniseColumns`'s, nobody has named columns that might not be there. */
export function resolveColumns(table: Table, mapping: Mapping, recognised = false): ResolvedColumns {
  const entries = Object.entries(mapping) as [Field | 'offset', string][];
  const fields = entries.map(([field]) => field);
  if (recognised) return { header: true, fields, timed: table.columns.includes(mapping.time ?? ''), refs: entries.map(([, column]) => column) };
  const timed = mapping.time !== undefined;
  if (table.format !== 'delimited' || !entries.every(([, column]) => /^\d+$/.test(column))) return { header: true, fields, timed, refs: entries.map(([field, column]) => named(table, field, column)) };
  const refs = entries.map(([field, column]) => place(table, field, column));
  const header = isHeader(refs.map((at, i) => ({ field: fields[i] ?? '', first: table.columns[at] ?? '', second: table.second[at] })));
  return { header, fields, timed, refs };
}

function place(table: Table, field: string, column: string): number {
  const index = Number(column) - 1;
  if (index >= 0 && index < table.columns.length) return index;
  throw new UsageError('columns_unknown', `--columns: ${field}=${column}, but ${table.name} has columns 1 to ${table.columns.length}.`);
}

function named(table: Table, field: string, column: string): string {
  if (table.columns.includes(column) || (table.format === 'ndjson' && isOptional(field))) return column;
  const close = table.columns.find((name) => normalise(name) === normalise(column)) ?? nearestName(column, table.columns);
  const hint = close === undefined ? '' : ` Did you mean "${close}"?`;
  const what = table.format === 'ndjson' ? 'the fields of its first line are' : 'its columns are';
  throw new UsageError('columns_unknown', `--columns: ${field}=${column}, but ${table.name} has no column "${column}"; ${what}: ${table.columns.join(', ')}.${hint}`);
}

/** NDJSON writes absent fields by leaving them out, so only what every event needs must stand in the first line. */
function isOptional(field: string): boolean {
  return field !== 'user' && field !== 'session' && field !== 'item' && field !== 'time';
}

/** For comparing names as people do: `Item ID`, `item_id` and `ItemId` are one. */
export function normalise(name: string): string {
  return name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
}
