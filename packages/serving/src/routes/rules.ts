/**
 * `PUT/GET/DELETE /v1/rules/{context}`: what the shop wants of its lists. A change is an entry of the log (kind `rule`), so every process follows
 * it in the same order; 202 means committed.
 *
 * 1. A set of rules replaces the one before, whole, or not at all: every fault is named with its place (422).
 * 2. What this process says of its rules is what its answers follow.
 */
import { randomBytes } from 'node:crypto';
import { bodyHash } from '@freshet/shared/domain/keys';
import { type Rule, RULE_CONTEXTS, type RuleContext } from '@freshet/shared/domain/rules';
import type { HttpReply, RouteRegistrar } from '@freshet/shared/http/route';
import type { Announcer } from '@freshet/shared/ports/announcer';
import type { Clock } from '@freshet/shared/ports/clock';
import type { EntryLog } from '@freshet/shared/ports/entry-log';
import type { Engine } from '../engine.js';
import { readRules } from './rule-wish.js';
import { ContextParams, RulesAnswer, RulesBody, RuleSetAnswer, RulesWritten } from './rule-schemas.js';
import { Sequenced } from './schemas.js';
import { isReached, reachLog } from './waiting.js';

const tags = ['rules'];

export interface RuleRoutesParts {
  readonly entries: Pick<EntryLog, 'append'>;
  readonly announcer: Pick<Announcer, 'announce'>;
  readonly clock: Clock;
  readonly engine: () => Engine;
}

export function registerRules(http: RouteRegistrar, parts: RuleRoutesParts): void {
  http.route({
    method: 'PUT',
    path: '/v1/rules/{context}',
    operationId: 'putRules',
    summary: 'Replace the rules of a context',
    tags,
    params: ContextParams,
    body: RulesBody,
    responses: { 202: RulesWritten },
    example: { params: { context: 'home' }, body: { rules: [{ id: 'autumn', action: 'boost', by: 0.8, filter: { categories: ['mugs'] }, until: '2027-01-01T00:00:00Z' }] } },
    handler: ({ params: { context }, body }) => write(parts, context, readRules(body.rules)),
  });
  http.route({
    method: 'DELETE',
    path: '/v1/rules/{context}',
    operationId: 'deleteRules',
    summary: 'Take away the rules of a context',
    description: 'Also 202 when there are none.',
    tags,
    params: ContextParams,
    responses: { 202: RulesWritten },
    example: { params: { context: 'home' } },
    handler: ({ params: { context } }) => write(parts, context, []),
  });
  http.route({
    method: 'GET',
    path: '/v1/rules/{context}',
    operationId: 'getRules',
    summary: 'The rules of a context',
    tags,
    params: ContextParams,
    query: Sequenced,
    responses: { 200: RuleSetAnswer },
    example: { params: { context: 'home' } },
    handler: ({ params: { context }, query }) => read(parts, query.after_sequence, (engine) => describe(engine, context)),
  });
  http.route({
    method: 'GET',
    path: '/v1/rules',
    operationId: 'listRules',
    summary: 'The rules of all contexts',
    tags,
    query: Sequenced,
    responses: { 200: RulesAnswer },
    example: {},
    handler: ({ query }) => read(parts, query.after_sequence, (engine) => ({ contexts: RULE_CONTEXTS.map((context) => describe(engine, context)) })),
  });
}

async function write({ entries, announcer, clock }: RuleRoutesParts, context: RuleContext, rules: readonly Rule[]): Promise<HttpReply> {
  const change = { context, rules };
  const key = { id: randomBytes(16).toString('latin1'), body: bodyHash(JSON.stringify(change)) };
  const { seq } = await entries.append({ body: { kind: 'rule', changes: [change] }, keys: [key], source: 'http', receivedAt: clock.now(), historical: false });
  // A key drawn at random is nobody's duplicate, so there is an entry.
  const sequence = seq ?? 0;
  announcer.announce('log', sequence);
  return { status: 202, body: { context, rules: rules.length, sequence } };
}

function read({ engine: current }: RuleRoutesParts, after: number | undefined, body: (engine: Engine) => object): HttpReply | Promise<HttpReply> {
  const engine = current();
  if (isReached(engine, after, 'history')) return { body: body(engine) };
  return reachLog(engine, after).then(() => ({ body: body(engine) }));
}

function describe({ rules }: Engine, context: RuleContext): object {
  const set = rules.book.find(context);
  return { context, rules: (set?.rules ?? []).map(shownRule), ...(set === undefined ? {} : { sequence: set.seq }) };
}

function shownRule({ from, until, ...rule }: Rule): object {
  return { ...rule, ...(from === undefined ? {} : { from: new Date(from).toISOString() }), ...(until === undefined ? {} : { until: new Date(until).toISOString() }) };
}
