/**
 * `PUT/GET/DELETE /v1/users/{user_id}`: what the shop says of a shopper (the segments she is in), kept for requests that don't say it. A change is an
 * entry of the log (kind `user`), so every process follows it in the same order; 202 means committed.
 *
 * 1. A profile replaces the one before, whole. The log has it under the shopper's reference only.
 * 2. DELETE is an erasure: after its 202 the segments are in no table, not in the log either, and every process that follows the log forgets them.
 *    Sent again, it does so again.
 * 3. GET says what this process's answers follow. A shopper of whom nothing was said is in no segment, known or not.
 */
import { randomBytes } from 'node:crypto';
import type { UserRef } from '@freshet/shared/domain/event';
import { bodyHash, pseudonymOf } from '@freshet/shared/domain/keys';
import { MOST_PROFILES } from '@freshet/shared/domain/profiles';
import { CapacityError, UnavailableError } from '@freshet/shared/errors';
import type { HttpReply, RouteRegistrar } from '@freshet/shared/http/route';
import type { Announcer } from '@freshet/shared/ports/announcer';
import type { Clock } from '@freshet/shared/ports/clock';
import type { EntryLog } from '@freshet/shared/ports/entry-log';
import type { Erasure } from '@freshet/shared/ports/erasure';
import type { UserRefs } from '@freshet/shared/ports/user-refs';
import type { Engine } from '../engine.js';
import { cleanId, cleanSegments } from './ids.js';
import { Sequenced, UserParams } from './schemas.js';
import { ProfileAnswer, ProfileBody, ProfileWritten } from './user-schemas.js';
import { reachLog } from './waiting.js';

const tags = ['users'];

export interface UserRoutesParts {
  readonly entries: Pick<EntryLog, 'append' | 'head'>;
  readonly userRefs: Pick<UserRefs, 'lookup'>;
  readonly erasure: Erasure;
  readonly announcer: Pick<Announcer, 'announce'>;
  readonly clock: Clock;
  readonly engine: () => Engine;
}

export function registerUsers(http: RouteRegistrar, parts: UserRoutesParts): void {
  http.route({
    method: 'PUT',
    path: '/v1/users/{user_id}',
    operationId: 'putUser',
    summary: 'Say which segments a shopper is in',
    description: 'Rules for segments follow it in answers whose request names no `segments`.',
    tags,
    params: UserParams,
    body: ProfileBody,
    responses: { 202: ProfileWritten },
    example: { params: { user_id: 'ada' }, body: { segments: ['regulars', 'tea'] } },
    handler: ({ params, body }) => put(parts, cleanId(params.user_id, '/path/user_id'), cleanSegments(body.segments)),
  });
  http.route({
    method: 'DELETE',
    path: '/v1/users/{user_id}',
    operationId: 'deleteUser',
    summary: 'Erase what was said of a shopper',
    description: 'Her segments are erased from every table, the log included. Her events stay. Also 202 when there is nothing to erase.',
    tags,
    params: UserParams,
    responses: { 202: ProfileWritten },
    example: { params: { user_id: 'ada' } },
    handler: ({ params }) => erase(parts, cleanId(params.user_id, '/path/user_id')),
  });
  http.route({
    method: 'GET',
    path: '/v1/users/{user_id}',
    operationId: 'getUser',
    summary: 'Which segments a shopper is in',
    tags,
    params: UserParams,
    query: Sequenced,
    responses: { 200: ProfileAnswer },
    example: { params: { user_id: 'ada' } },
    handler: ({ params, query }) => read(parts.engine(), cleanId(params.user_id, '/path/user_id'), query.after_sequence),
  });
}

async function put(parts: UserRoutesParts, id: string, segments: readonly string[]): Promise<HttpReply> {
  const { profiles } = parts.engine();
  const user = await refOf(parts, id, true);
  if (user === undefined) throw new UnavailableError('user_refs_busy', 'No reference could be made for this shopper.');
  if (segments.length > 0 && profiles.size >= MOST_PROFILES && profiles.find(user) === undefined) {
    throw new CapacityError('capacity', `Segments of ${MOST_PROFILES} shoppers are kept, and that many are; erase some, or send \`segments\` with each request.`);
  }
  return written(id, segments.length, await append(parts, user, segments));
}

/** First for whoever follows the log, then out of what is stored: whoever starts in between has both. */
async function erase(parts: UserRoutesParts, id: string): Promise<HttpReply> {
  const user = await refOf(parts, id, false);
  if (user === undefined) return written(id, 0, await parts.entries.head());
  const sequence = await append(parts, user, []);
  await parts.erasure.eraseProfile(user, sequence);
  return written(id, 0, sequence);
}

async function refOf({ userRefs }: UserRoutesParts, id: string, create: boolean): Promise<UserRef | undefined> {
  const [person] = await userRefs.lookup([{ kind: 'user', pseudonym: pseudonymOf('user', id), create }]);
  return person?.ref;
}

async function append({ entries, announcer, clock }: UserRoutesParts, user: UserRef, segments: readonly string[]): Promise<number> {
  // No hash of the segments: it would outlive them.
  const key = { id: randomBytes(16).toString('latin1'), body: bodyHash(user) };
  const { seq } = await entries.append({ body: { kind: 'user', changes: [{ user, segments }] }, keys: [key], source: 'http', receivedAt: clock.now(), historical: false });
  // A key drawn at random is nobody's duplicate, so there is an entry.
  const sequence = seq ?? 0;
  announcer.announce('log', sequence);
  return sequence;
}

function written(id: string, segments: number, sequence: number): HttpReply {
  return { status: 202, body: { user_id: id, segments, sequence } };
}

async function read(engine: Engine, id: string, after: number | undefined): Promise<HttpReply> {
  await reachLog(engine, after);
  const user = engine.refs.cached('user', id) ?? (await engine.refs.find('user', id));
  const profile = user === undefined ? undefined : engine.profiles.find(user);
  return { body: { user_id: id, segments: profile?.segments ?? [], ...(profile === undefined ? {} : { sequence: profile.seq }) } };
}
