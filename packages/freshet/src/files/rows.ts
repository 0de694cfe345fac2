/**
 * From a table's records to raw events, by a mapping of columns.
 *
 * 1. Every record becomes one row: an event, or why there is none.
 */
import { lackingField } from '@freshet/shared/domain/event';
import { API_NAMES, type Field, type Mapping, type ResolvedColumns, resolveColumns } from './columns.js';
import { PROBLEMS, type ProblemCode } from './problem.js';
import type { FileRow, LeftOut, UntimedEvent } from './raw-event.js';
import type { Cell, Origin, TableRecord } from './record.js';
import type { Table } from './table.js';
import { parseTime, type TimeRules } from './time.js';

export interface RowOptions {
  readonly mapping: Mapping;
  /** The mapping was recognised by the columns' names. */
  readonly recognised?: boolean;
  /** Type of an event whose file has no type column. */
  readonly type: string;
  readonly time?: TimeRules;
}

export async function* readRows(table: Table, options: RowOptions): AsyncGenerator<readonly FileRow[]> {
  const columns = resolveColumns(table, options.mapping, options.recognised);
  const build = createBuilder(columns, options);
  for await (const batch of table.select(columns.refs, columns)) {
    yield batch.map((record): FileRow => {
      const event = record.problem ?? build(record);
      return typeof event === 'string' ? leftOut(record, event) : { line: record.line, text: record.text, part: 1, event };
    });
  }
}

export function leftOut({ line, text }: Origin, code: ProblemCode, part = 1): LeftOut {
  return { line, text, part, code, reason: PROBLEMS[code], byRule: false };
}

type Builder = (record: TableRecord) => UntimedEvent | ProblemCode;

/** Out: the event, or the reason why there is none. */
function createBuilder({ fields, timed }: ResolvedColumns, { type, time }: RowOptions): Builder {
  // A file that says what was paid means our own `transaction`; elsewhere the word stands for a purchase.
  const ownTransactions = fields.includes('amount');
  const parse = createTimeReader(time);
  return ({ cells }) => {
    const event: Record<string, string | number> = { type };
    let offset = 0;
    for (let f = 0; f < fields.length; f++) {
      const field = fields[f];
      const cell = cells[f];
      if (field === undefined || cell === undefined) continue;
      if (field === 'offset') {
        offset = Number(cell);
        continue;
      }
      const value = field === 'time' ? parse(cell) : field === 'type' ? typeOf(cell, ownTransactions) : convert(field, cell);
      if (value === undefined) return NUMBERS[field] ?? 'bad_time';
      if (value === 'ambiguous' && field === 'time') return 'ambiguous_date';
      event[API_NAMES[field]] = value;
    }
    if (event['user_id'] === undefined && event['session_id'] === undefined) return 'no_user';
    if (event['item_id'] === undefined && event['query'] === undefined && needsItem(String(event['type']))) return 'no_item';
    if (timed && event['timestamp'] === undefined) return 'no_time';
    if (Number.isFinite(offset) && typeof event['timestamp'] === 'number') event['timestamp'] += offset;
    return event as unknown as UntimedEvent;
  };
}

const NUMBERS: Readonly<Partial<Record<Field, ProblemCode>>> = {
  value: 'bad_value', quantity: 'bad_quantity', price: 'bad_price', amount: 'bad_amount', progress: 'bad_progress', position: 'bad_position',
};

function needsItem(type: string): boolean {
  return lackingField({ type, item: undefined, value: 0, amount: 0 }) !== undefined;
}

function typeOf(cell: NonNullable<Cell>, ownTransactions: boolean): string {
  return ownTransactions && cell === 'transaction' ? cell : typeName(String(cell));
}

/** Undefined when the cell isn't what the field needs. */
function convert(field: Field, cell: NonNullable<Cell>): string | number | undefined {
  if (NUMBERS[field] !== undefined) {
    const number = typeof cell === 'number' ? cell : toNumber(cell);
    return Number.isFinite(number) ? number : undefined;
  }
  return String(cell);
}

/** Spaces alone are no 0. */
function toNumber(text: string): number {
  return text.trim() === '' ? NaN : Number(text);
}

/** Neighbours often happen at the same time. */
function createTimeReader(rules: TimeRules | undefined): (cell: NonNullable<Cell>) => ReturnType<typeof parseTime> {
  let last: { readonly cell: Cell; readonly time: ReturnType<typeof parseTime> } = { cell: undefined, time: undefined };
  return (cell) => {
    if (last.cell !== cell) last = { cell, time: parseTime(cell, rules) };
    return last.time;
  };
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
