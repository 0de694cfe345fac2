/**
 * UCI "Online Retail II" (Daqing Chen), a gift shop's invoices. The usual cleaning for next-item evaluation:
 * a customer is named, quantity and price are above 0, the invoice isn't a cancellation (C…), the stock code is an
 * article (five digits first), and an invoice counts an article once (its first line).
 */
import { resolveColumns } from './columns.js';
import { place, type Tallies, type UntimedEvent } from './rows.js';
import type { TableRecord } from './record.js';
import { openTable } from './table.js';
import { parseTime } from './time.js';

/** What `readLine` takes, in its order; an event has no invoice, so that column stands as the id. */
const COLUMNS = { user: 'Customer ID', item: 'StockCode', time: 'InvoiceDate', quantity: 'Quantity', price: 'Price', id: 'Invoice' } as const;

export async function* readOnlineRetail(path: string, { bad, skipped }: Tallies): AsyncGenerator<UntimedEvent> {
  const table = await openTable(path);
  const { refs } = resolveColumns(table, COLUMNS);
  const judge = createJudge();
  for await (const row of table.select(refs, (reason, record) => bad.add(reason, place(table, record)))) {
    const line = readLine(row);
    const why = typeof line === 'string' ? line : judge(line);
    if (typeof line === 'string') bad.add(line, place(table, row.record));
    else if (why !== undefined) skipped.add(why, place(table, row.record));
    else yield { type: 'purchase', user_id: line.customer, item_id: line.code, timestamp: line.time, quantity: line.quantity, price: line.price };
  }
}

interface InvoiceLine {
  readonly customer: string;
  readonly code: string;
  readonly invoice: string;
  readonly time: number;
  readonly quantity: number;
  readonly price: number;
}

/** In the order of COLUMNS. Out: the line, or why it can't be read. */
function readLine({ cells }: TableRecord): InvoiceLine | string {
  const [customer, code, when, quantity, price, invoice] = cells;
  const time = when === undefined ? undefined : parseTime(when);
  if (time === undefined) return "time can't be read";
  const line = { time, quantity: Number(quantity ?? NaN), price: Number(price ?? NaN) };
  if (!Number.isFinite(line.quantity) || !Number.isFinite(line.price)) return "quantity or price can't be read";
  return { ...line, customer: String(customer ?? ''), code: String(code ?? ''), invoice: String(invoice ?? '') };
}

/** Says which rule leaves a line out, if one does. */
function createJudge(): (line: InvoiceLine) => string | undefined {
  const seen = new Set<string>();
  return (line) => {
    if (line.customer === '') return 'no customer';
    if (line.invoice.startsWith('C')) return 'cancelled';
    if (!(line.quantity > 0)) return 'quantity not above 0';
    if (!(line.price > 0)) return 'price not above 0';
    if (!/^\d{5}/.test(line.code)) return 'stock code of no article';
    const key = `${line.invoice}|${line.code}`;
    if (seen.has(key)) return 'article already on this invoice';
    seen.add(key);
    return undefined;
  };
}
