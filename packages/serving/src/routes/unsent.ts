/**
 * The `session` of a recommendation: events that haven't been sent to ingest yet. In: what the schema has passed. Out: what
 * the ranking takes, or one 422 with a pointer for each finding.
 *
 * 1. An event that ingest would reject for its type, its time or a missing field is refused here too: sent later it
 *    would not count, so a list that counts it would be a promise nobody keeps.
 * 2. A time at most five minutes ahead (what clocks differ by) is now.
 */
import { type CustomTypes, isKnownType, lackingField } from '@freshet/shared/domain/event';
import { cleanText } from '@freshet/shared/domain/text';
import { readTimestamp } from '@freshet/shared/domain/timestamp';
import type { ProblemItem } from '@freshet/shared/http/problem';
import type { UnsentEvent } from '../rank/working-history.js';
import { unfit } from './ids.js';

export interface SentEvent {
  readonly type: string;
  readonly item_id?: string;
  readonly timestamp?: string | number;
  readonly value?: number;
  readonly amount?: number;
}

export interface SessionContext {
  readonly customTypes: CustomTypes;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** As many as the validator lists. */
const MAX_FINDINGS = 20;

export function readSession(sent: readonly SentEvent[], context: SessionContext): readonly UnsentEvent[] {
  const errors: ProblemItem[] = [];
  const events = sent.map((event, i) => readEvent(event, context, (field, code, detail) => errors.push({ pointer: `/session/${i}/${field}`, code, detail })));
  if (errors.length > 0) throw unfit(...errors.slice(0, MAX_FINDINGS));
  return events;
}

type Refuse = (field: string, code: string, detail: string) => void;

function readEvent(sent: SentEvent, { customTypes, now }: SessionContext, refuse: Refuse): UnsentEvent {
  const type = cleanText(sent.type);
  const cleaned = cleanText(sent.item_id ?? '');
  const item = cleaned === '' ? undefined : cleaned;
  const lacking = lackingField({ type, item, value: sent.value, amount: sent.amount });
  if (!isKnownType(type, customTypes)) refuse('type', 'unknown_type', `“${type}” is not a known event type`);
  else if (lacking !== undefined) refuse(lacking, 'missing_field', `is needed by an event of type “${type}”`);
  const time = readTimestamp(sent.timestamp, now);
  if (!time.ok) refuse('timestamp', time.code, `can’t be used: ${time.detail.replace(/\.$/, '')}`);
  return {
    type,
    ts: time.ok ? Math.min(time.ms, now) : now,
    ...(item === undefined ? {} : { item }),
    ...(sent.value === undefined ? {} : { value: sent.value }),
  };
}
