/**
 * From the shop's own user and session ids to references. In: cleaned events. Out: log events, and the sessions to
 * join once those are committed.
 *
 * 1. An event with both ids names the shopper, and carries the session's own reference the first time they meet.
 *    The map is changed only after the commit: a crash between repeats the join, which is harmless; the other order
 *    would lose it.
 * 2. Unknown people of a whole group cost one statement.
 * 3. Bounded: `CACHED` users and as many sessions, the least recently used half is dropped at a time.
 *
 * A session that another process joined meanwhile answers with its old reference for up to `SESSION_FRESH_MS` here;
 * histories follow the join anyway (domain/histories).
 */
import type { LogEvent, UserRef } from '@freshet/shared/domain/event';
import { pseudonymOf } from '@freshet/shared/domain/keys';
import { FreshetError } from '@freshet/shared/errors';
import type { Clock } from '@freshet/shared/ports/clock';
import type { PersonKey, PersonRef, SessionJoin, UserRefs } from '@freshet/shared/ports/user-refs';
import type { CleanEvent, UnnamedEvent } from './clean/event.js';

const CACHED = 200_000;
const SESSION_FRESH_MS = 30_000;
/** Asking again marks the shopper as seen today, so that nobody active is forgotten. */
const USER_FRESH_MS = 12 * 3_600_000;

export interface Named {
  readonly events: readonly LogEvent[];
  /** Makes the joins of these events last; to be called after their commit. */
  readonly commitJoins: () => Promise<void>;
}

export interface People {
  name(events: readonly CleanEvent[]): Promise<Named>;
}

interface CachedUser {
  readonly ref: UserRef;
  readonly readAt: number;
}

interface CachedSession extends PersonRef {
  readonly readAt: number;
}

interface Caches {
  readonly users: Cache<CachedUser>;
  readonly sessions: Cache<CachedSession>;
}

export function createPeople({ userRefs, clock }: { readonly userRefs: UserRefs; readonly clock: Clock }): People {
  const caches: Caches = { users: createCache(CACHED), sessions: createCache(CACHED) };
  return {
    async name(events) {
      const rest = nameCached(events, caches.users, clock.now());
      const group = await loadGroup(rest, caches, { userRefs, clock });
      const joins = new Map<string, UserRef>();
      for (const clean of rest) nameOne(clean, group, joins);
      return { events: events.map(({ event }) => complete(event)), commitJoins: () => commitJoins(joins, caches, { userRefs, clock }) };
    },
  };
}

/** Names the shoppers that are known here, which most are and all of whom need no more than that; returns the events left over. */
function nameCached(events: readonly CleanEvent[], users: Cache<CachedUser>, now: number): readonly CleanEvent[] {
  const rest: CleanEvent[] = [];
  for (const clean of events) {
    const { event, userId, sessionId } = clean;
    const cached = userId === undefined || sessionId !== undefined ? undefined : users.get(userId);
    if (cached !== undefined && isFresh(cached, now)) event.user = cached.ref;
    else rest.push(clean);
  }
  return rest;
}

function isFresh({ readAt }: CachedUser, now: number): boolean {
  return now - readAt < USER_FRESH_MS;
}

/** Everybody a group needs, held apart from the caches so that nothing is dropped midway. */
interface Group {
  readonly users: Map<string, UserRef>;
  readonly sessions: Map<string, PersonRef>;
}

interface Sources {
  readonly userRefs: UserRefs;
  readonly clock: Clock;
}

