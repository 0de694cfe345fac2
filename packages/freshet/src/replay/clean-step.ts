/**
 * Cleaning, the way every event goes: the cleaner of `ingest`, then references in place of the shop's own user ids.
 *
 * 1. The time of receipt is the event's own time, as if it had been sent when it happened.
 * 2. References are numbered in order of first sight, so a replay gives the same ones each time. People and
 *    sessions have different references even where their ids are equal.
 * 3. What the cleaner rejects is counted with its reason.
 */
import { cleanEvent, type CleanEvent } from '@freshet/ingest/clean/event';
import type { LogEvent, UserRef } from '@freshet/shared/domain/event';
import type { TimedEvent } from '../files/raw-event.js';
import { createTally, type Tally } from './tally.js';

export interface Cleaned {
  readonly events: readonly LogEvent[];
  readonly rejected: Tally;
  /** Number of different items. */
  readonly items: number;
}

/** `references`: those of another part of the same data, where its people are to be known again. */
export function cleanAll(raws: readonly TimedEvent[], references = createReferences()): Cleaned {
  const rejected = createTally();
  const items = new Set<string>();
  const events: LogEvent[] = [];
  for (const [index, raw] of raws.entries()) {
    const result = cleanEvent(raw, { receivedAt: raw.timestamp, customTypes: {}, makeId: () => `replay-${index + 1}` });
    if (!result.ok) {
      rejected.add(`${result.problem.code} ${result.problem.pointer}`.trim(), `event ${index + 1} (${result.problem.detail})`);
      continue;
    }
    const event = withReferences(result.value, references);
    events.push(event);
    if (event.item !== undefined) items.add(event.item);
  }
  return { events, rejected, items: items.size };
}

export type References = (key: string) => UserRef;

export function createReferences(): References {
  const known = new Map<string, UserRef>();
  return (key) => {
    const existing = known.get(key);
    if (existing !== undefined) return existing;
    const made = (known.size + 1).toString(16).padStart(16, '0') as UserRef;
    known.set(key, made);
    return made;
  };
}

/** A signed-in shopper is the user and the session joins him; an anonymous session is the user. */
function withReferences({ event, userId, sessionId }: CleanEvent, references: References): LogEvent {
  const session = sessionId === undefined ? undefined : references(`session ${sessionId}`);
  if (userId === undefined) return { ...event, user: session ?? references('nobody') };
  const user = references(`user ${userId}`);
  return session === undefined ? { ...event, user } : { ...event, user, session };
}
