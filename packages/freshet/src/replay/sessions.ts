/**
 * Session files of many makes, recognised by what they look like:
 * a header that names a session and an item column (and perhaps a time, a time offset and a type);
 * NDJSON lines `{"session": …, "events": [{"aid": …, "ts": …, "type": …}]}`; or no header, one session a line.
 */
import { basename } from 'node:path';
import { UsageError } from '@freshet/shared/errors';
import { normalise, type Mapping } from './columns.js';
import { place, readRows, typeName, type Tallies, type UntimedEvent } from './rows.js';
import { openTable, type Table } from './table.js';
import { parseTime } from './time.js';

/** Normalised names, best first. */
const NAMES = {
  session: ['sessionid', 'session', 'sessid', 'sid', 'visitorid', 'visitor', 'userid', 'user', 'uid'],
  item: ['itemid', 'item', 'aid', 'productid', 'product', 'articleid', 'trackid', 'sku', 'iid'],
  time: ['time', 'timestamp', 'ts', 'datetime', 'eventtime', 'eventdate', 'date'],
  offset: ['timeframe'],
  type: ['type', 'eventtype', 'event', 'action', 'behavior', 'behaviour'],
} as const;

export async function* readSessions(path: string, tallies: Tallies): AsyncGenerator<UntimedEvent> {
  const table = await openTable(path);
  const mapping = recognise(table.columns);
  if (table.format === 'ndjson' && table.columns.includes('events')) yield* readNested(table, tallies);
  else if (mapping.session !== undefined && mapping.item !== undefined) yield* readRows(table, { mapping, type: 'click', tallies });
  else if (isList(table, mapping)) yield* readLines(table, tallies);
  else throw unknownLayout(table);
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
  const times = table.columns.map(parseTime).filter((time) => time !== undefined && time >= Date.UTC(2000, 0, 1));
  return table.columns.length <= 5 && times.length === 1;
}

function unknownLayout(table: Table): UsageError {
  const seen = table.columns.slice(0, 12).join(', ');
  return new UsageError(
    'sessions_layout',
    `${table.path} begins with ${seen}: no session and item column that the preset knows. Name them: --columns session=…,item=…,time=… (or their places, counted from 1, if there is no header).`,
  );
}

async function* readLines(table: Table, { bad }: Tallies): AsyncGenerator<UntimedEvent> {
  for await (const { record, cells } of table.records((reason, at) => bad.add(reason, place(table, at)))) {
    const items = cells.map((cell) => String(cell ?? '').trim()).filter((item) => item !== '');
    for (const item of items) yield { type: 'click', session_id: `${basename(table.path).slice(0, 60)}:${record}`, item_id: item };
  }
}

async function* readNested(table: Table, { bad }: Tallies): AsyncGenerator<UntimedEvent> {
  for await (const { record, object } of table.objects((reason, at) => bad.add(reason, place(table, at)))) {
    const { session, events } = object;
    if ((typeof session !== 'number' && typeof session !== 'string') || !Array.isArray(events)) bad.add('no session or events', place(table, record));
    else for (const event of events as unknown[]) {
      const read = readNestedEvent(event, String(session));
      if (read === undefined) bad.add('no item or time', place(table, record));
      else yield read;
    }
  }
}

function readNestedEvent(event: unknown, session: string): UntimedEvent | undefined {
  if (typeof event !== 'object' || event === null) return undefined;
  const { aid, item, ts, type } = event as Record<string, unknown>;
  const id = aid ?? item;
  const timestamp = typeof ts === 'number' || typeof ts === 'string' ? parseTime(ts) : undefined;
  if ((typeof id !== 'number' && typeof id !== 'string') || timestamp === undefined) return undefined;
  return { type: typeof type === 'string' ? typeName(type) : 'click', session_id: session, item_id: String(id), timestamp };
}