async function loadGroup(events: readonly CleanEvent[], caches: Caches, sources: Sources): Promise<Group> {
  const now = sources.clock.now();
  const { group, unknown } = findCached(events, caches, now);
  const users = [...unknown.users];
  const sessions = [...unknown.sessions.keys()];
  const keys: PersonKey[] = [
    ...users.map((id) => ({ kind: 'user' as const, pseudonym: pseudonymOf('user', id), create: true })),
    ...sessions.map((id) => ({ kind: 'session' as const, pseudonym: pseudonymOf('session', id), create: unknown.sessions.get(id) === true })),
  ];
  if (keys.length === 0) return group;
  const found = await sources.userRefs.lookup(keys);
  users.forEach((id, i) => {
    const person = found[i];
    if (person === undefined) return;
    group.users.set(id, person.ref);
    caches.users.set(id, { ref: person.ref, readAt: now });
  });
  sessions.forEach((id, i) => {
    const person = found[users.length + i];
    if (person === undefined) return;
    group.sessions.set(id, person);
    caches.sessions.set(id, { ...person, readAt: now });
  });
  return group;
}

interface Unknown {
  readonly users: Set<string>;
  /** True: it comes alone somewhere in the group, so it needs a reference of its own. */
  readonly sessions: Map<string, boolean>;
}

function findCached(events: readonly CleanEvent[], caches: Caches, now: number): { group: Group; unknown: Unknown } {
  const group: Group = { users: new Map(), sessions: new Map() };
  const unknown: Unknown = { users: new Set(), sessions: new Map() };
  for (const { userId, sessionId } of events) {
    if (userId !== undefined && !group.users.has(userId)) {
      const cached = caches.users.get(userId);
      if (cached !== undefined && isFresh(cached, now)) group.users.set(userId, cached.ref);
      else unknown.users.add(userId);
    }
    if (sessionId === undefined) continue;
    const cached = caches.sessions.get(sessionId);
    if (cached !== undefined && now - cached.readAt < SESSION_FRESH_MS) group.sessions.set(sessionId, cached);
    else unknown.sessions.set(sessionId, userId === undefined || unknown.sessions.get(sessionId) === true);
  }
  return { group, unknown };
}

/** Naming an event again (a group that was refused and is tried request by request) gives the same event. */
function nameOne({ event, userId, sessionId }: CleanEvent, group: Group, joins: Map<string, UserRef>): void {
  // It has been in the log before, where people have no other name.
  if (userId === undefined && sessionId === undefined && event.user !== undefined) return;
  const user = known(userId === undefined ? group.sessions.get(sessionId ?? '')?.ref : group.users.get(userId));
  event.user = user;
  if (userId === undefined || sessionId === undefined) return;
  const session = group.sessions.get(sessionId);
  if (session?.ref === user) return;
  joins.set(sessionId, user);
  group.sessions.set(sessionId, { ref: user, joined: true });
  // A session that was another shopper's until now takes nothing along.
  if (session !== undefined && !session.joined) event.session = session.ref;
}

function complete(event: UnnamedEvent): LogEvent {
  known(event.user);
  return event as UnnamedEvent & { user: UserRef };
}

function known(ref: UserRef | undefined): UserRef {
  if (ref === undefined) throw new FreshetError('user_ref_missing', 'an event’s shopper was not looked up');
  return ref;
}

async function commitJoins(joins: ReadonlyMap<string, UserRef>, { sessions }: Caches, { userRefs, clock }: Sources): Promise<void> {
  if (joins.size === 0) return;
  const rows: SessionJoin[] = [...joins].map(([id, ref]) => ({ session: pseudonymOf('session', id), ref }));
  await userRefs.join(rows);
  for (const [id, ref] of joins) sessions.set(id, { ref, joined: true, readAt: clock.now() });
}

interface Cache<V> {
  get(key: string): V | undefined;
  set(key: string, value: V): void;
}

/** Two generations: a hit in the old one moves up; when the young one holds half the limit, the old one goes. */
function createCache<V>(limit: number): Cache<V> {
  let young = new Map<string, V>();
  let old = new Map<string, V>();
  const set = (key: string, value: V): void => {
    if (young.size >= limit / 2) {
      old = young;
      young = new Map();
    }
    young.set(key, value);
  };
  return {
    set,
    get(key) {
      const value = young.get(key);
      if (value !== undefined) return value;
      const aged = old.get(key);
      if (aged !== undefined) set(key, aged);
      return aged;
    },
  };
}
