/** What the routes for events and items have in common: headers, schemas of answers. */
import { Type } from 'typebox';
import { DEFAULT_PRODUCER } from '@freshet/shared/domain/keys';
import { HttpProblem } from '@freshet/shared/http/problem';
import type { HttpReply } from '@freshet/shared/http/route';
import type { Clock } from '@freshet/shared/ports/clock';
import type { Intake, IntakeContext, IntakeResult } from '../intake.js';
import type { Pressure } from '../pressure.js';

export interface RouteDeps {
  readonly intake: Intake;
  readonly pressure: Pressure;
  readonly clock: Clock;
}

const IDEMPOTENCY_KEY_CHARS = 255;

interface IncomingRequest {
  readonly rawBody: Buffer;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

/** Throws 503 under pressure, before anything is parsed. */
export function admit(request: IncomingRequest, { pressure, clock }: RouteDeps): IntakeContext {
  pressure.check();
  return {
    producer: DEFAULT_PRODUCER,
    source: 'http',
    historical: false,
    dryRun: false,
    idempotencyKey: idempotencyKey(request.headers['idempotency-key']),
    receivedAt: clock.now(),
    bytes: request.rawBody.length,
  };
}

function idempotencyKey(header: string | readonly string[] | undefined): string | undefined {
  if (header === undefined || header === '') return undefined;
  if (typeof header === 'string' && header.length <= IDEMPOTENCY_KEY_CHARS) return header;
  throw new HttpProblem(400, 'idempotency_key', `Idempotency-Key is one text of at most ${IDEMPOTENCY_KEY_CHARS} characters.`);
}

/** RFC 7240: a producer of many events may want to hear of those only that went wrong. */
export function asPreferred(result: IntakeResult, { headers }: Pick<IncomingRequest, 'headers'>): HttpReply {
  if (!/(?:^|,)\s*return=minimal\s*(?:$|[,;])/i.test(String(headers['prefer'] ?? ''))) return { body: result };
  return { body: { ...result, items: result.items.filter(({ problem }) => problem !== undefined) }, headers: { 'preference-applied': 'return=minimal' } };
}

export const ItemProblemSchema = Type.Object({ code: Type.String(), pointer: Type.String(), detail: Type.String() });

export const IntakeResultSchema = Type.Object(
  {
    accepted: Type.Integer(),
    duplicates: Type.Integer(),
    rejected: Type.Integer({ description: 'Rejected and conflicting items.' }),
    items: Type.Array(
      Type.Object({
        index: Type.Integer(),
        id: Type.Optional(Type.String()),
        status: Type.String({ description: '`accepted`, `duplicate`, `conflict` (same id, other body) or `rejected`.' }),
        problem: Type.Optional(ItemProblemSchema),
      }),
    ),
    sequence: Type.Optional(Type.Integer({ description: 'By this place in the log all of it is there; for `after_sequence`.' })),
  },
  { description: 'What became of each item, in the order of the request (with `Prefer: return=minimal` of those with a problem only)' },
);
