/**
 * From a table's records to raw events, by a mapping of columns.
 *
 * 1. A record without a user or item, or whose time or number can't be read, is counted with its reason.
 * 2. Ids are interned: a million events of a thousand items keep a thousand texts.
 */
import { resolveColumns, type Field, type Mapping } from './columns.js';
import type { RawEvent } from './raw-event.js';
import type { Cell, TableRecord } from './record.js';
import type { Table } from './table.js';
import type { TallyCounter } from './tally.js';
import { parseTime } from './time.js';

/** What a reader leaves out: `bad` can't be read, `skipped` is left out by a rule of its preset. */
export interface Tallies {
  readonly bad: TallyCounter;
  readonly skipped: TallyCounter;
}

export type UntimedEvent = Omit<RawEvent, 'timestamp'> & { readonly timestamp?: number };

export interface RowOptions {
  readonly mapping: Mapping;
  /** Type of an event whose file has no type column. */
  readonly type: string;
  readonly tallies: Tallies;
}

export async function* readRows(table: Table, options: RowOptions): AsyncGenerator<UntimedEvent> {
  const columns = resolveColumns(table, options.mapping);
  const { bad } = options.tallies;
  const build = createBuilder(columns.fields, options.type);
  const records = table.select(columns.refs, (reason, record) => bad.add(reason, place(table, record)), columns);
  for await (const row of records) {
    const event = build(row);
    if (typeof event === 'string') bad.add(event, place(table, row.record));
    else yield event;
  }
}

export function place(table: Table, record: number): string {
  return `${table.path}, record ${record}`;
}

type Builder = (row: TableRecord) => UntimedEvent | string;

/** Out: the event, or the reason why there is none. */
function createBuilder(fields: readonly (Field | 'offset')[], defaultType: string): Builder {
  const intern = createIntern();
  const timed = fields.includes('time');
  const noItem = fields.includes('query');
  return (row) => {
    const event: Record<string, string | number> = { type: defaultType };
    let offset = 0;
    for (let f = 0; f < fields.length; f++) {
      const field = fields[f];
      const cell = row.cells[f];
      if (field === undefined || cell === undefined) continue;
      if (field === 'offset') offset = Number(cell);
      else if (!setField(event, field, field === 'user' || field === 'session' || field === 'item' ? intern(String(cell)) : cell)) return `${field} can't be read`;
    }
    if (event['user_id'] === undefined && event['session_id'] === undefined) return 'no user';
    if (event['item_id'] === undefined && !(noItem && event['query'] !== undefined)) return 'no item';
    if (timed && event['timestamp'] === undefined) return 'no time';
    if (Number.isFinite(offset) && typeof event['timestamp'] === 'number') event['timestamp'] += offset;
    return event as unknown as UntimedEvent;
  };
}

const NAMES: Readonly<Record<Field, string>> = {
  user: 'user_id', session: 'session_id', item: 'item_id', time: 'timestamp', type: 'type', value: 'value',
  text: 'text', quantity: 'quantity', price: 'price', amount: 'amount', query: 'query', id: 'id',
};

/** False when the cell isn't what the field needs. */
function setField(event: Record<string, string | number>, field: Field, cell: NonNullable<Cell>): boolean {
  const value = convert(field, cell);
  if (value === undefined) return false;
  event[NAMES[field]] = value;
  return true;
}

function convert(field: Field, cell: NonNullable<Cell>): string | number | undefined {
  switch (field) {
    case 'time':
      return parseTime(cell);
    case 'value': case 'quantity': case 'price': case 'amount': {
      const number = typeof cell === 'number' ? cell : Number(cell.trim());
      return Number.isFinite(number) ? number : undefined;
    }
    case 'type':
      return typeName(String(cell));
    default:
      return String(cell);
  }
}

/** What other shops' files call our types. Names that stand here for nothing pass through, for the cleaner to judge. */
const TYPE_NAMES: Readonly<Record<string, string>> = {
  pv: 'view', views: 'view', pageview: 'view', clicks: 'click',
  addtocart: 'cart', carts: 'cart', basket: 'cart',
  buy: 'purchase', buys: 'purchase', bought: 'purchase', order: 'purchase', orders: 'purchase', purchases: 'purchase',
  transaction: 'purchase', fav: 'favorite', favourite: 'favorite', rating: 'rate',
};

export function typeName(text: string): string {
  const plain = text.trim().toLowerCase();
  const key = plain.replace(/[\s_-]/g, '');
  return (Object.hasOwn(TYPE_NAMES, key) ? TYPE_NAMES[key] : undefined) ?? plain;
}

function createIntern(): (text: string) => string {
  const known = new Map<string, string>();
  return (text) => {
    const kept = known.get(text);
    if (kept !== undefined) return kept;
    known.set(text, text);
    return text;
  };
}
