/**
 * From what a producer sent to what the log stores. In: one parsed JSON value. Out: the event, or one problem.
 *
 * 1. Pure: the time of receipt and the id for an event without one come in.
 * 2. The result holds named fields only, so nothing a producer invents (`__proto__` included) gets further.
 * 3. Cleaning what was cleaned changes nothing.
 */
import { type CustomTypes, isKnownType, lackingField, type LogEvent, type UserRef } from '@freshet/shared/domain/event';
import { listIdOf } from '@freshet/shared/domain/list-id';
import { cleanText, isLongerThan } from '@freshet/shared/domain/text';
import { readTimestamp } from '@freshet/shared/domain/timestamp';
import { EVENT_FIELDS, type RawEvent, rawEventValidator } from './event-schema.js';
import { type Cleaned, firstFinding, rejected } from './problem.js';

/** A cleaned event whose people still have their own names; the writer replaces them by references. */
export interface CleanEvent {
  /** Made here and held by nobody else: the writer completes it in place (a copy of each cost 1.5 µs). */
  readonly event: UnnamedEvent;
  readonly userId: string | undefined;
  readonly sessionId: string | undefined;
  /** Fields nobody knows, which were dropped. */
  readonly dropped: number;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export type UnnamedEvent = Mutable<Omit<LogEvent, 'user'>> & { user?: UserRef };

export interface EventContext {
  /** Milliseconds since 1970. */
  readonly receivedAt: number;
  /** When an event without a timestamp happened; default: `receivedAt`. */
  readonly happenedAt?: number;
  readonly customTypes: CustomTypes;
  /** Called for an event without an id. */
  readonly makeId: () => string;
}

export function cleanEvent(raw: unknown, context: EventContext): Cleaned<CleanEvent> {
  const checked = checkShape(raw);
  if (!checked.ok) return checked;
  const sent = checked.value;
  const type = cleanText(sent.type);
  const ids = cleanIds(sent);
  const problem = ids.problem ?? missing(type, sent, { ids, customTypes: context.customTypes });
  if (problem !== undefined) return { ok: false, problem };
  const time = readTimestamp(sent.timestamp ?? context.happenedAt, context.receivedAt);
  if (!time.ok) return rejected(time.code, '/timestamp', time.detail);
  const event: UnnamedEvent = { id: ids.id ?? context.makeId(), type, ts: time.ms };
  if (ids.item !== undefined) event.item = ids.item;
  const overlong = copyNumbers(sent, event) ?? copyTexts(sent, event);
  if (overlong !== undefined) return overlong;
  return { ok: true, value: { event, userId: ids.user, sessionId: ids.session, dropped: countUnknown(sent) } };
}

/** `null` means absent, but is looked for only when the schema refuses: most events have none. */
function checkShape(raw: unknown): Cleaned<RawEvent> {
  if (rawEventValidator.Check(raw)) return { ok: true, value: raw };
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return rejected('not_an_object', '', 'An event is a JSON object.');
  const present: unknown = Object.fromEntries(Object.entries(raw).filter(([, value]) => value !== null));
  if (rawEventValidator.Check(present)) return { ok: true, value: present };
  return { ok: false, problem: firstFinding(rawEventValidator.Errors(present)) };
}

interface CleanIds {
  readonly id: string | undefined;
  readonly user: string | undefined;
  readonly session: string | undefined;
  readonly item: string | undefined;
  readonly problem?: Extract<Cleaned<never>, { ok: false }>['problem'];
}

const ID_CHARS = 128;

function cleanIds(sent: RawEvent): CleanIds {
  const ids = { id: present(sent.id), user: present(sent.user_id), session: present(sent.session_id), item: present(sent.item_id) };
  const overlong = overlongId(ids);
  return overlong === undefined ? ids : { ...ids, ...tooLong(overlong, ID_CHARS) };
}

/** Compared one by one: this runs for each event, and nearly never finds anything. */
function overlongId({ id, user, session, item }: CleanIds): string | undefined {
  if (isOverlong(id)) return 'id';
  if (isOverlong(user)) return 'user_id';
  if (isOverlong(session)) return 'session_id';
  return isOverlong(item) ? 'item_id' : undefined;
}

function isOverlong(id: string | undefined): boolean {
  return id !== undefined && isLongerThan(id, ID_CHARS);
}

function present(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const clean = cleanText(text);
  return clean === '' ? undefined : clean;
}

interface Known {
  readonly ids: CleanIds;
  readonly customTypes: CustomTypes;
}

function missing(type: string, sent: RawEvent, { ids, customTypes }: Known): CleanIds['problem'] {
  if (type === '') return rejected('missing_field', '/type', 'An event needs a "type".').problem;
  if (!isKnownType(type, customTypes)) {
    return rejected('unknown_type', '/type', `"${type}" is not a known event type; declare custom types in the configuration.`).problem;
  }
  if (ids.user === undefined && ids.session === undefined) return rejected('missing_field', '/user_id', 'An event needs a "user_id" or a "session_id".').problem;
  const field = lackingField({ type, item: ids.item, value: sent.value, amount: sent.amount });
  return field === undefined ? undefined : rejected('missing_field', `/${field}`, `An event of type "${type}" needs ${field === 'value' ? 'a' : 'an'} "${field}".`).problem;
}

const TEXTS = [['text', 10_000], ['query', 1_000], ['query_id', 4_096], ['recommendation_id', 4_096]] as const;

/**
 * The schema has checked that they are finite and within their limits. `+ 0`: what is stored has no negative zero, and cleaning it
 * again must change nothing. Field by field: to write a field whose name is computed costs ten times as much.
 */
function copyNumbers(sent: RawEvent, event: UnnamedEvent): undefined {
  if (sent.value !== undefined) event.value = sent.value + 0;
  if (sent.quantity !== undefined) event.quantity = sent.quantity + 0;
  if (sent.price !== undefined) event.price = sent.price + 0;
  if (sent.amount !== undefined) event.amount = sent.amount + 0;
  if (sent.progress !== undefined) event.progress = sent.progress + 0;
  if (sent.position !== undefined) event.position = sent.position + 0;
}

function copyTexts(sent: RawEvent, event: UnnamedEvent): ReturnType<typeof tooLong> | undefined {
  for (const [field, limit] of TEXTS) {
    const value = sent[field];
    if (value === undefined) continue;
    const clean = cleanText(value);
    if (isLongerThan(clean, limit)) return tooLong(field, limit);
    if (clean !== '') event[field] = field === 'recommendation_id' ? listIdOf(clean) : clean;
  }
  return undefined;
}

function tooLong(field: string, limit: number): ReturnType<typeof rejected> {
  return rejected('too_long', `/${field}`, `"${field}" has more than ${limit} characters once it is normalised.`);
}

function countUnknown(sent: RawEvent): number {
  let unknown = 0;
  for (const name in sent) if (!EVENT_FIELDS.has(name)) unknown++;
  return unknown;
}
