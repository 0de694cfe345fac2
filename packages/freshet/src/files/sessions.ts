/**
 * Session files of many makes, recognised by what they look like:
 * a header that names a session and an item column (and perhaps a time, a time offset and a type);
 * NDJSON lines `{"session": …, "events": [{"aid": …, "ts": …, "type": …}]}`; or no header, one session a line.
 */
import { basename } from 'node:path';
import { UsageError } from '@freshet/shared/errors';
import { normalise, type Mapping } from './columns.js';
import type { CellsRecord } from './delimited.js';
import type { ProblemCode } from './problem.js';
import type { FileRow, FileRows, UntimedEvent } from './raw-event.js';
import type { ObjectRecord } from './record.js';
import { leftOut, readRows, typeName } from './rows.js';
import type { Table } from './table.js';
import { parseTime } from './time.js';

/** Normalised names, best first. */
const NAMES = {
  session: ['sessionid', 'session', 'sessid', 'sid', 'visitorid', 'visitor', 'userid', 'user', 'uid'],
  item: ['itemid', 'item', 'aid', 'productid', 'product', 'articleid', 'trackid', 'sku', 'iid'],
  time: ['time', 'timestamp', 'ts', 'datetime', 'eventtime', 'eventdate', 'date'],
  offset: ['timeframe'],
  type: ['type', 'eventtype', 'event', 'action', 'behavior', 'behaviour'],
} as const;

export function readSessions(table: Table): FileRows {
  const mapping = recognise(table.columns);
  if (table.format === 'ndjson' && table.columns.includes('events')) return readNested(table);
  if (mapping.session !== undefined && mapping.item !== undefined) return readRows(table, { mapping, type: 'click' });
  if (isList(table, mapping)) return readLists(table);
  throw unknownLayout(table);
}

function isList(table: Table, mapping: Mapping): boolean {
  return table.format === 'delimited' && mapping.session === undefined && mapping.item === undefined && !looksTimed(table);
}

function recognise(columns: readonly string[]): Mapping {
  const mapping: Record<string, string> = {};
  for (const [field, names] of Object.entries(NAMES)) {
    const column = names.map((name) => columns.find((candidate) => normalise(candidate) === name)).find((found) => found !== undefined);
    if (column !== undefined) mapping[field] = column;
  }
  return mapping;
}

/** A row such as `17,214536502,2014-04-07T10:51:09Z`: a table without a header, not a list of items. */
function looksTimed(table: Table): boolean {
  const times = table.columns.map((cell) => parseTime(cell)).filter((time) => typeof time === 'number' && time >= Date.UTC(2000, 0, 1));
  return table.columns.length <= 5 && times.length === 1;
}

function unknownLayout(table: Table): UsageError {
  const seen = table.columns.slice(0, 12).join(', ');
  return new UsageError(
    'sessions_layout',
    `${table.name} begins with ${seen}: no session and item column that the preset knows. Name them: --columns session=…,item=…,time=… (or their places, counted from 1, if there is no header).`,
  );
}

async function* readLists(table: Table): AsyncGenerator<readonly FileRow[]> {
  const name = basename(table.path).slice(0, 60);
  for await (const batch of table.records()) yield batch.flatMap((record) => (record.problem === undefined ? toClicks(record, name) : [leftOut(record, record.problem)]));
}

function toClicks({ line, text, cells }: CellsRecord, name: string): FileRow[] {
  const items = cells.map((cell) => cell.trim()).filter((item) => item !== '');
  return items.map((item, index) => ({ line, text, part: index + 1, event: { type: 'click', session_id: `${name}:${line}`, item_id: item } }));
}

async function* readNested(table: Table): AsyncGenerator<readonly FileRow[]> {
  for await (const batch of table.objects()) yield batch.flatMap((record) => (record.problem === undefined ? toEvents(record) : [leftOut(record, record.problem)]));
}

function toEvents({ line, text, object }: ObjectRecord): FileRow[] {
  const { session, events } = object;
  if ((typeof session !== 'number' && typeof session !== 'string') || !Array.isArray(events)) return [leftOut({ line, text }, 'no_session')];
  return (events as unknown[]).map((event, index): FileRow => {
    const part = index + 1;
    const read = readNestedEvent(event, String(session));
    return typeof read === 'string' ? leftOut({ line, text }, read, part) : { line, text, part, event: read };
  });
}

function readNestedEvent(event: unknown, session: string): UntimedEvent | ProblemCode {
  if (typeof event !== 'object' || event === null) return 'not_an_object';
  const { aid, item, ts, type } = event as Record<string, unknown>;
  const id = aid ?? item;
  if (typeof id !== 'number' && typeof id !== 'string') return 'no_item';
  const timestamp = typeof ts === 'number' || typeof ts === 'string' ? parseTime(ts) : undefined;
  if (typeof timestamp !== 'number') return ts === undefined ? 'no_time' : 'bad_time';
  return { type: typeof type === 'string' ? typeName(type) : 'click', session_id: session, item_id: String(id), timestamp };
}
