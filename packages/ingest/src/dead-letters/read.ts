/**
 * What a dead letter still holds. Pure. In: a letter as it is kept. Out: what can be taken in again, or why nothing can.
 *
 * 1. What ingest rejected is an event as it was sent: it is checked again, by today's rules. One without an id (letters of
 *    release 0.1) gets one from the letter, one without a timestamp happened when it was rejected.
 * 2. What the trainer refused is an event of the log: it was accepted once, and its shopper is known by reference only.
 */
import { type LogEvent, parseUserRef } from '@freshet/shared/domain/event';
import { derivedEventId } from '@freshet/shared/domain/keys';
import type { ProblemCode } from '@freshet/shared/http/problems/catalogue';
import type { StoredDeadLetter } from '@freshet/shared/ports/dead-letters';

export interface LetterProblem {
  readonly code: ProblemCode;
  readonly pointer: string;
  readonly detail: string;
}

export type LetterContent =
  | { readonly kind: 'sent'; readonly value: object }
  | { readonly kind: 'logged'; readonly event: LogEvent }
  | { readonly kind: 'unusable'; readonly problem: LetterProblem };

export function readLetter(letter: StoredDeadLetter): LetterContent {
  const parsed = parse(letter.payload);
  if (parsed === undefined) return unusable('Of this event only the beginning is kept, or it never was JSON; send it again from where it came from.');
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return unusable('What is kept here is not one event.');
  if (letter.queue === 'ingest') return { kind: 'sent', value: withId(parsed, letter.id) };
  if (letter.queue !== 'trainer') return unusable(`Nothing of the queue "${letter.queue}" can be taken in again.`);
  const event = toLogEvent(parsed);
  return event === undefined ? unusable('What is kept here is not an event of the log.') : { kind: 'logged', event };
}

function unusable(detail: string): LetterContent {
  return { kind: 'unusable', problem: { code: 'not_redrivable', pointer: '', detail } };
}

function parse(payload: string): unknown {
  try {
    return JSON.parse(payload) as unknown;
  } catch {
    return undefined;
  }
}

function withId(value: object, letterId: number): object {
  const id: unknown = 'id' in value ? value.id : undefined;
  return id === undefined || id === null || id === '' ? { ...value, id: derivedEventId(`dead-letter\0${letterId}`, 0) } : value;
}

const NUMBERS = ['value', 'quantity', 'price', 'amount', 'progress', 'position'] as const;
const TEXTS = ['item', 'text', 'query', 'query_id', 'recommendation_id'] as const;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** As the trainer kept it; somebody may have written into the table since. */
function toLogEvent(stored: object): LogEvent | undefined {
  const { id, type, ts, user, session, ...rest } = stored as Readonly<Record<string, unknown>>;
  const ref = typeof user === 'string' ? parseUserRef(user) : undefined;
  if (typeof id !== 'string' || typeof type !== 'string' || typeof ts !== 'number' || ref === undefined) return undefined;
  const event: Mutable<LogEvent> = { id, type, ts, user: ref };
  const joined = typeof session === 'string' ? parseUserRef(session) : undefined;
  if (joined !== undefined) event.session = joined;
  for (const field of NUMBERS) {
    const value = rest[field];
    if (typeof value === 'number') event[field] = value;
  }
  for (const field of TEXTS) {
    const value = rest[field];
    if (typeof value === 'string') event[field] = value;
  }
  return event;
}
