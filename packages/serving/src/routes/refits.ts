/**
 * Refits: asking for a model that is learned from the log anew, beside the live one, and what became of those that were asked for. The
 * trainer that leads does the work; these routes only write down the wish and read what it has noted.
 */
import { problem } from '@freshet/shared/http/problem';
import type { HttpReply, RouteRegistrar } from '@freshet/shared/http/route';
import { REASON_CHARS } from '@freshet/shared/ports/model-events';
import { type Refit, REFIT_STATES, type RefitLog, type RefitOptions } from '@freshet/shared/ports/refit-log';
import { Type } from 'typebox';
import { DEFAULT_LIMIT, Limit, Time } from './schemas.js';

const tags = ['models'];

const AskBody = Type.Object(
  {
    epochs: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, description: 'Times that each event is learned. Default: the setting `refit_epochs`.' })),
    gate: Type.Optional(Type.Integer({ minimum: 0, maximum: 100_000, description: 'Last events on which the candidate is compared; 0: no gate. Default: the setting `refit_gate`.' })),
    reason: Type.Optional(Type.String({ maxLength: REASON_CHARS })),
  },
  { additionalProperties: false },
);
const Figures = Type.Object({ hr_10: Type.Number(), ndcg_10: Type.Number() });
const Report = Type.Object({
  examples: Type.Integer({ description: 'Of an epoch.' }),
  dropped: Type.Optional(Type.Integer({ description: 'Older examples that had no room beside the model.' })),
  epochs: Type.Integer(),
  seconds: Type.Number(),
  applied: Type.Integer({ description: 'The newest entry that the candidate had learned.' }),
  items: Type.Integer(),
  gate: Type.Optional(
    Type.Object({
      events: Type.Integer({ description: 'Ranked by both before either learned them.' }),
      candidate: Figures,
      serving: Figures,
      floors: Type.Object({ popularity: Type.Number(), follow: Type.Number() }, { description: 'HR@10 of the floors.' }),
      overlap: Type.Optional(Type.Number({ description: 'Share of some shoppers’ first 20 items that both models have, 0 to 1.' })),
    }),
  ),
});
const RefitAnswer = Type.Object({
  id: Type.Integer(),
  state: Type.Union(REFIT_STATES.map((state) => Type.Literal(state))),
  reason: Type.String(),
  epochs: Type.Integer(),
  gate: Type.Integer(),
  asked_at: Time,
  started_at: Type.Optional(Time),
  ended_at: Type.Optional(Time),
  outcome: Type.Optional(Type.String({ description: 'Why it ended as it did.' })),
  version: Type.Optional(Type.Integer({ description: 'The version that it was promoted as.' })),
  report: Type.Optional(Report),
});
const RefitsAnswer = Type.Object({ refits: Type.Array(RefitAnswer) });

export interface RefitRoutes {
  readonly refits: RefitLog;
  /** Where a call doesn't say: the settings. */
  readonly defaults: RefitOptions;
}

export function registerRefits(http: RouteRegistrar, { refits, defaults }: RefitRoutes): void {
  http.route({
    method: 'POST',
    path: '/v1/models/refits',
    operationId: 'askRefit',
    summary: 'Ask for a refit: a model learned from the log anew, promoted when it isn’t worse',
    tags,
    body: AskBody,
    responses: { 202: RefitAnswer },
    example: { body: { gate: 1_000, reason: 'after the import' } },
    handler: ({ body: { reason = 'asked for', ...wish } }) => ask(refits, reason, { ...defaults, ...wish }),
  });
  http.route({
    method: 'GET',
    path: '/v1/models/refits',
    operationId: 'listRefits',
    summary: 'Refits, newest first: how far, what was measured, what became of them',
    tags,
    query: Type.Object({ limit: Type.Optional(Limit) }),
    responses: { 200: RefitsAnswer },
    example: { query: { limit: 5 } },
    handler: async ({ query }) => ({ body: { refits: (await refits.list(query.limit ?? DEFAULT_LIMIT)).map(describe) } }),
  });
  http.route({
    method: 'GET',
    path: '/v1/models/refits/{id}',
    operationId: 'getRefit',
    summary: 'One refit',
    tags,
    params: Type.Object({ id: Type.Integer({ minimum: 1 }) }),
    responses: { 200: RefitAnswer },
    example: { params: { id: 1 } },
    handler: async ({ params }) => {
      const found = await refits.find(params.id);
      if (found === undefined) throw problem(404, 'refit_not_found', { detail: `No refit ${params.id} was asked for.` });
      return { body: describe(found) };
    },
  });
}

async function ask(refits: RefitLog, reason: string, options: RefitOptions): Promise<HttpReply> {
  const asked = await refits.ask(reason, options);
  if (asked !== undefined) return { status: 202, body: describe(asked) };
  const other = await refits.underWay();
  throw problem(409, 'refit_under_way', { detail: other === undefined ? 'A refit was under way a moment ago.' : `Refit ${other.id} (${other.reason}) is ${other.state}.` });
}

function describe({ id, state, reason, options, askedAt, startedAt, endedAt, outcome, version, report }: Refit): object {
  return {
    id,
    state,
    reason,
    ...options,
    asked_at: new Date(askedAt).toISOString(),
    ...(startedAt === undefined ? {} : { started_at: new Date(startedAt).toISOString() }),
    ...(endedAt === undefined ? {} : { ended_at: new Date(endedAt).toISOString() }),
    ...(outcome === '' ? {} : { outcome }),
    ...(version === undefined ? {} : { version }),
    ...(report === undefined ? {} : { report }),
  };
}
