/** `GET /v1/events`: the log's events as they came. */
import { Type } from 'typebox';
import { problem } from '@freshet/shared/http/problem';
import type { RouteRegistrar } from '@freshet/shared/http/route';
import type { Engine } from '../engine.js';
import { EXAMINED, readAfter, readNewest, type TailCursor, type TailedEvent, type TailPage } from '../tail/tail.js';
import { createTurns, type Turns } from '../tail/turns.js';
import { cleanId } from './ids.js';

const MAX_LIMIT = 1_000;
const DEFAULT_LIMIT = 50;
const MAX_WAIT_SECONDS = 10;
/** Requests that wait at once; the next one is answered with what there is. */
const WAITERS = 200;
/** Reads of the log at once in this process, and those behind them: all waiters may be woken together. */
const READS = { atOnce: 2, queued: WAITERS + 50 };

const Text = Type.Optional(Type.String());
const Quantity = Type.Optional(Type.Number());

const EventSchema = Type.Object({
  sequence: Type.Integer({ description: 'The entry of the log it stands in; of a later one all events come later.' }),
  id: Type.String(),
  type: Type.String(),
  user_ref: Type.String({ description: 'Stands for the shopper or session; the log knows no other name.' }),
  joined_ref: Type.Optional(Type.String({ description: 'The session that turned out to be this shopper.' })),
  item_id: Text,
  timestamp: Type.String({ format: 'date-time', description: 'When it happened.' }),
  received_at: Type.String({ format: 'date-time' }),
  source: Type.String({ description: '`http`, `queue`, `import`, `redrive`, …' }),
  historical: Type.Boolean(),
  value: Quantity, quantity: Quantity, price: Quantity, amount: Quantity, progress: Quantity, position: Quantity,
  text: Text, query: Text, query_id: Text, recommendation_id: Text,
});

const TailAnswer = Type.Object({
  events: Type.Array(EventSchema, { description: 'In the order of the log.' }),
  cursor: Type.String({ description: 'Where the next call goes on.' }),
  missed: Type.Optional(Type.Boolean({ description: 'True when the log no longer holds some that were after the cursor.' })),
});

const TailQuery = Type.Object({
  cursor: Type.Optional(Type.String({ maxLength: 64, description: 'Of an answer before: what came after it. Without one: the newest.' })),
  limit: Type.Optional(Type.Integer({ minimum: 0, maximum: MAX_LIMIT, default: DEFAULT_LIMIT })),
  wait: Type.Optional(Type.Number({ minimum: 0, maximum: MAX_WAIT_SECONDS, default: 0, description: 'Seconds to wait for an event when there is none after the cursor.' })),
  type: Type.Optional(Type.String({ maxLength: 64 })),
  item_id: Type.Optional(Type.String({ maxLength: 1_024 })),
});

export function registerTail(http: RouteRegistrar, engine: () => Engine): void {
  const turns = createTurns(READS);
  let waiting = 0;
  http.route({
    method: 'GET',
    path: '/v1/events',
    operationId: 'tailEvents',
    summary: 'The events of the log as they came: the newest, or those after a cursor',
    description: `Call again with the answer’s \`cursor\` to follow; \`wait\` lets the server hold the call, for ${MAX_WAIT_SECONDS} seconds at most, until there is something to say. A filter looks at a bounded part of the log a call (about ${EXAMINED} items), so an answer may be empty and its cursor further on.`,
    tags: ['events'],
    query: TailQuery,
    responses: { 200: TailAnswer },
    example: { query: { limit: 5, type: 'view' } },
    handler: async ({ query }) => {
      const { log } = engine();
      const wanted = { limit: query.limit ?? DEFAULT_LIMIT, type: query.type, item: query.item_id === undefined ? undefined : cleanId(query.item_id, '/query/item_id') };
      if (query.cursor === undefined) return { body: describe(await turns.take(() => readNewest(log, wanted))) };
      const cursor = readCursor(query.cursor);
      const waitMs = waiting < WAITERS ? (query.wait ?? 0) * 1_000 : 0;
      const waits = waitMs > 0 ? 1 : 0;
      waiting += waits;
      const page = await readWaiting(engine(), cursor, { ...wanted, waitMs, turns }).finally(() => (waiting -= waits));
      return { body: describe(page) };
    },
  });
}

interface Wanted {
  readonly limit: number;
  readonly type: string | undefined;
  readonly item: string | undefined;
  readonly waitMs: number;
  readonly turns: Turns;
}

/** Reads again each time the log has grown, until there is an event to give, the time is up or one read's bound is reached. */
async function readWaiting({ log, progress, clock, stopping }: Engine, from: TailCursor, { waitMs, turns, ...wanted }: Wanted): Promise<TailPage> {
  const until = clock.now() + waitMs;
  let cursor = from;
  for (let missed = false; ; ) {
    const at = cursor;
    const page = await turns.take(() => readAfter(log, at, wanted));
    missed ||= page.missed;
    const left = until - clock.now();
    if (page.events.length > 0 || page.cut || wanted.limit === 0 || left <= 0) return { ...page, missed };
    cursor = page.cursor;
    // False when the time is up, the process stops, or too many wait.
    if (!(await progress.reach(cursor.seq, left, 'log', stopping))) return { ...page, missed };
  }
}

function describe({ events, cursor, missed }: TailPage): object {
  return { events: events.map(describeEvent), cursor: writeCursor(cursor), ...(missed ? { missed } : {}) };
}

function describeEvent({ entry, event }: TailedEvent): object {
  const { user, session, item, ts, ...rest } = event;
  return {
    sequence: entry.seq,
    ...rest,
    user_ref: user,
    ...(session === undefined ? {} : { joined_ref: session }),
    ...(item === undefined ? {} : { item_id: item }),
    timestamp: new Date(ts).toISOString(),
    received_at: new Date(entry.receivedAt).toISOString(),
    source: entry.source,
    historical: entry.historical,
  };
}

function writeCursor({ seq, taken }: TailCursor): string {
  return Buffer.from(`${seq}.${taken}`).toString('base64url');
}

function readCursor(cursor: string): TailCursor {
  const [seq, taken] = Buffer.from(cursor, 'base64url').toString().split('.', 2).map(Number);
  if (seq !== undefined && taken !== undefined && seq > 0 && taken >= 0 && [seq, taken].every(Number.isSafeInteger) && writeCursor({ seq, taken }) === cursor) return { seq, taken };
  throw problem(422, 'invalid_cursor', {
    detail: 'The cursor is not one that an answer has given out.',
    options: { errors: [{ pointer: '/query/cursor', code: 'invalid_cursor', detail: 'is not a cursor' }] },
  });
}
