/**
 * The two published protocols, as which events are tested, with which items, among what.
 *
 * sessions       Every click of a test session but its first is predicted from those before it, among all items of the training file. Test events of
 *                items that the training file doesn't have are dropped first, as is usual for session data; `unknown` counts them.
 * leave-one-out  Every event of the test file is predicted from all that its user did in the training (and dev) file and in the test file
 *                before it. The catalogue is every item of any file: it may be a negative, and a target that was never trained on keeps its
 *                initial row (`unknown` counts them). With `all` the user's own items are left out of the ranking, but for the target;
 *                with n sampled negatives the target is ranked among those.
 *
 * A validation set comes from the training file alone: with `sessions` the last tenth of the sessions by their last event, with
 * `leave-one-out` every user's last event if he has three.
 */
import { meaningOf, type LogEvent } from '@freshet/shared/domain/event';
import type { Protocol } from './options.js';
import type { Splits } from './splits.js';

export interface Plan {
  readonly train: readonly LogEvent[];
  readonly dev: readonly LogEvent[];
  /** In order; those of which `isTested` says so are predicted if there is a history. */
  readonly test: readonly LogEvent[];
  /** Described by the shop before anything is learned. */
  readonly catalogue: readonly string[];
  /** Test events whose item the training file doesn't have. */
  readonly unknown: number;
}

export function planEvaluation({ train, dev, test }: Splits, protocol: Protocol): Plan {
  const trained = new Set(train.map(({ item = '' }) => item));
  const unknown = test.filter(({ item = '' }) => !trained.has(item)).length;
  if (protocol === 'sessions') return { train, dev, test: test.filter(({ item = '' }) => trained.has(item)), catalogue: [...trained], unknown };
  const catalogue = new Set([...train, ...dev, ...test].map(({ item = '' }) => item));
  return { train, dev, test, catalogue: [...catalogue], unknown };
}

/** Whether the model would learn the event's item as the next one. */
export function isTested(event: LogEvent): boolean {
  return event.item !== undefined && meaningOf(event).effect === 'positive';
}

const VALIDATION_SESSIONS = 0.1;
/** With fewer the tenth of them is none. */
export const LEAST_SESSIONS = Math.ceil(0.5 / VALIDATION_SESSIONS);
export const VALIDATION_EVENTS = 3;

/** The training file's events cut into a smaller training set and a test set of the same kind. */
export function holdOut(train: readonly LogEvent[], protocol: Protocol): Pick<Splits, 'train' | 'test'> {
  const held = protocol === 'sessions' ? lastSessions(train) : lastEvents(train);
  return { train: train.filter((event) => !held.has(event)), test: train.filter((event) => held.has(event)) };
}

function lastSessions(events: readonly LogEvent[]): ReadonlySet<LogEvent> {
  const ends = new Map<string, number>();
  events.forEach(({ user }, place) => ends.set(user, place));
  const inOrder = [...ends].sort(([, a], [, b]) => a - b).map(([user]) => user);
  const users = new Set(inOrder.slice(inOrder.length - Math.round(inOrder.length * VALIDATION_SESSIONS)));
  return new Set(events.filter(({ user }) => users.has(user)));
}

function lastEvents(events: readonly LogEvent[]): ReadonlySet<LogEvent> {
  const last = new Map<string, { event: LogEvent; count: number }>();
  for (const event of events) last.set(event.user, { event, count: (last.get(event.user)?.count ?? 0) + 1 });
  return new Set([...last.values()].filter(({ count }) => count >= VALIDATION_EVENTS).map(({ event }) => event));
}
