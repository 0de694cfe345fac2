/**
 * What was asked of this process lately: what a version that is loaded beside is warmed up and tried with before it may answer.
 *
 * 1. Bounded: RECENT requests, one each EVERY_MS at most, so that they are of some seconds and not of the last few milliseconds.
 * 2. Kept is what was asked, and by which reference; no history: an erased shopper's is gone from here too.
 */
import type { UserRef } from '@freshet/shared/domain/event';
import type { SessionPart } from '../rank/input.js';

export interface RecentRequest {
  readonly method: 'rank' | 'similar' | 'together';
  readonly person: UserRef | undefined;
  readonly session: SessionPart;
  readonly item: string | undefined;
}

export interface RecentRequests {
  /** Called in the synchronous block of an answer. */
  add(request: RecentRequest): void;
  /** The oldest first. */
  list(): readonly RecentRequest[];
}

export const RECENT = 64;
const EVERY_MS = 100;

export function createRecentRequests(now: () => number = () => performance.now()): RecentRequests {
  const kept: RecentRequest[] = [];
  let due = Number.NEGATIVE_INFINITY;
  return {
    add({ method, person, session, item }) {
      const at = now();
      if (at < due) return;
      due = at + EVERY_MS;
      kept.push({ method, person, session, item });
      if (kept.length > RECENT) kept.shift();
    },
    list: () => [...kept],
  };
}
