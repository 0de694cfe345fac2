/** `GET /v1/dead-letters`, `DELETE /v1/dead-letters/{id}` and `POST /v1/dead-letters:redrive`. */
import { Type } from 'typebox';
import { problem } from '@freshet/shared/http/problem';
import type { RouteRegistrar } from '@freshet/shared/http/route';
import { DEAD_LETTER_CHARS, type DeadLetters, type StoredDeadLetter } from '@freshet/shared/ports/dead-letters';
import type { Redrive } from '../dead-letters/redrive.js';
import { readLetter } from '../dead-letters/read.js';
import type { Pressure } from '../pressure.js';
import { ItemProblemSchema } from './shared.js';

export interface DeadLetterRouteDeps {
  readonly deadLetters: Pick<DeadLetters, 'list' | 'remove'>;
  readonly redrive: Redrive;
  readonly pressure: Pick<Pressure, 'check'>;
}

const tags = ['dead letters'];
const MAX_LETTERS = 1_000;
const DEFAULT_LIMIT = 50;

const FILTER = {
  queue: Type.Optional(Type.String({ maxLength: 128, description: 'Who refused it: `ingest` or `trainer`.' })),
  code: Type.Optional(Type.String({ maxLength: 128, description: 'Why, such as `unknown_type`.' })),
};
const LetterId = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER });
const Limit = Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_LETTERS, default: DEFAULT_LIMIT }));
const Cursor = Type.Optional(Type.String({ maxLength: 64, description: '`next_cursor` of the page before.' }));

const LetterSchema = Type.Object({
  id: LetterId,
  refused_at: Type.String({ format: 'date-time' }),
  queue: Type.String(),
  source: Type.String({ description: 'Where the event came from: `http`, `queue`, `import`, …' }),
  code: Type.String(),
  pointer: Type.String(),
  detail: Type.String(),
  payload: Type.String({ description: `As it was sent, at most ${DEAD_LETTER_CHARS} characters of it.` }),
  redrivable: Type.Boolean({ description: 'Enough is kept to take it in again.' }),
});

const RedriveBody = Type.Object(
  {
    ids: Type.Optional(Type.Array(LetterId, { minItems: 1, maxItems: MAX_LETTERS })),
    ...FILTER,
    all: Type.Optional(Type.Boolean({ description: 'Every letter there is.' })),
    limit: Limit,
    cursor: Cursor,
  },
  { additionalProperties: false, description: 'Which letters: `ids`; or `queue`, `code` or both; or `all`.' },
);

const RedriveSchema = Type.Object({
  redriven: Type.Integer({ description: 'Letters whose events are in the log now; they are gone.' }),
  kept: Type.Integer({ description: 'Letters that stay.' }),
  results: Type.Array(
    Type.Object({
      id: LetterId,
      status: Type.String({ description: '`accepted`, `duplicate` (it was in the log already), `conflict`, `rejected` (again), `not_redrivable` or `not_found`.' }),
      event_id: Type.Optional(Type.String()),
      problem: Type.Optional(ItemProblemSchema),
    }),
  ),
  sequence: Type.Optional(Type.Integer()),
  next_cursor: Type.Optional(Type.String({ description: 'There may be more: call again with it.' })),
});

export function registerDeadLetterRoutes(http: RouteRegistrar, deps: DeadLetterRouteDeps): void {
  registerList(http, deps);
  registerRedrive(http, deps);
  registerDelete(http, deps);
}

function registerList(http: RouteRegistrar, { deadLetters }: DeadLetterRouteDeps): void {
  http.route({
    method: 'GET',
    path: '/v1/dead-letters',
    operationId: 'listDeadLetters',
    summary: 'Events that were refused, with the reason, the newest first',
    tags,
    query: Type.Object({ ...FILTER, limit: Limit, cursor: Cursor }),
    responses: { 200: Type.Object({ dead_letters: Type.Array(LetterSchema), next_cursor: Type.Optional(Type.String()) }) },
    example: { query: { queue: 'ingest', limit: 5 } },
    handler: async ({ query }) => {
      const limit = query.limit ?? DEFAULT_LIMIT;
      const before = query.cursor === undefined ? undefined : readCursor(query.cursor, '/query/cursor');
      const letters = await deadLetters.list({ queue: query.queue, code: query.code, limit, before });
      const last = letters.at(-1);
      const next = last !== undefined && letters.length === limit ? { next_cursor: writeCursor(last.id) } : {};
      return { body: { dead_letters: letters.map(describe), ...next } };
    },
  });
}

function registerRedrive(http: RouteRegistrar, { redrive, pressure }: DeadLetterRouteDeps): void {
  http.route({
    method: 'POST',
    path: '/v1/dead-letters:redrive',
    operationId: 'redriveDeadLetters',
    summary: 'Take dead letters in again',
    description: 'Each goes through the same checks as a new event, by today’s rules. A letter is removed once its event is in the log, and only then; repeating the call has no second effect.',
    tags,
    body: RedriveBody,
    responses: { 200: RedriveSchema },
    example: { body: { queue: 'ingest', code: 'unknown_type' } },
    handler: async ({ body }) => {
      pressure.check();
      const { ids, queue, code, all, limit = DEFAULT_LIMIT, cursor } = body;
      if (ids !== undefined) return { body: await redrive.byId(ids) };
      if (queue === undefined && code === undefined && all !== true) throw whichOnes();
      const after = cursor === undefined ? 0 : readCursor(cursor, '/cursor');
      const { next, ...result } = await redrive.matching({ queue, code, limit, after });
      return { body: { ...result, ...(next === undefined ? {} : { next_cursor: writeCursor(next) }) } };
    },
  });
}

function registerDelete(http: RouteRegistrar, { deadLetters }: DeadLetterRouteDeps): void {
  http.route({
    method: 'DELETE',
    path: '/v1/dead-letters/{id}',
    operationId: 'deleteDeadLetter',
    summary: 'Throw a dead letter away',
    tags,
    params: Type.Object({ id: LetterId }),
    responses: { 200: Type.Object({ id: LetterId, status: Type.String() }) },
    example: { params: { id: 1 } },
    handler: async ({ params: { id } }) => {
      if ((await deadLetters.remove([id])) === 0) throw problem(404, 'dead_letter_not_found', { detail: `No dead letter has the id ${id} (any more).` });
      return { body: { id, status: 'deleted' } };
    },
  });
}

function describe({ id, refusedAt, ...letter }: StoredDeadLetter): object {
  return { id, refused_at: new Date(refusedAt).toISOString(), ...letter, redrivable: readLetter({ id, refusedAt, ...letter }).kind !== 'unusable' };
}

function whichOnes(): Error {
  const detail = 'Say which: "ids", "queue", "code", or "all": true.';
  return problem(422, 'missing_field', { detail, options: { errors: [{ pointer: '', code: 'missing_field', detail }] } });
}

function writeCursor(id: number): string {
  return Buffer.from(String(id)).toString('base64url');
}

function readCursor(cursor: string, pointer: string): number {
  const id = Number(Buffer.from(cursor, 'base64url').toString());
  if (Number.isSafeInteger(id) && id > 0 && writeCursor(id) === cursor) return id;
  throw problem(422, 'invalid_cursor', {
    detail: 'The cursor is not one that a listing has given out.',
    options: { errors: [{ pointer, code: 'invalid_cursor', detail: 'is not a cursor' }] },
  });
}
