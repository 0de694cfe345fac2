/**
 * UCI "Online Retail II" (Daqing Chen), a gift shop's invoices. The usual cleaning for next-item evaluation:
 * a customer is named, quantity and price are above 0, the invoice isn't a cancellation (C…), the stock code is an
 * article (five digits first), and an invoice counts an article once (its first line). The lines of an invoice stand
 * nearly together in the file (at most 6 other runs of lines between), so the latest invoices are all that need be remembered.
 */
import { resolveColumns } from './columns.js';
import type { ProblemCode } from './problem.js';
import type { FileRow } from './raw-event.js';
import type { Cell, TableRecord } from './record.js';
import { leftOut } from './rows.js';
import type { Table } from './table.js';
import { parseTime } from './time.js';

/** What `readLine` takes, in its order; an event has no invoice, so that column stands as the id. */
const COLUMNS = { user: 'Customer ID', item: 'StockCode', time: 'InvoiceDate', quantity: 'Quantity', price: 'Price', id: 'Invoice' } as const;

/** The article's title; a file can do without. */
const DESCRIPTION = 'Description';

export const RULES = {
  no_customer: 'no customer',
  cancelled: 'cancelled',
  no_quantity: 'quantity not above 0',
  no_price: 'price not above 0',
  no_article: 'stock code of no article',
  repeated_article: 'article already on this invoice',
} as const;
type Rule = keyof typeof RULES;

export async function* readOnlineRetail(table: Table): AsyncGenerator<readonly FileRow[]> {
  const described = table.columns.includes(DESCRIPTION);
  const { refs } = resolveColumns(table, described ? { ...COLUMNS, text: DESCRIPTION } : COLUMNS);
  const judge = createJudge();
  const read = createLineReader();
  for await (const batch of table.select(refs)) {
    yield batch.map((record): FileRow => {
      const line = record.problem ?? read(record);
      if (typeof line === 'string') return leftOut(record, line);
      const rule = judge(line);
      if (rule !== undefined) return { line: record.line, text: record.text, part: 1, code: rule, reason: RULES[rule], byRule: true };
      const { customer, code, time, quantity, price, title } = line;
      return { line: record.line, text: record.text, part: 1, event: { type: 'purchase', user_id: customer, item_id: code, timestamp: time, quantity, price }, title };
    });
  }
}

interface InvoiceLine {
  readonly customer: string;
  readonly code: string;
  readonly invoice: string;
  readonly time: number;
  readonly quantity: number;
  readonly price: number;
  readonly title: string;
}

/** In the order of COLUMNS. Out: the line, or why it can't be read. The lines of an invoice have one time: it is read once. */
function createLineReader(): (record: TableRecord) => InvoiceLine | ProblemCode {
  let last: { readonly when: Cell; readonly time: number | 'ambiguous' | undefined } = { when: undefined, time: undefined };
  return ({ cells }) => {
    const [customer, code, when, quantity, price, invoice, title] = cells;
    if (when !== undefined && when !== last.when) last = { when, time: parseTime(when) };
    const time = when === undefined ? undefined : last.time;
    if (typeof time !== 'number') return 'bad_time';
    const amounts = { quantity: Number(quantity ?? NaN), price: Number(price ?? NaN) };
    if (!Number.isFinite(amounts.quantity)) return 'bad_quantity';
    if (!Number.isFinite(amounts.price)) return 'bad_price';
    // Written out: to spread an object costs more than all the rest of a line.
    return { time, quantity: amounts.quantity, price: amounts.price, customer: String(customer ?? ''), code: String(code ?? ''), invoice: String(invoice ?? ''), title: String(title ?? '') };
  };
}

const INVOICES_KEPT = 64;

/** Says which rule leaves a line out, if one does. */
function createJudge(): (line: InvoiceLine) => Rule | undefined {
  const articlesOf = createInvoices();
  return (line) => {
    if (line.customer === '') return 'no_customer';
    if (line.invoice.startsWith('C')) return 'cancelled';
    if (!(line.quantity > 0)) return 'no_quantity';
    if (!(line.price > 0)) return 'no_price';
    if (!/^\d{5}/.test(line.code)) return 'no_article';
    const articles = articlesOf(line.invoice);
    if (articles.has(line.code)) return 'repeated_article';
    articles.add(line.code);
    return undefined;
  };
}

/** The articles of an invoice, for the invoices begun latest. */
function createInvoices(): (invoice: string) => Set<string> {
  const kept = new Map<string, Set<string>>();
  return (invoice) => {
    let articles = kept.get(invoice);
    if (articles !== undefined) return articles;
    articles = new Set();
    kept.set(invoice, articles);
    if (kept.size > INVOICES_KEPT) kept.delete(kept.keys().next().value ?? '');
    return articles;
  };
}
